"""The page of the one search box: everything that the reader may see, the best first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from pilots.models import NewsItem, Pilot, Programme, Proposal, ResultCard, Round, Stage
from regions.models import Region, SearchDocument, SearchMiss, User
from regions.models.search import SearchDocumentQuerySet
from regions.models.searching import MOST_RANKED, Found, look_up
from registry.entries import KINDS
from registry.lib import search
from registry.lib.dates import today
from registry.lib.languages import LANGUAGES, reader_language
from registry.lib.lists import saving

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

Kind = SearchDocument.Kind
PER_PAGE = 20
SINGULAR: dict[str, Any] = {
    Kind.PILOT: _("pilot"),
    Kind.RESULT: _("result card"),
    Kind.MODEL: _("delivery model"),
    Kind.PROPOSAL: _("proposal"),
    Kind.ROUND: _("round"),
    Kind.ORGANISATION: _("organisation"),
    Kind.REGION: _("region"),
    Kind.MUNICIPALITY: _("municipality"),
    Kind.GROUP: _("group"),
    Kind.PERSON: _("person"),
    Kind.NEWS: _("news item"),
    Kind.LAW: _("law"),
    Kind.PROGRAMME: _("programme"),
}
# The records that not everybody may read; what each reader may read of them is the question of the record itself.
GUARDED = {
    Kind.PILOT: Pilot,
    Kind.RESULT: ResultCard,
    Kind.ROUND: Round,
    Kind.NEWS: NewsItem,
    Kind.PROPOSAL: Proposal,
}


def _page(name: str) -> Callable[[str], str]:
    return lambda slug: reverse(name, args=[slug])


def _result(slug: str) -> str:
    owner, _slash, its = slug.partition("/")
    return f"{reverse(owner, args=[its])}#results"


PAGES: dict[str, Callable[[str], str]] = {
    Kind.RESULT: _result,
    Kind.MODEL: lambda slug: f"{reverse('pilots')}?model={slug}",
    Kind.NEWS: _page("news_item"),
}


def visible_to(viewer: User | AnonymousUser, at: datetime) -> SearchDocumentQuerySet:
    """Return the documents of the records that ``viewer`` may read at ``at``."""
    if not isinstance(viewer, User):
        return SearchDocument.objects.public()
    allowed = Q(public=True)
    for kind, model in GUARDED.items():
        rows: Any = model._default_manager
        allowed |= Q(public=False, kind=kind, row__in=rows.visible_to(viewer, at).order_by().values("pk"))
    return SearchDocument.objects.filter(allowed)


@dataclass(frozen=True)
class Hit:
    """A line of the results."""

    document: SearchDocument
    marks: search.Marks

    @property
    def url(self) -> str:
        """The address of the record's page."""
        return PAGES.get(self.document.kind, _page(self.document.kind))(self.document.slug)

    @property
    def kind(self) -> str:
        """What the record is, in the singular."""
        return str(SINGULAR[self.document.kind])

    @property
    def title(self) -> tuple[str, SafeString]:
        """The language and the record's name, with the words marked."""
        name = self.document.title
        return name.lang, search.marked(name.plain, self.marks)

    @cached_property
    def snippet(self) -> tuple[str, SafeString] | None:
        """The language and the part of the text where the words stand, the reader's language first."""
        languages = dict.fromkeys((reader_language(), *LANGUAGES))
        texts = {language: str(getattr(self.document, f"text_{language}")) for language in languages}
        for language, text in texts.items():
            part = search.snippet(text, self.marks)
            if part:
                return language, search.marked(part, self.marks)
        own = search.beginning(texts[reader_language()])
        return (reader_language(), search.marked(own, self.marks)) if own else None


@dataclass(frozen=True)
class Choice:
    """A kind of record with the number of its hits, and the address that shows these alone."""

    title: str
    count: int
    url: str
    current: bool


