"""The hand-over: due reminders are claimed, checked against the truth, and become one letter per person."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from pilots import outbox
from pilots.models import Letter, Message, Reminder, Told
from regions.models import User

from .plan import planned
from .truth import Facts, Item

log = logging.getLogger(__name__)

QUIET = timedelta(hours=20)  # at most one reminder to a person in this time
LETTERS = [
    Letter.DRAFT_NOT_SENT,
    Letter.NO_DRAFT,
    Letter.CHANGES_NOT_SENT,
    Letter.OWNER_AHEAD,
    Letter.OWNER_SUMMARY,
]  # the first that applies gives the whole mail its subject and first sentence
Reason, State = Reminder.Reason, Reminder.State
UNSENT = [Message.State.CANCELLED, Message.State.EXPIRED, Message.State.DEAD]


@dataclass
class Queued:
    """What one run of ``queue_due`` did: letters posted, people whose letter could not be written."""

    posted: int = 0
    failed: int = 0


def queue_due(at: datetime, *, go_on: Callable[[], bool] = lambda: True) -> Queued:
    """Hand over what is due at ``at``: each person in a transaction of their own; return what was done.

    Any number of these may run at once: the person's row is locked, and who is locked is another run's. A letter that
    cannot be written leaves that person's reminders planned, is logged, and hinders nobody else.
    """
    queued, last = Queued(), 0
    while go_on():
        user = None
        try:
            with transaction.atomic():
                user = _next_person(at, last)
                if user is None:
                    break
                last = user.pk
                queued.posted += _tell(user, at)
        except Exception:
            if user is None:  # the database, not a letter
                raise
            log.exception("The reminders of account %s wait: their letter cannot be written", last)
            queued.failed += 1
    return queued


def _next_person(at: datetime, last: int) -> User | None:
    """Lock and return the next account after ``last`` that has something due and is nobody else's now."""
    return (
        User.objects.filter(Exists(planned(at).filter(user=OuterRef("pk"))), pk__gt=last)
        .select_for_update(skip_locked=True, no_key=True)
        .order_by("pk")
        .first()
    )


def _due(user: User, at: datetime) -> list[Reminder]:
    """Lock and return what is due for the person: also other rounds' points that the quiet hours would hold up."""
    soon = list(
        Reminder.objects.filter(user=user, state=State.PLANNED, due_at__lte=at + QUIET, step__opens_at__lte=at)
        .select_related("rule", "step__round__owner")
        .select_for_update(of=("self",))
        .order_by("due_at", "pk")
    )
    now = [reminder for reminder in soon if reminder.due_at <= at]
    steps = {reminder.step_id for reminder in now}
    later = [reminder for reminder in soon if reminder.due_at > at and reminder.step_id not in steps]
    return now + later if now else []


def _settle(reminder: Reminder, at: datetime, reason: Reminder.Reason | None, *, was: str = State.PLANNED) -> None:
    """Settle a reminder that has nothing to tell: skipped for ``reason``, or (None) superseded."""
    Reminder.objects.filter(pk=reminder.pk, state=was).update(
        state=State.SKIPPED if reason else State.SUPERSEDED, reason=reason or "", settled_at=at, message=None
    )


def _tell(user: User, at: datetime) -> int:
    """Turn what is due for a locked person into at most one letter; return how many were posted."""
    items: dict[int, tuple[Reminder, Item]] = {}
    reminders = _due(user, at)
    facts = Facts(user, reminders, at)
    for reminder in reminders:
        verdict = facts.verdict(reminder)
        if not isinstance(verdict, Item):
            if reminder.due_at <= at:
                _settle(reminder, at, verdict)
            continue
        earlier = items.get(reminder.step_id)
        if earlier is not None:  # several missed points of one deadline: only the latest is told
            _settle(earlier[0], at, Reason.COLLAPSED)
        items[reminder.step_id] = (reminder, verdict)
    told = list(items.values())
    if told and not outbox.has_address(user):
        for reminder, _ in told:
            _settle(reminder, at, Reason.NO_ADDRESS)
        return 0
    told = _not_told_recently(user, told, at)
    if told:
        _hand_over(user, told, at)
    return bool(told)


