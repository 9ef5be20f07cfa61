"""What changes after publishing: a deadline moved, an extension given, a round cancelled; shown before it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pilots import access
from pilots.mail.reminders import AHEAD, Difference, Replanned
from pilots.models import Round, Step
from pilots.rounds.forms.deadlines import CancelForm, ExtendForm, MoveForm, in_the_same_place
from pilots.rounds.workflow import deadlines as workflow
from registry.lib.database import clock, in_transaction
from registry.lib.refusals import NotAsShown, Refused, Stale

NOT_SEEN = "-"  # a confirmation without the seal of a page is one that nobody saw


@dataclass
class _Page:
    """A change in the making: its form, how it is done, what its pages say besides."""

    round: Round
    form: Any
    do: Callable[[datetime, str], Difference]  # at a moment, with the seal of the page that showed it (empty: none)
    context: dict[str, Any]
    done: str
    same: Callable[[Step], bool] = field(default=lambda step: False)  # whether it has been done by now


def _answer(request: HttpRequest, page: _Page) -> HttpResponse:
    """Answer with the form, with what would happen, or with the desk once it is done."""
    posted, act = request.method == "POST", request.POST.get("act", "")
    if not posted or act == "edit":
        return _form(request, page)
    if not page.form.is_valid():
        return _form(request, page, status=422)
    at, doubts = clock(), page.form.doubts()
    try:
        if act == "confirm" and (not doubts or "confirmed" in request.POST):
            seal = request.POST.get("seal", "") or NOT_SEEN
            done = in_transaction(lambda: page.do(at, seal))
            messages.success(request, f"{page.done} {_told(done)}")
            return redirect("round_desk", slug=page.round.slug)
        difference = in_transaction(lambda: workflow.rehearse(lambda: page.do(at, "")))
        unsure = act == "confirm"
    except Stale as stale:
        if page.same(stale.current):
            messages.success(request, page.done)
            return redirect("round_desk", slug=page.round.slug)
        page.context |= {"step": stale.current, "version": stale.current.deadline_version}
        return _refused(request, page, _("Someone else moved this deadline meanwhile. Look at it again."))
    except NotAsShown as changed:
        return _difference(request, page, changed.now, doubts, changed=True)
    except Refused as refused:
        return _refused(request, page, refused.reason)
    return _difference(request, page, difference, doubts, unsure=unsure)


def _told(difference: Difference) -> str:
    """Return to how many a letter goes now."""
    number = sum(one.reachable for one in difference.letters)
    if not number:
        return _("No letter had to be written.")
    words = ngettext("%(n)d letter goes out within a minute.", "%(n)d letters go out within a minute.", number)
    return words % {"n": number}


def _refused(request: HttpRequest, page: _Page, reason: str | Promise) -> HttpResponse:
    page.form.add_error(None, str(reason))
    return _form(request, page, status=422)


def _form(request: HttpRequest, page: _Page, *, status: int = 200) -> HttpResponse:
    context = {"round": page.round, "form": page.form, **page.context}
    return render(request, "desk/deadline_form.html", context, status=status)


def _beyond(one: Replanned, closes_at: datetime | None) -> bool:
    """Whether a reminder is not planned yet because the new deadline is too far away; else nobody is reminded."""
    return closes_at is not None and one.rule.due_at(closes_at) > timezone.now() + AHEAD


def _difference(
    request: HttpRequest,
    page: _Page,
    difference: Difference,
    doubts: list[Any],
    *,
    changed: bool = False,
    unsure: bool = False,
) -> HttpResponse:
    """Show what would be done: nothing is written yet. 409: it is not what an earlier page had shown."""
    replanned = difference.replanned
    dropped = [one for one in replanned if one.was and not one.due]
    context = {
        "round": page.round,
        "form": page.form,
        "difference": difference,
        "reached": [one for one in difference.letters if one.reachable],
        "unreached": [one for one in difference.letters if not one.reachable],
        "moved": [one for one in replanned if one.was and one.due and not one.past],
        "added": [one for one in replanned if one.due and not one.was and not one.past],
        "past": [one for one in replanned if one.past],
        "later": [one for one in dropped if _beyond(one, page.context.get("closes_at"))],
        "dropped": [one for one in dropped if not _beyond(one, page.context.get("closes_at"))],
        "doubts": doubts,
        "changed": changed,
        "unsure": unsure,
        **page.context,
    }
    return render(request, "desk/difference.html", context, status=409 if changed else 422 if unsure else 200)


def _round(request: HttpRequest, slug: str, at: datetime, may: Callable[[Any, Round, datetime], bool]) -> Round:
    """Return the round that the viewer may change; 404 where it is not visible, 403 where it may not be changed."""
    found = Round.objects.visible_to(request.user, at).select_related("owner").prefetch_related("steps")
    round_ = get_object_or_404(found, slug=slug)
    if not may(request.user, round_, at):
        raise PermissionDenied
    return round_


def _step(round_: Round, position: int) -> Step:
    step = get_object_or_404(Step.objects.for_desk(), round=round_, position=position)
    step.round = round_
    return step


def _version(request: HttpRequest, step: Step) -> int:
    """Return the version of the deadline that the page was made of; 0 where that cannot be read."""
    if request.method != "POST":
        return step.deadline_version
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 0


def move_deadline(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """Move a step's deadline for all."""
    at = clock()
    round_ = _round(request, slug, at, access.may_move_deadline)
    step, officer = _step(round_, position), access.signed_in(request.user)
    form = MoveForm(request.POST if request.method == "POST" else None, step)
    version = _version(request, step)

    def do(moment: datetime, seen: str) -> Difference:
        closes_at, outage = form.cleaned_data["closes_at"], form.cleaned_data["outage"]
        reason = form.in_three()
        return workflow.move_deadline(step, closes_at, reason, officer, moment, version, outage=outage, seen=seen)

    context = {
        "what": "move",
        "title": _("Move the deadline"),
        "step": step,
        "version": version or step.deadline_version,
        "closed": step.closes_at < at,
        "closes_at": form.cleaned_data.get("closes_at") if form.is_bound and form.is_valid() else None,
        "submit": _("Move the deadline"),
    }
    done = _("The deadline is moved.")
    return _answer(
        request, _Page(round_, form, do, context, done, lambda now: now.closes_at == form.cleaned_data["closes_at"])
    )


