"""Questions about a round: asked by preparers; answered, declined and corrected by officers."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pilots import access
from pilots.mail.reminders import writers
from pilots.models import Inquiry, PublicAnswer, Round
from pilots.rounds.forms.inquiries import AnswerForm, CorrectAnswerForm, DeclineForm, InquiryForm, LastDayForm, SameForm
from pilots.rounds.workflow import inquiries as workflow
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import Shown, tell_saved, with_choices
from registry.lib.pages import page_of
from registry.lib.refusals import Refused, Stale
from registry.lib.views import find, form_page, form_view, only, posted

SOON = timedelta(days=7)
ANSWER, SAME, DECLINE = "answer", "same", "decline"  # what the page of a question does with it


@form_view
@only(access.may_prepare)
def inquire(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask the ministry about a round; show the questions that the viewer has asked about it."""
    at, viewer = clock(), account(request)
    rows = Round.objects.visible_to(viewer, at).prefetch_related("invited", "steps__extensions")
    round_ = get_object_or_404(rows, slug=slug)
    form = InquiryForm(posted(request))
    if form.is_valid():
        try:
            workflow.ask(round_, form.cleaned_data["words"], viewer, at)
        except Refused as refused:
            form.add_error(None, str(refused.reason))
        else:
            messages.success(request, _("Your question is sent. You get a letter when the ministry answers it."))
            return redirect("inquire", slug=slug)
    own = Inquiry.objects.visible_to(viewer, at).filter(round=round_).select_related("answer").order_by("-pk")
    page = {"round": round_, "own": own, "may_inquire": access.may_inquire(viewer, round_, at)}
    return form_page(request, "rounds/inquire.html", form, page)


@form_view
def list_inquiries(request: HttpRequest, slug: str) -> HttpResponse:
    """Show officers what is asked about a round; POST sets the last day for questions."""
    at = clock()
    round_ = find(request, Round.objects.visible_to(request.user, at), access.may_read_inquiries, at, slug=slug)
    may_set = access.may_set_questions_until(request.user, round_, at)
    if request.method == "POST" and not may_set:
        raise PermissionDenied
    form = LastDayForm(posted(request), initial={"day": round_.questions_until})
    if form.is_valid():
        try:
            workflow.set_last_day(round_, form.cleaned_data["day"], at)
        except Refused as refused:
            form.add_error("day", str(refused.reason))
        else:
            messages.success(request, _("The last day for questions is saved."))
            return redirect("round_inquiries", slug=slug)
    rows = Inquiry.objects.visible_to(request.user, at).filter(round=round_).for_page()
    page = {
        "round": round_,
        "may_set": may_set,
        "waiting": rows.filter(ended_at=None),
        "page": page_of(request, rows.filter(ended_at__isnull=False).order_by("-ended_at", "-pk")),
        "answers": round_.public_answers.all(),
        "may_correct": access.may_correct(request.user, round_, at),
        "at": at,
    }
    return form_page(request, "desk/inquiries.html", form, page)


@form_view
def answer_inquiry(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Answer a question about a round to all, point to an answer that is public already, or decline it."""
    at = clock()
    rows = Inquiry.objects.visible_to(request.user, at).for_page()
    inquiry = find(request, rows, access.may_read_inquiry, at, round__slug=slug, pk=pk)
    act = request.POST.get("act", "") if access.may_answer_inquiry(request.user, inquiry, at) else ""
    made: dict[str, Any] = {
        ANSWER: AnswerForm(request.POST if act == ANSWER else None, inquiry),
        SAME: SameForm(request.POST if act == SAME else None, inquiry.round),
        DECLINE: DeclineForm(request.POST if act == DECLINE else None),
    }
    if act in made and made[act].is_valid():
        try:
            done = _do(request, inquiry, act, made[act].cleaned_data, at)
        except Stale as stale:
            inquiry = stale.current
        except Refused as refused:
            made[act].add_error(None, str(refused.reason))
        else:
            messages.success(request, done)
            return redirect("round_inquiries", slug=slug)
    return _answering(request, inquiry, made, at)


def _do(request: HttpRequest, inquiry: Inquiry, act: str, typed: dict[str, Any], at: datetime) -> str:
    """Do what was chosen with the question; return what is said of it."""
    user = account(request)
    if act == ANSWER:
        workflow.answer(inquiry, typed, user, at)
        return _("The answer is on the round's page. The asker and those who write in the round get a letter.")
    if act == SAME:
        workflow.point_to(inquiry, typed["same"], user, at)
        return _("The asker gets the public answer by letter.")
    workflow.decline(inquiry, typed["because"], user, at)
    return _("The question is declined. Only the asker is told.")


def _answering(request: HttpRequest, inquiry: Inquiry, made: dict[str, Any], at: datetime) -> HttpResponse:
    """Show the question with its forms; 409: it has ended meanwhile, and what was typed is shown."""
    round_, may_answer = inquiry.round, access.may_answer_inquiry(request.user, inquiry, at)
    tried = request.method == "POST"
    used = next((form for form in made.values() if form.is_bound), made[ANSWER])
    told = writers(round_, at).exclude(pk=inquiry.asked_by_id).count()
    page = {
        "round": round_,
        "inquiry": inquiry,
        "forms": made,
        "may_answer": may_answer,
        "too_late": tried and not may_answer,
        "typed": [value for name, value in request.POST.items() if name in workflow.WORDS or name == "because"],
        "told": ngettext(
            "%(n)s other preparer who writes in the round gets the answer by letter.",
            "%(n)s other preparers who write in the round get the answer by letter.",
            told,
        )
        % {"n": told},
        "soon": _closing_soon(round_, at),
    }
    status = 409 if tried and not may_answer else 422 if tried else 200
    return form_page(request, "desk/inquiry.html", used, page, status=status)


def _closing_soon(round_: Round, at: datetime) -> Any:
    """Return the step whose deadline comes within a week: a late answer may need a later deadline."""
    steps = [step for step in round_.steps.all() if at <= step.closes_at < at + SOON]
    return min(steps, key=lambda step: step.closes_at, default=None)


@form_view
def correct_answer(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Correct a public answer, with a reason that all see."""
    at = clock()
    visible = Round.objects.visible_to(request.user, at)
    rows = PublicAnswer.objects.filter(round__in=visible).select_related("round")
    answer = find(request, rows, access.may_correct_answer, at, round__slug=slug, number=number)
    form = CorrectAnswerForm(with_choices(posted(request), lambda: CorrectAnswerForm(None, answer)), answer)
    page: dict[str, Any] = {"round": answer.round, "title": _("Correct the answer"), "submit": _("Correct")}
    page["lead"] = _("The reason stands on the public page of the round, and those who write in it get a letter.")
    page["back_to"] = "round_inquiries"
    if not form.is_valid():
        return form_page(request, "desk/round_act.html", form, page)
    reason = form.in_three()
    try:
        shown = Shown.read(request.POST, answer)
        merged = workflow.correct(answer, shown, form.typed(), reason, account(request), at)
    except Stale as stale:
        form = CorrectAnswerForm(None, stale.current, stale.merged.values)
        form.initial.update(reason.columns("reason"))
        page["conflicts"] = form.side_by_side(stale.merged.conflicts)
        return form_page(request, "desk/round_act.html", form, page, status=409)
    except Refused as refused:
        form.add_error(None, str(refused.reason))
        return form_page(request, "desk/round_act.html", form, page)
    tell_saved(request, form, merged, _("The answer is corrected."))
    return redirect("round_inquiries", slug=slug)
