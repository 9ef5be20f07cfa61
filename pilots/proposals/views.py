"""Proposals: my list, start, editor, check and send, receipt, withdrawal, editors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pilots import access
from pilots.models import Message, Proposal, Round
from pilots.proposals import workflow
from pilots.proposals.forms import EditorForm, KindForm, SectionForm, typed_answers
from pilots.proposals.questions.answers import answered, differences, faults, section_content, shown
from pilots.proposals.questions.asked import BY_SLUG, SECTIONS, Section, Vocabulary, vocabulary
from regions.models import User
from registry.lib.database import clock
from registry.lib.pages import page_of
from registry.lib.refusals import Incomplete, Refused, Stale, TooLate

TOLD_AT_MOST = 100  # letters on the page of a proposal


def _viewer(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the middleware lets nobody else in
    return request.user


def _find(request: HttpRequest, pk: int, at: datetime) -> Proposal:
    """Return the proposal with what every page of it shows; 404 unless the viewer may read it."""
    rows = (
        Proposal.objects.visible_to(request.user, at)
        .select_related("organisation", "round", "saved_by", "latest")
        .prefetch_related("round__steps__extensions", "editorships__user", "versions__submitted_by")
    )
    return get_object_or_404(rows, pk=pk)


def _context(request: HttpRequest, proposal: Proposal, at: datetime, **more: Any) -> dict[str, Any]:
    """Return what the templates of a proposal ask: who may do what, the deadline, the title this viewer may read."""
    viewer = request.user
    reads_draft = access.may_read_draft(viewer, proposal, at)
    title = proposal.title if reads_draft else proposal.sent_title
    return {
        "proposal": proposal,
        "title": title or _("Untitled proposal"),
        "reads_draft": reads_draft,
        "may_write": access.may_write(viewer, proposal, at),
        "may_submit": access.may_submit(viewer, proposal, at),
        "may_withdraw": access.may_withdraw(viewer, proposal, at),
        "may_change_editors": access.may_change_editors(viewer, proposal, at),
        "closes_at": proposal.closes_at(at),
        "is_open": access.open_step(proposal, at) is not None,
        "sections": SECTIONS,
        **more,
    }


def _edition(request: HttpRequest) -> int:
    """Return the edition that the writer saw; one that makes no sense is none, and so in conflict with any."""
    typed = request.POST.get("edition", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


@require_safe
def my_proposals(request: HttpRequest) -> HttpResponse:
    """Show what the viewer's organisation writes or sent, what the viewer edits for others, and what is open."""
    at = timezone.now()
    if not access.may_prepare(request.user, at):
        raise PermissionDenied
    rows = (
        Proposal.objects.visible_to(request.user, at)
        .select_related("organisation", "round", "latest")
        .prefetch_related("round__steps__extensions", "editorships")
    )
    page = page_of(request, rows)
    listed = [
        (row, row.closes_at(at), access.open_step(row, at) is not None, access.may_write(request.user, row, at))
        for row in page
    ]
    rounds = Round.objects.answerable_by(_viewer(request).organisation_id, at).prefetch_related("steps__extensions")
    open_rounds = [(round_, round_.closes_for(_viewer(request).organisation_id, at)) for round_ in rounds]
    context = {"page": page, "listed": listed, "open_rounds": open_rounds}
    return render(request, "proposals/my_proposals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def start_proposal(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the drafts that are there already, then the choice of a kind; POST starts a draft."""
    at = timezone.now()
    viewer = _viewer(request)
    rows = Round.objects.visible_to(viewer, at).prefetch_related("steps__extensions", "invited")
    round_ = get_object_or_404(rows, slug=slug)
    if not access.may_start(viewer, round_, at):
        raise PermissionDenied
    form = KindForm(round_, request.POST if request.method == "POST" else None)
    if form.is_valid() and viewer.organisation is not None:
        proposal = workflow.start(round_, viewer.organisation, form.cleaned_data["kind"], viewer, at)
        messages.success(request, _("A draft is started. It is not yet sent."))
        return redirect("edit_section", pk=proposal.pk, section=SECTIONS[0].slug)
    existing = (
        Proposal.objects.visible_to(viewer, at).filter(round=round_).select_related("organisation", "round", "latest")
    )
    closes_at = round_.closes_for(viewer.organisation_id, at)
    context = {"round": round_, "form": form, "existing": existing, "closes_at": closes_at}
    return render(request, "proposals/start.html", context, status=400 if form.is_bound else 200)


@require_safe
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where a proposal stands: to its writers the draft, to the ministry what was submitted last."""
    at = timezone.now()
    found = _find(request, pk, at)
    told = Message.objects.visible_to(request.user, at).of_proposal(found).for_list(found.round)[:TOLD_AT_MOST]
    context = _context(request, found, at, told=told)
    words = vocabulary()
    if context["reads_draft"]:
        missing = faults(found.kind, found.content, words)
        context["progress"] = [
            (
                section,
                answered(section, found),
                len(section.questions),
                sum(fault.section is section and fault.missing for fault in missing),
                sum(fault.section is section and not fault.missing for fault in missing),
            )
            for section in SECTIONS
        ]
        context["answers"] = shown(found.content, words)
        context["unfinished"] = next((row[0] for row in context["progress"] if row[3] or row[4]), None)
    elif found.latest is not None:
        context["answers"] = shown(found.latest.content, words)
    return render(request, "proposals/proposal.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_section(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """Show a section's questions; POST saves all that can be saved, and shows the rest back as it was typed."""
    at = timezone.now()
    found = _find(request, pk, at)
    if section not in BY_SLUG:
        raise Http404
    if not access.may_write(request.user, found, at):
        raise PermissionDenied
    asked, words = BY_SLUG[section], vocabulary()
    if request.method == "POST":
        return _save(request, found, asked, words, at)
    form = SectionForm(asked, found, found.content, words)
    return _section_page(request, found, asked, form, at)


def _save(request: HttpRequest, found: Proposal, section: Section, words: Vocabulary, at: datetime) -> HttpResponse:
    typed = typed_answers(section, request.POST, words)
    storable, unkept = section_content(section, typed, words)
    try:
        current = workflow.save_section(
            found, section, storable, _edition(request), _viewer(request), at, seen=request.POST.get("seen", "")
        )
    except Stale as stale:
        return _conflict_page(request, stale.current, section, typed, words, at)
    except Refused:
        raise PermissionDenied from None
    form = SectionForm(section, current, {**typed, **storable}, words)
    if not form.is_valid():
        found.content = current.content
        return _section_page(request, found, section, form, at, saved=True, unkept=bool(unkept))
    messages.success(request, _("Saved. Nothing is sent until you send it."))
    place = SECTIONS.index(section) + 1
    if "next" not in request.POST:
        return redirect("edit_section", pk=found.pk, section=section.slug)
    if place == len(SECTIONS):
        return redirect("check_proposal", pk=found.pk)
    return redirect("edit_section", pk=found.pk, section=SECTIONS[place].slug)


def _section_page(
    request: HttpRequest, found: Proposal, section: Section, form: SectionForm, at: datetime, **more: Any
) -> HttpResponse:
    place = SECTIONS.index(section) + 1
    context = _context(request, found, at, section=section, form=form, place=place, of=len(SECTIONS), **more)
    return render(request, "proposals/section.html", context)


def _conflict_page(
    request: HttpRequest, current: Proposal, section: Section, typed: dict[str, Any], words: Vocabulary, at: datetime
) -> HttpResponse:
    """Show every word of the loser in the form, beside what stands stored now; saving again keeps the form's words."""
    found = _find(request, current.pk, at)
    mine, _unkept = section_content(section, typed, words)
    form = SectionForm(section, found, {**typed, **mine}, words)
    differing = differences(section, {**typed, **mine}, found.content, words)
    response = _section_page(request, found, section, form, at, conflict=True, differing=differing)
    response.status_code = 409
    return response


def _check_page(request: HttpRequest, found: Proposal, at: datetime, status: int = 200, **more: Any) -> HttpResponse:
    words = vocabulary()
    found_faults = faults(found.kind, found.content, words)
    context = _context(
        request,
        found,
        at,
        faults=found_faults,
        answers=shown(found.content, words),
        nothing_new=not found.has_unsent_words,
        **more,
    )
    return render(request, "proposals/check.html", context, status=status)


@require_safe
def check_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is missing, with links to the very questions, and everything as it will be sent."""
    at = timezone.now()
    found = _find(request, pk, at)
    if not access.may_write(request.user, found, at):
        raise PermissionDenied
    return _check_page(request, found, at)


@require_http_methods(["GET", "HEAD", "POST"])
def submit_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """POST sends the edition that the sender saw; anything else leads to the check page."""
    at = timezone.now()
    found = _find(request, pk, at)
    if not access.may_write(request.user, found, at):
        raise PermissionDenied
    if request.method != "POST":
        return redirect("check_proposal", pk=pk)
    try:
        version = workflow.submit(found, _edition(request), _viewer(request))
    except TooLate as late:
        context = _context(request, found, at, late=late)
        return render(request, "proposals/too_late.html", context, status=409)
    except Stale:
        return _check_page(request, _find(request, pk, at), at, status=409, conflict=True)
    except Incomplete:
        return _check_page(request, found, at, status=409, incomplete=True)
    except Refused:
        return _check_page(request, _find(request, pk, at), at, status=409, refused=True)
    messages.success(request, _("The proposal is sent. Here is the receipt."))
    return redirect("receipt", pk=pk, number=version.number)


@require_safe
def receipt(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one submitted version: the second it came, its SHA-256, its content."""
    at = timezone.now()
    found = _find(request, pk, at)
    version = next((version for version in found.versions.all() if version.number == number), None)
    if version is None:
        raise Http404
    answers = shown(version.content, vocabulary())
    return render(request, "proposals/receipt.html", _context(request, found, at, version=version, answers=answers))


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to withdraw; POST withdraws."""
    at = timezone.now()
    found = _find(request, pk, at)
    if not access.may_withdraw(request.user, found, at):
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "proposals/withdraw.html", _context(request, found, at))
    try:
        workflow.withdraw(found, _viewer(request), clock())
    except Refused:
        raise PermissionDenied from None
    messages.success(request, _("The proposal is withdrawn."))
    return redirect("proposal", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def editors(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who may change the proposal; POST adds a colleague or takes one away."""
    at = timezone.now()
    found = _find(request, pk, at)
    if not access.may_change_editors(request.user, found, at):
        raise PermissionDenied
    if request.method == "POST" and "remove" in request.POST:
        return _remove_editor(request, found)
    colleagues = found.possible_editors(at)
    form = EditorForm(colleagues, request.POST if request.method == "POST" else None)
    if form.is_valid():
        workflow.add_editor(found, form.cleaned_data["person"], _viewer(request), at)
        messages.success(request, _("Added. This person can now change and send the proposal."))
        return redirect("editors", pk=pk)
    context = _context(request, found, at, form=form, colleagues=colleagues.exists())
    return render(request, "proposals/editors.html", context, status=400 if form.is_bound else 200)


def _remove_editor(request: HttpRequest, found: Proposal) -> HttpResponse:
    chosen = request.POST["remove"]
    person = next((e.user for e in found.editorships.all() if str(e.user_id) == chosen), None)
    if person is None:
        messages.warning(request, _("This person is not an editor."))
        return redirect("editors", pk=found.pk)
    try:
        workflow.remove_editor(found, person)
    except workflow.LastEditor:
        messages.error(request, _("The last editor cannot be removed. Add another first."))
        return redirect("editors", pk=found.pk)
    messages.success(request, _("Removed."))
    if person == request.user:
        return redirect("my_proposals")
    return redirect("editors", pk=found.pk)
