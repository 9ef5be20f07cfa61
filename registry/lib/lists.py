"""The one list: what it can be narrowed to, the counts behind each link, its order, pages, address and file.

A list is a subclass of ``ListFilter``. It declares its filters, as every FilterSet does; in ``facets`` the filters that
are links with counts; in ``columns`` what its file holds. The machine makes the rest. The counts come from a
``Counter``, which can be replaced without touching a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Protocol

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Value
from django.http import QueryDict
from django.utils.translation import gettext
from django_filters import CharFilter
from django_filters.filterset import FilterSet

from registry.lib.database import name_order
from registry.lib.exports import Dataset, Read
from registry.lib.formats import day_words
from registry.lib.languages import LANGUAGES, reader_language
from registry.lib.search_terms import MOST_CHARACTERS, clean

PER_PAGE = 25
NO_PARTS = Value(0)
NAMES = [f"name_{language}" for language in LANGUAGES]


@dataclass(frozen=True)
class FacetChoice:
    """One choice of a facet: a link with the number of rows it leads to."""

    label: str
    value: str
    count: int
    url: str
    selected: bool = False
    parts: int = 0

    @property
    def wholes(self) -> int:
        """How many of the rows are not a part of another row."""
        return self.count - self.parts


@dataclass(frozen=True)
class Facet:
    """One way to narrow a list: its title, its query parameter, its choices."""

    title: str
    name: str
    choices: list[FacetChoice] = field(default_factory=list)


@dataclass(frozen=True)
class Pill:
    """A filter in use, and the address of the list without it."""

    label: str
    remove_url: str


class SearchField(forms.CharField):
    """A search box: whatever is typed is cleaned and cut, never refused."""

    widget = forms.SearchInput

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")

    def prepare_value(self, value: Any) -> str:
        return clean(value or "")


class SearchFilter(CharFilter):
    """The search box as a filter; the list says in ``search`` where the words are looked for."""

    field_class = SearchField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MOST_CHARACTERS, **kwargs)  # type: ignore[no-untyped-call]


class Counted(NamedTuple):
    """A choice of a facet: its value in the address, its label, the number of rows that have it, the parts in it."""

    value: str
    label: str
    rows: int
    parts: int = 0


class Counter(Protocol):
    """The source of a list's numbers."""

    def total(self, listed: ListFilter) -> int:
        """Return how many rows the list has."""

    def parts(self, listed: ListFilter) -> int:
        """Return how many of the rows are a part of another row."""

    def choices(self, listed: ListFilter, name: str) -> Iterable[Counted]:
        """Return the choices of the facet ``name`` in the order of the page; the count heeds all other filters."""


class SqlCounter:
    """Counts by SQL, a query for each facet. Rows go into it as a sub-select, never as a list of their keys."""

    def total(self, listed: ListFilter) -> int:
        return int(listed.qs.count())

    def parts(self, listed: ListFilter) -> int:
        return int(listed.qs.filter(_is_part(listed)).count())

    def choices(self, listed: ListFilter, name: str) -> Iterable[Counted]:
        return listed.facets[name](listed, name, listed.narrowed(leaving_out=name).order_by().values("pk"))


# How a facet is counted: of the list, for the filter of that name, over the rows with these keys (a sub-select).
CountBy = Callable[[Any, str, QuerySet[Any, Any]], Iterable[Counted]]


