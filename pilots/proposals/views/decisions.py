"""Decisions on one proposal: made, confirmed or sent back, corrected."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from pilots import access
from pilots.models import Decision, Proposal
from pilots.proposals import decisions
from pilots.proposals.assessing import assessed
from pilots.proposals.forms.staff import DecisionForm, ReturnForm
from pilots.proposals.neighbours import neighbours
from pilots.proposals.questions.answers import shown
from pilots.proposals.questions.vocabulary import vocabulary
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import edition_of
from registry.lib.refusals import Incomplete, Refused
from registry.lib.views import find, form_page, form_view, only, posted

from .pages import context, of_proposal, readable

FORM = "proposals/decide.html"


@form_view
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide on what was submitted last, or correct the decision that holds; then comes the next proposal."""
    at = clock()
    proposal = find(request, readable(request, at).select_related("latest__step"), access.may_decide, at, pk=pk)
    held = proposal.decisions.holding().select_related("decided_by", "proposed_by").first()
    late = decisions.late_of(proposal)
    form = DecisionForm(posted(request), proposal, late=late, corrects=held is not None)
    page = _page(request, proposal, at, held=held, late=late)
    if not form.is_valid():
        return form_page(request, FORM, form, page)
    try:
        made = decisions.decide(proposal, edition_of(request.POST), form.verdict(), account(request), at)
    except Incomplete as incomplete:
        form.lacks(incomplete)
        return form_page(request, FORM, form, page)
    except Refused as refused:
        page["refused"] = refused.reason or _("Somebody decided, or the writers sent a new version. Read it again.")
        return form_page(request, FORM, form, page, status=409)
    messages.success(request, _done(made))
    return redirect(_next(request, proposal, at))


def _page(request: HttpRequest, proposal: Proposal, at: datetime, **more: Any) -> dict[str, Any]:
    """Return what the pages of a decision show: the version that is decided, and the decisions so far."""
    latest = proposal.latest
    return context(
        request,
        proposal,
        at,
        version=latest,
        answers=shown(latest, vocabulary()) if latest is not None else [],
        made=proposal.decisions.for_page(),
        assessed=assessed(proposal, account(request), at),
        clarifications=[(one, one.is_overdue(at)) for one in of_proposal(proposal)],
        neighbours=neighbours(proposal, latest.content if latest is not None else {}, account(request), at),
        waiting=proposal.decisions.waiting().exists(),
        **more,
    )


def _done(decision: Decision) -> str:
    if decision.waits:
        return _("The decision is proposed. Another decider has to confirm it.")
    if decision.selects and decision.proposal.pilot is not None:
        code = decision.proposal.pilot.code
        return _("Decided. The pilot is registered as %(code)s; its letter waits to be sent.") % {"code": code}
    return _("Decided. The letter waits to be sent.")


def _next(request: HttpRequest, proposal: Proposal, at: datetime) -> str:
    """Return where to go on: to the next proposal of the round without a decision, if the decider asked for it."""
    if "next" in request.POST:
        undecided = Proposal.objects.visible_to(request.user, at).filter(
            round=proposal.round_id, state=Proposal.State.SUBMITTED
        )
        waiting = Decision.objects.waiting().values("proposal")
        following = undecided.exclude(pk__in=waiting).order_by("organisation__name_fi", "pk").first()
        if following is not None:
            return reverse("decide_proposal", args=[following.pk])
    return reverse("round_decisions", args=[proposal.round.slug])


@form_view
@only(access.may_use_desk)
def show_decision(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show a decision to staff; POST confirms what another decider proposed (``act=confirm``) or sends it back."""
    at = clock()
    proposal = get_object_or_404(readable(request, at), pk=pk)
    rows = proposal.decisions.for_page()
    if request.method != "POST":
        decision = get_object_or_404(rows, number=number)
        return _show(request, proposal, decision, ReturnForm(None), at)
    decision = find(request, rows, access.may_confirm, at, number=number)
    form = ReturnForm(posted(request))
    confirms = request.POST.get("act") == "confirm"
    if not confirms and not form.is_valid():
        return _show(request, proposal, decision, form, at)
    try:
        if confirms:
            messages.success(request, _done(decisions.confirm(decision, account(request), at)))
        else:
            decisions.send_back(decision, form.cleaned_data["because"], account(request), at)
            messages.success(request, _("The decision is sent back. It stays on record."))
    except Refused as refused:
        first = _("Somebody was first, or the writers sent a new version. Read it again.")
        messages.error(request, str(refused.reason) or first)
    return redirect("round_decisions", slug=proposal.round.slug)


def _show(request: HttpRequest, proposal: Proposal, decision: Decision, form: ReturnForm, at: datetime) -> HttpResponse:
    may_confirm = access.may_confirm(request.user, decision, at)
    page = _page(request, proposal, at, decision=decision, may_confirm=may_confirm)
    page["may_decide"] = access.may_decide(request.user, proposal, at)
    page["form"] = form
    return render(request, "proposals/decision.html", page, status=422 if form.is_bound else 200)
