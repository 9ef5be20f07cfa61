"""Pilots: the list, the same list as a file, and the page of a pilot."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.catalogue.filters.bitmaps import BitmapCounter
from pilots.catalogue.filters.pilots import PilotFilter
from pilots.models import Law, NewsItem, Pilot, Programme, Proposal, ResultCard, Round
from regions.models import Region
from regions.views.as_of import shown_day
from registry.lib.downloads import few_at_once
from registry.lib.languages import reader_language
from registry.lib.versions import version_for


def _listed(request: HttpRequest, at: datetime) -> PilotFilter:
    """Return the list of the pilots that the reader may see, as the address asks for it."""
    viewer = request.user
    pilots = Pilot.objects.visible_to(viewer, at).for_list(viewer, at)
    shown = shown_day(request, at)
    counter = BitmapCounter(version_for(request), viewer, shown.day, at)
    desk = access.may_use_desk(viewer, at)
    return PilotFilter(request.GET, pilots, desk=desk, day=shown.day, carried=shown.carried, counter=counter)


@login_not_required
@require_safe
def list_pilots(request: HttpRequest) -> HttpResponse:
    """Show the list: search, filters with counts, order, pages."""
    at = timezone.now()
    stated = Programme.objects.with_stated_count().with_described(Pilot.objects.visible_to(request.user, at))
    context = {
        **_listed(request, at).context(),
        "trail": [(_("Pilots"), "")],
        "stated": stated,
        "shown": shown_day(request, at),
    }
    return render(request, "pilots/pilots.html", context)


@login_not_required
@require_safe
@few_at_once
def download_pilots(request: HttpRequest, kind: str = "csv") -> StreamingHttpResponse:
    """Give the list with the same filters and order as a file."""
    return _listed(request, timezone.now()).dataset().file("pilots", kind)


@login_not_required
@require_safe
def show_pilot(request: HttpRequest, code: str) -> HttpResponse:
    """Show a pilot."""
    at = timezone.now()
    viewer = request.user
    pilot = Pilot.objects.visible_to(viewer, at).for_page(viewer, at).filter(code=code).first()
    if pilot is None:
        raise Http404
    trail = [(_("Pilots"), reverse("pilots"))]
    if pilot.parent:
        trail.append((pilot.parent.name, reverse("pilot", args=[pilot.parent.code])))
    here = Pilot.objects.filter(regions=OuterRef("pk"), pk=pilot.pk)
    shown = shown_day(request, at)
    context = {
        "shown": shown,
        "asked": pilot.asked_on(shown.day),
        "trail": [*trail, (pilot.name, "")],
        "pilot": pilot,
        "map_regions": Region.objects.annotate(chosen=Exists(here)),
        "rounds": Round.objects.visible_to(viewer, at).known_on(shown.asked_day).filter(pilot=pilot),
        "news": NewsItem.objects.visible_to(viewer, at).told_by(shown.asked_day).filter(pilots=pilot).latest_first(),
        "card": ResultCard.objects.for_page(viewer, at).filter(pilot=pilot).first(),
        "search": pilot.result_searches.prefetch_related("sources").first(),
        "laws": Law.objects.filter(pilots=pilot).prefetch_related("events"),
        "plan": plan.answers[reader_language()] if (plan := getattr(pilot, "plan", None)) else [],
        "proposal": Proposal.objects.visible_to(viewer, at).filter(pilot=pilot).first(),
        "may_edit": access.may_edit_pilot(viewer, pilot, at),
    }
    return render(request, "pilots/pilot.html", context)
