"""The page of a municipality: its region, what is open to it, the pilots there and elsewhere in the region."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.models import Pilot, Round
from regions.models import Municipality, Organisation
from regions.views.as_of import shown_day
from registry.lib.dates import today

MOST_PILOTS = 50


@require_safe
@login_not_required
def show_municipality(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a municipality, where the data name one."""
    at = timezone.now()
    shown = shown_day(request, at)
    rows = Municipality.objects.select_related("region").prefetch_related("sources")
    municipality = get_object_or_404(rows, slug=slug)
    region = municipality.region
    visible = Pilot.objects.visible_to(request.user, at)
    pilots = visible.for_list(visible).by_name()
    here = pilots.filter(municipalities=municipality)
    above = [(_("Regions"), reverse("regions")), (region.name, reverse("region", args=[region.slug]))]
    context = {
        "shown": shown,
        "trail": [*above, (municipality.name, "")],
        "municipality": municipality,
        "region": region,
        "at": at,
        "open_rounds": Round.objects.open(at).concerning(region, today(at)).for_list().by_deadline(),
        "pilots": here[:MOST_PILOTS],
        "nearby": pilots.filter(regions=region).exclude(pk__in=here.values("pk"))[:MOST_PILOTS],
        "organisations": Organisation.objects.possibly_on(shown.day)
        .covering([region], shown.day)
        .told_first(shown.day),
    }
    return render(request, "regions/municipality.html", context)
