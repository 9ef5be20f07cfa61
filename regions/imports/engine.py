"""The engine of the reference import: kinds of records are declared, files are read strictly, rows are upserted.

How to declare a kind::

    Spec("pilots", Pilot, file="pilots.json", key=("slug",), fields=("stage",), omit=("hidden",), fixed={...},
         children=(Spec("stage_log", StageEntry, parent="pilot", key=("position",), numbered=True),))

``name`` is the name of the list in the JSON file, and the word of the report. A record may have every column that can
be typed, but for those that the model's verbs write (``WRITTEN_BY_VERBS``): of these only what ``fields`` names, and
nothing that ``omit`` names. The shape of a field follows from the model, and a field that a record leaves out takes the
default of its column:

- a column: text, number, true or false, ``"2018-03-15"``, a moment with its zone, a list for an array column;
- ``name`` where the model has ``name_fi``: ``{"fi": "…", "sv": "…", "en": "…"}``, a missing language stays empty;
- a date range, both days included: ``{"first": "2018-01-01", "last": null}``;
- ``start`` where the model has ``start_words`` and ``start_days``, a fuzzy date:
  ``{"words": "keväällä 2018", "earliest": "2018-03-01", "latest": "2018-05-31", "counted_from": null}``;
- a foreign key: the key of the other record (``"ely-satakunta"``; a list for a key of several columns:
  ``["anne-jortikka", "ely-satakunta", "kehittämispäällikkö"]``); a many-to-many: a list of such keys.

Abstract bases add their own: ``Sourced`` gives ``sources``, ``verification``, ``note``; ``Valid`` gives ``validity``;
``Fuzzily`` gives ``when``; ``Known`` gives ``known_on``. The key columns are fields too. ``children`` are lists inside
the record: rows of another model that point at it by ``parent``; rows that the file no longer has are deleted.
``numbered`` children get their ``position`` (1, 2, …) from the order of the list. ``fixed`` gives columns the same
value in every record of the kind.
``required`` names the lists that may not be empty, but in a record that calls itself general knowledge.
Records may refer to records of an earlier kind, or to any record of their own list, in any order.

A row with an ``edition`` above 1 has been edited in the registry: people's work wins, so the import keeps it as it is,
with all the lists inside it, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, cast

from django.db import Error, connection, models, transaction
from django.utils import translation

from regions.models import Sourced

from .faults import FaultError, RefusedError, shortened
from .files import find_file, read_file
from .records import Count, Names, Record, References, Spec, plain
from .values import Columns, Model, default_of, field_of, read_value

__all__ = ["Count", "FaultError", "Spec", "run"]

GENERAL_KNOWLEDGE = Sourced.Verification.GENERAL_KNOWLEDGE


def run(specs: Sequence[Spec], folders: Sequence[Path]) -> list[Count]:
    """Bring the rows of ``specs`` to what the files in ``folders`` say, in one transaction; return what was done.

    The order of ``specs`` is the order of the work. Raises ``FaultError`` for the first thing that is wrong;
    then nothing is changed.
    """
    lists = dict(_lists(specs, folders))
    references = References(specs)
    with translation.override("en"), transaction.atomic():
        one_at_a_time()
        return [c for spec in specs for c in Work(spec, spec.file, references).run(lists[spec.file, spec.name])]


def one_at_a_time() -> None:
    """Wait until no other import is going on; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import_reference'))")


def _lists(specs: Sequence[Spec], folders: Sequence[Path]) -> Iterator[tuple[tuple[str, str], list[Record]]]:
    for file in dict.fromkeys(spec.file for spec in specs):
        content = read_file(find_file(file, folders))
        wanted = {spec.name for spec in specs if spec.file == file}
        for name in [*(name for name in content if name not in wanted | {"about"}), *(wanted - content.keys())]:
            raise FaultError(
                file, shortened(name), "the list is missing" if name in wanted else "no such list is known"
            )
        for name in wanted:
            yield (file, name), _records(file, name, content[name], None)


def _records(file: str, name: str, value: Any, above: Record | None) -> list[Record]:
    where = f"{above.label} → {name}" if above else name
    if not isinstance(value, list):
        raise FaultError(file, where, "this is not a list")
    records = []
    for number, raw in enumerate(value, 1):
        record = Record(raw, f"{where}, number {number}", number, above)
        if not isinstance(raw, dict):
            raise FaultError(file, record.label, "this is not an object")
        records.append(record)
    return records


