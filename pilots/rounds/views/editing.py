"""Making, editing and publishing a round."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from pilots import access
from pilots.models import Round
from pilots.rounds.forms.rounds import RoundForm, free_slug
from pilots.rounds.workflow import rounds as workflow
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import Shown, same, tell_saved, with_choices
from registry.lib.refusals import Incomplete, NotAsShown, Stale
from registry.lib.views import find, form_page, form_view, only, posted

from .rehearsals import points
from .rounds import page_context

FORM = "desk/round_form.html"
NOT_SEEN = "-"  # a fingerprint that no page has shown


@form_view
@only(access.may_make_round)
def make_round(request: HttpRequest) -> HttpResponse:
    """Make a round; it stays unpublished."""
    at = clock()
    form = RoundForm(posted(request), Round(), at)
    doubts = _doubts(request, form, at)
    if form.is_valid() and not doubts:
        round_ = workflow.make(free_slug(form.cleaned_data["name_fi"]), form.typed(), account(request), at)
        messages.success(request, _("The round is saved. It is not published yet."))
        return redirect("round_desk", slug=round_.slug)
    return form_page(request, FORM, form, {"round": Round(), "doubts": doubts})


def _doubts(request: HttpRequest, form: RoundForm, at: datetime) -> list[Any]:
    """Return what is unusual about the deadlines and not confirmed."""
    return form.steps.doubts(at) if form.is_valid() and "confirmed" not in request.POST else []


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
    doubts = _doubts(request, form, at)
    if form.is_valid() and not doubts:
        try:
            merged = workflow.change(round_, Shown.read(request.POST, round_), form.typed(), account(request), at)
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


@form_view
def publish_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what publishing does: the public page, who gets an invitation, the reminders; POST, once seen, publishes."""
    at = clock()
    rows = Round.objects.visible_to(request.user, at).for_page(request.user, at)
    round_ = find(request, rows, access.may_edit_round, at, slug=slug)
    try:
        if request.POST.get("act") == "confirm":
            workflow.publish(round_, account(request), at, seen=request.POST.get("seen", "") or NOT_SEEN)
            messages.success(request, _("The round is published. Its reminders are planned, its invitations go out."))
            return redirect("round_desk", slug=slug)
        publication = workflow.publish(round_, account(request), at, undo=True)
    except Incomplete as incomplete:
        for fault in incomplete.faults:
            messages.error(request, str(fault))
        return redirect("round_desk", slug=slug)
    except NotAsShown as changed:
        return _publication(request, round_, changed.now, at, status=409)
    return _publication(request, round_, publication, at) if publication else redirect("round_desk", slug=slug)


def _publication(
    request: HttpRequest, round_: Round, publication: workflow.Publication, at: datetime, *, status: int = 200
) -> HttpResponse:
    """Show what publishing would do; 409: it is not what an earlier page had shown."""
    context = {
        **page_context(request.user, round_, at),
        "round": round_,
        "publication": publication,
        "points": points(publication.rehearsal),
        "changed": status == 409,
    }
    return render(request, "desk/publication.html", context, status=status)
