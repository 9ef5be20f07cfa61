"""The rehearsal: which letters will go to whom and when if nothing changes, and which reminders will not, and why.

It calls the same ``decide`` as the hand-over, moment by moment, so it shows what will be sent.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pilots.mail import outbox
from pilots.mail.letters import DeadlineReminder, Item
from pilots.models import Letter, Reminder, Round
from regions.models import User
from registry.lib.letters import Written

from .decide import decide
from .eligibility import Facts
from .hand_over import with_facts
from .plan import AHEAD
from .quiet_hours import QUIET, RecentLetter, letters_since


@dataclass(frozen=True)
class Rehearsed:
    """A letter that will go: when, to whom, what it tells, from which reminders."""

    at: datetime
    user: User
    items: tuple[Item, ...]
    reminders: tuple[Reminder, ...]

    @property
    def reachable(self) -> bool:
        """Whether the letter goes to the user; else it goes to the deputy."""
        return outbox.has_address(self.user)

    @property
    def letter(self) -> Letter:
        """The letter that names the whole mail."""
        return self.items[0].letter

    def tells_of(self, round_: Round) -> bool:
        """Whether the letter tells of the round."""
        return any(item.step.round_id == round_.pk for item in self.items)

    def text(self) -> Written:
        """Return the letter as the user would get it, with the counts of now."""
        round_ = self.items[0].round if len({item.round.pk for item in self.items}) == 1 else None
        return DeadlineReminder.of(self.items).text(self.user.language, user=self.user, round_=round_)


@dataclass(frozen=True)
class NotTold:
    """A reminder that will not go: when it would go, and the reason; None: the deadline has moved."""

    at: datetime
    reminder: Reminder
    reason: Reminder.Reason | None

    @property
    def words(self) -> str:
        """The reason, in words."""
        return str(self.reason.label if self.reason else Reminder.State.SUPERSEDED.label)


@dataclass
class Rehearsal:
    """The letters that will go, and the reminders that will not, in the order of time."""

    letters: list[Rehearsed] = field(default_factory=list)
    untold: list[NotTold] = field(default_factory=list)


def rehearse(people: Sequence[int], at: datetime) -> Rehearsal:
    """Return what the accounts will be told in the 60 days from ``at``; a constant number of queries."""
    planned = Reminder.objects.filter(user__in=people, state=Reminder.State.PLANNED, due_at__lte=at + AHEAD)
    reminders = list(with_facts(planned).order_by("due_at", "pk"))
    facts, recent = Facts(reminders), letters_since(people, at - QUIET)
    of_person: dict[int, list[Reminder]] = defaultdict(list)
    for reminder in reminders:
        of_person[reminder.user_id].append(reminder)
    rehearsal = Rehearsal()
    for pk, own in of_person.items():
        alone = _rehearse_person(own, facts, recent.get(pk, []), at)
        rehearsal.letters += alone.letters
        rehearsal.untold += alone.untold
    rehearsal.letters.sort(key=lambda letter: (letter.at, letter.user.email))
    rehearsal.untold.sort(key=lambda untold: (untold.at, untold.reminder.user.email, untold.reminder.pk))
    return rehearsal


def rehearse_round(round_: Round, at: datetime, *, person: int | None = None) -> Rehearsal:
    """Return what will be told of the round in the 60 days from ``at``, and what not; to one account, if given.

    All reminders of these people are rehearsed: a letter of another round may delay a letter of this round, or tell of
    both.
    """
    planned = Reminder.objects.filter(rule__round=round_, state=Reminder.State.PLANNED)
    if person is not None:
        planned = planned.filter(user=person)
    whole = rehearse(list(planned.order_by().values_list("user", flat=True).distinct()), at)
    return Rehearsal(
        [letter for letter in whole.letters if letter.tells_of(round_)],
        [untold for untold in whole.untold if untold.reminder.rule.round_id == round_.pk],
    )


def _rehearse_person(
    reminders: list[Reminder], facts: Facts, recent: Sequence[RecentLetter], at: datetime
) -> Rehearsal:
    """Decide for one person at each moment at which a reminder is due, as if each letter had been sent at once."""
    rehearsal, letters = Rehearsal(), list(recent)
    due = {reminder.pk: max(reminder.due_at, reminder.step.opens_at, at) for reminder in reminders}
    left = {reminder.pk: reminder for reminder in reminders}
    while left:
        now = min(due[pk] for pk in left)
        if now > at + AHEAD:
            break
        decision = decide(left.values(), facts, [letter for letter in letters if letter.heard_at > now - QUIET], now)
        for reminder, reason in decision.settled:
            rehearsal.untold.append(NotTold(now, left.pop(reminder.pk), reason))
        if decision.told:
            told = tuple(left.pop(reminder.pk) for reminder, _ in decision.told)
            letter = Rehearsed(now, told[0].user, tuple(decision.items), told)
            rehearsal.letters.append(letter)
            if letter.reachable:  # a letter that reaches nobody is dead at once, and delays no other
                letters.append(RecentLetter(now, frozenset((item.step.pk, item.closes_at) for item in decision.items)))
        for pk in [pk for pk in left if due[pk] <= now]:  # it waits until the quiet hours are over
            due[pk] = max(letter.heard_at for letter in letters) + QUIET
    return rehearsal
