"""Making, editing and publishing a round."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pilots import access
from pilots.models import Round
from pilots.rounds.forms.rounds import RoundForm, free_slug
from pilots.rounds.workflow import rounds as workflow
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import Shown, same, tell_saved, with_choices
from registry.lib.refusals import Incomplete, Stale
from registry.lib.views import find, form_page, form_view, only, posted

FORM = "desk/round_form.html"


@form_view
@only(access.may_make_round)
def make_round(request: HttpRequest) -> HttpResponse:
    """Make a round; it stays unpublished."""
    form = RoundForm(posted(request), Round(), clock())
    doubts = _doubts(request, form)
    if form.is_valid() and not doubts:
        round_ = workflow.make(free_slug(form.cleaned_data["name_fi"]), form.typed())
        messages.success(request, _("The round is saved. It is not published yet."))
        return redirect("round_desk", slug=round_.slug)
    return form_page(request, FORM, form, {"round": Round(), "doubts": doubts})


def _doubts(request: HttpRequest, form: RoundForm) -> list[Any]:
    """Return what is unusual about the deadlines and not confirmed."""
    return form.steps.doubts() if form.is_valid() and "confirmed" not in request.POST else []


@form_view
def edit_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a round that is not published yet."""
    at = clock()
    rows = Round.objects.visible_to(request.user, at)
    if request.method == "POST" and access.may_make_round(request.user, at):
        published = rows.filter(slug=slug).exclude(published_at=None).first()
        if published is not None:
            return _too_late(request, published, at)
    round_ = find(request, rows, access.may_edit_round, at, slug=slug)
    form = RoundForm(with_choices(posted(request), lambda: RoundForm(None, round_, at)), round_, at)
    doubts = _doubts(request, form)
    if form.is_valid() and not doubts:
        try:
            merged = workflow.change(round_, Shown.read(request.POST, round_), form.typed())
        except Stale as stale:
            return _conflict(request, stale, at)
        tell_saved(request, form, merged, _("The round is saved. It is not published yet."))
        return redirect("round_desk", slug=slug)
    return form_page(request, FORM, form, {"round": round_, "doubts": doubts})


def _conflict(request: HttpRequest, stale: Stale, at: datetime) -> HttpResponse:
    """Show side by side what both changed; the form holds what merged, and every word of the loser."""
    round_: Round = stale.current
    if stale.merged is None:
        return _too_late(request, round_, at)
    form = RoundForm(None, round_, at, stale.merged.values)
    context = {"round": round_, "doubts": [], "conflicts": form.side_by_side(stale.merged.conflicts)}
    return form_page(request, FORM, form, context, status=409)


def _too_late(request: HttpRequest, round_: Round, at: datetime) -> HttpResponse:
    """Show the words that were typed into the form of a round that was published meanwhile; nothing is written."""
    form, was = RoundForm(request.POST, round_, at), workflow.stored(round_)
    typed = [(field.label, request.POST.get(field.html_name, "")) for field in form.visible_fields()]
    kept = [(label, words) for label, words in typed if words and not any(same(words, value) for value in was.values())]
    return render(request, "desk/round_too_late.html", {"round": round_, "kept": kept}, status=409)


@require_POST
def publish_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish the round, or say on its desk page what is missing."""
    at = clock()
    round_ = find(request, Round.objects.visible_to(request.user, at), access.may_edit_round, at, slug=slug)
    try:
        workflow.publish(round_, account(request), at)
    except Incomplete as incomplete:
        for fault in incomplete.faults:
            messages.error(request, str(fault))
    else:
        messages.success(request, _("The round is published. Its reminders are planned."))
    return redirect("round_desk", slug=slug)
