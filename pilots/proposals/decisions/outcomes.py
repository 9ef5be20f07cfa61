"""The outcome of a round is published, once: its page tells it, and the pilots that are ready become public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from pilots.catalogue import workflow as catalogue
from pilots.models import Decision, Pilot, Proposal, Round, Stage
from regions.models import User
from registry.lib.database import locked
from registry.lib.failpoints import reach
from registry.lib.refusals import Incomplete, Refused

from .following import tell
from .letters import ready_letters

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class Published:
    """What publishing did: the pilots that became public, and those that lack a translation and did not."""

    pilots: list[Pilot]
    left: list[Pilot]


def hindrances(round_: Round, at: datetime) -> list[str]:
    """Return what stands in the way of publishing the outcome at ``at``, in sentences: empty when nothing does."""
    open_ones = round_.proposals.filter(state=Proposal.State.SUBMITTED).count()
    undecided = [(not open_ones, _("Proposals that are not decided: %(n)s.") % {"n": open_ones})]
    letters = len(ready_letters(round_, at).sendable)
    unsent = [(not letters, _("Decision letters that are not sent: %(n)s.") % {"n": letters})]
    decided = round_.proposals.filter(state__in=["accepted", "not_selected"]).exists()
    none = [(decided, _("No proposal of the round is decided."))]
    waiting = Decision.objects.waiting().filter(proposal__round=round_).count()
    unconfirmed = [(not waiting, _("Decisions that wait for the second decider: %(n)s.") % {"n": waiting})]
    return [sentence for fine, sentence in [*none, *undecided, *unconfirmed, *unsent] if not fine]


def outcome_of(round_: Round) -> dict[str, Any]:
    """Return what the public page of a round tells of a published outcome (two queries): who is selected, how many not.

    Only what was told and published counts: a correction counts once its letter is sent.
    """
    told = Decision.objects.filter(proposal__round=round_, proposal__told=F("pk"), published_at__isnull=False)
    selected = told.filter(outcome=Decision.Outcome.SELECTED).for_page()
    return {
        "selected": list(selected.order_by("proposal__organisation__name_fi", "pk")),
        "others": told.filter(outcome=Decision.Outcome.NOT_SELECTED).count(),
    }


def pilots_of(round_: Round) -> QuerySet[Pilot]:
    """Return the pilots that the round made and that live."""
    return Pilot.objects.filter(proposal__round=round_).exclude(stage=Stage.LAPSED).order_by("code")


@transaction.atomic
def publish_outcome(round_: Round, user: User, at: datetime) -> Published:
    """Publish the outcome of the round, with the pilots whose name and summary are there in Finnish and Swedish.

    A decision whose letter reaches nobody is told by this. Raises ``Incomplete`` with what stands in the way, and
    ``Refused`` where it is published already.
    """
    current = locked(Round.objects.all(), round_.pk)
    if current.outcome_published_at is not None:
        raise Refused
    if sentences := hindrances(current, at):
        raise Incomplete(sentences)
    Round.objects.filter(pk=current.pk).update(outcome_published_at=at, outcome_published_by=user)
    held = Decision.objects.holding().filter(proposal__round=current)
    for decision in held.filter(told_at=None).order_by("proposal"):
        tell(decision, user, at)
    held.filter(published_at=None).update(published_at=at)
    reach("after_outcome")
    published, left = [], []
    for pilot in pilots_of(current):
        try:
            catalogue.publish(pilot, at)
        except catalogue.NotTranslated:
            left.append(pilot)
        else:
            published.append(pilot)
    return Published(published, left)


def set_two_deciders(round_: Round, *, two: bool) -> None:
    """Say whether a decision of the round needs two people. Raises ``Refused`` once something of it is decided."""
    undecided = Round.objects.filter(pk=round_.pk).exclude(proposals__decisions__isnull=False)
    if not undecided.update(two_deciders=two):
        raise Refused
