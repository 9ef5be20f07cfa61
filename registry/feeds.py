"""What other programs read again and again: deadlines as iCalendar, and lists and searches as Atom.

A feed is the same for every reader: it tells what everybody may read, whoever asks. People stand in none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from pilots.catalogue.filters.laws import LawFilter
from pilots.catalogue.filters.pilots import PilotFilter
from pilots.catalogue.filters.results import ResultFilter
from pilots.models import Law, NewsItem, Pilot, Programme, ResultCard, Round
from pilots.rounds import calendars
from pilots.rounds.calendars import Deadline
from regions.filters import GroupFilter, OrganisationFilter
from regions.models import Group, Organisation, Region, User
from registry.entries import KINDS, MOST, newest
from registry.lib import atom
from registry.lib.dates import on_the_finnish_clock, today
from registry.lib.directions import fill
from registry.lib.lists import ListFilter
from registry.search import Results

ANYONE = AnonymousUser()


def _answer(name: str, deadlines: Iterable[Deadline], filename: str) -> HttpResponse:
    """Return the calendar; it is the same for every reader, signed in or not."""
    answer = HttpResponse(calendars.calendar(name, deadlines), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'inline; filename="{filename}.ics"'
    return answer


@login_not_required
@require_safe
def send_rounds(request: HttpRequest) -> HttpResponse:
    """Answer with the deadlines of all published rounds that are open or come, or closed lately."""
    deadlines = calendars.deadlines(calendars.public_steps(timezone.now()))
    return _answer(_("Deadlines of all rounds"), deadlines, "rounds")


@login_not_required
@require_safe
def send_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with all deadlines of a round."""
    round_ = get_object_or_404(Round.objects.public(), slug=slug)
    return _answer(round_.name.plain, calendars.deadlines(calendars.steps_of(round_)), slug)


@login_not_required
@require_safe
def send_step(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """Answer with the deadline of a step."""
    round_ = get_object_or_404(Round.objects.public(), slug=slug)
    step = get_object_or_404(calendars.steps_of(round_), position=position)
    return _answer(round_.name.plain, calendars.deadlines([step]), f"{slug}-{position}")


@login_not_required
@require_safe
def send_region(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with the deadlines of the rounds that organisations of a region may answer."""
    region = get_object_or_404(Region, slug=slug)
    name = fill(_("Deadlines, %(region)s"), region=region.name.plain)
    return _answer(name, calendars.deadlines(calendars.steps_for(region, timezone.now())), slug)


@login_not_required
@require_safe
def send_own(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Answer with a user's own deadlines. The address is secret and stands for signing in, which calendars cannot do.

    A wrong address, a renewed address and the address of an account that has ended are answered alike, after the same
    work.
    """
    at = timezone.now()
    user = User.objects.filter(pk=pk).first() or User()
    if not (constant_time_compare(key, user.calendar_key()) & user.works(at)):
        raise Http404
    answer = _answer(_("My deadlines in the Pilot Registry"), calendars.own_deadlines(user, at), "deadlines")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


# --- Atom ---


@dataclass(frozen=True)
class Listed:
    """A list that can be followed: its title, the kind of its records, the records that everybody may read.

    ``narrowed`` makes the list as an address asks for it; None: it has no filters.
    """

    title: Any
    kind: str
    rows: Callable[[datetime], QuerySet[Any]]
    narrowed: Callable[[QueryDict, Any, datetime], ListFilter] | None = None


def _pilots(asked: QueryDict, rows: Any, at: datetime) -> ListFilter:
    return PilotFilter(asked, rows, desk=False, day=today(at))


def _organisations(asked: QueryDict, rows: Any, at: datetime) -> ListFilter:
    return OrganisationFilter(asked, rows, day=today(at))


def _with(made: type[ListFilter]) -> Callable[[QueryDict, Any, datetime], ListFilter]:
    return lambda asked, rows, at: made(asked, rows)


# By the name of the list's page.
LISTS = {
    "pilots": Listed(gettext_lazy("Pilots"), "pilot", lambda at: Pilot.objects.public(), _pilots),
    "results": Listed(
        gettext_lazy("Results"), "result", lambda at: ResultCard.objects.visible_to(ANYONE, at), _with(ResultFilter)
    ),
    "laws": Listed(gettext_lazy("Laws"), "law", lambda at: Law.objects.all(), _with(LawFilter)),
    "rounds": Listed(gettext_lazy("Rounds"), "round", lambda at: Round.objects.public()),
    "news": Listed(gettext_lazy("News"), "news", lambda at: NewsItem.objects.public()),
    "programmes": Listed(gettext_lazy("Programmes"), "programme", lambda at: Programme.objects.all()),
    "organisations": Listed(
        gettext_lazy("Organisations"), "organisation", lambda at: Organisation.objects.all(), _organisations
    ),
    "groups": Listed(gettext_lazy("Groups"), "group", lambda at: Group.objects.all(), _with(GroupFilter)),
}


@login_not_required
@require_safe
def send_list(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with the records of a list that changed last, with the filters of the list."""
    at, told = timezone.now(), LISTS[name]
    rows, query, words = told.rows(at), "", ""
    if told.narrowed:
        listed = told.narrowed(request.GET, rows, at)
        rows, query, words = listed.narrowed(), listed.feed_query, listed.asked_for
    return _feed(told.title, words, name, query, KINDS[told.kind].latest(rows, at), at)


@login_not_required
@require_safe
def send_search(request: HttpRequest) -> HttpResponse:
    """Answer with what a search of the whole registry finds that changed last; a vain search is not counted."""
    at = timezone.now()
    results = Results(request.GET, ANYONE, at)
    kinds = [results.kind] if results.kind else list(KINDS)
    found = [
        KINDS[kind].latest(LISTS_BY_KIND[kind].rows(at).filter(pk__in=results.rows_of(kind)), at)
        for kind in kinds
        if kind in KINDS and results.text
    ]
    entries = newest(entry for entries in found for entry in entries)
    return _feed(_("Search"), results.text, "search", results.feed_query, entries, at)


LISTS_BY_KIND = {listed.kind: listed for listed in LISTS.values()}


def _feed(title: Any, words: str, name: str, query: str, entries: list[atom.Entry], at: datetime) -> HttpResponse:
    """Return a feed; it is the same for every reader, signed in or not."""
    feed = atom.Feed(
        " – ".join(filter(None, (words, str(title), _("Pilot Registry")))),
        _("The %(n)s records that changed last, the latest first. People stand in no feed.") % {"n": MOST},
        reverse(f"{name}_atom") + query,
        reverse(name) + query,
        entries,
        on_the_finnish_clock(today(at), time.min),
    )
    return HttpResponse(feed.document(), content_type=atom.CONTENT_TYPE)
