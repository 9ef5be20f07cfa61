"""The decision: what one person is told at a moment, and what is not told and why. Reads and writes nothing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pilots.mail import outbox
from pilots.mail.letters import REMINDERS, Item
from pilots.models import Letter, Reminder
from regions.models import User

from .eligibility import Eligible, Facts, Ineligible
from .quiet_hours import QUIET, RecentLetter

Reason = Reminder.Reason


@dataclass(frozen=True)
class Decision:
    """What becomes of a person's reminders now: what is told in one letter, what is settled untold and why.

    What is due and in neither list waits for the quiet hours to end.
    """

    told: Sequence[Eligible]
    settled: Sequence[Ineligible] = ()

    @property
    def items(self) -> list[Item]:
        """The things that the letter tells; the first one gives the letter its name."""
        return [item for _, item in self.told]


def decide(reminders: Iterable[Reminder], facts: Facts, recent: Sequence[RecentLetter], at: datetime) -> Decision:
    """Return what to do at ``at`` with the planned ``reminders`` of one person: due, or due within the quiet hours.

    Several missed points of one deadline become the latest. If a letter goes, points of other steps that the quiet
    hours would delay go with it. If the user has no working address but has a deputy, the letter is created as ``DEAD``
    and forwarded. ``recent``: the letters of the last 20 hours.
    """
    opened = sorted((one for one in reminders if one.step.opens_at <= at), key=lambda one: (one.due_at, one.pk))
    due = [reminder for reminder in opened if reminder.due_at <= at]
    eligible, ineligible = facts.sort(due, at)
    latest, collapsed = _latest_of_each_deadline(eligible)
    settled = [*ineligible, *collapsed]
    if latest and not can_be_told(latest[0][0].user):
        return Decision([], [*settled, *((reminder, Reason.NO_ADDRESS) for reminder, _ in latest)])
    if recent or not latest:
        return Decision([], [*settled, *not_worth_waiting(latest, recent, at)])
    early, _ = facts.sort(_delayed_by_a_letter(opened, {reminder.step_id for reminder in due}, at), at)
    early, early_collapsed = _latest_of_each_deadline(early)
    return Decision(by_urgency([*latest, *early]), [*settled, *early_collapsed])


def _delayed_by_a_letter(reminders: Iterable[Reminder], due: Collection[int], at: datetime) -> list[Reminder]:
    """Return the reminders that a letter at ``at`` would delay: due within the quiet hours, of steps not in ``due``.

    A summary is left out: it tells that a deadline has passed, and it has not passed yet.
    """
    return [
        reminder
        for reminder in reminders
        if at < reminder.due_at <= at + QUIET
        and reminder.step_id not in due
        and reminder.rule.letter != Letter.OWNER_SUMMARY
    ]


def _latest_of_each_deadline(eligible: Iterable[Eligible]) -> tuple[list[Eligible], list[Ineligible]]:
    """Return of each deadline the last of its reminders, and the earlier ones, which become part of it."""
    latest, collapsed = dict[tuple[int, int], Eligible](), list[Ineligible]()
    for reminder, item in eligible:
        deadline = reminder.step_id, reminder.extension_version
        if deadline in latest:
            collapsed.append((latest[deadline][0], Reason.COLLAPSED))
        latest[deadline] = reminder, item
    return list(latest.values()), collapsed


def by_urgency(eligible: Iterable[Eligible]) -> list[Eligible]:
    """Return what a letter tells in its order: the first item gives the letter its name and its first sentence."""
    return sorted(eligible, key=lambda pair: (REMINDERS.index(pair[1].letter), pair[1].closes_at, pair[0].pk))


def can_be_told(user: User) -> bool:
    """Whether a reminder to the user reaches anybody: the user, or the deputy who gets what does not arrive."""
    return outbox.has_address(user) or user.deputy_id is not None


def not_worth_waiting(eligible: Iterable[Eligible], recent: Sequence[RecentLetter], at: datetime) -> list[Ineligible]:
    """Return what is due and skipped in the quiet hours: ``recent`` told the date, or the deadline comes first.

    The rest waits for the quiet hours to end, as does every summary.
    """
    if not recent:
        return []
    already_told = {deadline for letter in recent for deadline in letter.deadlines}
    quiet_until = max(letter.heard_at for letter in recent) + QUIET
    return [
        (reminder, Reason.RECENTLY_TOLD)
        for reminder, item in eligible
        if reminder.due_at <= at
        and item.letter != Letter.OWNER_SUMMARY
        and ((item.step.pk, item.closes_at) in already_told or item.closes_at < quiet_until)
    ]
