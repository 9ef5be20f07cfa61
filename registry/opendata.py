"""Every public dataset that leaves as a file, on one screen: rows, columns, the list that it is of.

People stand in none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from pilots.catalogue.filters import laws, pilot_columns, results
from pilots.models import NewsItem, Pilot, Programme, Round
from regions import files
from regions.access import Viewer
from registry.lib.dates import today
from registry.lib.downloads import few_at_once
from registry.lib.exports import KINDS, LICENCE, SEVERAL, Column, Columns, Dataset, Read, columns


def _in(column: str) -> Read:
    return lambda row: getattr(row, column)


def _of(related: str, name: str) -> Read:
    """Return what reads an attribute of a related row; empty where there is none."""

    def read(row: Any) -> Any:
        other = getattr(row, related)
        value = getattr(other, name) if other else ""
        return getattr(value, "plain", value)

    return read


def _address(name: str) -> Read:
    return lambda row: settings.BASE_URL + reverse(name, args=[row.slug])


def of_programmes() -> dict[str, Column]:
    """Return the columns of programmes, with how many pilots are stated and described."""
    return columns(
        ("code", _("Code"), _in("slug")),
        ("prefix", _("Prefix of the pilots' codes"), _in("code_prefix")),
        *((f"name_{code}", title, _in(f"name_{code}")) for code, title in NAMES),
        ("reform", _("Reform"), _of("reform", "name")),
        ("owner", _("Owner"), _of("owner", "name")),
        ("owner_code", _("Owner, code"), _of("owner", "slug")),
        ("stated", _("Pilots stated"), _in("stated"), _("As the sources say: 20+ is at least 20.")),
        ("described", _("Pilots described"), _in("described")),
        ("address", _("Address"), _address("programme")),
    )


def of_rounds() -> dict[str, Column]:
    """Return the columns of rounds; a round of the past has a date in words only."""
    return columns(
        ("code", _("Code"), _in("slug")),
        *((f"name_{code}", title, _in(f"name_{code}")) for code, title in NAMES),
        ("kind", _("Kind"), lambda row: row.get_kind_display()),
        ("kind_code", _("Kind, code"), _in("kind")),
        ("programme_code", _("Programme, code"), _of("programme", "slug")),
        ("organiser", _("Organiser"), _of("organiser", "name")),
        ("organiser_code", _("Organiser, code"), _of("organiser", "slug")),
        ("when_words", _("Time, in the words of the source"), lambda row: row.when.words),
        ("when_from", _("Time, earliest"), lambda row: row.when.earliest),
        ("when_to", _("Time, latest"), lambda row: row.when.latest),
        ("opens", _("Opens"), lambda row: [step.opens_at for step in row.steps.all()], _("One value for each step.")),
        (
            "closes",
            _("Closes"),
            lambda row: [step.closes_at for step in row.steps.all()],
            _("One value for each step."),
        ),
        *_public_answers(),
        ("published", _("Published"), _in("published_at")),
        ("cancelled", _("Cancelled"), _in("cancelled_at")),
        ("address", _("Address"), _address("round")),
    )


def _public_answers() -> list[tuple[str, Any, Read, Any]]:
    """Return the columns of the questions that are answered to all: nothing in them tells who asked, or when."""
    told = [
        ("question_fi", _("Questions in Finnish")),
        ("question_sv", _("Questions in Swedish")),
        ("answer_fi", _("Answers in Finnish")),
        ("answer_sv", _("Answers in Swedish")),
    ]
    return [(name, title, _of_each_answer(name), _("One value for each public answer.")) for name, title in told]


def _of_each_answer(name: str) -> Read:
    return lambda row: [getattr(answer, name) for answer in row.public_answers.all()]


def of_news() -> dict[str, Column]:
    """Return the columns of news; the author is left out."""
    return columns(
        ("code", _("Code"), _in("slug")),
        *((f"title_{code}", title, _in(f"title_{code}")) for code, title in TITLES),
        ("when_words", _("Time, in the words of the source"), lambda row: row.when.words),
        ("when_from", _("Time, earliest"), lambda row: row.when.earliest),
        ("when_to", _("Time, latest"), lambda row: row.when.latest),
        ("programme_code", _("Programme, code"), _of("programme", "slug")),
        ("region_codes", _("Regions, codes"), lambda row: [region.code for region in row.regions.all()]),
        ("address", _("Address"), _address("news_item")),
    )


NAMES = [("fi", _("Name in Finnish")), ("sv", _("Name in Swedish")), ("en", _("Name in English"))]
TITLES = [("fi", _("Title in Finnish")), ("sv", _("Title in Swedish")), ("en", _("Title in English"))]


def _programmes(viewer: Viewer, at: datetime) -> Any:
    visible = Pilot.objects.visible_to(viewer, at)
    return Programme.objects.with_described(visible).select_related("reform", "owner").order_by("pk")


def _rounds(viewer: Viewer, at: datetime) -> Any:
    return Round.objects.visible_to(viewer, at).for_list().prefetch_related("public_answers").order_by("pk")


def _news(viewer: Viewer, at: datetime) -> Any:
    rows = NewsItem.objects.visible_to(viewer, at).latest_first()
    return rows.select_related("programme").prefetch_related("regions")


def _successions(viewer: Viewer, at: datetime) -> Any:
    return files.all_successions()


@dataclass(frozen=True)
class Told:
    """A dataset: its title, what it holds, its columns on a day; the page of its list, whose filters its file takes.

    ``rows``: what ``send_file`` sends; None where the list sends the file itself.
    """

    name: str
    title: Any
    columns: Callable[[date], Columns]
    page: str = ""
    rows: Callable[[Viewer, datetime], Any] | None = None

    @property
    def file_name(self) -> str:
        """The name of the file's address."""
        return f"{self.name}_file"

    @property
    def kinds(self) -> list[str]:
        """The kinds of file there are."""
        return list(KINDS)


DATASETS = [
    Told("pilots", _("Pilots"), lambda day: pilot_columns.of_pilots(desk=False), "pilots"),
    Told("results", _("Results"), lambda day: results.of_cards(), "results"),
    Told("laws", _("Laws"), lambda day: laws.of_laws(), "laws"),
    Told("programmes", _("Programmes"), lambda day: of_programmes(), "programmes", _programmes),
    Told("rounds", _("Rounds"), lambda day: of_rounds(), "rounds", _rounds),
    Told("organisations", _("Organisations"), lambda day: files.of_organisations(), "organisations"),
    Told("successions", _("Successions of organisations"), lambda day: files.of_successions(), "", _successions),
    Told("groups", _("Groups"), lambda day: files.of_groups(), "groups"),
    Told("news", _("News"), lambda day: of_news(), "news", _news),
]
BY_NAME = {told.name: told for told in DATASETS}


@login_not_required
@require_safe
@few_at_once
def send_file(request: HttpRequest, name: str, kind: str) -> StreamingHttpResponse:
    """Send a dataset that is no filtered list."""
    at, told = timezone.now(), BY_NAME[name]
    day = today(at)
    rows = told.rows(request.user, at) if told.rows else []
    return Dataset(rows, told.columns(day), day=day).file(name, kind)


@login_not_required
@require_safe
def show_open_data(request: HttpRequest) -> HttpResponse:
    """Show what leaves as a file, and what each column means."""
    day = today(timezone.now())
    told = [(dataset, dataset.columns(day).values()) for dataset in DATASETS]
    context = {"datasets": told, "licence": LICENCE, "separator": SEVERAL, "trail": [(_("Open data"), "")]}
    return render(request, "open_data.html", context)
