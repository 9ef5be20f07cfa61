"""Editing and publishing a pilot."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pilots import access
from pilots.catalogue import workflow
from pilots.catalogue.forms import PilotForm
from pilots.models import Pilot
from registry.lib.refusals import Stale


def edit_pilot(request: HttpRequest, code: str) -> HttpResponse:
    """Change what a pilot's page tells."""
    at = timezone.now()
    pilot = get_object_or_404(Pilot.objects.visible_to(request.user, at), code=code)
    if not access.may_edit_pilot(request.user, pilot, at):
        raise PermissionDenied
    form = PilotForm(request.POST if request.method == "POST" else None, instance=pilot)
    if request.method == "POST" and form.is_valid():
        user = access.signed_in(request.user)
        try:
            workflow.change(pilot, form.cleaned_data["edition"], form.columns(), form.many(), user, at)
        except workflow.NotTranslated:
            form.add_error(None, _("Publishing needs the name and the summary in Finnish and in Swedish."))
        except Stale as stale:
            return _conflict(request, form, stale.current)
        else:
            messages.success(request, _("The pilot is saved."))
            return redirect("pilot", code=code)
    context = {"form": form, "pilot": pilot, "code": code}
    return render(request, "desk/pilot_form.html", context, status=422 if form.is_bound else 200)


def _conflict(request: HttpRequest, form: PilotForm, current: Pilot) -> HttpResponse:
    """Show field by field what was typed and what stands now; saving again then overwrites knowingly."""
    differences = [
        (form.fields[name].label, form.data.get(name, ""), getattr(current, name) or "")
        for name in form.Meta.fields
        if name in form.columns()
        and not isinstance(form.cleaned_data[name], list)
        and str(form.cleaned_data[name] or "") != str(getattr(current, name) or "")
    ]
    data: Any = request.POST.copy()
    data["edition"] = str(current.edition)
    again = PilotForm(data, instance=current)
    context = {"form": again, "pilot": current, "code": current.code, "differences": differences}
    return render(request, "desk/pilot_form.html", context, status=409)


@require_POST
def publish_pilot(request: HttpRequest, code: str) -> HttpResponse:
    """Show the pilot on the site, or take it off (``act=hide``)."""
    at = timezone.now()
    pilot = get_object_or_404(Pilot.objects.visible_to(request.user, at), code=code)
    if not access.may_edit_pilot(request.user, pilot, at):
        raise PermissionDenied
    if request.POST.get("act") == "hide":
        workflow.hide(pilot, at)
        messages.success(request, _("The pilot is off the site. Staff still see it."))
        return redirect("pilot", code=code)
    try:
        workflow.publish(pilot, at)
    except workflow.NotTranslated:
        messages.error(request, _("Publishing needs the name and the summary in Finnish and in Swedish."))
        return redirect("edit_pilot", code=code)
    messages.success(request, _("The pilot is published."))
    return redirect("pilot", code=code)
