"""My proposals, the start of a draft, and the page of a proposal."""

from __future__ import annotations

import re
from datetime import datetime

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.models import DeletedDraft, Message, Proposal, Round, Version
from pilots.proposals import workflow
from pilots.proposals.forms.writing import KindForm
from pilots.proposals.neighbours import neighbours
from pilots.proposals.questions.answers import progress, shown
from pilots.proposals.questions.known_forms import form_of
from pilots.proposals.questions.vocabulary import vocabulary
from pilots.proposals.waiting import waits_on_preparer
from regions.access import account
from registry.lib.database import clock
from registry.lib.pages import page_of
from registry.lib.views import find, form_page, form_view, only, posted

from .pages import context, listed_files, of_proposal, readable

TOLD_AT_MOST = 100  # letters on the page of a proposal


@require_safe
@only(access.may_prepare)
def list_own(request: HttpRequest) -> HttpResponse:
    """Show the proposals of the viewer's organisation, those that the viewer edits for others, and what is open."""
    at = timezone.now()
    organisation_id = account(request).organisation_id
    proposals = (
        Proposal.objects.visible_to(request.user, at)
        .select_related("organisation", "round", "latest", "told", "moved_on_to")
        .prefetch_related("round__steps__extensions", "round__steps__asked", "editorships")
    )
    page = page_of(request, proposals)
    listed = [
        (
            proposal,
            proposal.closes_at(at),
            access.open_step(proposal, at) is not None,
            access.may_write(request.user, proposal, at),
            access.next_step(proposal, at),
        )
        for proposal in page
    ]
    rounds = Round.objects.answerable_by(organisation_id, at).prefetch_related("steps__extensions", "steps__asked")
    open_rounds = [(round_, round_.closes_for(organisation_id, at)) for round_ in rounds]
    context_of_page = {
        "page": page,
        "listed": listed,
        "open_rounds": open_rounds,
        "waiting": waits_on_preparer(account(request), at),
        "deleted": DeletedDraft.objects.of_editor(account(request), at),
    }
    return render(request, "proposals/my_proposals.html", context_of_page)


@form_view
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the drafts that are there already, then the choice of a kind; POST starts a draft."""
    at = clock()
    viewer = account(request)
    rounds = Round.objects.visible_to(viewer, at).prefetch_related(
        "steps__extensions", "steps__asked", "invited", "own_forms__questions"
    )
    round_ = find(request, rounds, access.may_start, at, slug=slug)
    earlier = _earlier(request, at)
    kinds = round_.begun_kinds(viewer.organisation_id, at)
    form = KindForm(kinds, posted(request), kind=earlier.kind if earlier else "")
    if form.is_valid() and viewer.organisation is not None:
        kind = form.cleaned_data["kind"]
        proposal = workflow.start(round_, viewer.organisation, kind, viewer, at, earlier)
        messages.success(request, _("A draft is started. It is not yet sent."))
        return redirect("edit_section", pk=proposal.pk, section=form_of(proposal).sections[0].slug)
    existing = Proposal.objects.visible_to(viewer, at).filter(round=round_)
    return form_page(
        request,
        "proposals/start.html",
        form,
        {
            "round": round_,
            "earlier": earlier,
            "existing": existing.select_related("organisation", "round", "latest", "told"),
            "kinds": kinds,
            "closes_at": round_.closes_for(viewer.organisation_id, at),
        },
    )


def _earlier(request: HttpRequest, at: datetime) -> Proposal | None:
    """Return the proposal that a new one takes its first text from: ``?from=`` names it, its own people may."""
    key = request.GET.get("from", "")
    if not re.fullmatch(r"[0-9]{1,9}", key):
        return None
    proposal = readable(request, at).filter(pk=key).first()
    return proposal if proposal and access.may_read_draft(request.user, proposal, at) else None


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where a proposal stands: to its writers the draft, to the ministry what was submitted last."""
    at = timezone.now()
    versions = Prefetch("versions", Version.objects.defer("content").select_related("step"))
    proposal = get_object_or_404(readable(request, at).prefetch_related(versions), pk=pk)
    told = Message.objects.visible_to(request.user, at).of_proposal(proposal).for_list(proposal.round)[:TOLD_AT_MOST]
    page = context(request, proposal, at, told=told)
    asked = [(one, one.is_overdue(at)) for one in of_proposal(proposal)]
    page["clarifications"] = asked
    page["unanswered"] = [pair for pair in asked if access.may_answer(request.user, pair[0], at)]
    page["may_ask_clarification"] = access.may_ask_clarification(request.user, proposal, at)
    choices = vocabulary()
    if page["reads_draft"]:
        saves = {save.section: save for save in proposal.section_saves.last_of_each()}
        parts = progress(proposal, at, choices)
        page["progress"] = [(part, saves.get(part.section.slug)) for part in parts]
        page["unfinished"] = next((part.section for part in parts if part.missing or part.wrong), None)
        page["answers"] = shown(proposal, choices)
        page["files"] = listed_files(proposal.attached)
    elif proposal.latest is not None:
        page["answers"] = shown(proposal.latest, choices)
        page["files"] = listed_files(proposal.latest.attached)
    read = proposal.content if page["reads_draft"] or proposal.latest is None else proposal.latest.content
    page["neighbours"] = neighbours(proposal, read, account(request), at)
    return render(request, "proposals/proposal.html", page)
