"""The hand-over: due reminders are claimed, checked against the truth, and become one letter per person."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from pilots.mail import outbox
from pilots.mail.letters import REMINDERS
from pilots.models import UNSENT, Letter, Message, Reminder, Told
from regions.models import User

from .decide import QUIET, Decision, Recent, decide, letter_context
from .eligibility import Facts, Item
from .plan import planned
from .recall import call_back

log = logging.getLogger(__name__)

AT_ONCE = 50  # people in one transaction
Reason, State = Reminder.Reason, Reminder.State
SOON = timedelta(minutes=1)  # a letter that was sent later than this is counted from when it was sent
SENT = [Message.State.SENT, Message.State.DELIVERED, Message.State.BOUNCED]


@dataclass
class Queued:
    """What one run of ``queue_due`` did: letters posted, people whose letter could not be written."""

    posted: int = 0
    failed: int = 0


def queue_due(at: datetime, *, go_on: Callable[[], bool] = lambda: True) -> Queued:
    """Hand over what is due at ``at``, some people in a transaction at a time; return what was done.

    Any number of these may run at once: a person's row is locked, and who is locked is another run's. A letter that
    cannot be written leaves that person's reminders planned, is logged, and hinders nobody else.
    """
    queued, last = Queued(), 0
    while go_on():
        people: list[int] = []
        try:
            with transaction.atomic():
                people = _lock_people(_with_something_due(at).filter(pk__gt=last)[:AT_ONCE])
                queued.posted += _tell(people, at)
        except Exception:
            if not people:  # the database, not a letter
                raise
            _one_by_one(people, at, queued)
        if not people:
            break
        last = people[-1]
    return queued


def _one_by_one(people: list[int], at: datetime, queued: Queued) -> None:
    """Hand over again, each person alone: somebody's letter could not be written."""
    for pk in people:
        try:
            with transaction.atomic():
                queued.posted += _tell(_lock_people(_with_something_due(at).filter(pk=pk)), at)
        except Exception:
            log.exception("The reminders of account %s wait: their letter cannot be written", pk)
            queued.failed += 1


def _with_something_due(at: datetime) -> QuerySet[User]:
    return User.objects.filter(Exists(planned(at).filter(user=OuterRef("pk")))).order_by("pk")


def _lock_people(people: QuerySet[User]) -> list[int]:
    """Lock and return those of the accounts that are nobody else's now."""
    return list(people.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))


def with_all(reminders: QuerySet[Reminder]) -> QuerySet[Reminder]:
    """Return them with what a verdict reads."""
    return reminders.select_related("rule", "user__organisation", "step__round__owner")


def _since(moment: datetime) -> Q:
    """Return the condition on messages: a reminder letter written, sent or perhaps sent after ``moment``.

    One that was given up does not count, unless the mail server may have it all the same.
    """
    written = Q(created_at__gt=moment) & (~Q(state__in=UNSENT) | Q(in_doubt=True))
    sent = Q(settled_at__gt=moment, state__in=SENT)
    return Q(letter__in=REMINDERS) & (written | sent | Q(next_try_at__gt=moment, in_doubt=True))


def letters_since(people: Sequence[int], moment: datetime) -> dict[int, list[Recent]]:
    """Return the reminder letters that each person has got after ``moment``, perhaps has, or is about to get."""
    recent: dict[int, list[Recent]] = defaultdict(list)
    letters = Message.objects.filter(_since(moment), user__in=people).defer("mime", "body")
    for letter in letters.prefetch_related("told"):
        if (known := _recent(letter)).heard_at > moment:
            recent[letter.user_id or 0].append(known)
    return recent


def letters_before(message: Message, at: datetime) -> list[Recent]:
    """Return the other reminder letters that reached the person, or perhaps did, in the 20 hours before ``at``.

    Raises ``NotNowError`` where one of them, of this installation, is in doubt and to be sent again now, and this one
    is not in doubt itself: the other goes first. Behind this one it would be held up, and nobody would know whether
    what it says has been told.
    """
    others = Message.objects.filter(user=message.user_id, letter__in=REMINDERS).exclude(pk=message.pk)
    others = others.defer("mime", "body")
    doubted = Q(state=Message.State.QUEUED, in_doubt=True)  # the mail server may have it: nobody knows yet
    gone = others.filter(Q(settled_at__gt=at - QUIET, state__in=SENT) | Q(body_at__gt=at - QUIET) | doubted)
    letters = list(gone.prefetch_related("told"))
    if not message.in_doubt and any(_goes_again(one, at) for one in letters if one.deployment == message.deployment):
        raise outbox.NotNowError("another letter to the same person is in doubt and goes first")
    return [recent for recent in map(_recent, letters) if recent.heard_at > at - QUIET]


def _goes_again(letter: Message, at: datetime) -> bool:
    return letter.state == Message.State.QUEUED and letter.body_at is None and letter.next_try_at <= at


