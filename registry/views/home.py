"""The home page: what is open now, the regions, the programmes, and what is new."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots.models import STANDINGS, ClientType, NewsItem, Phase, Pilot, Programme, Round, Step
from pilots.models.pilots import PilotQuerySet
from regions.access import Viewer
from regions.models import Region
from regions.views.as_of import shown_day
from registry.lib.database import FiSort
from registry.lib.languages import reader_language


def _open_rounds(viewer: Viewer, at: datetime) -> list[tuple[Round, Step]]:
    """Return the open rounds, each with its open step that closes first; the round that closes first comes first."""
    rounds = Round.objects.visible_to(viewer, at).open(at).prefetch_related("steps")
    pairs = [
        (round_, min(open_steps, key=lambda step: step.closes_at))
        for round_ in rounds
        if (open_steps := [step for step in round_.steps.all() if step.phase(at) == Phase.OPEN])
    ]
    return sorted(pairs, key=lambda pair: pair[1].closes_at)


def _regions(pilots: QuerySet[Pilot]) -> QuerySet[Region]:
    """Return the regions by name in the reader's language, with the number of ``pilots`` in each; sub-pilots apart."""
    whole, part = Q(pilots__parent__isnull=True), Q(pilots__parent__isnull=False)
    return Region.objects.annotate(
        pilot_count=Count("pilots", filter=Q(pilots__in=pilots) & whole, distinct=True),
        parts=Count("pilots", filter=Q(pilots__in=pilots) & part, distinct=True),
    ).order_by(FiSort(f"name_{reader_language()}"), "code")


def _shares(pilots: QuerySet[Pilot]) -> dict[str, int]:
    """Return how many ``pilots`` there are, how many have a result card, and how many concern which customers.

    A set of pilots counts as one; its sub-pilots (``parts``) are counted apart.
    """
    whole, part = Q(parent__isnull=True), Q(parent__isnull=False)
    return pilots.aggregate(
        total=Count("pk", filter=whole),
        parts=Count("pk", filter=part),
        with_card=Count("pk", filter=whole & Q(result_card__isnull=False)),
        personal=Count("pk", filter=whole & Q(client_type=ClientType.PERSONAL)),
        business=Count("pk", filter=whole & Q(client_type=ClientType.BUSINESS)),
        unknown=Count("pk", filter=whole & Q(client_type="")),
    )


def _standings(pilots: PilotQuerySet, day: date) -> list[tuple[str, Any, int]]:
    """Return how many of ``pilots`` stand where on ``day``: value in addresses, words, number."""
    counts = pilots.standings(day)
    return [(value, label, counts[value]) for value, label in STANDINGS if value in counts]


@login_not_required
@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """Show what is open now, the regions, the programmes' counts, and what is new."""
    at, viewer = timezone.now(), request.user
    shown = shown_day(request, at)
    pilots = Pilot.objects.visible_to(viewer, at)
    context: dict[str, Any] = {
        "shown": shown,
        "standings": _standings(pilots, shown.day),
        "open_rounds": [] if shown.asked else _open_rounds(viewer, at),
        "regions": list(_regions(pilots)),
        "programmes": Programme.objects.with_described(pilots).most_described_first(),
        "shares": _shares(pilots),
        "news": NewsItem.objects.visible_to(viewer, at).told_by(shown.asked_day).order_by("-when_days", "pk")[:4],
        "changed": pilots.filter(changed_at__date__lte=shown.day)
        .with_log()
        .order_by("-changed_at", "code")
        .prefetch_related(Prefetch("regions", Region.objects.order_by("code")))[:5],
    }
    return render(request, "home.html", context)