class Results:
    """What a reader finds."""

    def __init__(self, asked: QueryDict, viewer: User | AnonymousUser, at: datetime) -> None:
        self.text = search.clean(asked.get("q", ""))
        self.kind = asked.get("kind", "") if asked.get("kind", "") in Kind.values else ""
        self.visible = visible_to(viewer, at)
        self.documents = self.visible.filter(kind=self.kind) if self.kind else self.visible
        self.found: Found = look_up(self.text, self.documents, self.visible)
        self.number = asked.get("page")

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many hits each kind has."""
        rows = self.found.among(self.visible).order_by().values_list("kind").annotate(n=Count("pk"))
        return dict(rows)

    def rows_of(self, kind: str) -> Any:
        """Return the keys of the records of a kind that are found, as a sub-select."""
        return self.found.among(self.visible.filter(kind=kind)).order_by().values("row")

    @property
    def total(self) -> int:
        """How many hits the page is about."""
        return self.counts.get(self.kind, 0) if self.kind else sum(self.counts.values())

    @property
    def choices(self) -> list[Choice]:
        """The kinds that have hits, in the order of the kinds, behind the choice of all."""
        kinds = [
            Choice(str(Kind(kind).label), self.counts[kind], self.address(kind=kind), kind == self.kind)
            for kind in Kind.values
            if kind in self.counts
        ]
        return kinds if len(kinds) > 1 or self.kind else []

    def address(self, **changes: str) -> str:
        """Return the query string of the page with changes."""
        params = QueryDict(mutable=True)
        params.update({name: value for name, value in {"q": self.text, "kind": self.kind, **changes}.items() if value})
        return f"?{params.urlencode()}"

    @property
    def feed_query(self) -> str:
        """The query string of the feed of the results."""
        return self.address().removesuffix("?")

    @property
    def feed(self) -> str:
        """The address of the feed of the results; empty where nothing is searched for, or only what has no feed."""
        told = self.text and (not self.kind or self.kind in KINDS)
        return reverse("search_atom") + self.feed_query if told else ""

    @property
    def save(self) -> str:
        """The address where somebody with an account saves the search; a search of people cannot be saved."""
        told = self.text and self.kind != Kind.PERSON
        return saving("search", self.address(), self.text) if told else ""

    @property
    def all_kinds(self) -> str:
        """The address of the results of all kinds."""
        return self.address(kind="")

    @property
    def exactly(self) -> str:
        """The address of the same search for the words as they were typed."""
        return self.address(q=self.found.exactly)

    @cached_property
    def page(self) -> Page[Any]:
        """The page of the results; of very many only the best are put in order."""
        ranked = self.found.ranked(self.documents)[: min(self.total, MOST_RANKED)] if self.total else []
        return Paginator(ranked, PER_PAGE).get_page(self.number)

    @property
    def hits(self) -> list[Hit]:
        """The lines of the page."""
        return [Hit(document, self.found.marks) for document in self.page]

    def wrong(self) -> list[dict[str, Any]]:
        """Return the operators whose value does not exist, each with the values that do."""
        return [{"name": name, "value": value, "known": _known_values(name)} for name, value in self.found.wrong]


def _known_values(operator: str) -> list[str]:
    if operator == "stage":
        return [str(stage.label) for stage in Stage if stage != Stage.UNKNOWN]
    if operator == "area":
        return [region.name.plain for region in Region.objects.by_name()]
    return [programme.name.plain for programme in Programme.objects.all()]


@require_safe
@login_not_required
def show_results(request: HttpRequest) -> HttpResponse:
    """Show what the words find; without words, the box alone. Words that nothing has are counted, without a person."""
    at = timezone.now()
    results = Results(request.GET, request.user, at)
    if results.text and not results.kind and request.method == "GET":
        SearchMiss.objects.count_words(results.found.missed, today(at))
    return render(request, "search/results.html", {"results": results, "most": MOST_RANKED, "feed": results.feed})
