"""What is sent: the check before it, the submission, its receipt, the withdrawal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pilots import access
from pilots.models import Proposal
from pilots.proposals import workflow
from pilots.proposals.questions.answers import faults, shown
from pilots.proposals.questions.known_forms import asked_now, form_of
from pilots.proposals.questions.vocabulary import vocabulary
from regions.access import account
from registry.lib import arrivals, security_log
from registry.lib.database import clock
from registry.lib.editions import EDITION, edition_of
from registry.lib.refusals import Incomplete, Refused, Stale, TooLate
from registry.lib.views import find, form_view

from .pages import context, listed_files, readable


@require_safe
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is missing, with links to the very questions, and everything as it will be sent."""
    at = timezone.now()
    return _check_page(request, find(request, readable(request, at), access.may_write, at, pk=pk), at)


def _check_page(request: HttpRequest, proposal: Proposal, at: datetime, status: int = 200, **more: Any) -> HttpResponse:
    choices = vocabulary()
    page = context(
        request,
        proposal,
        at,
        faults=faults(form_of(proposal, proposal.step_at(at)).sections, proposal.kind, proposal.content, choices),
        answers=shown(proposal, choices),
        files=listed_files(proposal.attached),
        nothing_new=not proposal.has_unsent_words,
        own_form=asked_now(proposal.round),
        **more,
    )
    return render(request, "proposals/check.html", page, status=status)


@form_view
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """POST sends the edition that the sender saw; anything else leads to the check page."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_write, at, pk=pk)
    if request.method != "POST":
        return redirect("check_proposal", pk=pk)
    try:
        seen = edition_of({EDITION: request.POST.get("own_form", "")})
        version = workflow.submit(proposal, edition_of(request.POST), account(request), seen)
    except TooLate as late:
        closed_at = late.closed_at.isoformat() if late.closed_at else ""
        came = arrivals.told(request)
        security_log.note("sent_too_late", proposal=pk, closed_at=closed_at, judged_at=late.at.isoformat(), **came)
        return render(request, "proposals/too_late.html", context(request, proposal, at, late=late), status=409)
    except Incomplete:
        return _check_page(request, proposal, at, status=409, incomplete=True)
    except Refused as refused:
        why = "conflict" if isinstance(refused, Stale) else "refused"
        why = "asked_anew" if isinstance(refused, workflow.QuestionsChanged) else why
        current = get_object_or_404(readable(request, at), pk=pk)
        return _check_page(request, current, at, status=409, **{why: True})
    messages.success(request, _("The proposal is sent. Here is the receipt."))
    return redirect("receipt", pk=pk, number=version.number)


@require_POST
def confirm_questions(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the writers know how the round's own questions were changed."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_write, at, pk=pk)
    if workflow.confirm_questions(proposal, edition_of({EDITION: request.POST.get("own_form", "")})):
        messages.success(request, _("The change of the questions is no longer shown to you. What you wrote is kept."))
    else:
        messages.error(request, _("The questions have been changed once more. Read what is new."))
    return redirect("proposal", pk=pk)


@require_POST
def move_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Move the proposal on to the step that the page named, with its text."""
    at = clock()
    proposal = find(request, readable(request, at), access.edits, at, pk=pk)
    try:
        workflow.move_on(proposal, edition_of({EDITION: request.POST.get("step", "")}), account(request), at)
    except Refused:
        messages.error(request, _("The proposal did not move on: that step does not take it now."))
    else:
        messages.success(request, _("The proposal has moved on with its text. It is not yet sent in this step."))
    return redirect("proposal", pk=pk)


@require_safe
def show_receipt(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one submitted version: the second it came, its SHA-256, its answers to the questions of its own form."""
    at = timezone.now()
    proposal = get_object_or_404(readable(request, at), pk=pk)
    version = get_object_or_404(proposal.versions.select_related("submitted_by", "step"), number=number)
    files = listed_files(version.attached)
    page = context(request, proposal, at, version=version, answers=shown(version, vocabulary()), files=files)
    return render(request, "proposals/receipt.html", page)


@form_view
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to withdraw; POST withdraws."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_withdraw, at, pk=pk)
    if request.method != "POST":
        return render(request, "proposals/withdraw.html", context(request, proposal, at))
    try:
        workflow.withdraw(proposal, account(request), at)
    except Refused:
        raise PermissionDenied from None
    messages.success(request, _("The proposal is withdrawn."))
    return redirect("proposal", pk=pk)
