"""Programmes of pilots: the list, and the page of a programme."""

from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.models import DeliveryModel, Milestone, NewsItem, Pilot, Programme, ProgrammeFact, ResultCard, Round, Theme
from regions.models import Source
from regions.views.as_of import shown_day

SHOWN = 25  # pilots on a programme's page; the rest by a link to the list


@login_not_required
@require_safe
def list_programmes(request: HttpRequest) -> HttpResponse:
    """Show all programmes."""
    visible = Pilot.objects.visible_to(request.user, timezone.now())
    rows = Programme.objects.with_described(visible).most_described_first().select_related("reform", "owner")
    context = {"programmes": rows, "trail": [(_("Programmes"), "")], "feed": reverse("programmes_atom")}
    return render(request, "programmes/programmes.html", context)


def _milestones(programme: Programme) -> list[Milestone]:
    """Return the milestones of the programme and its reforms by their last known dates, those without a date last."""
    found = list(programme.milestones.all())
    reform = programme.reform
    while reform is not None:
        found += reform.milestones.all()
        reform = reform.parent

    def last_day(milestone: Milestone) -> date:
        days = [row.when.latest or row.when.earliest for row in milestone.dates.all()]
        return max((day for day in days[-1:] if day), default=date.max)

    return sorted(found, key=last_day)


def _numbered(programme: Programme) -> tuple[list[Source], list[tuple[ProgrammeFact, list[int]]]]:
    """Return the sources of the programme and its facts, each once, and the facts with the numbers of theirs."""
    facts = list(programme.facts.all())
    sources = {source.pk: source for row in (programme, *facts) for source in row.sources.all()}
    numbers = {key: number for number, key in enumerate(sources, start=1)}
    return [*sources.values()], [(fact, sorted(numbers[one.pk] for one in fact.sources.all())) for fact in facts]


@login_not_required
@require_safe
def show_programme(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a programme: why, what its sources say, its milestones, rounds and pilots."""
    at = timezone.now()
    visible = Pilot.objects.visible_to(request.user, at)
    programme = Programme.objects.with_described(visible).for_page().filter(slug=slug).first()
    if programme is None:
        raise Http404
    pilots = visible.filter(programme=programme)
    keys = pilots.values("pk")
    shown = shown_day(request, at)
    sources, facts = _numbered(programme)
    context = {
        "shown": shown,
        "numbered": sources,
        "facts": facts,
        "trail": [(_("Programmes"), reverse("programmes")), (programme.name, "")],
        "programme": programme,
        "milestones": _milestones(programme),
        "pilots": pilots.for_list(visible).by_name()[:SHOWN],
        "card": ResultCard.objects.for_page(request.user, at).filter(programme=programme).first(),
        "rounds": Round.objects.visible_to(request.user, at)
        .known_on(shown.asked_day)
        .filter(programme=programme)
        .for_list(),
        "news": NewsItem.objects.visible_to(request.user, at)
        .told_by(shown.asked_day)
        .filter(programme=programme)
        .latest_first(),
        "models": DeliveryModel.objects.filter(pilots__in=keys).distinct().prefetch_related("principles", "sources"),
        "themes": Theme.objects.filter(pilots__in=keys).distinct(),
    }
    return render(request, "programmes/programme.html", context)
