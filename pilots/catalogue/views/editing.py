"""Editing and publishing a pilot."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pilots import access
from pilots.catalogue import workflow
from pilots.catalogue.forms import PilotForm
from pilots.models import Pilot
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import Shown, tell_saved, with_choices
from registry.lib.refusals import Stale
from registry.lib.views import find, form_page, form_view, posted

NOT_TRANSLATED = gettext_lazy("Publishing needs the name and the summary in Finnish and in Swedish.")


def _find(request: HttpRequest, code: str, at: datetime) -> Pilot:
    return find(request, Pilot.objects.visible_to(request.user, at), access.may_edit_pilot, at, code=code)


@form_view
def edit_pilot(request: HttpRequest, code: str) -> HttpResponse:
    """Change what a pilot's page tells."""
    at = clock()
    pilot = _find(request, code, at)
    form = PilotForm(with_choices(posted(request), lambda: PilotForm(None, pilot)), pilot)
    if form.is_valid():
        try:
            merged = workflow.change(pilot, Shown.read(request.POST, pilot), form.typed(), account(request), at)
        except workflow.NotTranslated:
            form.add_error(None, NOT_TRANSLATED)
        except Stale as stale:
            return _conflict(request, stale)
        else:
            tell_saved(request, form, merged, _("The pilot is saved."))
            return redirect("pilot", code=code)
    return form_page(request, "desk/pilot_form.html", form, {"pilot": pilot, "code": code})


def _conflict(request: HttpRequest, stale: Stale) -> HttpResponse:
    """Show side by side what both changed; the form holds what merged, and every word of the loser."""
    pilot: Pilot = stale.current
    form = PilotForm(None, pilot, stale.merged.values)
    context = {"pilot": pilot, "code": pilot.code, "conflicts": form.side_by_side(stale.merged.conflicts)}
    return form_page(request, "desk/pilot_form.html", form, context, status=409)


@require_POST
def publish_pilot(request: HttpRequest, code: str) -> HttpResponse:
    """Show the pilot on the site, or take it off (``act=hide``)."""
    at = clock()
    pilot = _find(request, code, at)
    if request.POST.get("act") == "hide":
        workflow.hide(pilot, at)
        messages.success(request, _("The pilot is off the site. Staff still see it."))
        return redirect("pilot", code=code)
    try:
        workflow.publish(pilot, at)
    except workflow.NotTranslated:
        messages.error(request, NOT_TRANSLATED)
        return redirect("edit_pilot", code=code)
    except workflow.BeforeTheOutcome:
        messages.error(request, _("The outcome of its round is not published yet: the pilot waits for that."))
        return redirect("pilot", code=code)
    messages.success(request, _("The pilot is published."))
    return redirect("pilot", code=code)
