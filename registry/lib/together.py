"""A page's related rows read by one statement: PostgreSQL gathers them as JSON beside each row that they belong to.

``prefetch_related`` asks a statement for each relation, and the page of a pilot has twenty. ``together`` takes the same
lookups and reads the same rows in the same order, with the columns that ``only`` leaves. ``as_read`` of a row is all
that was read of it: what is made of the row alone, such as a line of a list, is the same while that is the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import Any, Self, TypeVar

from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Prefetch, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable

Row = TypeVar("Row", bound=models.Model)
Part = tuple[str, tuple[Any, ...]]  # SQL and its parameters
GATHERED = "to_jsonb(ARRAY(SELECT jsonb_build_array({array}) FROM ({rows}) AS {alias} ({columns})))"
RANGE = re.compile(r"([\[(])([^,]*),([^\])]*)([\])])")
AS_IT_IS = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.JSONField)


class Rows(list[Any]):
    """The rows of a relation, read: what a manager gives, but it cannot be narrowed."""

    def all(self) -> Self:
        """Return the rows."""
        return self

    def first(self) -> Any:
        """Return the first row, if there is one."""
        return self[0] if self else None

    def count(self) -> int:  # type: ignore[override]
        """Return how many rows there are."""
        return len(self)

    def exists(self) -> bool:
        """Return whether there is a row."""
        return bool(self)


@dataclass(frozen=True)
class Relation:
    """A relation that is read together with a row: its rows are those whose ``link`` is the row's ``column``."""

    cache: str  # the name under which the row keeps what was read
    rows: QuerySet[Any]
    within: list[Relation]  # what is read together with them
    link: str = ""
    column: str = ""
    single: bool = False
    back: str = ""  # the name under which a related row keeps the row that it belongs to
    attribute: bool = False  # whether ``cache`` is an attribute of our own
    composed: dict[tuple[str, int], Part] | None = None  # the SQL that does not depend on who reads, and when

    @cached_property
    def fields(self) -> list[Any]:
        """The columns that the rows are read with."""
        mask, asked = self.rows.query.get_select_mask(), {relation.column for relation in self.within}
        columns = self.rows.model._meta.concrete_fields
        return [one for one in columns if not mask or one in mask or one.attname in asked]

    def gathered(self, outer: str, depth: int = 1) -> Part:
        """Return the SQL that gathers the rows, each as a JSON array of its columns; ``outer`` is the row's column.

        The rows of each depth have an alias of their own, so that those within can name them.
        """
        if self.composed is None:
            return self._compose(outer, depth)
        if (outer, depth) not in self.composed:
            self.composed[outer, depth] = self._compose(outer, depth)
        return self.composed[outer, depth]

    def _compose(self, outer: str, depth: int) -> Part:
        column = RawSQL(outer, ())  # noqa: S611 - a name that is made here
        rows = self.rows.filter(**{self.link: column}) if self.link else self.rows
        names = [*(one.attname for one in self.fields), *self.rows.query.annotation_select]
        try:
            sql, values = rows.values_list(*names).query.sql_with_params()
        except EmptyResultSet:
            return "'[]'::jsonb", ()
        columns = [f"c{place}" for place, _ in enumerate(names)]
        inner = [one.gathered(f"r{depth}.c{names.index(one.column)}", depth + 1) for one in self.within]
        array = ", ".join([*(f"r{depth}.{column}" for column in columns), *(part for part, _ in inner)])
        gathered = GATHERED.format(array=array, rows=sql, alias=f"r{depth}", columns=", ".join(columns))
        return gathered, (*(value for _, more in inner for value in more), *values)

    def reader(self) -> Callable[[list[list[Any]]], Rows]:
        """Return what makes rows of the JSON."""
        fields, made = self.fields, list(self.rows.query.annotation_select)
        names, read = [one.attname for one in fields], [_reader(one) for one in fields]
        within = [(relation, relation.reader()) for relation in self.within]
        from_db, of_inner = self.rows.model.from_db, len(fields) + len(made)

        def row(values: list[Any]) -> Any:
            columns = [of(value) if of else value for of, value in zip(read, values, strict=False)]
            new = from_db("default", names, columns)
            for name, value in zip(made, values[len(fields) :], strict=False):
                setattr(new, name, value)
            for (relation, rows), value in zip(within, values[of_inner:], strict=True):
                relation.hand_over(new, rows(value))
            if not self.link:
                new.as_read = values
            return new

        return lambda values: Rows(map(row, values))

    def hand_over(self, row: models.Model, rows: Rows) -> None:
        """Let ``row`` keep its related rows, as ``prefetch_related`` would."""
        if self.back:
            for related in rows:
                related._state.fields_cache[self.back] = row
        if self.attribute:
            setattr(row, self.cache, rows.first() if self.single else rows)
        elif self.single:
            row._state.fields_cache[self.cache] = rows.first()
        else:
            row.__dict__.setdefault("_prefetched_objects_cache", {})[self.cache] = rows


class Together(QuerySet[Row]):
    """A QuerySet whose rows bring related rows along, read by the same statement."""

    _relations: tuple[Relation, ...] = ()

    def together(self, *lookups: str | Prefetch[Any]) -> Self:
        """Return the rows with what the lookups lead to; the arguments are those of ``prefetch_related``."""
        read: Self = self._chain()  # type: ignore[attr-defined]
        read._relations = (*self._relations, *relations_of(self.model, lookups))
        read._iterable_class = _TogetherIterable
        return read

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._relations = self._relations
        return clone