class Work:
    """The import of one kind, and then of the lists inside its records."""

    def __init__(self, spec: Spec, file: str, references: References) -> None:
        self.spec = spec
        self.model = spec.model
        self.file = file
        self.references = references
        self.rows: dict[Any, models.Model] = {}

    def run(self, records: list[Record], parents: Sequence[Record] = ()) -> Iterator[Count]:
        """Read, check and write ``records`` of ``parents``; yield what became of them, then of their children."""
        for record in records:
            self._guarded(record, self._read)
        self._refuse_doubles(records)
        coming = {record.names for record in records}
        for record in records:
            self._guarded(record, self._check_references, coming)
        removed = self._load(records, parents)
        for record in self._in_order(records):
            self._guarded(record, self._write)
        ours = [record for record in records if record.fate != "kept"]
        self._write_many(ours)
        fates = Counter(record.fate for record in records)
        yield Count(self.spec, fates["created"], fates["changed"], fates["unchanged"], fates["kept"], removed)
        for child in self.spec.children:
            found = [
                inner
                for record in ours
                for inner in _records(self.file, child.name, record.raw.get(child.name, []), record)
            ]
            yield from Work(child, self.file, self.references).run(found, ours)

    def _guarded(self, record: Record, act: Callable[..., None], *arguments: Any) -> None:
        """Do ``act`` to ``record``; what it refuses, or the database refuses, becomes a ``FaultError``."""
        try:
            act(record, *arguments)
        except RefusedError as problem:
            raise FaultError(self.file, record.label, str(problem)) from problem
        except Error as problem:
            raise FaultError(self.file, record.label, _words_of(problem)) from problem

    def _read(self, record: Record) -> None:
        spec = self.spec
        self._label(record)
        for name in record.raw:
            if name not in spec.known and name not in {child.name for child in spec.children}:
                raise RefusedError(f"“{shortened(name)}” is not known here; known are {', '.join(spec.known)}")
        for name in spec.known:
            target = field_of(self.model, name)
            if isinstance(target, models.ForeignKey):
                self._read_one(record, target)
            elif isinstance(target, models.ManyToManyField):
                self._read_many(record, target)
            elif name in record.raw:
                record.columns |= read_value(self.model, name, record.raw[name])
            else:
                record.columns |= default_of(self.model, name)
        record.columns |= spec.fixed
        if spec.numbered:
            record.columns["position"] = record.number
        record.names = record.above.names if record.above else ()
        for name in spec.key:
            record.names += (record.one[name] or (None,)) if name in record.one else (plain(record.columns[name]),)

    def _label(self, record: Record) -> None:
        """Name the record by its key as the file has it, once that can be read."""
        if self.spec.numbered:
            return
        parts = [record.raw.get(name) for name in self.spec.key if name not in self.spec.fixed]
        if parts and all(isinstance(part, str | int) for part in parts):
            where = f"{record.above.label} → {self.spec.name}" if record.above else self.spec.name
            record.label = f"{where}, {shortened(' / '.join(str(part) for part in parts))}"

    def _read_one(self, record: Record, target: models.ForeignKey[Any, Any]) -> None:
        value = record.raw.get(target.name)
        if value is None and not target.null:
            raise RefusedError(f"“{target.name}” is missing")
        related = target.related_model
        record.one[target.name] = None if value is None else self.references.names(related, target.name, value)

    def _read_many(self, record: Record, target: models.ManyToManyField[Any, Any]) -> None:
        values = record.raw.get(target.name, [])
        if not isinstance(values, list):
            raise RefusedError(f"“{target.name}” is not a list")
        if target.name in self.spec.required and not values and record.raw.get("verification") != GENERAL_KNOWLEDGE:
            raise RefusedError(f"“{target.name}” is empty")
        related = target.related_model
        found = [self.references.names(related, target.name, value) for value in values]
        if len(set(found)) < len(found):
            raise RefusedError(f"“{target.name}” names a record twice")
        record.many[target.name] = found

    def _refuse_doubles(self, records: list[Record]) -> None:
        seen = self.references.seen(self.model)
        for record in records:
            if record.names in seen:
                raise FaultError(self.file, record.label, "a record with this key stands in the files already")
            seen.add(record.names)

    def _check_references(self, record: Record, coming: set[Names]) -> None:
        named = [(name, names) for name, names in record.one.items() if names is not None]
        named += [(name, names) for name, several in record.many.items() for names in several]
        for name, names in named:
            related: Model = cast("Any", field_of(self.model, name)).related_model
            if names in self.references.rows(related) or (related is self.model and names in coming):
                continue
            words = " / ".join(str(part) for part in names)
            raise RefusedError(
                f"“{name}” points at “{shortened(words)}”; there is no such {related._meta.verbose_name}"
            )

    def _load(self, records: list[Record], parents: Sequence[Record]) -> int:
        """Fetch the rows that are there already; delete the children that the files no longer have; say how many."""
        known = self.references.rows(self.model)
        for record in records:
            record.pk = known.get(record.names)
        wanted = {record.pk for record in records if record.pk is not None}
        if not self.spec.parent:
            self.rows = self.model._default_manager.in_bulk(wanted)
            return 0
        siblings = self.model._default_manager.filter(**{f"{self.spec.parent}__in": [above.pk for above in parents]})
        self.rows = {row.pk: row for row in siblings}
        gone = self.rows.keys() - wanted
        for record in records if self.spec.anew else ():
            if record.pk and self._differing(self.rows[record.pk], self._values(record)):
                gone.add(record.pk)
                record.pk, record.fate = None, "changed"
        if gone:
            self._delete(gone)
        return len(gone) - sum(record.fate == "changed" for record in records)

    def _delete(self, gone: set[Any]) -> None:
        """Delete children, and forget their keys, so that no later record can point at them."""
        known = self.references.rows(self.model)
        for gone_names in [names for names, pk in known.items() if pk in gone]:
            del known[gone_names]
        try:
            self.model._default_manager.filter(pk__in=gone).delete()
        except models.ProtectedError as problem:
            names = ", ".join(sorted(str(self.rows[pk]) for pk in gone))
            reason = f"the file no longer has one that other records still need; of these: {shortened(names)}"
            raise FaultError(self.file, self.spec.name, reason) from problem

    def _in_order(self, records: list[Record]) -> Iterator[Record]:
        """Return ``records`` as the file has them, but each after those of its own list that it points at."""
        by_names = {record.names: record for record in records}
        own = [name for name, target in self._foreign_keys() if target.related_model is self.model]
        graph = {
            record.names: [names for name in own if (names := record.one.get(name)) in by_names] for record in records
        }
        place = {names: number for number, names in enumerate(by_names)}
        if all(place[before] < place[names] for names, several in graph.items() for before in several):
            return iter(records)
        try:
            return iter([by_names[names] for names in TopologicalSorter(graph).static_order()])
        except CycleError as problem:
            names = problem.args[1][0]
            raise FaultError(
                self.file, by_names[names].label, "it points at itself, by way of others or at once"
            ) from problem

    def _foreign_keys(self) -> list[tuple[str, models.ForeignKey[Any, Any]]]:
        return [
            (name, target)
            for name in self.spec.known
            if isinstance(target := field_of(self.model, name), models.ForeignKey)
        ]

    def _values(self, record: Record) -> Columns:
        """Return what the row must hold, by the names of its attributes."""
        values = dict(record.columns)
        for name, target in self._foreign_keys():
            names = record.one[name]
            values[target.attname] = names and self.references.rows(target.related_model)[names]
        if record.above:
            values[f"{self.spec.parent}_id"] = record.above.pk
        return values

    def _differing(self, row: models.Model, values: Columns) -> list[str]:
        return [name for name, value in values.items() if plain(getattr(row, name)) != plain(value)]

    def _write(self, record: Record) -> None:
        values = self._values(record)
        if record.pk is None:
            row = self.model(**values)
            row.save(force_insert=True)
            record.pk = row.pk
            record.fate = "created" if record.fate == "unchanged" else record.fate
            self.references.rows(self.model)[record.names] = row.pk
            return
        row = self.rows[record.pk]
        if getattr(row, "edition", 1) > 1:
            record.fate = "kept"
            return
        differing = self._differing(row, values)
        if differing:
            for name in differing:
                setattr(row, name, values[name])
            row.save(force_update=True, update_fields=[*differing, *self._stamps()])
            record.fate = "changed"

    def _stamps(self) -> list[str]:
        """Return the columns that keep the moment of the last change."""
        return [column.name for column in self.model._meta.concrete_fields if getattr(column, "auto_now", False)]

    def _write_many(self, records: list[Record]) -> None:
        """Bring the many-to-many rows of ``records`` to what they say: one query where nothing differs."""
        for name in self.spec.known:
            target = field_of(self.model, name)
            if not isinstance(target, models.ManyToManyField):
                continue
            through = cast("Model", target.remote_field.through)._default_manager
            ours, theirs = target.m2m_column_name(), target.m2m_reverse_name()
            there: dict[Any, set[Any]] = {record.pk: set() for record in records}
            for pk, other in through.filter(**{f"{ours}__in": list(there)}).values_list(ours, theirs):
                there[pk].add(other)
            keys = self.references.rows(target.related_model)
            for record in records:
                wanted = {keys[names] for names in record.many[name]}
                if wanted != there[record.pk]:
                    getattr(self.model(pk=record.pk), name).set(wanted)
                    record.fate = "changed" if record.fate == "unchanged" else record.fate


def _words_of(problem: Error) -> str:
    """Return why the database refuses a row: its constraints are named as sentences."""
    name = getattr(getattr(problem.__cause__, "diag", None), "constraint_name", None)
    return f"the database refuses it: {name.replace('_', ' ') if name else str(problem).splitlines()[0]}"
