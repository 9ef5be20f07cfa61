"""What the engine works with: kinds of records as they are declared, records as they are read, keys of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange

from regions.models import Sourced
from registry.lib.dates import Fuzzily, Valid
from registry.lib.evidence import Known

from .faults import RefusedError, shortened
from .values import Columns, Model, columns_of, field_of, names_of

Names = tuple[Any, ...]
BASES: tuple[tuple[type, tuple[str, ...]], ...] = (
    (Sourced, ("sources", "verification", "note")),
    (Valid, ("validity",)),
    (Fuzzily, ("when",)),
    (Known, ("known_on",)),
)


@dataclass(frozen=True)
class Spec:
    """One kind of record: see the module's own text."""

    name: str
    model: Model
    key: tuple[str, ...] = ("slug",)
    fields: tuple[str, ...] = ()  # written by verbs, and given by the files all the same
    omit: tuple[str, ...] = ()  # never given by the files: what the registry holds stays
    file: str = ""
    required: tuple[str, ...] = ()  # lists that may not be empty, unless the record says that it is general knowledge
    fixed: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Spec, ...] = ()
    parent: str = ""
    numbered: bool = False
    anew: bool = False  # a changed child is deleted and made anew: where rows that swap would meet their own constraint

    @cached_property
    def known(self) -> tuple[str, ...]:
        """The names a record may have, without its children."""
        inherited = [name for base, names in BASES if issubclass(self.model, base) for name in names]
        elsewhere = {self.parent, *self.fixed, *(["position"] if self.numbered else [])}
        elsewhere |= {column for name in (*inherited, *self.omit) for column in columns_of(self.model, name)}
        elsewhere |= set(getattr(self.model, "WRITTEN_BY_VERBS", ())) - set(self.fields)
        return (*names_of(self.model, elsewhere, self.key), *inherited)


@dataclass
class Count:
    """What became of the records of one kind."""

    spec: Spec
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0  # edited in the registry since, so left as they are
    removed: int = 0

    @property
    def records(self) -> int:
        """How many records the files have."""
        return self.created + self.changed + self.unchanged + self.kept


@dataclass
class Record:
    """One record of a file: its columns, and the names of the records it points at."""

    raw: dict[str, Any]
    label: str
    number: int
    above: Record | None = None
    columns: Columns = field(default_factory=dict)
    one: dict[str, Names | None] = field(default_factory=dict)
    many: dict[str, list[Names]] = field(default_factory=dict)
    names: Names = ()
    pk: Any = None
    fate: str = "unchanged"


class References:
    """The keys of the rows that records may point at, read once per model."""

    def __init__(self, specs: Iterable[Spec]) -> None:
        self.keys: dict[Model, tuple[str, ...]] = {}
        for spec in specs:
            self._declare(spec)
        self._rows: dict[Model, dict[Names, Any]] = {}
        self._seen: dict[Model, set[Names]] = {}

    def _declare(self, spec: Spec) -> None:
        self.keys[spec.model] = ((spec.parent,) if spec.parent else ()) + spec.key
        for child in spec.children:
            self._declare(child)

    def paths(self, model: Model) -> list[str]:
        """Return the lookups that make the key of ``model``, through its foreign keys."""
        found = []
        for column in self.keys[model]:
            target = field_of(model, column)
            if isinstance(target, models.ForeignKey):
                found += [f"{column}__{path}" for path in self.paths(target.related_model)]
            else:
                found.append(column)
        return found

    def rows(self, model: Model) -> dict[Names, Any]:
        """Return the primary key of every row of ``model`` by its names."""
        if model not in self._rows:
            found = model._default_manager.values_list("pk", *self.paths(model))
            self._rows[model] = {tuple(plain(part) for part in names): pk for pk, *names in found}
        return self._rows[model]

    def seen(self, model: Model) -> set[Names]:
        """Return the names of the records of ``model`` that the files have had so far."""
        return self._seen.setdefault(model, set())

    def names(self, model: Model, name: str, value: Any) -> Names:
        """Return the names ``value`` gives for a record of ``model``; raises ``RefusedError`` for another shape."""
        parts = value if isinstance(value, list) else [value]
        if len(parts) != len(self.paths(model)) or not all(isinstance(part, str | int | None) for part in parts):
            raise RefusedError(f"“{name}” is not the key of a record: {shortened(repr(value))}")
        return tuple(parts)


def plain(value: Any) -> Any:
    """Return ``value`` in a form in which what is read and what the database returns are equal."""
    return (value.lower, value.upper, value.isempty) if isinstance(value, DateRange) else value
