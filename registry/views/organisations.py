"""Organisations: the list of a day, and one organisation with what became of it."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots.models import Pilot
from regions.filters import OrganisationFilterSet
from regions.models import STATED, Coverage, Kind, Organisation, PlannedDay, Post, Succession, Transfer
from regions.views.as_of import Shown, shown_day
from registry.lib.pages import page_of, query_with

MOST_PILOTS = 50


@require_safe
@login_not_required
def organisations(request: HttpRequest) -> HttpResponse:
    """Show the organisations of the day, narrowed by name, kind and region."""
    shown = shown_day(request, timezone.now())
    narrowed = OrganisationFilterSet(request.GET, Organisation.objects.all(), day=shown.day)
    rows = narrowed.qs.with_regions(None if narrowed.any_time else shown.day).by_name()
    context = {
        "shown": shown,
        "filter": narrowed,
        "page": page_of(request, rows),
        "facets": narrowed.facets(),
        "all_url": query_with(request.GET, time="all"),
        "day_url": query_with(request.GET, time=None),
    }
    return render(request, "organisations/organisations.html", context)


def _coverages(organisation: Organisation, shown: Shown) -> dict[str, Any]:
    """Return the regions covered on the day; of an organisation that did not exist then, those it ever covered."""
    existed = organisation.held(shown.day)
    coverages = Coverage.objects.filter(organisation=organisation).select_related("region").order_by("region__code")
    if existed:
        coverages = coverages.filter(validity__contains=shown.day)
    return {"existed": existed, "coverages": coverages}


def _became(organisation: Organisation) -> dict[str, Any]:
    """Return what became of the organisation, what it came from, and the moves of duties that concern its kind."""
    planned = PlannedDay.objects.prefetch_related("sources")
    moves = Transfer.objects.concerning(organisation.kind).prefetch_related(
        "sources", Prefetch("planned_days", planned, to_attr="history")
    )
    told = Succession.objects.prefetch_related("sources")
    return {
        "successions": told.filter(predecessor=organisation).select_related("successor").order_by("on", "pk"),
        "precessions": told.filter(successor=organisation).select_related("predecessor").order_by("on", "pk"),
        "transfers": moves,
    }


def _employment_areas(organisation: Organisation) -> dict[str, Any]:
    """Return the employment areas known in the regions of a TE Office: it has no successor one to one."""
    if organisation.kind != Kind.TE_OFFICE:
        return {}
    areas = Organisation.objects.filter(kind=Kind.EMPLOYMENT_AREA)
    covered = [coverage.region for coverage in organisation.coverages.select_related("region")]
    return {
        "areas": areas.covering(covered, None).by_name(),
        "areas_known": areas.count(),
        "areas_stated": STATED[Kind.EMPLOYMENT_AREA],
    }


def _pilots(organisation: Organisation, viewer: Any, at: datetime) -> list[dict[str, Any]]:
    """Return the pilots of the organisation and, since they follow, of those it took over from."""
    happened = organisation.precessions.filter(outcome=Succession.Outcome.HAPPENED).select_related("predecessor")
    those = {organisation.pk: organisation, **{row.predecessor_id: row.predecessor for row in happened}}
    ties = Q(lead__in=those) | Q(area_of__in=those) | Q(partners__organisation__in=those)
    pilots = Pilot.objects.visible_to(viewer, at).filter(ties).distinct().order_by("code")
    rows = []
    for pilot in pilots.prefetch_related("partners")[:MOST_PILOTS]:
        partners = {partner.organisation_id for partner in pilot.partners.all()}
        for pk, one in those.items():
            roles = [
                role
                for role, holds in (
                    ("lead", pilot.lead_id == pk),
                    ("partner", pk in partners),
                    ("area", pilot.area_of_id == pk),
                )
                if holds
            ]
            if roles:
                rows.append({"pilot": pilot, "roles": roles, "through": None if pk == organisation.pk else one})
    return rows


def _posts(organisation: Organisation, shown: Shown) -> Any:
    """Return the posts in the organisation: of the day if one is asked for, else all that the sources tell of."""
    posts = Post.objects.shown().filter(organisation=organisation).select_related("person", "organisation")
    posts = posts.prefetch_related("sources").order_by("pk")
    return posts.on(shown.day) if shown.asked else posts


def ended_before(organisation: Organisation, day: date) -> bool:
    """Whether the organisation had ended before ``day``."""
    return organisation.last_day is not None and organisation.last_day < day


@require_safe
@login_not_required
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one organisation: what it is, where and when, what became of it, its people and pilots."""
    at = timezone.now()
    shown = shown_day(request, at)
    found = get_object_or_404(Organisation.objects.select_related("steered_by").prefetch_related("sources"), slug=slug)
    context = {
        "shown": shown,
        "organisation": found,
        "ended": ended_before(found, shown.day),
        "steers": Organisation.objects.filter(steered_by=found).by_name(),
        "posts": _posts(found, shown),
        "pilots": _pilots(found, request.user, at),
        **_coverages(found, shown),
        **_became(found),
        **_employment_areas(found),
    }
    return render(request, "organisations/organisation.html", context)
