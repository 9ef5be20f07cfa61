"""What follows from a decision: how far its pilot is, and what people outside the ministry know."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from pilots.catalogue.workflow import log_stage
from pilots.models import Decision, Pilot, Proposal, Stage
from regions.models import User


def follow(pilot: Pilot, decision: Decision, user: User, at: datetime) -> None:
    """Let the pilot lapse, or live again, as the decision says.

    A pilot that is seen outside the ministry follows only when the decision is told: before, its page would tell it.
    """
    lapsed = Pilot.objects.get(pk=pilot.pk).stage == Stage.LAPSED
    if lapsed is not decision.selects:
        return
    stage = Stage.PLANNED if decision.selects else Stage.LAPSED
    log_stage(pilot, stage, user, at)
    Pilot.objects.filter(pk=pilot.pk).update(stage=stage, changed_at=at, edition=F("edition") + 1)


def tell(decision: Decision, user: User, at: datetime) -> None:
    """Let people outside the ministry know the decision from ``at``: it runs in the transaction that sends its letter.

    A decision that is told after the outcome of its round was published is published at once.
    """
    proposal = Proposal.objects.select_related("round", "pilot").get(pk=decision.proposal_id)
    published = at if proposal.round.outcome_published_at is not None else None
    Decision.objects.filter(pk=decision.pk, told_at=None).update(told_at=at, published_at=published)
    Proposal.objects.filter(pk=proposal.pk).update(told=decision)
    if proposal.pilot is None:
        return
    if decision.selects:
        Pilot.objects.filter(pk=proposal.pilot.pk).update(untold=False)
    follow(proposal.pilot, decision, user, at)
