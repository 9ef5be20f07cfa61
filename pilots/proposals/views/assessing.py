"""Who assesses, whether there is a conflict of interest, what an assessor writes, and all assessments of a proposal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.models import Assessment, Declaration, Proposal, Round
from pilots.proposals import assessing
from pilots.proposals.forms.assessing import AssessmentForm, AssessorsForm, DeclarationForm
from pilots.proposals.neighbours import neighbours
from pilots.proposals.questions.answers import shown
from pilots.proposals.questions.vocabulary import vocabulary
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import Shown, edition_of, tell_saved, with_choices
from registry.lib.kept_forms import LANGUAGE
from registry.lib.refusals import Incomplete, Refused, Stale
from registry.lib.views import find, form_page, form_view, only, posted

from .pages import context, listed_files, readable

ASSESSORS, DECLARE, ASSESS = "proposals/assessors.html", "proposals/declare.html", "proposals/assess.html"


@form_view
def name_assessors(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who assesses in the round; POST names them."""
    at = clock()
    rows = Round.objects.visible_to(request.user, at).prefetch_related("assessors__user", "criteria")
    round_ = find(request, rows, access.may_name_assessors, at, slug=slug)
    form = AssessorsForm(with_choices(posted(request), lambda: AssessorsForm(None, round_, at)), round_, at)
    if not form.is_valid():
        return form_page(request, ASSESSORS, form, {"round": round_})
    shown_then, typed = Shown.read(request.POST, round_), form.typed()
    chosen, until = typed["assessors"], typed["assess_until"]
    try:
        assessing.name_assessors(round_, shown_then, chosen, account(request), at, until)
    except Stale as stale:
        again = AssessorsForm(None, stale.current, at, stale.merged.values)
        page = {"round": stale.current, "conflicts": again.side_by_side(stale.merged.conflicts)}
        return form_page(request, ASSESSORS, again, page, status=409)
    except Refused as refused:
        form.add_error(None, str(refused.reason))
        return form_page(request, ASSESSORS, form, {"round": round_})
    messages.success(request, _("Saved. What waits on each assessor stands on the desk."))
    return redirect("round_assessors", slug=slug)


@form_view
def declare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the viewer has declared of a conflict of interest; POST declares."""
    at, viewer = clock(), account(request)
    proposal = find(request, readable(request, at), access.may_declare, at, pk=pk)
    own = list(Declaration.objects.filter(proposal=proposal, user=viewer).order_by("number"))
    held = own[-1] if own else None
    form = DeclarationForm(posted(request), held)
    page = context(request, proposal, at, own=own, held=held, assesses=_is_named(proposal, viewer.pk))
    if LANGUAGE in request.POST or not form.is_valid():
        return form_page(request, DECLARE, form, page)
    data, replaces = form.cleaned_data, edition_of(request.POST)
    try:
        said = (form.chosen_ground, data["words"], viewer, at, data.get("because", ""))
        made = assessing.declare(proposal, replaces, *said)
    except Refused as refused:
        form.add_error(None, str(refused.reason) or _("You have declared something else in between. Read it again."))
        return form_page(request, DECLARE, form, page, status=409)
    messages.success(request, _declared(made))
    begun = not made.ground and page["assesses"] and proposal.state == Proposal.State.SUBMITTED
    return redirect("assess_proposal" if begun else "proposal", pk=pk)


def _is_named(proposal: Proposal, user: int) -> bool:
    return user in {one.user_id for one in proposal.round.assessors.all()}


def _declared(declaration: Declaration) -> str:
    if declaration.ground:
        return _("Declared. You take no part in dealing with this proposal.")
    return _("Declared: you have no conflict of interest.")


@form_view
def assess(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was submitted, and beside it the assessor's own text by the criteria; POST saves it.

    ``act=ready`` lets others read it once nothing is missing, ``act=reopen`` takes it back. An assessor who has not
    declared is led to the declaration first.
    """
    at, viewer = clock(), account(request)
    proposal = find(request, readable(request, at), access.may_assess, at, pk=pk)
    assessment = Assessment.objects.filter(proposal=proposal, user=viewer).select_related("version").first()
    if assessment is None:
        return redirect("declare_interest", pk=pk)
    if request.method != "POST":
        answers = assessing.answers_of(assessment)
        form = AssessmentForm(None, assessment, answers)
        wanting = assessing.missing(assessment, answers) if "check" in request.GET else []
        return _page(request, proposal, assessment, form, at, wanting=wanting)
    if request.POST.get("act") == "reopen":
        return _reopened(request, assessment, at)
    return _saved(request, proposal, assessment, at)


def _page(
    request: HttpRequest,
    proposal: Proposal,
    assessment: Assessment,
    form: AssessmentForm,
    at: datetime,
    status: int | None = None,
    **more: Any,
) -> HttpResponse:
    latest, viewer = proposal.latest, account(request)
    wanting = [(form.label_of(part), form[part].auto_id) for part in more.pop("wanting", [])]
    page = context(
        request,
        proposal,
        at,
        version=latest,
        assessment=assessment,
        answers=shown(latest, vocabulary()) if latest is not None else [],
        files=listed_files(latest.attached) if latest is not None else [],
        neighbours=neighbours(proposal, latest.content if latest is not None else {}, viewer, at),
        wanting=wanting,
        own=assessing.answers_of(assessment) if assessment.ready_at else [],
        **more,
    )
    return form_page(request, ASSESS, form, page, status=status)


def _saved(request: HttpRequest, proposal: Proposal, assessment: Assessment, at: datetime) -> HttpResponse:
    """Save what was typed, and make the assessment ready where that is asked; else show what was typed, and why not."""
    answers = assessing.answers_of(assessment)
    data = with_choices(request.POST, lambda: AssessmentForm(None, assessment, answers))
    form = AssessmentForm(data, assessment, answers)
    if not form.is_valid():
        return _page(request, proposal, assessment, form, at)
    try:
        merged = assessing.save(assessment, Shown.read(request.POST, assessment), form.typed(), at)
    except Stale as stale:
        again = AssessmentForm(None, stale.current, assessing.answers_of(stale.current), stale.merged.values)
        both = again.side_by_side(stale.merged.conflicts)
        return _page(request, proposal, stale.current, again, at, status=409, conflicts=both)
    except Refused as refused:
        form.add_error(None, str(refused.reason))
        return _page(request, proposal, assessment, form, at, status=409)
    if request.POST.get("act") != "ready":
        tell_saved(request, form, merged, _("Saved. Only you see it until it is ready."))
        return redirect("assess_proposal", pk=proposal.pk)
    try:
        assessing.make_ready(assessment, at)
    except Incomplete:
        return redirect(f"{reverse('assess_proposal', args=[proposal.pk])}?check=yes")
    messages.success(request, _("Ready. Those who deal with the proposal read it now, and you read theirs."))
    return redirect("assessments", pk=proposal.pk)


def _reopened(request: HttpRequest, assessment: Assessment, at: datetime) -> HttpResponse:
    assessing.reopen(assessment, at)
    messages.success(request, _("Open again. Nobody else reads it until it is ready."))
    return redirect("assess_proposal", pk=assessment.proposal_id)


@require_safe
@only(access.may_use_desk)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the assessments of a proposal to those who deal with it; to others of the staff how many there are."""
    at = timezone.now()
    proposal = get_object_or_404(readable(request, at), pk=pk)
    found = assessing.assessed(proposal, account(request), at)
    return render(request, "proposals/assessments.html", context(request, proposal, at, assessed=found))
