"""Organisations: the list of a day, and the page of an organisation with what became of it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.models import Pilot, Programme, Round
from pilots.models.pilots import PilotQuerySet
from pilots.models.rounds import RoundQuerySet
from regions.access import Viewer
from regions.filters import OrganisationFilter
from regions.models import STATED, Coverage, Kind, Organisation, PlannedDay, Post, Succession, Transfer
from regions.views.as_of import Shown, shown_day
from registry.lib.dates import today
from registry.lib.downloads import few_at_once
from registry.lib.together import read_together

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


def _with_what_is_its_own(slug: str) -> QuerySet[Organisation]:
    """Return the organisation of that address with its sources, coverages, and what it became and came from."""
    successions = Succession.objects.prefetch_related("sources").order_by("on", "pk")
    return (
        Organisation.objects.filter(slug=slug)
        .select_related("steered_by")
        .prefetch_related(
            "sources",
            Prefetch("coverages", Coverage.objects.select_related("region").order_by("region__code")),
            Prefetch("successions", successions.select_related("successor")),
            Prefetch("precessions", successions.select_related("predecessor")),
            Prefetch("steers", Organisation.objects.by_name()),
        )
    )


def _beside(organisation: Organisation, shown: Shown, viewer: Viewer, at: datetime) -> dict[str, QuerySet[Any]]:
    """Return what the page of an organisation shows beside what is its own."""
    rounds, visible = Round.objects.visible_to(viewer, at), Pilot.objects.visible_to(viewer, at)
    planned = PlannedDay.objects.prefetch_related("sources")
    areas = Organisation.objects.filter(kind=Kind.EMPLOYMENT_AREA)
    is_office = organisation.kind == Kind.TE_OFFICE
    regions = [coverage.region for coverage in organisation.coverages.all()]
    return {
        "posts": _posts(organisation, shown),
        "pilots": _tied(visible, _holders(organisation)),
        "area_pilots": _in_regions(visible, organisation, shown),
        "open_rounds": _answerable(rounds, organisation, at),
        "programmes": Programme.objects.filter(owner=organisation).order_by("pk"),
        "rounds": rounds.known_on(shown.asked_day)
        .filter(organiser=organisation)
        .order_by("-when_days", "slug")[:MOST_ROUNDS],
        "transfers": Transfer.objects.concerning(organisation.kind).prefetch_related(
            "sources", Prefetch("planned_days", planned, to_attr="history")
        ),
        # A TE Office has no successor one to one: the employment areas known in its regions are shown.
        "areas": areas.covering(regions, None).by_name() if is_office else areas.none(),
        "areas_known": areas.only("pk") if is_office else areas.none(),
    }


def _coverages(organisation: Organisation, day: date) -> list[Coverage]:
    """Return what it covers on the day; of an organisation that did not exist then, all that it ever covered."""
    existed = organisation.exists_on(day)
    return [coverage for coverage in organisation.coverages.all() if not existed or coverage.held(day)]


def _holders(organisation: Organisation) -> dict[int, Organisation]:
    """Return the organisation and its predecessors, whose pilots follow to it."""
    happened = [row for row in organisation.precessions.all() if row.outcome == Succession.Outcome.HAPPENED]
    return {organisation.pk: organisation, **{row.predecessor_id: row.predecessor for row in happened}}


def _tied(visible: PilotQuerySet, holders: Iterable[int]) -> QuerySet[Pilot]:
    """Return the pilots that the organisations lead or take part in, or that are in their area."""
    ties = Q(lead__in=holders) | Q(area_of__in=holders) | Q(partners__organisation__in=holders)
    tied = visible.filter(pk__in=Pilot.objects.filter(ties).values("pk")).order_by("code")
    return tied.with_log().prefetch_related("partners")[:MOST_PILOTS]


def _in_regions(visible: PilotQuerySet, organisation: Organisation, shown: Shown) -> QuerySet[Pilot]:
    """Return the pilots in the regions that it covers; none of an organisation of the whole country."""
    regions = [coverage.region_id for coverage in _coverages(organisation, shown.day)]
    here = visible.filter(pk__in=Pilot.objects.filter(regions__in=regions).values("pk"))
    return here.none() if organisation.nationwide else here.for_list(visible).by_name()[:MOST_PILOTS]


def _answerable(rounds: RoundQuerySet, organisation: Organisation, at: datetime) -> QuerySet[Round]:
    """Return the rounds that the organisation may answer now."""
    answerable = rounds.open(at).inviting(organisation)
    if organisation.kind not in ANSWERING:
        answerable = answerable.filter(invited=organisation)
    if not organisation.held(today(at)):
        answerable = answerable.none()
    return answerable.for_list().by_deadline()


def _with_roles(pilots: Iterable[Pilot], organisation: Organisation) -> list[dict[str, Any]]:
    """Return the pilots, each with the roles of the organisation or of its predecessor in it."""
    rows = []
    for pilot in pilots:
        partners = {partner.organisation_id for partner in pilot.partners.all()}
        for pk, holder in _holders(organisation).items():
            ties = {"lead": pilot.lead_id == pk, "partner": pk in partners, "area": pilot.area_of_id == pk}
            if roles := [role for role, holds in ties.items() if holds]:
                rows.append({"pilot": pilot, "roles": roles, "through": None if pk == organisation.pk else holder})
    return rows


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
    organisation: Organisation | None = read_together(own=_with_what_is_its_own(slug))["own"].first()
    if organisation is None:
        raise Http404
    found = read_together(**_beside(organisation, shown, request.user, at))
    context = {
        "shown": shown,
        "at": at,
        "organisation": organisation,
        "ended": ended_before(organisation, shown.day),
        "existed": organisation.exists_on(shown.day),
        "coverages": _coverages(organisation, shown.day),
        "successions": organisation.successions.all(),
        "precessions": organisation.precessions.all(),
        "steers": organisation.steers.all(),
        **found,
        "pilots": _with_roles(found["pilots"], organisation),
        "areas_known": len(found["areas_known"]),
        "areas_stated": STATED[Kind.EMPLOYMENT_AREA] if organisation.kind == Kind.TE_OFFICE else None,
    }
    return render(request, "organisations/organisation.html", context)
