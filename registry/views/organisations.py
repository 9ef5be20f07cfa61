"""Organisations: the list of a day, and the page of an organisation with what became of it."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.models import Pilot, Programme, Round
from regions.filters import OrganisationFilter
from regions.models import STATED, Coverage, Kind, Organisation, PlannedDay, Post, Succession, Transfer
from regions.views.as_of import Shown, shown_day
from registry.lib.dates import today
from registry.lib.downloads import few_at_once

MOST_PILOTS = MOST_ROUNDS = 50
# Who may answer a round that names nobody: every organisation with preparers, and preparers come from these.
ANSWERING = {Kind.REGIONAL_COUNCIL, Kind.ELY_CENTRE, Kind.TE_OFFICE, Kind.VITALITY_CENTRE, Kind.EMPLOYMENT_AREA}


def _listed(request: HttpRequest, shown: Shown) -> OrganisationFilter:
    """Return the list of the organisations as the address asks for it."""
    return OrganisationFilter(request.GET, Organisation.objects.by_name(), day=shown.day, carried=shown.carried)


@require_safe
@login_not_required
@few_at_once
def download_organisations(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """Give the list with the same filters as a file."""
    return _listed(request, shown_day(request, timezone.now())).dataset().file("organisations", kind)


@require_safe
@login_not_required
def list_organisations(request: HttpRequest) -> HttpResponse:
    """Show the organisations of the day, narrowed by name, kind and region."""
    shown = shown_day(request, timezone.now())
    listed = _listed(request, shown)
    context = {
        **listed.context(),
        "shown": shown,
        "trail": [(_("Organisations"), "")],
        "all_url": listed.address(time="all"),
        "day_url": listed.address(time=""),
    }
    return render(request, "organisations/organisations.html", context)


def ended_before(organisation: Organisation, day: date) -> bool:
    """Whether the organisation had ended before ``day``, as a source tells or as we conclude."""
    last = organisation.last_day or organisation.over_by
    return last is not None and last < day


def _coverages(organisation: Organisation, shown: Shown) -> dict[str, Any]:
    """Return the regions covered on the day; of an organisation that did not exist then, those it ever covered."""
    existed = organisation.exists_on(shown.day)
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
    successions = Succession.objects.prefetch_related("sources")
    return {
        "successions": successions.filter(predecessor=organisation).select_related("successor").order_by("on", "pk"),
        "precessions": successions.filter(successor=organisation).select_related("predecessor").order_by("on", "pk"),
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
    """Return the pilots of the organisation and of its predecessors, whose pilots follow to it."""
    happened = organisation.precessions.filter(outcome=Succession.Outcome.HAPPENED).select_related("predecessor")
    holders = {organisation.pk: organisation, **{row.predecessor_id: row.predecessor for row in happened}}
    ties = Q(lead__in=holders) | Q(area_of__in=holders) | Q(partners__organisation__in=holders)
    pilots = Pilot.objects.visible_to(viewer, at).filter(ties).distinct().order_by("code")
    rows = []
    for pilot in pilots.with_log().prefetch_related("partners")[:MOST_PILOTS]:
        partners = {partner.organisation_id for partner in pilot.partners.all()}
        for pk, holder in holders.items():
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
                rows.append({"pilot": pilot, "roles": roles, "through": None if pk == organisation.pk else holder})
    return rows


def _acts(organisation: Organisation, coverages: Any, shown: Shown, viewer: Any, at: datetime) -> dict[str, Any]:
    """Return what the organisation may answer now, its programmes and rounds, and the pilots in its regions."""
    rounds = Round.objects.visible_to(viewer, at)
    answerable = rounds.open(at).inviting(organisation)
    if organisation.kind not in ANSWERING:
        answerable = answerable.filter(invited=organisation)
    if not organisation.held(today(at)):
        answerable = answerable.none()
    here = (
        Pilot.objects.visible_to(viewer, at)
        .with_log()
        .filter(regions__in=[row.region_id for row in coverages])
        .distinct()
    )
    return {
        "open_rounds": answerable.for_list().by_deadline(),
        "at": at,
        "programmes": Programme.objects.filter(owner=organisation).order_by("pk"),
        "rounds": rounds.known_on(shown.asked_day)
        .filter(organiser=organisation)
        .order_by("-when_days", "slug")[:MOST_ROUNDS],
        "area_pilots": here.none() if organisation.nationwide else here.by_name()[:MOST_PILOTS],
    }


def _posts(organisation: Organisation, shown: Shown) -> Any:
    """Return the posts in the organisation: those of the day if a day is asked for, else all that sources tell of."""
    posts = Post.objects.shown().filter(organisation=organisation).select_related("person", "organisation")
    posts = posts.prefetch_related("sources").order_by("pk")
    return posts.on(shown.day) if shown.asked else posts


@require_safe
@login_not_required
def show_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an organisation: what it is, where and when, what became of it, its rounds, people and pilots."""
    at = timezone.now()
    shown = shown_day(request, at)
    rows = Organisation.objects.select_related("steered_by").prefetch_related("sources")
    organisation = get_object_or_404(rows, slug=slug)
    covered = _coverages(organisation, shown)
    context = {
        "shown": shown,
        "organisation": organisation,
        "ended": ended_before(organisation, shown.day),
        "steers": Organisation.objects.filter(steered_by=organisation).by_name(),
        "posts": _posts(organisation, shown),
        "pilots": _pilots(organisation, request.user, at),
        **covered,
        **_acts(organisation, covered["coverages"], shown, request.user, at),
        **_became(organisation),
        **_employment_areas(organisation),
    }
    return render(request, "organisations/organisation.html", context)
