"""Publishing a round: from then on its deadlines are promises, and its reminders are planned."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pilots.mail import reminders
from pilots.models import Criterion, Round, Step
from regions.models import User
from registry.lib.refusals import Incomplete, Stale


def faults(round_: Round, at: datetime) -> list[str | Promise]:
    """Return what stands in the way of publishing ``round_`` at ``at``: empty when nothing does."""
    wanted: list[tuple[object, str | Promise]] = [
        (round_.name_fi and round_.name_sv, _("The name is missing in Finnish or Swedish.")),
        (round_.guidance_fi and round_.guidance_sv, _("The guidance is missing in Finnish or Swedish.")),
        (round_.contact_fi and round_.contact_sv, _("The contact is missing in Finnish or Swedish.")),
        (round_.asks, _("Choose what may be sent: a proposal, an expression of interest, or both.")),
    ]
    found = [sentence for there, sentence in wanted if not there]
    steps = list(round_.steps.all())
    if not steps:
        found.append(_("Add at least one step with a deadline."))
    elif any(step.closes_at <= at for step in steps):
        found.append(_("A deadline is already past."))
    elif round_.asks and all(step.kind == Step.Kind.TALKS for step in steps):
        found.append(_("Talks take no proposals: add a step in which they are sent."))
    return found


@transaction.atomic
def write(
    round_: Round, columns: dict[str, Any], invited: Any, criteria: list[Criterion], steps: list[dict[str, Any]]
) -> Round:
    """Write an unpublished round, new or opened at ``round_.edition``: its texts, invitations, criteria and steps.

    Raises Stale when someone else wrote it meanwhile, or published it.
    """
    if not round_.pk:
        round_ = Round.objects.create(**{"slug": round_.slug, "kind": Round.Kind.PROPOSALS, **columns})
    elif not Round.objects.filter(pk=round_.pk, edition=round_.edition, published_at=None).update(
        edition=F("edition") + 1, **columns
    ):
        raise Stale(Round.objects.get(pk=round_.pk))
    round_.invited.set(invited)
    round_.criteria.all().delete()
    for criterion in criteria:
        criterion.round = round_
    Criterion.objects.bulk_create(criteria)
    round_.steps.all().delete()
    Step.objects.bulk_create(
        Step(round=round_, position=number, **{name: step[name] for name in ("kind", "opens_at", "closes_at")})
        for number, step in enumerate(steps, start=1)
    )
    return round_


@transaction.atomic
def publish(round_: Round, user: User, at: datetime) -> None:
    """Publish the round in the name of the officer's organisation, with the officer as its owner; plan its reminders.

    Raises Incomplete with every fault; publishing twice does nothing the second time.
    """
    locked = Round.objects.select_for_update().get(pk=round_.pk)
    if locked.published_at is not None:
        return
    if found := faults(locked, at):
        raise Incomplete(found)
    organiser = locked.organiser or user.organisation
    Round.objects.filter(pk=locked.pk, published_at=None).update(
        published_at=at, owner=user, organiser=organiser, edition=F("edition") + 1
    )
    locked.refresh_from_db()
    reminders.default_rules(locked, at)
    reminders.plan(locked, at)