def _not_told_recently(user: User, told: list[tuple[Reminder, Item]], at: datetime) -> list[tuple[Reminder, Item]]:
    """Return what may go now. After a letter in the last 20 hours the rest waits, or is skipped where it cannot wait.

    It cannot wait where the last letter told of the same deadline, or where the deadline comes first.
    """
    recent = Message.objects.filter(user=user, letter__in=LETTERS, created_at__gt=at - QUIET).exclude(state__in=UNSENT)
    last = recent.order_by("-created_at").first()
    if last is None:
        return told
    steps = set(Told.objects.filter(message__in=recent).values_list("step", flat=True))
    quiet_until = last.created_at + QUIET
    for reminder, item in told:
        summary = item.letter == Letter.OWNER_SUMMARY
        if reminder.due_at <= at and not summary and (item.step.pk in steps or item.closes_at < quiet_until):
            _settle(reminder, at, Reason.RECENTLY_TOLD)
    return []


def _hand_over(user: User, told: list[tuple[Reminder, Item]], at: datetime) -> Message:
    """Post one letter with all items, keep what it tells, and tie the reminders to it."""
    told = sorted(told, key=lambda pair: (LETTERS.index(pair[1].letter), pair[1].closes_at, pair[0].pk))
    items = [item for _, item in told]
    rounds = {item.round.pk: item.round for item in items}
    proposals = {proposal.pk: proposal for item in items for proposal in item.proposals}
    summary = items[-1].letter == Letter.OWNER_SUMMARY
    message = outbox.post(
        items[0].letter,
        user,
        at=at,
        context={"items": items, "first": min(items, key=lambda item: item.closes_at)},
        round_=items[0].round if len(rounds) == 1 else None,
        proposal=next(iter(proposals.values())) if len(proposals) == 1 else None,
        useless_after=None if summary else max(item.closes_at for item in items),
    )
    Told.objects.bulk_create(
        Told(
            user=user,
            step=item.step,
            message=message,
            deadline_version=item.step.deadline_version,
            closes_at=item.closes_at,
        )
        for item in items
    )
    pks = [reminder.pk for reminder, _ in told]
    changed = Reminder.objects.filter(pk__in=pks, state=State.PLANNED).update(
        state=State.QUEUED, settled_at=at, message=message
    )
    if changed != len(pks):
        raise RuntimeError(f"{len(pks) - changed} reminders of account {user.pk} were settled by someone else")
    return message


@transaction.atomic
def still_true(message: Message, at: datetime) -> bool:
    """Whether what a queued letter says is still so at ``at``: asked just before it is sent.

    Letters other than reminders and corrections tell of the past and stay true. A reminder that is no longer true in
    all its parts is not sent: its reminders are settled with the reason, and what is still true is posted anew.
    """
    told = {entry.step_id: entry for entry in message.told.select_related("step")}
    if message.letter == Letter.CORRECTION:
        return all(entry.deadline_version == entry.step.deadline_version for entry in told.values())
    if message.letter not in LETTERS:
        return True
    user = User.objects.select_for_update(no_key=True).filter(messages=message).first()
    reminders = list(
        message.reminders.select_related("rule", "step__round__owner").select_for_update(of=("self",)).order_by("pk")
    )
    if user is None or not reminders:  # posted anew by a run that died before it cancelled this one
        return False
    facts = Facts(user, reminders, at)
    verdicts = [(reminder, facts.verdict(reminder)) for reminder in reminders]
    good = [(reminder, verdict) for reminder, verdict in verdicts if isinstance(verdict, Item)]
    same = all(told[item.step.pk].closes_at == item.closes_at for _, item in good)
    if len(good) == len(verdicts) and same and message.letter in {item.letter for _, item in good}:
        return True
    for reminder, verdict in verdicts:
        if not isinstance(verdict, Item):
            _settle(reminder, at, verdict, was=State.QUEUED)
    if good and outbox.has_address(user):
        Reminder.objects.filter(pk__in=[reminder.pk for reminder, _ in good], state=State.QUEUED).update(
            state=State.PLANNED, settled_at=None, message=None
        )
        _hand_over(user, good, at)
    return False
