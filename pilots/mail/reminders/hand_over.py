"""The hand-over: reminders that are due become one letter per person. A letter called back gives them back."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from pilots.mail import outbox
from pilots.mail.letters import REMINDERS, DeadlineReminder
from pilots.models import DeliveryEvent, Letter, Message, Reminder, ToldDeadline
from regions.models import User

from .decide import Decision, decide
from .eligibility import Facts, Ineligible
from .plan import planned
from .quiet_hours import QUIET, letters_since

log = logging.getLogger(__name__)

AT_ONCE = 50  # people in one transaction
State = Reminder.State


@dataclass
class Queued:
    """What one run of ``queue_due`` did: letters posted, people whose letter could not be written."""

    posted: int = 0
    failed: int = 0


def queue_due(at: datetime, *, may_continue: outbox.MayContinue = lambda: True) -> Queued:
    """Hand over what is due at ``at``, some people in a transaction at a time; return what was done.

    Any number of these may run at once: each locks accounts and skips the accounts that another run has locked. A
    letter that cannot be written leaves the reminders of its receiver planned, is logged, and hinders nobody else.
    """
    queued, last = Queued(), 0
    while may_continue():
        people: list[int] = []
        try:
            with transaction.atomic():
                people = _lock_people(_with_something_due(at).filter(pk__gt=last)[:AT_ONCE])
                queued.posted += _hand_over_to(people, at)
        except Exception:
            if not people:  # the database failed, not a letter
                raise
            _one_by_one(people, at, queued)
        if not people:
            break
        last = people[-1]
    return queued


def _one_by_one(people: list[int], at: datetime, queued: Queued) -> None:
    """Hand over again, each person in a transaction of their own: a letter of one of them could not be written."""
    for pk in people:
        try:
            with transaction.atomic():
                queued.posted += _hand_over_to(_lock_people(_with_something_due(at).filter(pk=pk)), at)
        except Exception:
            log.exception("The reminders of account %s wait: their letter cannot be written", pk)
            queued.failed += 1


def _with_something_due(at: datetime) -> QuerySet[User]:
    return User.objects.filter(Exists(planned(at).filter(user=OuterRef("pk")))).order_by("pk")


def _lock_people(people: QuerySet[User]) -> list[int]:
    """Lock and return the accounts that no other run has locked."""
    return list(people.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))


def with_facts(reminders: QuerySet[Reminder]) -> QuerySet[Reminder]:
    """Return the reminders with the rows that ``Facts`` reads of each."""
    with_rows = reminders.select_related("rule", "user__organisation", "step__round__owner")
    return with_rows.prefetch_related("step__asked")


def _hand_over_to(people: list[int], at: datetime) -> int:
    """Turn what is due for locked people into at most one letter each; return how many were posted."""
    _call_back_stuck_letters(people, at)
    due = Reminder.objects.filter(user__in=people, state=State.PLANNED, due_at__lte=at + QUIET)
    reminders = list(with_facts(due).select_for_update(of=("self",)).order_by("due_at", "pk"))
    if not reminders:
        return 0
    facts, recent = Facts(reminders), letters_since(people, at - QUIET)
    of_person: dict[int, list[Reminder]] = defaultdict(list)
    for reminder in reminders:
        of_person[reminder.user_id].append(reminder)
    decisions = [decide(of_person[pk], facts, recent.get(pk, []), at) for pk in people]
    settle([pair for decision in decisions for pair in decision.settled], at)
    letters = [hand_over(decision, at) for decision in decisions if decision.told]
    return len(letters)


def _call_back_stuck_letters(people: list[int], at: datetime) -> None:
    """Call back letters of locked people that have waited for the mail server longer than the quiet hours.

    Something else is due to the same people now: both become one letter.
    """
    stuck = Message.objects.filter(user__in=people, letter__in=REMINDERS, state=Message.State.QUEUED, lease=None)
    stuck = stuck.filter(in_doubt=False, created_at__lte=at - QUIET)
    list(Reminder.objects.filter(message__in=stuck).select_for_update(no_key=True).order_by("pk"))
    letters = list(stuck.select_for_update(no_key=True).order_by("pk"))
    if letters:
        call_back(letters, at, "a later letter says it")


def settle(pairs: Sequence[Ineligible], at: datetime, *, was: Reminder.State = State.PLANNED) -> None:
    """Settle reminders that have nothing to tell: skipped for the reason, or (None) superseded."""
    by_reason: dict[Reminder.Reason | None, list[int]] = defaultdict(list)
    for reminder, reason in pairs:
        by_reason[reason].append(reminder.pk)
    for reason, pks in by_reason.items():
        Reminder.objects.filter(pk__in=pks, state=was).update(
            state=State.SKIPPED if reason else State.SUPERSEDED, reason=reason or "", settled_at=at, message=None
        )


def hand_over(decision: Decision, at: datetime) -> Message:
    """Post one letter with all that is told, keep what it tells, and tie the reminders to it; return it."""
    items, user = decision.items, decision.told[0][0].user
    rounds = {item.round.pk: item.round for item in items}
    proposals = {proposal.pk: proposal for item in items for proposal in item.proposals}
    summary = items[-1].letter == Letter.OWNER_SUMMARY
    message = outbox.post(
        DeadlineReminder.of(items),
        user,
        at=at,
        key=_key(decision, user),
        round_=items[0].round if len(rounds) == 1 else None,
        proposal=next(iter(proposals.values())) if len(proposals) == 1 else None,
        tells=[outbox.Deadline(item.step, item.closes_at, item.letter) for item in items],
        useless_after=None if summary else max(item.closes_at for item in items),
    )
    pks = [reminder.pk for reminder, _ in decision.told]
    changed = Reminder.objects.filter(pk__in=pks, state=State.PLANNED).update(
        state=State.QUEUED, settled_at=at, message=message
    )
    if changed != len(pks):
        raise RuntimeError(f"{len(pks) - changed} reminders of account {user.pk} were settled by someone else")
    return message


def _key(decision: Decision, user: User) -> str:
    """Return the key under which the letter is posted once: its reminders, and how many letters told of their steps.

    The number lets an equal letter follow a letter that was cancelled, when what it told holds again.
    """
    parts = [
        f"{reminder.rule_id}.{reminder.step_id}.{reminder.deadline_version}.{reminder.extension_version}.{item.letter}"
        for reminder, item in decision.told
    ]
    steps = {reminder.step_id for reminder, _ in decision.told}
    earlier = ToldDeadline.objects.filter(user=user, step__in=steps, message__letter__in=REMINDERS).count()
    return f"reminder:{user.pk}:{','.join(sorted(parts))}:{earlier}"


def call_back(messages: Sequence[Message], at: datetime, words: str) -> None:
    """Cancel locked letters in the queue, with an event each, and plan their reminders again."""
    pks = [message.pk for message in messages]
    Message.objects.filter(pk__in=pks).update(
        state=Message.State.CANCELLED, settled_at=at, lease=None, leased_until=None
    )
    kind = DeliveryEvent.Kind.CANCELLED
    DeliveryEvent.objects.bulk_create(DeliveryEvent(message_id=pk, kind=kind, at=at, words=words) for pk in pks)
    plan_again(Reminder.objects.filter(message__in=pks))


def plan_again(reminders: QuerySet[Reminder]) -> None:
    """Let reminders that were handed over be planned as they were before: their letter has not gone."""
    reminders.filter(state=State.QUEUED).update(state=State.PLANNED, settled_at=None, message=None)
