"""What changes after publishing: a deadline moved, an extension given, a round cancelled; shown before it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pilots import access
from pilots.mail.reminders import AHEAD, Difference, Replanned
from pilots.models import Round, Step
from pilots.rounds.forms.deadlines import CancelForm, ExtendForm, MoveForm, in_the_same_place, wish
from pilots.rounds.workflow import deadlines as workflow
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import SideBySide, edition_of
from registry.lib.formats import deadline_words
from registry.lib.kept_forms import LANGUAGE
from registry.lib.languages import reader_language
from registry.lib.refusals import NotAsShown, Refused, Stale
from registry.lib.views import find, form_page, form_view, posted

NOT_SEEN = "-"  # a fingerprint that no page has shown


@dataclass
class _Page:
    """The pages of one change: its form, what they say besides, and what is said once it is done."""

    round: Round
    form: Any
    done: str
    context: dict[str, Any] = field(default_factory=dict)


@form_view
def move_deadline(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """Move a step's deadline for all."""
    at = clock()
    round_ = _round(request, slug, at, access.may_move_deadline)
    step = _step(round_, position)
    form = MoveForm(posted(request), step)
    edition = edition_of(request.POST) if form.is_bound else step.deadline_version
    page = _Page(round_, form, _("The deadline is moved."))
    page.context = {"what": "move", "title": _("Move the deadline"), "submit": _("Move the deadline")}
    page.context |= {"step": step, "edition": edition, "closed": step.closes_at < at}
    if not _is_asked(request, form):
        return _form(request, page)
    closes_at, outage = form.cleaned_data["closes_at"], form.cleaned_data["outage"]
    page.context["closes_at"] = closes_at
    act = partial(
        workflow.move_deadline, step, closes_at, form.in_three(), account(request), at, edition, outage=outage
    )
    try:
        return _show_or_do(request, page, act)
    except Stale as stale:
        return _moved_meanwhile(request, page, stale.current)


