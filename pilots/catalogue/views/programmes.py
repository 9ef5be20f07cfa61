"""Programmes of pilots: the list and the page of one."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.models import DeliveryModel, NewsItem, Pilot, Programme, Round, Theme

SHOWN = 25  # pilots on a programme's page; the rest by a link to the list


@login_not_required
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """All programmes."""
    visible = Pilot.objects.visible_to(request.user, timezone.now())
    rows = Programme.objects.with_described(visible).most_described_first().select_related("reform", "owner")
    return render(request, "programmes/programmes.html", {"programmes": rows, "trail": [(_("Programmes"), "")]})


@login_not_required
@require_safe
def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """One programme: why, what its sources say, its milestones, rounds and pilots."""
    at = timezone.now()
    visible = Pilot.objects.visible_to(request.user, at)
    found = Programme.objects.with_described(visible).for_page().filter(slug=slug).first()
    if found is None:
        raise Http404
    mine = visible.filter(programme=found)
    used = mine.values("pk")
    context = {
        "trail": [(_("Programmes"), reverse("programmes")), (found.name, "")],
        "programme": found,
        "pilots": mine.for_list(request.user, at).by_name()[:SHOWN],
        "pilot_count": mine.count(),
        "rounds": Round.objects.visible_to(request.user, at).filter(programme=found).for_list(),
        "news": NewsItem.objects.visible_to(request.user, at).filter(programme=found).latest_first(),
        "models": DeliveryModel.objects.filter(pilots__in=used).distinct().prefetch_related("principles", "sources"),
        "themes": Theme.objects.filter(pilots__in=used).distinct(),
    }
    return render(request, "programmes/programme.html", context)