class _TogetherIterable(ModelIterable):  # type: ignore[type-arg]
    """Yields rows with what is read with each."""

    def __iter__(self) -> Iterator[Any]:
        yield from read_together(rows=self.queryset)["rows"]


@dataclass(frozen=True)
class Statement:
    """A SELECT of the rows of several QuerySets, with what each reads beside its rows."""

    sql: str
    values: list[Any]
    readers: dict[str, Callable[[list[list[Any]]], Rows]]

    def read(self, values: list[Any]) -> dict[str, Rows]:
        """Return the rows, all of one snapshot; ``values`` are the parameters."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            found = cursor.fetchone()
        return {
            name: reader(json.loads(rows) if isinstance(rows, str) else rows)
            for (name, reader), rows in zip(self.readers.items(), found, strict=True)
        }


def statement(**asked: QuerySet[Any]) -> Statement:
    """Return the statement that reads several QuerySets; ``asked`` are their names and they."""
    relations = {name: Relation(name, *_apart(rows)) for name, rows in asked.items()}
    parts = [relation.gathered("") for relation in relations.values()]
    return Statement(
        f"SELECT {', '.join(sql for sql, _ in parts)}",
        [value for _, more in parts for value in more],
        {name: relation.reader() for name, relation in relations.items()},
    )


def read_together(**asked: QuerySet[Any]) -> dict[str, Rows]:
    """Return the rows of several QuerySets, with what each reads beside its rows, by one statement: in one snapshot."""
    composed = statement(**asked)
    return composed.read(composed.values)


def relations_of(model: type[models.Model], lookups: Iterable[str | Prefetch[Any]]) -> list[Relation]:
    """Return the relations that the lookups lead to, each with those that lie within it."""
    asked: dict[str, list[str | Prefetch[Any]]] = {}
    for lookup in lookups:
        name, _, inner = (lookup if isinstance(lookup, str) else lookup.prefetch_to).partition("__")
        asked.setdefault(name, []).extend([inner] if inner else [lookup] if isinstance(lookup, Prefetch) else [])
    return [
        _relation(model, name, inner)
        if any(isinstance(one, Prefetch) for one in inner)
        else _known(model, name, *inner)
        for name, inner in asked.items()
    ]


@cache
def _known(model: type[models.Model], name: str, *inner: str) -> Relation:
    """Return a relation of which nothing depends on who reads, and when: its SQL is composed once."""
    return replace(_relation(model, name, [*inner]), composed={})


def _relation(model: type[models.Model], name: str, inner: list[str | Prefetch[Any]]) -> Relation:
    """Return a relation of ``model``; ``inner`` are lookups within it, or the Prefetch that says its rows."""
    given = next((one for one in inner if isinstance(one, Prefetch)), None)
    accessor = given.prefetch_through if given else name
    found: Any = next(one for one in model._meta.get_fields(include_hidden=True) if _accessor(one) == accessor)
    rows = found.related_model._default_manager.all() if given is None or given.queryset is None else given.queryset
    plain, within = _apart(rows, [one for one in inner if one is not given])
    key = model._meta.pk.attname
    if found.many_to_many:
        remote = found.related_query_name() if found.concrete else found.field.name
        cache = found.name if found.concrete else found.field.related_query_name()
        mine = Relation(cache, plain, within, remote, key)
    elif found.concrete:
        mine = Relation(found.name, plain, within, "pk", found.attname, single=True)
    else:
        back = found.field.name
        mine = Relation(found.cache_name, plain, within, back, key, single=found.one_to_one, back=back)
    if given is not None and given.to_attr:
        return replace(mine, cache=given.to_attr, attribute=True)
    return mine


def _apart(rows: QuerySet[Any], lookups: Iterable[str | Prefetch[Any]] = ()) -> tuple[QuerySet[Any], list[Relation]]:
    """Return the rows alone, and the relations that they, or the lookups, read together with them."""
    own: tuple[Relation, ...] = getattr(rows, "_relations", ())
    plain: Any = rows._chain()  # type: ignore[attr-defined]
    read = [*lookups, *plain._prefetch_related_lookups, *_joined(plain.query.select_related)]
    plain.query.select_related = False
    return plain, [*own, *relations_of(plain.model, read)]


def _accessor(relation: Any) -> str | None:
    """Return the attribute by which rows lead to a relation."""
    if not relation.is_relation:
        return None
    name: str | None = relation.name if relation.concrete else getattr(relation, "get_accessor_name", lambda: None)()
    return name


def _joined(joins: bool | Mapping[str, Any]) -> list[str]:
    """Return what ``select_related`` joins, as lookups."""
    if isinstance(joins, bool):
        return []
    return [path for name, inner in joins.items() for path in (name, *(f"{name}__{more}" for more in _joined(inner)))]


def _reader(column: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """Return what makes the column's value of its JSON; None where that is the value itself."""
    if isinstance(column, DateRangeField):
        return _days
    if isinstance(column, AS_IT_IS):
        return None
    return column.to_python


def _days(words: str | None) -> DateRange | None:
    """Return the days that PostgreSQL writes like ``[2018-03-01,2018-04-01)``."""
    found = RANGE.fullmatch(words) if words else None
    if found is None:
        return DateRange(empty=True) if words else None
    opening, first, last, closing = found.groups()
    lower, upper = (date.fromisoformat(day) if day else None for day in (first, last))
    return DateRange(lower, upper, opening + closing)
