"""Pilots: the list, the same list as a file, and the page of one."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.catalogue.filters import PilotFilter
from pilots.models import NewsItem, Pilot, Programme, Proposal, Round
from regions.models import Region
from registry.lib.exports import csv_response
from registry.lib.languages import LANGUAGES
from registry.lib.pages import page_of

PER_PAGE = 25


@login_not_required
@require_safe
def pilots(request: HttpRequest) -> HttpResponse:
    """The list: search, filters with counts, order, pages."""
    at = timezone.now()
    visible = Pilot.objects.visible_to(request.user, at)
    desk = access.may_use_desk(request.user, at)
    chosen = PilotFilter(request.GET, visible)
    context = {
        "trail": [(_("Pilots"), "")],
        "page": page_of(request, chosen.qs.for_list(request.user, at), PER_PAGE),
        "chosen": chosen,
        "facets": chosen.facets(desk=desk),
        "pills": chosen.pills(),
        "orders": chosen.orders(),
        "stated": Programme.objects.with_stated_count().with_described(visible),
        "may_use_desk": desk,
    }
    return render(request, "pilots/pilots.html", context)


@login_not_required
@require_safe
def pilots_csv(request: HttpRequest) -> HttpResponse:
    """The list with the same filters and order as a CSV file; it holds no personal data."""
    at = timezone.now()
    chosen = PilotFilter(request.GET, Pilot.objects.visible_to(request.user, at))
    columns = _columns(desk=access.may_use_desk(request.user, at))
    rows = [
        [read(pilot) for read in columns.values()]
        for pilot in chosen.qs.for_list(request.user, at).prefetch_related("themes")
    ]
    return csv_response("pilots.csv", list(columns), rows)


def _columns(*, desk: bool) -> dict[str, Any]:
    """Return the columns of the file: title -> what reads the cell from a pilot."""

    def names(rows: Any) -> str:
        return ", ".join(row.name.plain for row in rows)

    def in_language(language: str) -> Any:
        return lambda pilot: getattr(pilot, f"name_{language}")

    columns: dict[str, Any] = {
        _("Code"): lambda pilot: pilot.code,
        **{f"{_('Name')} ({language})": in_language(language) for language in LANGUAGES},
        _("Programme"): lambda pilot: pilot.programme.name.plain,
        _("Part of"): lambda pilot: pilot.parent.code if pilot.parent else "",
        _("Stage"): lambda pilot: pilot.get_stage_display(),
        _("Regions"): lambda pilot: names(pilot.regions.all()),
        _("Municipalities"): lambda pilot: names(pilot.municipalities.all()),
        _("Lead"): lambda pilot: pilot.lead.name.plain if pilot.lead else "",
        _("Client type"): lambda pilot: pilot.get_client_type_display(),
        _("Things tried"): lambda pilot: names(pilot.themes.all()),
        _("Delivery models"): lambda pilot: names(pilot.delivery_models.all()),
        _("Start, in the words of the source"): lambda pilot: pilot.start.words,
        _("Start, earliest"): lambda pilot: pilot.start.earliest,
        _("Start, latest"): lambda pilot: pilot.start.latest,
        _("Changed"): lambda pilot: pilot.changed_at,
        _("Address"): lambda pilot: settings.BASE_URL + pilot.get_absolute_url(),
    }
    if desk:
        columns[_("Published")] = lambda pilot: pilot.published_at
    return columns


@login_not_required
@require_safe
def pilot(request: HttpRequest, code: str) -> HttpResponse:
    """One pilot."""
    at = timezone.now()
    viewer = request.user
    found = Pilot.objects.visible_to(viewer, at).for_page(viewer, at).filter(code=code).first()
    if found is None:
        raise Http404
    trail = [(_("Pilots"), reverse("pilots"))]
    if found.parent:
        trail.append((found.parent.name, reverse("pilot", args=[found.parent.code])))
    here = Pilot.objects.filter(regions=OuterRef("pk"), pk=found.pk)
    context = {
        "trail": [*trail, (found.name, "")],
        "pilot": found,
        "map_regions": Region.objects.annotate(chosen=Exists(here)),
        "rounds": Round.objects.visible_to(viewer, at).filter(pilot=found),
        "news": NewsItem.objects.visible_to(viewer, at).filter(pilots=found).latest_first(),
        "proposal": Proposal.objects.visible_to(viewer, at).filter(pilot=found).first(),
        "may_edit": access.may_edit_pilot(viewer, found, at),
    }
    return render(request, "pilots/pilot.html", context)
