"""What happens to the deadlines of a published round: moved for all, extended for some; or the round is cancelled."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from pilots.mail import reminders
from pilots.models import DeadlineChange, Extension, ExtensionRequest, Round, Step
from regions.models import Organisation, User
from registry.lib.database import locked, transacted
from registry.lib.editions import write_if
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


def _lock(round_id: int) -> dict[int, Step]:
    """Lock and return the round's steps as a submission does: neither sees the other halfway."""
    steps = Step.objects.filter(round=round_id).select_for_update(no_key=True).order_by("pk")
    by_pk = {step.pk: step for step in steps}
    round_ = Round.objects.select_related("owner").get(pk=round_id)
    for step in by_pk.values():
        step.round = round_
    return by_pk


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


def _settle(difference: reminders.Difference, facts: tuple[object, ...], seen: str, undo: bool) -> reminders.Difference:
    """Return the difference; undo the whole act where it is only shown, and raise NotAsShown where it is not as seen.

    The page shows what the act does, not a second reckoning of it.
    """
    difference.facts = facts
    if seen and seen != difference.fingerprint:
        raise NotAsShown(difference)
    if undo:
        transaction.set_rollback(True)
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


@transacted
def move_deadline(
    step: Step,
    closes_at: datetime,
    reason: InThree,
    user: User,
    at: datetime,
    edition: int,
    *,
    outage: Outage | None = None,
    seen: str = "",
    undo: bool = False,
) -> reminders.Difference:
    """Move the step's deadline for all; return what that does to letters and people.

    The version rises by one, the change gets its public line with the reason, letters in the queue that tell the old
    date are cancelled, reminders are planned anew, and everyone with another date in mind gets a correction. A closed
    step opens again when its deadline moves to a time to come. ``edition``: the version of the deadline that the
    officer saw. ``seen``: the fingerprint of the difference that the page showed; ``undo``: only show it. Raises
    ``Stale``, ``Refused`` or ``NotAsShown``; then nothing is written. A submission that holds the step's lock goes
    first, by the old deadline.
    """
    step = _lock(step.round_id)[step.pk]
    if step.deadline_version != edition:
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
    return _settle(difference, (closes_at, edition), seen, undo)


@transacted
def extend(
    step: Step,
    organisations: Iterable[Organisation],
    closes_at: datetime,
    reason: str,
    user: User,
    at: datetime,
    *,
    seen: str = "",
    undo: bool = False,
) -> reminders.Difference:
    """Give the organisations a deadline of their own, later than that for all; return what that does.

    An existing extension gets the new time, the reason and a version above all others of the step; an existing
    extension to the same time stays as it is. ``seen`` and ``undo`` as in ``move_deadline``. Raises ``Refused`` or
    ``NotAsShown``; then nothing is written.
    """
    step = _lock(step.round_id)[step.pk]
    _check_round(step.round)
    _check_date(closes_at, at)
    wanted = sorted({organisation.pk for organisation in organisations})
    if not wanted:
        raise Refused(_("Choose at least one organisation."))
    if not reason.strip():
        raise Refused(_("Give the reason."))
    if closes_at <= step.closes_at:
        raise Refused(_("An extension ends later than the deadline for all."))
    extended = set(step.extensions.filter(closes_at=closes_at).values_list("organisation", flat=True))
    new = [pk for pk in wanted if pk not in extended]
    if not new:
        raise Refused(_("They have this very extension already."))
    before = reminders.OwnDates(step)
    version = step.extensions.aggregate(last=Max("version"))["last"] or 0
    for number, pk in enumerate(new, start=version + 1):
        columns = {"closes_at": closes_at, "reason": reason, "granted_at": at, "granted_by": user, "version": number}
        Extension.objects.update_or_create(step=step, organisation_id=pk, defaults=columns)
    difference = reminders.dates_changed(step, before, None, at)
    return _settle(difference, (closes_at, step.deadline_version, new), seen, undo)


@transaction.atomic
def ask_for_extension(
    step: Step, organisation: Organisation, until: datetime, reason: str, user: User, at: datetime
) -> ExtensionRequest:
    """Ask the ministry for a later deadline of the step, for the organisation; return the request.

    Raises ``Refused`` where the round does not live, the reason is missing, or ``until`` is no later than the deadline.
    """
    _check_round(step.round)
    _check_date(until, at)
    if not reason.strip():
        raise Refused(_("Give the reason."))
    if until <= step.closes_for(organisation.pk):
        raise Refused(_("An extension ends later than the deadline for all."))
    return ExtensionRequest.objects.create(
        step=step, organisation=organisation, until=until, reason=reason, asked_at=at, asked_by=user
    )


@transaction.atomic
def decline_extension(request: ExtensionRequest, because: str, user: User, at: datetime) -> None:
    """Give no extension, and tell the asker alone why. Raises ``Stale`` where one was given, or declined, meanwhile."""
    if not because.strip():
        raise Refused(_("Give the reason."))
    current = locked(Step.objects.all(), request.step_id, no_key=True)
    waiting = ExtensionRequest.objects.waiting().filter(pk=request.pk)
    columns = {"declined_at": at, "declined_by": user, "declined_because": because}
    if not ExtensionRequest.objects.filter(pk__in=waiting.values("pk")).update(**columns):
        raise Stale(current)
    declined = ExtensionRequest.objects.select_related("step__round", "organisation", "asked_by").get(pk=request.pk)
    reminders.tell_declined(declined, at)


@transacted
def cancel(
    round_: Round, reason: InThree, user: User, at: datetime, *, seen: str = "", undo: bool = False
) -> reminders.Difference:
    """Cancel a published round; return what that does to letters and people: nothing else is sent of the round.

    A cancelled round stays cancelled. ``seen`` and ``undo`` as in ``move_deadline``. Raises ``Refused`` or
    ``NotAsShown``; then nothing is written.
    """
    _lock(round_.pk)
    current = locked(Round.objects.select_related("owner"), round_.pk, no_key=True)
    _check_round(current)
    _check_reason(reason)
    because = reason.columns("cancelled_because")
    write_if(Round.objects.filter(pk=current.pk), current.edition, cancelled_at=at, cancelled_by=user, **because)
    cancelled = Round.objects.select_related("owner").get(pk=current.pk)
    return _settle(reminders.round_cancelled(cancelled, at), (), seen, undo)