def extend_deadline(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """Give organisations a later deadline of their own."""
    at = clock()
    round_ = _round(request, slug, at, access.may_extend)
    step, officer = _step(round_, position), access.signed_in(request.user)
    form = ExtendForm(request.POST if request.method == "POST" else None, step, at)
    valid = form.is_bound and form.is_valid()

    def do(moment: datetime, seen: str) -> Difference:
        chosen, closes_at = form.cleaned_data["organisations"], form.cleaned_data["closes_at"]
        return workflow.extend(step, chosen, closes_at, form.cleaned_data["reason"], officer, moment, seen=seen)

    context = {
        "what": "extend",
        "title": _("Give an extension"),
        "step": step,
        "closes_at": form.cleaned_data["closes_at"] if valid else None,
        "chosen": form.cleaned_data["organisations"] if valid else [],
        "others": in_the_same_place(step, form.cleaned_data["organisations"], at) if valid else [],
        "submit": _("Give the extension"),
    }
    done = _("The extension is given.")
    return _answer(request, _Page(round_, form, do, context, done))


def cancel_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Cancel a published round."""
    at = clock()
    round_ = _round(request, slug, at, access.may_cancel)
    officer = access.signed_in(request.user)
    form = CancelForm(request.POST if request.method == "POST" else None)

    def do(moment: datetime, seen: str) -> Difference:
        return workflow.cancel(round_, form.in_three(), officer, moment, seen=seen)

    context = {"what": "cancel", "title": _("Cancel the round"), "submit": _("Cancel the round")}
    done = _("The round is cancelled.")
    return _answer(request, _Page(round_, form, do, context, done))
