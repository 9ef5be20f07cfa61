"""A page's related rows read by one statement: PostgreSQL gathers them as JSON beside each row that they belong to.

``prefetch_related`` asks a statement for each relation, and the page of a pilot has twenty. ``together`` takes the same
lookups and reads the same rows in the same order, with the columns that ``only`` leaves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Expression, F, Func, JSONField, OuterRef, Prefetch, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable

Row = TypeVar("Row", bound=models.Model)
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
    """A relation that is read together with a row."""

    cache: str  # the name under which the row keeps what was read
    rows: QuerySet[Any]  # the related rows, of a row outside
    within: list[Relation]  # what is read together with them
    single: bool = False
    back: str = ""  # the name under which a related row keeps the row that it belongs to
    attribute: bool = False  # whether ``cache`` is an attribute of our own

    @property
    def column(self) -> str:
        """The name of the column in which the statement returns the rows."""
        return f"read_{self.cache}"

    def gathered(self) -> Expression:
        """Return the expression that gathers the rows, each as a JSON array of its columns."""
        if self.rows.query.is_empty():
            return RawSQL("'[]'::jsonb", (), JSONField())
        return Func(ArraySubquery(self.selected()), function="to_jsonb", output_field=JSONField())

    def selected(self) -> QuerySet[Any, Any]:
        """Return each row as a JSON array of its columns."""
        columns = [F(one.attname) for one in _fields(self.rows)]
        made = [F(name) for name in self.rows.query.annotation_select]
        inner = [relation.gathered() for relation in self.within]
        array = Func(*columns, *made, *inner, function="jsonb_build_array", output_field=JSONField())
        return self.rows.values_list(array)

    def reader(self) -> Callable[[list[list[Any]]], Rows]:
        """Return what makes rows of the JSON."""
        fields, made = _fields(self.rows), list(self.rows.query.annotation_select)
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
        read = self._chain()  # type: ignore[attr-defined]
        relations = relations_of(self.model, lookups)
        read = read.annotate(**{relation.column: relation.gathered() for relation in relations})
        read._relations = (*self._relations, *relations)
        read._iterable_class = _TogetherIterable
        return read  # type: ignore[no-any-return]

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._relations = self._relations
        return clone


class _TogetherIterable(ModelIterable):  # type: ignore[type-arg]
    """Yields rows and hands over what was read with each."""

    def __iter__(self) -> Iterator[Any]:
        relations = [(one, one.reader()) for one in self.queryset._relations]  # type: ignore[attr-defined]
        for row in super().__iter__():
            for relation, rows in relations:
                relation.hand_over(row, rows(row.__dict__.pop(relation.column)))
            yield row


def read_together(**asked: QuerySet[Any]) -> dict[str, Rows]:
    """Return the rows of several QuerySets, with what each reads beside its rows, by one statement: in one snapshot."""
    relations = {name: Relation(name, *_apart(rows)) for name, rows in asked.items()}
    parts, values = [], list[Any]()
    for relation in relations.values():
        try:
            sql, more = relation.selected().query.sql_with_params()
        except EmptyResultSet:
            sql, more = "SELECT NULL::jsonb WHERE false", ()
        parts.append(f"to_jsonb(ARRAY({sql}))")
        values += more
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        found = cursor.fetchone()
    return {
        name: relation.reader()(json.loads(rows) if isinstance(rows, str) else rows)
        for (name, relation), rows in zip(relations.items(), found, strict=True)
    }


def relations_of(model: type[models.Model], lookups: Iterable[str | Prefetch[Any]]) -> list[Relation]:
    """Return the relations that the lookups lead to, each with those that lie within it."""
    asked: dict[str, list[str | Prefetch[Any]]] = {}
    for lookup in lookups:
        name, _, inner = (lookup if isinstance(lookup, str) else lookup.prefetch_to).partition("__")
        asked.setdefault(name, []).extend([inner] if inner else [lookup] if isinstance(lookup, Prefetch) else [])
    return [_relation(model, name, inner) for name, inner in asked.items()]


def _relation(model: type[models.Model], name: str, inner: list[str | Prefetch[Any]]) -> Relation:
    """Return a relation of ``model``; ``inner`` are lookups within it, or the Prefetch that says its rows."""
    given = next((one for one in inner if isinstance(one, Prefetch)), None)
    accessor = given.prefetch_through if given else name
    found: Any = next(one for one in model._meta.get_fields(include_hidden=True) if _accessor(one) == accessor)
    rows = found.related_model._default_manager.all() if given is None or given.queryset is None else given.queryset
    plain, within = _apart(rows, [one for one in inner if one is not given])
    if found.many_to_many:
        remote = found.related_query_name() if found.concrete else found.field.name
        cache = found.name if found.concrete else found.field.related_query_name()
        mine = Relation(cache, plain.filter(**{remote: OuterRef("pk")}), within)
    elif found.concrete:
        mine = Relation(found.name, plain.filter(pk=OuterRef(found.attname)), within, single=True)
    else:
        mine = Relation(
            found.cache_name,
            plain.filter(**{found.field.name: OuterRef("pk")}),
            within,
            single=found.one_to_one,
            back=found.field.name,
        )
    if given is not None and given.to_attr:
        return replace(mine, cache=given.to_attr, attribute=True)
    return mine


def _apart(rows: QuerySet[Any], lookups: Iterable[str | Prefetch[Any]] = ()) -> tuple[QuerySet[Any], list[Relation]]:
    """Return the rows alone, and the relations that they, or the lookups, read together with them."""
    own: tuple[Relation, ...] = getattr(rows, "_relations", ())
    plain: Any = rows._chain()  # type: ignore[attr-defined]
    read = [*lookups, *plain._prefetch_related_lookups, *_joined(plain.query.select_related)]
    for relation in own:
        del plain.query.annotations[relation.column]
    if own:
        plain.query.set_annotation_mask(None)
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


def _fields(rows: QuerySet[Any]) -> list[Any]:
    """Return the columns that the rows are read with."""
    mask = rows.query.get_select_mask()
    return [one for one in rows.model._meta.concrete_fields if not mask or one in mask]


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
