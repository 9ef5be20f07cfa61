"""Results: the list of the result cards, and the same list as a file."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.catalogue.filters.results import ResultFilter
from pilots.models import Pilot, ResultCard
from registry.lib.dates import today
from registry.lib.downloads import few_at_once

MOST_WITHOUT = 25  # pilots without a card on the page; the rest by a link to the list


def _listed(request: HttpRequest, at: datetime) -> ResultFilter:
    """Return the list of the result cards that the reader may see, as the address asks for it."""
    return ResultFilter(request.GET, ResultCard.objects.visible_to(request.user, at).for_list(), day=today(at))


@login_not_required
@require_safe
def list_results(request: HttpRequest) -> HttpResponse:
    """Show what came of the pilots and programmes, and of which pilots no results are known."""
    at = timezone.now()
    without = Pilot.objects.visible_to(request.user, at).filter(result_card__isnull=True).by_name()
    searched = without.prefetch_related("result_searches")
    context = {**_listed(request, at).context(), "trail": [(_("Results"), "")], "without": searched[:MOST_WITHOUT]}
    return render(request, "results/results.html", context)


@login_not_required
@require_safe
@few_at_once
def download_results(request: HttpRequest, kind: str = "csv") -> StreamingHttpResponse:
    """Give the list with the same filters and order as a file."""
    return _listed(request, timezone.now()).dataset().file("results", kind)
