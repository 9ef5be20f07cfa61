"""The plan after a changed deadline: what of it stays, what replaces the rest, and how the two differ."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from pilots.models import Reminder, ReminderRule, Step
from regions.models import User

from .own_dates import OwnDates
from .plan import plan_step

State, Reason = Reminder.State, Reminder.Reason


@dataclass(frozen=True)
class Replanned:
    """A reminder that a change plans otherwise: when it was due and when it is due now; None: it is not planned."""

    user: User
    rule: ReminderRule
    was: datetime | None
    due: datetime | None
    past: bool = False  # its new moment has passed already: it is not sent


def lock_planned(steps: Sequence[Step]) -> list[Reminder]:
    """Lock and return the planned reminders of the steps."""
    planned = Reminder.objects.filter(step__in=steps, state=State.PLANNED).select_related("rule", "user__organisation")
    return list(planned.select_for_update(of=("self",), no_key=True).order_by("due_at", "pk"))


def replan(step: Step, before: OwnDates, after: OwnDates, at: datetime, *, moved: bool) -> list[Replanned]:
    """Plan the step's reminders by its deadlines of now; return what is planned otherwise than it was.

    ``moved``: the deadline for all has moved, not an extension. Reminders that count from a deadline which no longer
    holds are superseded, all others stay.
    """
    planned_before = lock_planned([step])
    if moved:
        _keep_unaffected(step, before, after)
    written = plan_step(step, at)
    superseded = _supersede(step, after, at)
    _keep_overdue(written, superseded)
    past = Q(pk__in=written, state=State.SKIPPED, reason=Reason.PAST)
    now = Reminder.objects.filter(Q(state=State.PLANNED) | past, step=step, deadline_version=step.deadline_version)
    return compare(planned_before, now.select_related("rule", "user__organisation").order_by("due_at", "pk"))


def _keep_unaffected(step: Step, before: OwnDates, after: OwnDates) -> None:
    """Carry reminders over to the new version of the deadline where an extension lets the date stand.

    A user whose extension is unaffected keeps the existing reminders, also those that were handed over or skipped.
    """
    unaffected = after.unmoved_versions(before.closes_at)
    earlier = Reminder.objects.filter(step=step, deadline_version=step.deadline_version - 1)
    kept = earlier.filter(extension_version__in=unaffected).exclude(state=State.SUPERSEDED)
    kept.update(deadline_version=step.deadline_version)


def _supersede(step: Step, after: OwnDates, at: datetime) -> list[int]:
    """Supersede the planned reminders that count from a deadline which is not their user's now; return their keys."""
    stale = [reminder.pk for reminder in lock_planned([step]) if not _counts_from_now(reminder, step, after)]
    Reminder.objects.filter(pk__in=stale).update(state=State.SUPERSEDED, settled_at=at)
    return stale


def _counts_from_now(reminder: Reminder, step: Step, after: OwnDates) -> bool:
    if reminder.deadline_version != step.deadline_version:
        return False
    if reminder.rule.audience == ReminderRule.Audience.OWNER:
        return True
    return reminder.extension_version in after.versions(reminder.user)


def _keep_overdue(written: Sequence[int], superseded: Sequence[int]) -> None:
    """Let a reminder that was due, and was not handed over before the change, be due still.

    The moment of its rule is past for the new deadline too: the new reminder would be skipped, and nobody would hear.
    ``written`` are the new reminders, ``superseded`` those that the change has replaced. A reminder that an earlier
    change has replaced counts as well where the deadline comes back to the date by which it was due.
    """
    same = {"step": OuterRef("step"), "rule": OuterRef("rule"), "user": OuterRef("user")}
    overdue = Reminder.objects.filter(**same, state=State.SUPERSEDED, due_at__lte=F("settled_at"))
    overdue = overdue.filter(Q(pk__in=superseded) | Q(due_at=OuterRef("due_at")))
    past = Reminder.objects.filter(pk__in=written, state=State.SKIPPED, reason=Reason.PAST)
    past.filter(Exists(overdue)).update(state=State.PLANNED, reason="", settled_at=None)


def compare(before: Iterable[Reminder], now: Iterable[Reminder] | QuerySet[Reminder]) -> list[Replanned]:
    """Return what is due at another moment than it was, user by user."""
    pairs: dict[tuple[int, int], tuple[list[Reminder], list[Reminder]]] = defaultdict(lambda: ([], []))
    for side, reminders in enumerate((before, now)):
        for reminder in reminders:
            pairs[reminder.user_id, reminder.rule_id][side].append(reminder)
    both = [pair for old, new in pairs.values() for pair in zip_longest(old, new)]
    changed = [replanned for was, due in both if (replanned := _replanned(was, due)) is not None]
    return sorted(changed, key=lambda one: (str(one.user), -one.rule.days_before))


def _replanned(was: Reminder | None, now: Reminder | None) -> Replanned | None:
    """Return how a reminder is planned otherwise; None where it is due as it was, or was past before it was planned."""
    reminder = now or was
    past = now is not None and now.state != State.PLANNED
    same = was is not None and now is not None and was.due_at == now.due_at and not past
    if reminder is None or same or (was is None and past):
        return None
    return Replanned(reminder.user, reminder.rule, was.due_at if was else None, now.due_at if now else None, past)
