"""Asking organisations to go on in a step that is for those who are asked."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pilots.models import Asked, Proposal, Round, Step
from regions.models import Organisation, User
from registry.lib.database import locked
from registry.lib.refusals import Refused


@transaction.atomic
def ask(
    step: Step, organisations: Iterable[Organisation], proposals: Iterable[Proposal], user: User, at: datetime
) -> list[Asked]:
    """Ask the organisations for whatever they want to send in the step, and for these proposals; return what is new.

    Raises ``Refused`` where the step is for others, or the round is not published or cancelled.
    """
    round_ = locked(Round.objects.all(), step.round_id, no_key=True)
    if round_.published_at is None or round_.cancelled_at is not None or step.senders != Step.Senders.ASKED:
        raise Refused(_("Nobody is asked for this step."))
    wanted: list[tuple[int, int | None]] = [(organisation.pk, None) for organisation in organisations]
    wanted += [(proposal.organisation_id, proposal.pk) for proposal in proposals]
    there: set[tuple[int, int | None]] = set(step.asked.values_list("organisation", "proposal"))
    new = [pair for pair in dict.fromkeys(wanted) if pair not in there]
    columns = {"step": step, "asked_at": at, "asked_by": user}
    return Asked.objects.bulk_create(Asked(organisation_id=one, proposal_id=pk, **columns) for one, pk in new)
