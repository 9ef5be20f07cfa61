"""What every page of a proposal finds and shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from pilots import access
from pilots.models import DECIDED, Attachment, Clarification, Editor, ExtensionRequest, Proposal
from pilots.proposals.questions.known_forms import form_of
from pilots.proposals.questions.own import changes_for
from pilots.proposals.workflow import WRITABLE

EDITORS = Prefetch("editorships", Editor.objects.select_related("user__organisation"))


def readable(request: HttpRequest, at: datetime) -> QuerySet[Proposal]:
    """Return the proposals that the viewer may read, with what every page of a proposal shows."""
    return (
        Proposal.objects.visible_to(request.user, at)
        .select_related("organisation", "saved_by", "latest", "told", "pilot", "moved_on_to")
        .together(
            *("round__steps__extensions", "round__steps__asked", "round__own_forms__questions", "round__assessors"),
            "round__steps__extension_requests",
            *("declarations", EDITORS),
        )
    )


def context(request: HttpRequest, proposal: Proposal, at: datetime, **more: Any) -> dict[str, Any]:
    """Return what the templates of a proposal ask: who may do what, the deadline, the title this viewer may read."""
    viewer = request.user
    reads_draft = access.may_read_draft(viewer, proposal, at)
    title = proposal.title if reads_draft else proposal.sent_title
    staff = access.may_use_desk(viewer, at)
    return {
        "proposal": proposal,
        "verdict": proposal.told,
        "may_use_desk": staff,
        "decided": staff and proposal.state in DECIDED,
        "may_decide": access.may_decide(viewer, proposal, at),
        "title": title or _("Untitled proposal"),
        "reads_draft": reads_draft,
        "may_write": access.may_write(viewer, proposal, at),
        "may_submit": access.may_submit(viewer, proposal, at),
        "may_withdraw": access.may_withdraw(viewer, proposal, at),
        "may_delete": access.may_delete(viewer, proposal, at),
        "may_change_editors": access.may_change_editors(viewer, proposal, at),
        "may_ask_to_join": access.may_ask_to_join(viewer, proposal, at),
        "may_take_over": access.may_take_over(viewer, proposal, at),
        "edits": access.edits(viewer, proposal, at),
        **_of_staff(viewer, proposal, at),
        "closes_at": proposal.closes_at(at),
        "is_open": access.open_step(proposal, at) is not None,
        **_next_step(viewer, proposal, at),
        "sections": form_of(proposal).sections,
        "extensions_asked": _extensions_asked(viewer, proposal, at) if reads_draft else [],
        "questions_changed": changes_for(proposal) if reads_draft and proposal.state in WRITABLE else None,
        **more,
    }


def _of_staff(viewer: Any, proposal: Proposal, at: datetime) -> dict[str, Any]:
    """Return where the staff go on from a page of the proposal: to what only they read and write."""
    return {
        "may_declare": access.may_declare(viewer, proposal, at),
        "is_disqualified": access.is_disqualified(viewer, proposal),
        "may_assess": access.may_assess(viewer, proposal, at),
        "may_see_grounds": access.may_see_grounds(viewer, proposal, at),
        "may_read_notes": access.may_read_notes(viewer, proposal, at),
    }


def _extensions_asked(viewer: Any, proposal: Proposal, at: datetime) -> list[ExtensionRequest]:
    """Return the viewer's own requests for an extension, the last one of each step, unless it was given since."""
    found = []
    for step in proposal.round.steps.all():
        own = [one for one in step.extension_requests.all() if one.asked_by_id == viewer.pk]
        given = step.extension_of(viewer.organisation_id)
        if (
            own
            and at <= step.closes_for(viewer.organisation_id)
            and (given is None or given.granted_at < own[-1].asked_at)
        ):
            found.append(own[-1])
    return found


def of_proposal(proposal: Proposal) -> list[Clarification]:
    """Return the clarifications of the proposal, with what a line of each shows (one query)."""
    asked = list(proposal.clarifications.select_related("answer").defer("answer__content"))
    for clarification in asked:
        clarification.proposal = proposal
    return asked


def listed_files(attached: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Attachment | None]]:
    """Return what a draft or a version lists of its files, each with its row (at most one query)."""
    rows = Attachment.objects.in_bulk([listed["id"] for listed in attached]) if attached else {}
    return [(listed, rows.get(listed["id"])) for listed in attached]


def _next_step(viewer: Any, proposal: Proposal, at: datetime) -> dict[str, Any]:
    """Return the step to which the viewer can move the proposal on, with its deadline."""
    step = access.next_step(proposal, at) if access.may_move_on(viewer, proposal, at) else None
    return {"next_step": step, "next_closes_at": step.closes_for(proposal.organisation_id) if step else None}
