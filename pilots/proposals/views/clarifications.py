"""Clarifications: asked by the ministry at one answer, answered by the writers, withdrawn or read by the ministry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pilots import access
from pilots.models import Clarification, Proposal
from pilots.proposals import clarifying
from pilots.proposals.forms.staff import AskForm, WithdrawForm
from pilots.proposals.forms.writing import SectionForm
from pilots.proposals.questions.answers import differences, shown_answer
from pilots.proposals.questions.comparison import changed_answer
from pilots.proposals.questions.known_forms import form_of
from pilots.proposals.questions.vocabulary import Vocabulary, vocabulary
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import EDITION, SideBySide, edition_of
from registry.lib.kept_forms import LANGUAGE
from registry.lib.refusals import Incomplete, Refused, Stale
from registry.lib.views import find, form_page, form_view, posted

from .pages import context, readable


@form_view
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form of a clarification (``?question=``: the one that is chosen first); POST asks, by letter at once."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_ask_clarification, at, pk=pk)
    version = proposal.latest
    assert version is not None  # noqa: S101 - it may be asked at
    first = request.GET.get("question", "")
    form = AskForm(posted(request), form_of(version), clarifying.earliest_day(at), question=first)
    page = context(request, proposal, at, version=version)
    if LANGUAGE in request.POST or not form.is_valid():
        return form_page(request, "proposals/ask_clarification.html", form, page)
    asked = form.cleaned_data
    edition, question = edition_of({EDITION: request.POST.get("version", "")}), form.asked[asked["question"]]
    try:
        made = clarifying.ask(proposal, edition, question, asked["words"], asked["due_at"], account(request), at)
    except Refused as refused:
        newer = _("The writers have sent a new version in between. Read it, then ask.")
        form.add_error(None, str(refused.reason) or newer)
        return form_page(request, "proposals/ask_clarification.html", form, page, status=409)
    messages.success(request, _("The writers are asked by letter, and reminded before the due date."))
    return redirect("clarification", pk=pk, number=made.number)


def _of_proposal(proposal: Proposal, number: int) -> Clarification:
    """Return the clarification with the proposal that the viewer may read."""
    clarification = get_object_or_404(proposal.clarifications.for_page(), number=number)
    clarification.proposal = proposal
    return clarification


@form_view
def show(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show what is asked, and beside it the answer with the difference in words; POST answers."""
    at = clock()
    proposal = get_object_or_404(readable(request, at), pk=pk)
    clarification, choices = _of_proposal(proposal, number), vocabulary()
    section = clarifying.section_of(clarification.version, clarification.question)
    if section is None:
        raise Http404
    may_answer = access.may_answer(request.user, clarification, at)
    if request.method != "POST":
        form = SectionForm.stored(section, proposal, choices) if may_answer else None
        return _page(request, clarification, choices, at, form=form)
    if not access.edits(request.user, proposal, at):
        raise PermissionDenied
    form = SectionForm.posted(section, proposal, request.POST, choices)
    if not may_answer:
        return _page(request, clarification, choices, at, status=409, typed=form.typed)
    if LANGUAGE in request.POST or not form.is_valid():  # only shown in another language, or not to be sent so
        return _page(request, clarification, choices, at, form=form, status=422)
    return _answered(request, clarification, form, at)


def _answered(request: HttpRequest, clarification: Clarification, form: SectionForm, at: datetime) -> HttpResponse:
    """Answer the clarification, and return the way to it; else the form with what is typed, and why not."""
    try:
        clarifying.answer(clarification, form.storable, form.seen, account(request), at)
    except Stale as stale:
        return _stale(request, clarification, form, stale, at)
    except Incomplete as incomplete:
        for fault in incomplete.faults:
            form.add_error(form.first_fields[fault.question.key], fault.words)
        return _page(request, clarification, form.vocabulary, at, form=form, status=422)
    except Refused as refused:
        form.add_error(None, str(refused.reason))
        return _page(request, clarification, form.vocabulary, at, form=form, status=422)
    messages.success(request, _("The answer is sent, and a receipt goes to the editors."))
    return redirect("clarification", pk=clarification.proposal_id, number=clarification.number)


def _stale(
    request: HttpRequest, clarification: Clarification, form: SectionForm, stale: Stale, at: datetime
) -> HttpResponse:
    """Show both texts where somebody else saved the same answer; else what was typed, for it can be sent no more."""
    current = get_object_or_404(readable(request, at), pk=clarification.proposal_id)
    now = _of_proposal(current, clarification.number)
    if stale.merged is None:
        return _page(request, now, form.vocabulary, at, status=409, typed=form.typed)
    merged = form.over(current, stale.merged.values)
    names = [conflict.name for conflict in stale.merged.conflicts]
    both = differences(form.section, names, stale.merged.values, current.content, form.vocabulary)
    conflicts = [
        SideBySide(question.key, str(question.label), f"div_id_{question.key}", mine.items, theirs.items)
        for question, mine, theirs in both
    ]
    return _page(request, now, form.vocabulary, at, form=merged, status=409, conflicts=conflicts)


def _page(
    request: HttpRequest,
    clarification: Clarification,
    choices: Vocabulary,
    at: datetime,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    proposal, before, after = clarification.proposal, clarification.version, clarification.answer
    section = clarifying.section_of(before, clarification.question)
    question = section.questions[0] if section is not None else None
    page = context(request, proposal, at, clarification=clarification, section=section, **more)
    if question is not None:
        page["was"] = shown_answer(question, before.content, choices)
        page["now"] = shown_answer(question, after.content, choices) if after is not None else None
        page["changed"] = changed_answer(question, before.content, after.content, choices) if after else None
    page["overdue"] = clarification.is_overdue(at)
    page["may_withdraw_clarification"] = access.may_withdraw_clarification(request.user, clarification, at)
    page["may_mark_read"] = access.may_mark_read(request.user, clarification, at)
    page["reminders"] = clarification.reminders.all()
    return render(request, "proposals/clarification.html", page, status=status)


@form_view
def withdraw(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Ask why a clarification is withdrawn; POST withdraws it, and tells the writers."""
    at = clock()
    proposal = get_object_or_404(readable(request, at), pk=pk)
    clarification = _of_proposal(proposal, number)
    if not access.may_withdraw_clarification(request.user, clarification, at):
        raise PermissionDenied
    form = WithdrawForm(posted(request))
    page = context(request, proposal, at, clarification=clarification)
    if not form.is_valid():
        return form_page(request, "proposals/withdraw_clarification.html", form, page)
    try:
        clarifying.withdraw(clarification, form.cleaned_data["because"], account(request), at)
    except Stale:
        messages.error(request, _("It was answered or withdrawn meanwhile."))
    else:
        messages.success(request, _("The request is withdrawn, and the writers are told why."))
    return redirect("clarification", pk=pk, number=number)


@require_POST
def mark_read(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Mark the answer as read by the ministry."""
    at = clock()
    proposal = get_object_or_404(readable(request, at), pk=pk)
    clarification = _of_proposal(proposal, number)
    if not access.may_mark_read(request.user, clarification, at):
        raise PermissionDenied
    clarifying.mark_read(clarification, account(request), at)
    return redirect("proposal", pk=pk)
