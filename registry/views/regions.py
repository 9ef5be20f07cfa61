"""Regions: the map with its table, and the page of a region with its organisations, groups, pilots and news."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.catalogue.filters.bitmaps import BitmapCounter
from pilots.models import NewsItem, Pilot, Round
from pilots.rounds import calendars
from regions.access import Viewer
from regions.models import STATED, Group, Kind, Organisation, Region
from regions.views.as_of import shown_day
from registry.lib.composed import ComposedOnce
from registry.lib.database import name_order
from registry.lib.dates import today
from registry.lib.versions import version_for

# The kinds of organisation in a region that a reader looks for first, in their order.
FIRST = [Kind.REGIONAL_COUNCIL, Kind.ELY_CENTRE, Kind.TE_OFFICE, Kind.VITALITY_CENTRE, Kind.EMPLOYMENT_AREA]
MOST_PILOTS = 50
MOST_NEWS = 10


@require_safe
@login_not_required
def list_regions(request: HttpRequest) -> HttpResponse:
    """Show all regions on the map and in a table."""
    at = timezone.now()
    shown = shown_day(request, at)
    counter = BitmapCounter(version_for(request), request.user, shown.day, at)
    rows = counter.with_pilots(Region.objects.with_counts(shown.day).by_name())
    return render(request, "regions/regions.html", {"shown": shown, "regions": rows, "trail": [(_("Regions"), "")]})


def by_kind(organisations: Any) -> list[dict[str, Any]]:
    """Return the organisations by kind, with how many of the kind there are in all, where a source states it."""
    kinds: dict[str, list[Organisation]] = {kind: [] for kind in FIRST}
    for organisation in organisations:
        kinds.setdefault(organisation.kind, []).append(organisation)
    return [
        {"kind": Kind(kind), "organisations": rows, "stated": STATED.get(kind)} for kind, rows in kinds.items() if rows
    ]


def _by_activity(groups: Any, day: date) -> dict[str, list[Group]]:
    """Return the groups by what is known of their work on ``day``."""
    found: dict[str, list[Group]] = {}
    for group in groups:
        found.setdefault(group.activity_on(day), []).append(group)
    return found


@require_safe
@login_not_required
def show_region(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a region: the rounds that are open to it, its pilots, its organisations of the day, its groups and news."""
    at = timezone.now()
    shown = shown_day(request, at)
    counter = BitmapCounter(version_for(request), request.user, shown.day, at)
    region: Region | None = _named(slug)["region"].first()
    if region is None:
        raise Http404
    found = _of_region(region, shown.day, shown.asked_day, request.user, at)
    context = {
        "shown": shown,
        "region": region,
        "at": at,
        **found,
        "regions": counter.with_pilots(found["regions"]),
        "kinds": by_kind(found["organisations"]),
        "groups": _by_activity(found["groups"], shown.day),
        "ics": reverse("region_ics", args=[slug]) if found["steps"] else "",
        "pilot_count": sum(counter.tally("region").get(str(region.pk), ())),
    }
    return render(request, "regions/region.html", context)


@ComposedOnce
def _named(slug: str) -> dict[str, QuerySet[Any]]:
    """Return the region at an address."""
    return {"region": Region.objects.filter(slug=slug).prefetch_related("sources")}


@ComposedOnce
def _of_region(region: Region, day: date, asked: date | None, viewer: Viewer, at: datetime) -> dict[str, QuerySet[Any]]:
    """Return what the page of a region shows."""
    here = Organisation.objects.covering([region], day)
    pilots = Pilot.objects.visible_to(viewer, at)
    return {
        "regions": Region.objects.by_name(),
        "organisations": here.on(day).by_name(),
        "not_told": here.not_told_on(day).by_name(),
        "groups": Group.objects.filter(regions=region).by_name(),
        "open_rounds": Round.objects.open(at).concerning(region, today(at)).for_list().by_deadline(),
        "steps": calendars.steps_for(region, at)[:1],
        "pilots": pilots.filter(regions=region).for_list(pilots).order_by("code")[:MOST_PILOTS],
        "municipalities": region.municipalities.order_by(name_order()),
        "news": NewsItem.objects.visible_to(viewer, at).told_by(asked).filter(regions=region)[:MOST_NEWS],
    }