def _recent(letter: Message) -> Recent:
    """Return when a letter reached its person: when it was sent, which is when it was written if that was at once.

    Of one in doubt it is only known that it was before the mail server was to be asked again, also if it never was.
    """
    told = frozenset((entry.step_id, entry.closes_at) for entry in letter.told.all())
    sent_at = letter.settled_at if letter.state in SENT else letter.body_at
    if sent_at is None and letter.in_doubt:
        sent_at = letter.next_try_at
    heard_at = sent_at if sent_at is not None and sent_at > letter.created_at + SOON else letter.created_at
    return Recent(heard_at, told)


def waiting(at: datetime) -> Q:
    """Return the condition on reminders that are due and wait because their person had one less than 20 hours ago."""
    return Q(Exists(Message.objects.filter(_since(at - QUIET), user=OuterRef("user"))))


def _call_back_what_is_stuck(people: list[int], at: datetime) -> None:
    """Call back letters of locked people that have waited for the mail server longer than the quiet hours.

    Something else is due to them now: it becomes one letter, not two.
    """
    stuck = Message.objects.filter(user__in=people, letter__in=REMINDERS, state=Message.State.QUEUED, lease=None)
    stuck = stuck.filter(in_doubt=False, created_at__lte=at - QUIET)
    list(Reminder.objects.filter(message__in=stuck).select_for_update(no_key=True).order_by("pk"))
    letters = list(stuck.select_for_update(no_key=True).order_by("pk"))
    if letters:
        call_back(letters, at, "a later letter says it")


def _tell(people: list[int], at: datetime) -> int:
    """Turn what is due for locked people into at most one letter each; return how many were posted."""
    _call_back_what_is_stuck(people, at)
    due = Reminder.objects.filter(user__in=people, state=State.PLANNED, due_at__lte=at + QUIET)
    reminders = list(with_all(due).select_for_update(of=("self",)).order_by("due_at", "pk"))
    if not reminders:
        return 0
    facts, recent = Facts(reminders), letters_since(people, at - QUIET)
    of_person: dict[int, list[Reminder]] = defaultdict(list)
    for reminder in reminders:
        of_person[reminder.user_id].append(reminder)
    decisions = {pk: decide(of_person[pk], facts, recent.get(pk, []), at) for pk in people}
    settle([pair for decision in decisions.values() for pair in decision.settled], at)
    letters = [hand_over(decision, at) for decision in decisions.values() if decision.told]
    return len(letters)


def settle(
    pairs: Sequence[tuple[Reminder, Reminder.Reason | None]], at: datetime, *, was: Reminder.State = State.PLANNED
) -> None:
    """Settle reminders that have nothing to tell: skipped for the reason, or (None) superseded."""
    by_reason: dict[Reminder.Reason | None, list[int]] = defaultdict(list)
    for reminder, reason in pairs:
        by_reason[reason].append(reminder.pk)
    for reason, pks in by_reason.items():
        Reminder.objects.filter(pk__in=pks, state=was).update(
            state=State.SKIPPED if reason else State.SUPERSEDED, reason=reason or "", settled_at=at, message=None
        )


def _identity(decision: Decision, user: User) -> str:
    """Return what makes the letter this letter and no other: what it tells of, and how often it was begun.

    A letter that was given up because it had become untrue may be followed by an equal one, when it is true again.
    """
    parts = [
        f"{reminder.rule_id}.{reminder.step_id}.{reminder.deadline_version}.{reminder.extension_version}.{item.letter}"
        for reminder, item in decision.told
    ]
    steps = {reminder.step_id for reminder, _ in decision.told}
    begun = Told.objects.filter(user=user, step__in=steps, message__letter__in=REMINDERS).count()
    return f"reminder:{user.pk}:{','.join(sorted(parts))}:{begun}"


def hand_over(decision: Decision, at: datetime) -> Message:
    """Post one letter with all that is told, keep what it tells, and tie the reminders to it; return it."""
    items, user = decision.items, decision.told[0][0].user
    rounds = {item.round.pk: item.round for item in items}
    proposals = {proposal.pk: proposal for item in items for proposal in item.proposals}
    summary = items[-1].letter == Letter.OWNER_SUMMARY
    message = outbox.post(
        items[0].letter,
        user,
        at=at,
        key=_identity(decision, user),
        context=letter_context(items),
        round_=items[0].round if len(rounds) == 1 else None,
        proposal=next(iter(proposals.values())) if len(proposals) == 1 else None,
        useless_after=None if summary else max(item.closes_at for item in items),
    )
    told = {(item.step.pk, item.closes_at, item.letter): item for item in items}  # two of one date are one thing told
    Told.objects.bulk_create([_told(item, user, message) for item in told.values()])
    pks = [reminder.pk for reminder, _ in decision.told]
    changed = Reminder.objects.filter(pk__in=pks, state=State.PLANNED).update(
        state=State.QUEUED, settled_at=at, message=message
    )
    if changed != len(pks):
        raise RuntimeError(f"{len(pks) - changed} reminders of account {user.pk} were settled by someone else")
    return message


def _told(item: Item, user: User, message: Message) -> Told:
    return Told(
        user=user,
        step=item.step,
        message=message,
        letter=item.letter,
        deadline_version=item.step.deadline_version,
        closes_at=item.closes_at,
    )
