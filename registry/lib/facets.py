"""The counts of a list: a facet, its choices, and who counts them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.db.models import Count, Q, QuerySet, Value

from registry.lib.database import name_order
from registry.lib.languages import LANGUAGES

if TYPE_CHECKING:
    from registry.lib.lists import ListFilter

NO_PARTS = Value(0)
SEEN = 12  # choices of an unfolded facet
NAMES = [f"name_{language}" for language in LANGUAGES]


@dataclass(frozen=True)
class FacetChoice:
    """One choice of a facet: a link that adds it or takes it away, and the number of rows that have it."""

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
    """One way to narrow a list: its title, its query parameter, its choices; ``more`` choices are not shown.

    Its choices are seen at once where it is ``unfolded``.
    """

    title: str
    name: str
    choices: list[FacetChoice] = field(default_factory=list)
    more: int = 0
    unfolded: bool = True

    @property
    def first(self) -> list[FacetChoice]:
        """The choices that are seen where the facet is unfolded."""
        return self.choices[:SEEN]

    @property
    def others(self) -> list[FacetChoice]:
        """The choices that are folded away behind them."""
        return self.choices[SEEN:]


@dataclass(frozen=True)
class Pill:
    """A filter in use, and the address of the list without it."""

    label: str
    remove_url: str


@dataclass(frozen=True)
class WayOut:
    """What to leave out of a list that finds nothing: in words, the address without it, how many rows that has.

    ``parts`` of them are a part of another row.
    """

    label: str
    url: str
    count: int
    parts: int = 0

    @property
    def wholes(self) -> int:
        """How many of the rows are not a part of another row."""
        return self.count - self.parts


class Counted(NamedTuple):
    """A choice of a facet: its value in the address, its label, the number of rows that have it, the parts in it."""

    value: str
    label: str
    rows: int
    parts: int = 0


class Counter(Protocol):
    """The source of a list's numbers."""

    def total(self, listed: ListFilter, leaving_out: str = "") -> int:
        """Return how many rows the list has, or would have without one filter."""

    def parts(self, listed: ListFilter, leaving_out: str = "") -> int:
        """Return how many of the rows, all or without one filter, are a part of another row."""

    def choices(self, listed: ListFilter, name: str) -> Iterable[Counted]:
        """Return the choices of the facet ``name`` in the order of the page; the count heeds all other filters."""

    def nowhere(self, listed: ListFilter, name: str) -> int:
        """Return how many rows the list has, the filter ``name`` left out, that have none of its values."""

    def keys(self, listed: ListFilter, start: int, stop: int) -> list[int] | None:
        """Return the keys of the rows from place ``start`` to ``stop``; None: the database skips to them."""


class SqlCounter:
    """Counts by SQL, a query for each facet. Rows go into it as a sub-select, never as a list of their keys."""

    def total(self, listed: ListFilter, leaving_out: str = "") -> int:
        return int((listed.narrowed(leaving_out) if leaving_out else listed.qs).count())

    def parts(self, listed: ListFilter, leaving_out: str = "") -> int:
        rows = listed.narrowed(leaving_out) if leaving_out else listed.qs
        return int(rows.filter(_is_part(listed)).count())

    def nowhere(self, listed: ListFilter, name: str) -> int:
        return int(listed.narrowed(name).filter(**{f"{listed.filters[name].field_name}__isnull": True}).count())

    def keys(self, listed: ListFilter, start: int, stop: int) -> list[int] | None:
        return None

    def choices(self, listed: ListFilter, name: str) -> Iterable[Counted]:
        return listed.facets[name](listed, name, listed.narrowed(leaving_out=name).order_by().values("pk"))


# How a facet is counted: of the list, for the filter of that name, over the rows with these keys (a sub-select).
CountBy = Callable[[Any, str, QuerySet[Any, Any]], Iterable[Counted]]


def by_choice(column: Any, values: Mapping[Any, str] | None = None) -> CountBy:
    """Count by a column (a name or an expression); ``values`` are the values in the address where they differ."""

    def count(listed: ListFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
        rows = listed.queryset.model._default_manager.filter(pk__in=keys).order_by()
        found = rows.values_list(column).annotate(n=Count("pk"), parts=_count_parts(listed))
        counts = {values[key] if values else str(key): n for key, *n in found if not values or key in values}
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
    order = (name_order(), "pk") if alphabetical else ("-rows_here", name_order(), "pk")
    return [Counted(row.slug, row.name.plain, row.rows_here, row.parts_here) for row in rows.order_by(*order)]


def _is_part(listed: ListFilter, path: str = "") -> Q:
    return Q(**{"__".join(filter(None, (path, listed.part_of, "isnull"))): False})


def _count_parts(listed: ListFilter, path: str = "") -> Any:
    """Return the expression that counts the parts among the rows that ``path`` leads to."""
    return Count(path or "pk", filter=_is_part(listed, path), distinct=True) if listed.part_of else NO_PARTS