def by_choice(column: Any, values: Mapping[Any, str] | None = None) -> CountBy:
    """Count by a column (a name or an expression); ``values`` are the values in the address where they differ."""

    def count(listed: ListFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
        rows = listed.queryset.model._default_manager.filter(pk__in=keys).order_by()
        found = rows.values_list(column).annotate(n=Count("pk"), parts=_count_parts(listed))
        counts = {values[key] if values else key: n for key, *n in found if not values or key in values}
        return listed.counted(
            name, {key: n for key, (n, _) in counts.items()}, {key: parts for key, (_, parts) in counts.items()}
        )

    return count


def by_row(path: str, *, alphabetical: bool = False) -> CountBy:
    """Count by the rows that the filter offers; ``path`` leads from them to the rows of the list."""

    def count(listed: ListFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
        offered = listed.filters[name].field.queryset.filter(**{f"{path}__in": keys})
        return counted_rows(offered, path, alphabetical=alphabetical, parts=_count_parts(listed, path))

    return count


def counted_rows(
    offered: QuerySet[Any], path: str, *, alphabetical: bool = False, parts: Any = NO_PARTS
) -> list[Counted]:
    """Return the offered rows with how many rows ``path`` leads to, the most first or by name."""
    rows = offered.annotate(rows_here=Count(path, distinct=True), parts_here=parts).only("slug", *NAMES)
    order = (name_order(),) if alphabetical else ("-rows_here", name_order())
    return [Counted(row.slug, row.name.plain, row.rows_here, row.parts_here) for row in rows.order_by(*order)]


def _is_part(listed: ListFilter, path: str = "") -> Q:
    return Q(**{"__".join(filter(None, (path, listed.part_of, "isnull"))): False})


def _count_parts(listed: ListFilter, path: str = "") -> Any:
    """Return the expression that counts the parts among the rows that ``path`` leads to."""
    return Count(path or "pk", filter=_is_part(listed, path), distinct=True) if listed.part_of else NO_PARTS


class ListFilter(FilterSet):
    """A list. A choice in the address that does not exist is left out and named in ``refused``."""

    facets: ClassVar[Mapping[str, CountBy]] = {}  # the filters that are links, in the order of the page
    boxes: ClassVar[tuple[str, ...]] = ("q",)  # the filters that the search form asks for
    part_of: ClassVar[str] = ""  # the column that leads from a part to its whole: parts are counted apart
    first_order: ClassVar[str] = ""  # the order of an address that names none
    counter: Counter = SqlCounter()

    def __init__(
        self,
        asked: QueryDict,
        rows: QuerySet[Any, Any],
        *,
        carried: Mapping[str, str] | None = None,
        counter: Counter | None = None,
    ) -> None:
        """Make the list of ``rows`` that ``asked`` asks for; ``carried`` are parameters of the page that stay."""
        super().__init__(asked, rows)  # type: ignore[no-untyped-call]
        self.carried = dict(carried or {})
        self.counter = counter or self.counter

    # --- What a list may say in its own way ---

    def search(self, rows: Any, words: str) -> Any:
        """Return the rows in which the words are found."""
        raise NotImplementedError

    def ordered(self, rows: Any) -> Any:
        """Return the rows in ``self.order``; a list that offers no orders keeps the order that it was given."""
        return rows

    def offered_facets(self) -> Iterable[str]:
        """Return the names of the facets that this reader is shown."""
        return self.facets

    def offered_orders(self) -> Mapping[str, Any]:
        """Return the orders to choose from: value and title."""
        return dict(self.filters["sort"].extra["choices"]) if "sort" in self.filters else {}

    def columns(self) -> Mapping[str, Read]:
        """Return the columns of the file: title, and what reads the value from a row."""
        raise NotImplementedError

    def count_words(self, n: int) -> str:
        """Return how many rows there are, in words: "17 pilots"; the heading of the results and the page's title."""
        raise NotImplementedError

    # --- What is asked ---

    @cached_property
    def picked(self) -> dict[str, Any]:
        """What the address asks for and the registry knows, by the name of the filter."""
        self.form.is_valid()  # fills cleaned_data; what is not valid stays out of it
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def text(self) -> str:
        """The words that are searched for."""
        return str(self.picked.get("q", ""))

    @property
    def order(self) -> str:
        """The order in use."""
        return str(self.picked.get("sort", self.first_order))

    @property
    def refused(self) -> list[str]:
        """The titles of the filters whose value in the address does not exist."""
        return [str(self.filters[name].label) for name in self.errors]

    @cached_property
    def asked(self) -> dict[str, str]:
        """The parameters of the list's own address, in the order of the filters."""
        picked = {name: str(getattr(value, "slug", value)) for name, value in self.picked.items()}
        return {**self.carried, **picked}

    def address(self, **changes: str) -> str:
        """Return the query string of this list with changes; an empty value takes a filter away, and the page goes."""
        params = QueryDict(mutable=True)
        params.update({name: value for name, value in {**self.asked, **changes}.items() if value})
        return f"?{params.urlencode()}"

    # --- The rows ---

    @cached_property
    def searched(self) -> Any:
        """The rows in which the words are found; all if nothing is searched for."""
        return self.search(self.queryset, self.text) if self.text else self.queryset

    def narrowed(self, leaving_out: str = "") -> Any:
        """Return the rows that pass all filters but one."""
        rows = self.searched
        for name, value in self.picked.items():
            if name not in {"q", "sort", leaving_out}:
                rows = self.filters[name].filter(rows, value)
        return rows

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the list in its order (called by django-filter)."""
        return self.ordered(self.narrowed())

    def page(self) -> Page[Any]:
        """Return the page that ``?page=`` asks for; a number that makes no sense is the first or last."""
        return _Pages(self).get_page(self.data.get("page"))

    def dataset(self) -> Dataset:
        """Return all rows of the list and the columns of its file."""
        return Dataset(self.qs, self.columns())

    # --- What the page shows around the rows ---

    def context(self) -> dict[str, Any]:
        """Return what ``components/list.html`` shows."""
        facets = [self._facet(name) for name in self.offered_facets()]
        page = self.page()
        return {
            "list": self,
            "page": page,
            "count_words": self.count_words(page.paginator.count),
            "asked_for": ", ".join(self._asked_for()),
            "facets": facets,
            "may_narrow": any(facet.choices for facet in facets),
            "pills": self._pills(),
            "orders": self._orders(),
        }

    @property
    def search_fields(self) -> list[forms.BoundField]:
        """The fields of the search form."""
        return [self.form[name] for name in self.boxes if name in self.filters]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters that a new search keeps: all that the search form does not ask for."""
        return [(name, value) for name, value in self.asked.items() if name not in self.boxes]

    @cached_property
    def total(self) -> int:
        """How many rows the list has."""
        return self.counter.total(self)

    @cached_property
    def parts(self) -> int:
        """How many rows of the list are a part of another row."""
        return self.counter.parts(self) if self.part_of else 0

    def counted(self, name: str, counts: Mapping[Any, int], parts: Mapping[Any, int] | None = None) -> list[Counted]:
        """Return the choices of the filter that have a count, in the order of the declaration."""
        parts = parts or {}
        return [
            Counted(str(value), str(label), counts[value], parts.get(value, 0))
            for value, label in self.filters[name].extra["choices"]
            if counts.get(value)
        ]

    def _facet(self, name: str) -> Facet:
        """Return one facet; its choice in use leads back to the list without it."""
        chosen = self.asked.get(name, "")
        choices = [
            FacetChoice(
                label, value, n, self.address(**{name: "" if value == chosen else value}), value == chosen, parts
            )
            for value, label, n, parts in self.counter.choices(self, name)
        ]
        return Facet(str(self.filters[name].label), name, choices)

    def _pills(self) -> list[Pill]:
        """Return the search and the filters in use, each with the address of the list without it."""
        names = dict.fromkeys(("q", *self.facets, *self.boxes))
        return [Pill(self._pill_label(name), self.address(**{name: ""})) for name in names if name in self.picked]

    def _asked_for(self) -> list[str]:
        """Return what is searched for and chosen, without the titles of the filters: "alliance", "Satakunta"."""
        names = [name for name in dict.fromkeys((*self.facets, *self.boxes)) if name != "q" and name in self.picked]
        return [*([self.text] if self.text else []), *map(self._value_words, names)]

    def _value_words(self, name: str) -> str:
        """Return the value of a filter in use, as its choice names it."""
        value = self.picked[name]
        if isinstance(value, date):
            value = day_words(value, reader_language())
        choices = dict(self.filters[name].extra.get("choices", ()))
        return str(choices.get(value, value))

    def _pill_label(self, name: str) -> str:
        if name == "q":
            return gettext("Search: %(words)s") % {"words": self.text}
        return f"{self.filters[name].label}: {self._value_words(name)}"

    def _orders(self) -> list[tuple[str, str, bool]]:
        """Return the orders to choose from: title, address, whether it is in use."""
        return [
            (str(title), self.address(sort="" if name == self.first_order else name), name == self.order)
            for name, title in self.offered_orders().items()
        ]


class _Pages(Paginator):  # type: ignore[type-arg]
    """The pages of a list, counted by the list's counter."""

    def __init__(self, listed: ListFilter) -> None:
        super().__init__(listed.qs, PER_PAGE)
        self.listed = listed

    @cached_property
    def count(self) -> int:
        return self.listed.total
