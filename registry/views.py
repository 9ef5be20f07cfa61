"""Pages of the site itself: home, about, accessibility statement, privacy, what was not saved, health."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from pilots import watch
from pilots.access import Viewer
from pilots.models import Alarm, ClientType, NewsItem, Phase, Pilot, Programme, Round, Step
from regions.models import Region
from registry.lib import unsaved
from registry.lib.database import FiSort, clock
from registry.lib.languages import reader_language
from registry.statement import statement


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
    """Return the regions by name in the reader's language, with the number of ``pilots`` in each."""
    return Region.objects.annotate(
        pilot_count=Count("pilots", filter=Q(pilots__in=pilots), distinct=True),
    ).order_by(FiSort(f"name_{reader_language()}"), "code")


def _shares(pilots: QuerySet[Pilot]) -> dict[str, int]:
    """Return how many of ``pilots`` concern personal customers, business customers, and of how many it is known."""
    return pilots.aggregate(
        total=Count("pk"),
        personal=Count("pk", filter=Q(client_type=ClientType.PERSONAL)),
        business=Count("pk", filter=Q(client_type=ClientType.BUSINESS)),
        unknown=Count("pk", filter=Q(client_type="")),
    )


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what is open now, the regions, the programmes' counts, and what is new."""
    at, viewer = timezone.now(), request.user
    pilots = Pilot.objects.visible_to(viewer, at)
    context: dict[str, Any] = {
        "open_rounds": _open_rounds(viewer, at),
        "regions": list(_regions(pilots)),
        "programmes": Programme.objects.with_described(pilots).most_described_first(),
        "shares": _shares(pilots),
        "news": NewsItem.objects.visible_to(viewer, at).order_by("-when_days", "pk")[:4],
        "changed": pilots.order_by("-changed_at", "code").prefetch_related(
            Prefetch("regions", Region.objects.order_by("code"))
        )[:5],
    }
    return render(request, "home.html", context)


@login_not_required
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Show what the registry is, who keeps it, where its facts are from, how to read it."""
    return render(request, "about.html", {"operator": settings.OPERATOR, "feedback": statement().feedback})


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show the accessibility statement (act 306/2019)."""
    return render(request, "accessibility.html", {"statement": statement(), "operator": settings.OPERATOR})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show what personal data the registry keeps, why, how long, and what rights people have."""
    return render(request, "privacy.html", {"operator": settings.OPERATOR, "feedback": statement().feedback})


@require_http_methods(["GET", "HEAD", "POST"])
def unsaved_form(request: HttpRequest) -> HttpResponse:
    """Show what was typed when the session had ended, to be saved at its own address; POST throws it away."""
    kept = unsaved.kept(request)
    if kept is None:
        return redirect("my_page")
    if request.method == "POST":
        unsaved.forget(request)
        return redirect(kept.path)
    return render(request, "unsaved.html", {"kept": kept})


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer machines that watch: 200 while all goes, 503 with the reasons in words of ``Alarm.Kind``."""
    try:
        seen = watch.look(clock())
    except Error:
        return JsonResponse({"status": "fault", "database": "no answer"}, status=503)
    late = Alarm.Kind.SWEEP_LATE in seen.reasons
    answer = {
        "status": "fault" if seen.reasons else "ok",
        "reasons": seen.reasons,
        "database": "ok",
        "sweep": "late" if late else ("ok" if seen.swept_at else "none yet"),
        "swept_at": seen.swept_at.isoformat(timespec="seconds") if seen.swept_at else None,
    }
    return JsonResponse(answer, status=503 if seen.reasons else 200)


@login_not_required
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """Answer the proxy and the container: 200 while the web server reaches its database, whatever else is wrong.

    Readers and writers must not be turned away because the mail server stands still.
    """
    try:
        clock()
    except Error:
        return JsonResponse({"database": "no answer"}, status=503)
    return JsonResponse({"database": "ok"})
