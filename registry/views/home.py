"""The home page: what is open now, the regions, the programmes, and what is new."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots.catalogue.filters.bitmaps import BitmapCounter, Tally
from pilots.models import STANDINGS, ClientType, NewsItem, Phase, Pilot, Programme, Round, Step
from pilots.models.pilots import LINE
from regions.access import Viewer
from regions.models import Region
from regions.views.as_of import shown_day
from registry.lib.composed import ComposedOnce
from registry.lib.database import FiSort
from registry.lib.languages import reader_language
from registry.lib.versions import version_for

OF_CHANGED = (*LINE, "changed_at", "programme__confirm_months", "result_card__outcome")


def _open_steps(rounds: Iterable[Round], at: datetime) -> list[tuple[Round, Step]]:
    """Return the rounds, each with its open step that closes first; the round that closes first comes first."""
    pairs = [
        (round_, min(open_steps, key=lambda step: step.closes_at))
        for round_ in rounds
        if (open_steps := [step for step in round_.steps.all() if step.phase(at) == Phase.OPEN])
    ]
    return sorted(pairs, key=lambda pair: pair[1].closes_at)


def _shares(counter: BitmapCounter) -> dict[str, int]:
    """Return how many pilots there are, how many have a result card, and how many concern which customers.

    A set of pilots counts as one; its sub-pilots (``parts``) are counted apart.
    """
    total, clients = counter.tally("all").get("", Tally()), counter.tally("client")
    of_clients = {value: clients.get(value, Tally()).wholes for value in ClientType.values}
    return {
        "total": total.wholes,
        "parts": total.parts,
        "with_card": sum(tally.wholes for tally in counter.tally("outcome").values()),
        "personal": of_clients[ClientType.PERSONAL],
        "business": of_clients[ClientType.BUSINESS],
        "unknown": total.wholes - sum(of_clients.values()),
    }


def _standings(counter: BitmapCounter) -> list[tuple[str, Any, int, int]]:
    """Return how many pilots stand where on the day: value in addresses, words, number, sub-pilots apart."""
    tallies = {value: tally for value, tally in counter.tally("stage").items() if sum(tally)}
    return [
        (value, label, tallies[value].wholes, tallies[value].parts) for value, label in STANDINGS if value in tallies
    ]


@ComposedOnce
def _told(viewer: Viewer, day: date, asked: date | None, at: datetime) -> dict[str, QuerySet[Any]]:
    """Return the rows that the page tells of."""
    visible = Pilot.objects.visible_to(viewer, at)
    news = NewsItem.objects.visible_to(viewer, at).told_by(asked).order_by("-when_days", "pk")
    changed = visible.filter(changed_at__date__lte=day).for_list(visible).only(*OF_CHANGED)
    rounds = Round.objects.none() if asked else Round.objects.visible_to(viewer, at).open(at)
    return {
        "regions": Region.objects.order_by(FiSort(f"name_{reader_language()}"), "code"),
        "programmes": Programme.objects.all(),
        "rounds": rounds.prefetch_related("steps"),
        "news": news[:4],
        "changed": changed.order_by("-changed_at", "code")[:5],
    }


@login_not_required
@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """Show what is open now, the regions, the programmes' counts, and what is new."""
    at, viewer = timezone.now(), request.user
    shown = shown_day(request, at)
    counter = BitmapCounter(version_for(request), viewer, shown.day, at)
    found = _told(viewer, shown.day, shown.asked_day, at)
    programmes = counter.described(found["programmes"])
    context: dict[str, Any] = {
        "shown": shown,
        "standings": _standings(counter),
        "open_rounds": _open_steps(found["rounds"], at),
        "regions": counter.with_pilots(found["regions"]),
        "programmes": sorted(programmes, key=lambda programme: (-programme.described, programme.pk)),
        "shares": _shares(counter),
        "news": found["news"],
        "changed": found["changed"],
    }
    return render(request, "home.html", context)
