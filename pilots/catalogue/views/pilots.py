"""Pilots: the list, the same list as a file, and the page of a pilot."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.catalogue.filters.bitmaps import BitmapCounter
from pilots.catalogue.filters.pilot_table import for_lines
from pilots.catalogue.filters.pilots import PilotFilter
from pilots.models import Law, NewsItem, Pilot, Programme, Proposal, ResultCard, ResultSearch, Round
from regions.access import Viewer
from regions.models import Region
from regions.views.as_of import shown_day
from registry.lib.composed import ComposedOnce, Keys
from registry.lib.database import many
from registry.lib.downloads import few_at_once
from registry.lib.languages import reader_language
from registry.lib.versions import version_for


def _counter(request: HttpRequest, at: datetime) -> BitmapCounter:
    """Return what counts the pilots that the reader may see."""
    return BitmapCounter(version_for(request), request.user, shown_day(request, at).day, at)


@ComposedOnce
def _lines(keys: Keys, told: tuple[str, ...], viewer: Viewer, at: datetime) -> dict[str, QuerySet[Any]]:
    """Return what a page of the list shows of the pilots with these keys that ``viewer`` may read."""
    visible = Pilot.objects.visible_to(viewer, at)
    return {"lines": for_lines(visible.filter(pk__in=many(keys)), visible, told).order_by()}


def _listed(request: HttpRequest, at: datetime, counter: BitmapCounter) -> PilotFilter:
    """Return the list of the pilots that the reader may see, as the address asks for it."""
    viewer, shown = request.user, shown_day(request, at)
    return PilotFilter(
        request.GET,
        Pilot.objects.visible_to(viewer, at),
        desk=access.may_use_desk(viewer, at),
        day=shown.day,
        carried=shown.carried,
        counter=counter,
        read_lines=lambda keys, told: _lines(keys, told, viewer, at)["lines"],
    )


@login_not_required
@require_safe
def list_pilots(request: HttpRequest) -> HttpResponse:
    """Show the list: search, filters with counts, order, pages."""
    at = timezone.now()
    counter = _counter(request, at)
    context = {
        **_listed(request, at, counter).context(),
        "trail": [(_("Pilots"), "")],
        "stated": counter.described(Programme.objects.with_stated_count()),
        "shown": shown_day(request, at),
    }
    return render(request, "pilots/pilots.html", context)


@login_not_required
@require_safe
@few_at_once
def download_pilots(request: HttpRequest, kind: str = "csv") -> StreamingHttpResponse:
    """Give the list with the same filters and order as a file."""
    at = timezone.now()
    return _listed(request, at, _counter(request, at)).dataset().file("pilots", kind)


@login_not_required
@require_safe
def show_pilot(request: HttpRequest, code: str) -> HttpResponse:
    """Show a pilot."""
    at = timezone.now()
    viewer, shown = request.user, shown_day(request, at)
    found = _at_address(code, viewer, shown.asked_day, at)
    pilot = found["pilot"].first()
    if pilot is None:
        raise Http404
    trail = [(_("Pilots"), reverse("pilots"))]
    if pilot.parent:
        trail.append((pilot.parent.name, reverse("pilot", args=[pilot.parent.code])))
    context = {
        "shown": shown,
        "asked": pilot.asked_on(shown.day),
        "trail": [*trail, (pilot.name, "")],
        "pilot": pilot,
        "map_regions": found["regions"],
        "plan": plan.answers[reader_language()] if (plan := getattr(pilot, "plan", None)) else [],
        "may_edit": access.may_edit_pilot(viewer, pilot, at),
        "rounds": pilot.shown_rounds,
        "news": pilot.shown_news,
        "card": pilot.shown_card,
        "search": pilot.searches.first(),
        "laws": pilot.shown_laws,
        "proposal": pilot.shown_proposal,
    }
    return render(request, "pilots/pilot.html", context)


@ComposedOnce
def _at_address(code: str, viewer: Viewer, asked: date | None, at: datetime) -> dict[str, QuerySet[Any]]:
    """Return the pilot with this code if ``viewer`` may read it, with all that its page shows, and the regions."""
    rows = Pilot.objects.visible_to(viewer, at).for_page(viewer, at).together(*_beside(viewer, asked, at))
    here = Pilot.objects.filter(regions=OuterRef("pk"), code=code)
    return {"pilot": rows.filter(code=code), "regions": Region.objects.annotate(chosen=Exists(here))}


def _beside(viewer: Viewer, asked: date | None, at: datetime) -> list[Prefetch[Any]]:
    """Return what the page of a pilot shows of other records that ``viewer`` may read, as of the day asked for."""
    searches = ResultSearch.objects.prefetch_related("sources")
    news = NewsItem.objects.visible_to(viewer, at).told_by(asked).latest_first()
    return [
        Prefetch("rounds", Round.objects.visible_to(viewer, at).known_on(asked), to_attr="shown_rounds"),
        Prefetch("news", news, to_attr="shown_news"),
        Prefetch("result_card", ResultCard.objects.for_page(viewer, at), to_attr="shown_card"),
        Prefetch("result_searches", searches, to_attr="searches"),
        Prefetch("laws", Law.objects.prefetch_related("events"), to_attr="shown_laws"),
        Prefetch("proposal", Proposal.objects.visible_to(viewer, at).only("pk"), to_attr="shown_proposal"),
    ]
