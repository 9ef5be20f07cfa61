"""The one list: what it can be narrowed to, the counts behind each link, its order, pages, address and file.

A list is a subclass of ``ListFilter``. It declares its filters, as every FilterSet does; in ``facets`` the filters that
are links with counts, of which several choices may hold at once; in ``columns`` what its file holds. The machine makes
the rest. The counts come from a ``Counter``, which can be replaced without touching a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property, partial
from typing import Any, ClassVar
from urllib.parse import quote_plus, urlencode

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django_filters.filterset import FilterSet

from registry.lib.choices import Filters, in_the_address
from registry.lib.directions import fill, isolated
from registry.lib.exports import Columns, Dataset, Read
from registry.lib.facets import CountBy, Counted, Counter, Facet, FacetChoice, Pill, SqlCounter, WayOut
from registry.lib.formats import day_words
from registry.lib.languages import reader_language

PER_PAGE = 25
MOST_CHOICES = 60  # of a facet on the page; the chosen ones are there always
LOOKS = ("sort", "view", "column")  # the parameters that say how the list looks, and narrow nothing


class ListFilter(FilterSet):
    """A list. A choice in the address that does not exist is left out and named in ``refused``."""

    facets: ClassVar[Mapping[str, CountBy]] = {}  # the filters that are links, in the order of the page
    unfolded: ClassVar[frozenset[str]] = frozenset()  # the facets seen at once, beside those in use; empty: all
    boxes: ClassVar[tuple[str, ...]] = ("q",)  # the filters that the search form asks for
    part_of: ClassVar[str] = ""  # the column that leads from a part to its whole: parts are counted apart
    first_order: ClassVar[str] = ""  # the order of an address that names none
    page_name: ClassVar[str] = ""  # of its page, where it can be followed and saved; a list of people cannot
    counter: Counter = SqlCounter()
    guarded = False  # whether the file is one that staff open in a spreadsheet
    file_day: date | None = None  # the day that a public file tells of

    def __init__(
        self,
        asked: QueryDict,
        rows: QuerySet[Any, Any],
        *,
        carried: Mapping[str, str] | None = None,
        counter: Counter | None = None,
        day: date | None = None,
    ) -> None:
        """Make the list of ``rows`` that ``asked`` asks for; ``carried`` are parameters of the page that stay.

        ``day`` is the day that the list, and a public file of it, tells of.
        """
        super().__init__(asked, rows)  # type: ignore[no-untyped-call]
        self.file_day = day
        self.carried = dict(carried or {})
        self.counter = counter or self.counter

    @classmethod
    def get_filters(cls) -> Filters:
        """Return the declared filters (called by django-filter)."""
        return Filters(super().get_filters())  # type: ignore[no-untyped-call]

    def get_form_class(self) -> type[forms.Form]:
        """Return the form of the boxes and of what the address names (called by django-filter): the rest is not asked.

        To make the fields of all filters took a tenth of the time of a list.
        """
        asked = {name: one.field for name, one in self.filters.items() if name in self.boxes or name in self.data}
        return type(f"{type(self).__name__}Form", (forms.Form,), asked)

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

    def columns(self) -> Columns | Mapping[str, Read]:
        """Return the columns of the file; of a file for staff their titles and what reads them."""
        raise NotImplementedError

    def for_page(self, rows: Any) -> Any:
        """Return the rows with all that a page shows of them."""
        return rows

    def for_file(self, rows: Any) -> Any:
        """Return the rows with all that the columns read."""
        return rows

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
        """The titles of the filters of which a value in the address does not exist."""
        unknown = [name for name in self.facets if {*self.data.getlist(name), ""} > {*self.asked.get(name, ()), ""}]
        return [str(self.filters[name].label) for name in dict.fromkeys((*self.errors, *unknown))]

    @cached_property
    def asked(self) -> dict[str, list[str]]:
        """The parameters of the list's own address, in the order of the filters."""
        carried = {name: [value] for name, value in self.carried.items()}
        return {**carried, **{name: in_the_address(value) for name, value in self.picked.items()}}

    def address(self, **changes: str | list[str]) -> str:
        """Return the query string of this list with changes; an empty value takes a filter away, and the page goes."""
        changed = {name: _written(name, [to] if isinstance(to, str) else to) for name, to in changes.items()}
        return f"?{'&'.join(filter(None, {**self._parameters, **changed}.values()))}"

    @cached_property
    def _parameters(self) -> dict[str, str]:
        """The parameters of the list's own address as they are written there; hundreds of links begin with them."""
        return {name: _written(name, values) for name, values in self.asked.items()}

    @property
    def feed_query(self) -> str:
        """The query string of its feed: the search and the filters alone, of today."""
        return self.address(**dict.fromkeys((*self.carried, *LOOKS), "")).removesuffix("?")

    def toggled(self, name: str, value: str) -> str:
        """Return the address in which the choice of a facet is added, or taken away if it is there."""
        return self.address(**{name: sorted({*self.asked.get(name, ())} ^ {value})})

    def _adding(self, name: str) -> Callable[[str], str]:
        """Return what makes the address with a first choice of a facet: the same as ``toggled``, for many choices."""
        start = self.address() + ("&" if any(self._parameters.values()) else "") + f"{name}="
        return lambda value: start + quote_plus(value)

    # --- The rows ---

    @cached_property
    def searched(self) -> Any:
        """The rows in which the words are found; all if nothing is searched for."""
        return self.search(self.queryset, self.text) if self.text else self.queryset

    def narrowed(self, leaving_out: str = "") -> Any:
        """Return the rows that pass all filters but one."""
        rows = self.queryset if leaving_out == "q" else self.searched
        for name, value in self.picked.items():
            if name not in {"q", *LOOKS, leaving_out}:
                rows = self.filters[name].filter(rows, value)
        return rows

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the list in its order (called by django-filter)."""
        return self.ordered(self.narrowed())

    def rows_of(self, keys: list[int]) -> list[Any]:
        """Return the rows with these keys, in their order."""
        found = self.for_page(self.queryset).order_by().in_bulk(keys)
        return [found[key] for key in keys if key in found]

    def page(self) -> Page[Any]:
        """Return the page that ``?page=`` asks for; a number that makes no sense is the first or last."""
        return Pages(self).get_page(self.data.get("page"))

    def dataset(self) -> Dataset:
        """Return all rows of the list and the columns of its file; a file without a day is one of the staff's."""
        return Dataset(self.for_file(self.qs), self.columns(), day=self.file_day, guarded=self.guarded)

    # --- What the page shows around the rows ---

    def context(self) -> dict[str, Any]:
        """Return what ``components/list.html`` shows."""
        facets = [self._facet(name) for name in self.offered_facets()]
        page = self.page()
        return {
            "list": self,
            "page": page,
            "count_words": self.count_words(page.paginator.count),
            "asked_for": self.asked_for,
            "feed": reverse(f"{self.page_name}_atom") + self.feed_query if self.page_name else "",
            "save": saving(self.page_name, self.address(), self.asked_for) if self.page_name and self.asked else "",
            "facets": facets,
            "may_narrow": any(facet.choices for facet in facets),
            "pills": self._pills(),
            "ways_out": [] if page.paginator.count else self._ways_out(),
            "orders": self._orders(),
        }

    @property
    def search_fields(self) -> list[forms.BoundField]:
        """The fields of the search form."""
        return [self.form[name] for name in self.boxes if name in self.filters]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters that a new search keeps: all that the search form does not ask for."""
        return [(name, value) for name, values in self.asked.items() if name not in self.boxes for value in values]

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
        """Return one facet; a choice adds itself to the list's address, and one in use takes itself away."""
        chosen = self.asked.get(name, ())
        toggled = partial(self.toggled, name) if chosen else self._adding(name)
        choices = [
            FacetChoice(label, value, n, toggled(value), value in chosen, parts)
            for value, label, n, parts in self.counter.choices(self, name)
        ]
        shown = [choice for place, choice in enumerate(choices) if place < MOST_CHOICES or choice.selected]
        unfolded = not self.unfolded or name in self.unfolded or bool(chosen)
        return Facet(str(self.filters[name].label), name, shown, len(choices) - len(shown), unfolded)

    @property
    def _in_use(self) -> list[str]:
        """The search and the filters in use."""
        return [name for name in dict.fromkeys(("q", *self.facets, *self.boxes)) if name in self.picked]

    def _pills(self) -> list[Pill]:
        """Return the search and each choice in use, with the address of the list without it."""
        return [
            Pill(self._titled(name, words), self._without(name, value))
            for name in self._in_use
            for value, words in zip(self.asked[name], self._value_words(name), strict=True)
        ]

    def _without(self, name: str, value: str) -> str:
        """Return the address without one value of a filter."""
        return self.toggled(name, value) if name in self.facets else self.address(**{name: ""})

    @property
    def asked_for(self) -> str:
        """What is searched for and chosen, without the titles of the filters: "alliance, Satakunta"."""
        return ", ".join(words for name in self._in_use for words in self._value_words(name))

    def _ways_out(self) -> list[WayOut]:
        """Return what finds something when it alone is left out, the most rows first."""
        counts = {name: self.counter.total(self, leaving_out=name) for name in self._in_use}
        ways = [
            WayOut(
                self._titled(name, ", ".join(self._value_words(name))),
                self.address(**{name: ""}),
                n,
                self.counter.parts(self, leaving_out=name) if self.part_of else 0,
            )
            for name, n in counts.items()
            if n
        ]
        return sorted(ways, key=lambda way: -way.count)

    def _value_words(self, name: str) -> list[str]:
        """Return the values of a filter in use, each as its choice names it."""
        picked = self.picked[name]
        if isinstance(picked, date):
            picked = day_words(picked, reader_language())
        choices = {str(value): label for value, label in self.filters[name].extra.get("choices", ())}
        return [str(choices.get(str(value), value)) for value in (picked if isinstance(picked, list) else [picked])]

    def _titled(self, name: str, words: str) -> str:
        """Return the value of a filter with the filter's title before it."""
        if name == "q":
            return fill(gettext("Search: %(words)s"), words=words)
        return f"{self.filters[name].label}: {isolated(words)}"

    def _orders(self) -> list[tuple[str, str, bool]]:
        """Return the orders to choose from: title, address, whether it is in use."""
        return [
            (str(title), self.address(sort="" if name == self.first_order else name), name == self.order)
            for name, title in self.offered_orders().items()
        ]


def _written(name: str, values: list[str]) -> str:
    """Return a parameter as it is written in an address; an empty value is none."""
    return urlencode([(name, value) for value in values if value])


def saving(page: str, query: str, name: str) -> str:
    """Return the address where somebody with an account saves the search."""
    return f"{reverse('save_search')}?{urlencode({'of': page, 'query': query.removeprefix('?'), 'name': name[:80]})}"


class Pages(Paginator):  # type: ignore[type-arg]
    """The pages of a list, counted by the list's counter."""

    def __init__(self, listed: ListFilter) -> None:
        super().__init__(listed.for_page(listed.qs), PER_PAGE)
        self.listed = listed

    @cached_property
    def count(self) -> int:
        return self.listed.total

    def page(self, number: Any) -> Page[Any]:
        """Return a page; where the counter knows the keys of its rows, the database does not skip to them."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        keys = self.listed.counter.keys(self.listed, start, start + self.per_page)
        if keys is None:
            return super().page(number)
        return Page(self.listed.rows_of(keys), number, self)
