"""Regions: the map with its table, and the page of a region with its organisations, groups, pilots and news."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.models import NewsItem, Pilot, Round
from pilots.rounds import calendars
from regions.access import Viewer
from regions.models import STATED, Group, Kind, Organisation, Region
from regions.models.areas import RegionQuerySet
from regions.views.as_of import shown_day
from registry.lib.database import how_many, name_order
from registry.lib.dates import today

# The kinds of organisation in a region that a reader looks for first, in their order.
FIRST = [Kind.REGIONAL_COUNCIL, Kind.ELY_CENTRE, Kind.TE_OFFICE, Kind.VITALITY_CENTRE, Kind.EMPLOYMENT_AREA]
MOST_PILOTS = 50
MOST_NEWS = 10


def _with_counts(day: date, viewer: Viewer, at: datetime) -> RegionQuerySet:
    """Return the regions by name, each with its organisations on ``day``, its groups and the readable pilots.

    Sub-pilots (``parts``) are counted apart from pilots.
    """
    pilots = Pilot.objects.visible_to(viewer, at)
    counts = {
        "pilot_count": how_many(pilots.filter(parent__isnull=True), "regions"),
        "parts": how_many(pilots.filter(parent__isnull=False), "regions"),
    }
    return Region.objects.with_counts(day).annotate(**counts).by_name()


@require_safe
@login_not_required
def list_regions(request: HttpRequest) -> HttpResponse:
    """Show all regions on the map and in a table."""
    at = timezone.now()
    shown = shown_day(request, at)
    rows = _with_counts(shown.day, request.user, at)
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
    region = get_object_or_404(Region.objects.prefetch_related("sources"), slug=slug)
    pilots = Pilot.objects.visible_to(request.user, at).filter(regions=region).with_log().order_by("code")
    news = NewsItem.objects.visible_to(request.user, at).told_by(shown.asked_day).filter(regions=region)
    context = {
        "shown": shown,
        "region": region,
        "regions": _with_counts(shown.day, request.user, at),
        "kinds": by_kind(Organisation.objects.on(shown.day).covering([region], shown.day).by_name()),
        "not_told": Organisation.objects.not_told_on(shown.day).covering([region], shown.day).by_name(),
        "groups": _by_activity(Group.objects.filter(regions=region).by_name(), shown.day),
        "open_rounds": Round.objects.open(at).concerning(region, today(at)).for_list().by_deadline(),
        "ics": reverse("region_ics", args=[slug]) if calendars.steps_for(region, at).exists() else "",
        "at": at,
        "pilots": pilots[:MOST_PILOTS],
        "pilot_count": pilots.count(),
        "municipalities": region.municipalities.order_by(name_order()),
        "news": news[:MOST_NEWS],
    }
    return render(request, "regions/region.html", context)
