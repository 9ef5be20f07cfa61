"""Making, editing and publishing a round."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pilots import access
from pilots.models import Round
from pilots.rounds.forms.rounds import RoundForm, StepFormSet, free_slug, step_forms
from pilots.rounds.workflow import rounds as workflow
from registry.lib.database import clock
from registry.lib.dates import today
from registry.lib.refusals import Incomplete, Stale


def new_round(request: HttpRequest) -> HttpResponse:
    """Make a round; it stays unpublished."""
    at = timezone.now()
    if not access.may_make_round(request.user, at):
        raise PermissionDenied
    return _edit(request, Round())


def edit_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a round that is not published yet."""
    at = timezone.now()
    round_ = get_object_or_404(Round.objects.visible_to(request.user, at), slug=slug)
    if not access.may_edit_round(request.user, round_, at):
        raise PermissionDenied
    return _edit(request, round_)


def _edit(request: HttpRequest, round_: Round) -> HttpResponse:
    at = timezone.now()
    data = request.POST if request.method == "POST" else None
    form = RoundForm(data, instance=round_, day=today(at))
    steps = step_forms(round_ if round_.pk else None, data, at)
    doubts: list[Any] = []
    if data is not None and form.is_valid() and steps.is_valid():
        doubts = [] if "confirmed" in data else steps.doubts()
        if not doubts:
            try:
                written = _write(round_, form, steps, data.get("edition", ""))
            except Stale:
                form.add_error(None, _("Someone else changed the round meanwhile. What you typed is here; copy it."))
            else:
                messages.success(request, _("The round is saved. It is not published yet."))
                return redirect("round_desk", slug=written.slug)
    context = {"form": form, "steps": steps, "round": round_, "doubts": doubts, "edition": _edition(round_, data)}
    return render(request, "desk/round_form.html", context, status=422 if data is not None else 200)


def _edition(round_: Round, data: Any) -> str:
    return str(data.get("edition", "")) if data is not None else str(round_.edition)


def _write(round_: Round, form: RoundForm, steps: StepFormSet, edition: str) -> Round:
    columns = {name: form.cleaned_data[name] for name in form.Meta.fields if name != "invited"}
    if not round_.pk:
        round_.slug = free_slug(columns["name_fi"])
    else:
        round_.edition = int(edition) if edition.isdecimal() and len(edition) < 10 else 0
    return workflow.write(round_, columns, form.cleaned_data["invited"], form.criteria(), steps.wanted())


@require_POST
def publish_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish the round, or say on its desk page what is missing."""
    at = clock()
    round_ = get_object_or_404(Round.objects.visible_to(request.user, at), slug=slug)
    if not access.may_edit_round(request.user, round_, at):
        raise PermissionDenied
    try:
        workflow.publish(round_, access.signed_in(request.user), at)
    except Incomplete as incomplete:
        for fault in incomplete.faults:
            messages.error(request, str(fault))
    else:
        messages.success(request, _("The round is published. Its reminders are planned."))
    return redirect("round_desk", slug=slug)
