"""What stands near a proposal: who already tries this, and what else was proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pilots import access
from pilots.models import Pilot, Proposal
from regions.models import SearchDocument, User
from regions.models.nearest import Near, nearest

MOST = 5
MARGIN = 3  # more are asked for: the proposal itself, its pilot, and what the reader may not read fall out
TELLING = ("title", "summary", "problem", "tried", "benefit", "target_text")  # answers that say what is tried
Kind = SearchDocument.Kind


@dataclass(frozen=True)
class Neighbours:
    """The pilots and proposals nearest to a text, each with the words that it shares."""

    pilots: Sequence[tuple[Pilot, Sequence[str]]]
    proposals: Sequence[tuple[Proposal, Sequence[str]]]


def neighbours(proposal: Proposal, content: Mapping[str, Any], viewer: User, at: datetime) -> Neighbours:
    """Return what is near to ``content``, a text of the proposal, among what ``viewer`` may read.

    Writers see published pilots only; the ministry all pilots, and what others have sent.
    """
    staff = access.may_use_desk(viewer, at)
    text = " ".join(str(content.get(key, "")) for key in TELLING)
    near = nearest(text, [Kind.PILOT], MOST + MARGIN, public=not staff)
    near = [one for one in near if one.row != proposal.pilot_id]
    sent: list[Near] = []
    if staff:
        sent = nearest(text, [Kind.PROPOSAL], MOST + MARGIN, public=False)
        sent = [one for one in sent if one.row != proposal.pk]
    pilots = Pilot.objects.visible_to(viewer, at).filter(pk__in=[one.row for one in near])
    rows = {pilot.pk: pilot for pilot in pilots.select_related("lead")}
    found = [(rows[one.row], one.words) for one in near if one.row in rows]
    if not sent:
        return Neighbours(found[:MOST], [])
    visible = Proposal.objects.visible_to(viewer, at).filter(pk__in=[one.row for one in sent])
    others = {other.pk: other for other in visible.select_related("organisation", "round", "latest")}
    return Neighbours(found[:MOST], [(others[one.row], one.words) for one in sent if one.row in others][:MOST])