@form_view
def extend_deadline(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """Give organisations a later deadline of their own.

    ``?request=`` gives what an organisation asked for; ``?like=`` an organisation offers others what it has.
    """
    at = clock()
    round_ = _round(request, slug, at, access.may_extend)
    step = _step(round_, position)
    given = {extension.organisation.slug: extension for extension in step.extensions.all()}
    like = given.get(request.GET.get("like", ""))
    asked = wish(step, request.GET.get("request", ""))
    form = ExtendForm(posted(request), step, at, like=like, asked=asked)
    page = _Page(round_, form, _("The extension is given."))
    page.context = {"what": "extend", "title": _("Give an extension"), "submit": _("Give the extension"), "step": step}
    page.context |= {"like": like.organisation if like is not None else None, "asked": asked}
    if not _is_asked(request, form):
        return _form(request, page)
    chosen, closes_at = form.cleaned_data["organisations"], form.cleaned_data["closes_at"]
    page.context |= {"closes_at": closes_at, "chosen": chosen, "others": in_the_same_place(step, chosen, closes_at, at)}
    act = partial(workflow.extend, step, chosen, closes_at, form.cleaned_data["reason"], account(request), at)
    return _show_or_do(request, page, act)


@form_view
def cancel_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Cancel a published round."""
    at = clock()
    round_ = _round(request, slug, at, access.may_cancel)
    form = CancelForm(posted(request))
    page = _Page(round_, form, _("The round is cancelled."))
    page.context = {"what": "cancel", "title": _("Cancel the round"), "submit": _("Cancel the round")}
    if not _is_asked(request, form):
        return _form(request, page)
    return _show_or_do(request, page, partial(workflow.cancel, round_, form.in_three(), account(request), at))


def _round(request: HttpRequest, slug: str, at: datetime, may: Callable[[Any, Round, datetime], bool]) -> Round:
    rows = Round.objects.visible_to(request.user, at).select_related("owner").prefetch_related("steps")
    return find(request, rows, may, at, slug=slug)


def _step(round_: Round, position: int) -> Step:
    step = get_object_or_404(Step.objects.for_desk(), round=round_, position=position)
    step.round = round_
    return step


def _is_asked(request: HttpRequest, form: Any) -> bool:
    """Whether the form asks for something that can be done, and not to be changed once more."""
    return form.is_valid() and request.POST.get("act") != "edit" and LANGUAGE not in request.POST


def _show_or_do(request: HttpRequest, page: _Page, act: Callable[..., Difference]) -> HttpResponse:
    """Show what the act would do; or do it, once that was seen and everything unusual about it is confirmed."""
    doubts, confirmed = page.form.doubts(), request.POST.get("act") == "confirm"
    try:
        if confirmed and (not doubts or "confirmed" in request.POST):
            difference = act(seen=request.POST.get("seen", "") or NOT_SEEN)
            messages.success(request, f"{page.done} {_receivers_in_words(difference)}")
            return redirect("round_desk", slug=page.round.slug)
        return _difference(request, page, act(undo=True), doubts, status=422 if confirmed else 200)
    except Stale:
        raise
    except NotAsShown as changed:
        return _difference(request, page, changed.now, doubts, status=409)
    except Refused as refused:
        page.form.add_error(None, str(refused.reason))
        return _form(request, page)


def _moved_meanwhile(request: HttpRequest, page: _Page, step: Step) -> HttpResponse:
    """Show the deadline that someone else has set meanwhile beside the one that was typed; nothing is written."""
    closes_at = page.context["closes_at"]
    if step.closes_at == closes_at:
        messages.success(request, page.done)
        return redirect("round_desk", slug=page.round.slug)
    mine, theirs = (deadline_words(moment, reader_language()) for moment in (closes_at, step.closes_at))
    anchor = f"div_{page.form['closes_day'].auto_id}"
    page.context |= {
        "step": step,
        "edition": step.deadline_version,
        "conflicts": [SideBySide("deadline", _("Deadline"), anchor, [mine], [theirs])],
        "last": step.changes.select_related("changed_by").last(),
    }
    return _form(request, page, status=409)


def _receivers_in_words(difference: Difference) -> str:
    """Return how many letters go out now."""
    number = sum(letter.reachable for letter in difference.letters)
    if not number:
        return _("No letter had to be written.")
    words = ngettext("%(n)d letter goes out within a minute.", "%(n)d letters go out within a minute.", number)
    return words % {"n": number}


def _form(request: HttpRequest, page: _Page, *, status: int | None = None) -> HttpResponse:
    if request.POST.get("act") == "edit" and not page.form.errors:
        status = 200  # what was typed is shown to be changed
    context = {"round": page.round, **page.context}
    return form_page(request, "desk/deadline_form.html", page.form, context, status=status)


def _difference(
    request: HttpRequest, page: _Page, difference: Difference, doubts: list[Any], *, status: int
) -> HttpResponse:
    """Show what would be done. 409: it is not what an earlier page had shown; 422: something is to be confirmed."""
    context = {
        "round": page.round,
        "form": page.form,
        "difference": difference,
        "reached": [letter for letter in difference.letters if letter.reachable],
        "unreached": [letter for letter in difference.letters if not letter.reachable],
        **_reminders(difference.replanned, page.context.get("closes_at")),
        "doubts": doubts,
        "changed": status == 409,
        "unsure": status == 422,
        **page.context,
    }
    return render(request, "desk/difference.html", context, status=status)


def _reminders(replanned: list[Replanned], closes_at: datetime | None) -> dict[str, list[Replanned]]:
    """Return the reminders by what becomes of them."""
    dropped = [reminder for reminder in replanned if reminder.was and not reminder.due]
    return {
        "moved": [reminder for reminder in replanned if reminder.was and reminder.due and not reminder.past],
        "added": [reminder for reminder in replanned if reminder.due and not reminder.was and not reminder.past],
        "past": [reminder for reminder in replanned if reminder.past],
        "later": [reminder for reminder in dropped if _is_too_far(reminder, closes_at)],
        "dropped": [reminder for reminder in dropped if not _is_too_far(reminder, closes_at)],
    }


def _is_too_far(reminder: Replanned, closes_at: datetime | None) -> bool:
    """Whether the reminder is not planned yet because the new deadline is too far away; else nobody is reminded."""
    return closes_at is not None and reminder.rule.due_at(closes_at) > timezone.now() + AHEAD
