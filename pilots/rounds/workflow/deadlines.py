"""What happens to the deadlines of a published round: moved for all, extended for some; or the round is cancelled."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from pilots.mail import reminders
from pilots.models import DeadlineChange, Extension, Round, Step
from regions.models import Organisation, User
from registry.lib.languages import InThree
from registry.lib.refusals import NotAsShown, Refused, Stale

FARTHEST = timedelta(days=2 * 366)  # further ahead it is a slip of the pen


@dataclass(frozen=True)
class Outage:
    """When the registry was out: from, until; both aware."""

    began: datetime
    ended: datetime

    def check(self, at: datetime) -> None:
        """Raise Refused unless it began, then ended, before ``at``."""
        if not self.began < self.ended <= at:
            raise Refused(_("The outage began before it ended, and it is over."))


def rehearse(act: Callable[[], reminders.Difference]) -> reminders.Difference:
    """Return what ``act`` would do, by doing it and undoing it: a page shows what is done, with no second reckoning."""
    with transaction.atomic():
        difference = act()
        transaction.set_rollback(True)
    return difference


def _lock(round_id: int) -> dict[int, Step]:
    """Lock and return the round's steps as a submission does: neither sees the other halfway."""
    steps = Step.objects.filter(round=round_id).select_for_update(no_key=True).order_by("pk")
    locked = {step.pk: step for step in steps}
    round_ = Round.objects.select_related("owner").get(pk=round_id)
    for step in locked.values():
        step.round = round_
    return locked


def _check_round(round_: Round) -> None:
    if round_.published_at is None:
        raise Refused(_("The round is not published: change its deadlines in its own form."))
    if round_.cancelled_at is not None:
        raise Refused(_("The round is cancelled."))


def _check_reason(reason: InThree) -> None:
    if not (reason.fi.strip() and reason.sv.strip()):
        raise Refused(_("Give the reason in Finnish and in Swedish."))


def _check_date(closes_at: datetime, at: datetime) -> None:
    if closes_at <= at:
        raise Refused(_("The new deadline is past already. Choose a time that is still to come."))
    if closes_at > at + FARTHEST:
        raise Refused(_("The new deadline is more than two years away. Check the year."))


def _as_seen(difference: reminders.Difference, seen: str, *facts: object) -> reminders.Difference:
    """Return the difference if it is what the page had shown (``seen``, its seal; empty: no page); raise NotAsShown."""
    difference.facts = facts
    if seen and seen != difference.seal:
        raise NotAsShown(difference)
    return difference


def _write_line(
    step: Step, closes_at: datetime, reason: InThree, user: User, at: datetime, outage: Outage | None
) -> DeadlineChange:
    return DeadlineChange.objects.create(
        step=step,
        version=step.deadline_version + 1,
        closed_at=step.closes_at,
        closes_at=closes_at,
        **reason.columns("reason"),
        changed_at=at,
        changed_by=user,
        outage_from=outage.began if outage else None,
        outage_until=outage.ended if outage else None,
    )


@transaction.atomic
def move_deadline(
    step: Step,
    closes_at: datetime,
    reason: InThree,
    user: User,
    at: datetime,
    seen_version: int,
    *,
    outage: Outage | None = None,
    seen: str = "",
) -> reminders.Difference:
    """Move the step's deadline for all; return what that does to letters and people.

    The version rises by one, the change gets its public line with the reason, letters in the queue that tell the old
    date are cancelled, reminders are planned anew, and everyone with another date in mind gets a correction. A closed
    step opens again when its deadline moves to a time to come. ``seen_version``: the version that the officer saw;
    ``seen``: the seal of the page that showed the difference. Raises ``Stale``, ``Refused`` or ``NotAsShown``; then
    nothing is written. A submission that holds the step's lock goes first, by the old deadline.
    """
    step = _lock(step.round_id)[step.pk]
    if step.deadline_version != seen_version:
        raise Stale(step)
    _check_round(step.round)
    _check_reason(reason)
    _check_date(closes_at, at)
    if closes_at == step.closes_at:
        raise Refused(_("This is the deadline already."))
    if closes_at <= step.opens_at:
        raise Refused(_("The step closes before it opens."))
    if outage is not None:
        outage.check(at)
    before = reminders.OwnDates(step)
    line = _write_line(step, closes_at, reason, user, at, outage)
    step.closes_at, step.deadline_version = closes_at, line.version
    step.save(update_fields=["closes_at", "deadline_version"])
    difference = reminders.dates_changed(step, before, line, at)
    return _as_seen(difference, seen, closes_at, seen_version)


@transaction.atomic
def extend(
    step: Step,
    organisations: Iterable[Organisation],
    closes_at: datetime,
    reason: str,
    user: User,
    at: datetime,
    *,
    seen: str = "",
) -> reminders.Difference:
    """Give the organisations a deadline of their own, later than that for all; return what that does.

    An extension that is there already gets the new time, reason and a version above all others of the step; one with
    the very time stays as it is. Raises ``Refused`` or ``NotAsShown``; then nothing is written.
    """
    step = _lock(step.round_id)[step.pk]
    _check_round(step.round)
    _check_date(closes_at, at)
    wanted = sorted({one.pk for one in organisations})
    if not wanted:
        raise Refused(_("Choose at least one organisation."))
    if not reason.strip():
        raise Refused(_("Give the reason."))
    if closes_at <= step.closes_at:
        raise Refused(_("An extension ends later than the deadline for all."))
    there = dict(step.extensions.filter(closes_at=closes_at).values_list("organisation", "pk"))
    new = [pk for pk in wanted if pk not in there]
    if not new:
        raise Refused(_("They have this very extension already."))
    before = reminders.OwnDates(step)
    version = step.extensions.aggregate(last=Max("version"))["last"] or 0
    for number, pk in enumerate(new, start=version + 1):
        columns = {"closes_at": closes_at, "reason": reason, "granted_at": at, "granted_by": user, "version": number}
        Extension.objects.update_or_create(step=step, organisation_id=pk, defaults=columns)
    difference = reminders.dates_changed(step, before, None, at)
    return _as_seen(difference, seen, closes_at, step.deadline_version, new)


@transaction.atomic
def cancel(round_: Round, reason: InThree, user: User, at: datetime, *, seen: str = "") -> reminders.Difference:
    """Cancel a published round; return what that does: everyone who knows of it is told, nothing else is sent.

    A cancelled round stays cancelled. Raises ``Refused`` or ``NotAsShown``; then nothing is written.
    """
    _lock(round_.pk)
    locked = Round.objects.select_for_update(no_key=True, of=("self",)).select_related("owner").get(pk=round_.pk)
    _check_round(locked)
    _check_reason(reason)
    locked.cancelled_at, locked.cancelled_by, locked.edition = at, user, locked.edition + 1
    for name, text in (because := reason.columns("cancelled_because")).items():
        setattr(locked, name, text)
    locked.save(update_fields=["cancelled_at", "cancelled_by", *because, "edition"])
    return _as_seen(reminders.round_cancelled(locked, at), seen)
