"""The rows of the file of pilots: a file may hold 100,000 pilots, so rows that many pilots name are read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from django.db.models.expressions import RawSQL

from pilots.models import (
    DeliveryModel,
    Partner,
    Pilot,
    PilotModel,
    PilotTarget,
    Programme,
    ResultCard,
    StageEntry,
    TargetGroup,
    Theme,
)
from pilots.models.pilots import PilotQuerySet
from pilots.models.standing import Line, Standing, line_of, standing_of
from regions.models import Municipality, Organisation, Region, Source
from registry.lib.database import many
from registry.lib.dates import Fuzzy, fuzzy
from registry.lib.exports import PORTION
from registry.lib.facets import NAMES
from registry.lib.languages import LANGUAGES, InThree

OF_THE_LOG = (
    *("pilot", "position", "stage", "when_words", "when_days", "when_counted_from"),
    *("known_on_words", "known_on_days"),
)
# What is read of a pilot itself.
COLUMNS = (
    "pk",
    "code",
    *NAMES,
    *(f"summary_{language}" for language in LANGUAGES),
    *("programme_id", "lead_id", "area_of_id", "parent_id", "stage", "client_type", "whole_process", "production"),
    *("budget_eur", "start_words", "start_days", "start_planned", "end_words", "end_days", "end_planned"),
    *("counted_from", "changed_at", "published_at"),
)


class Named(NamedTuple):
    """What a file tells of a row that pilots name: its name in the reader's language, its codes, a source's address."""

    name: str
    slug: str = ""
    code: str = ""
    url: str = ""


class Use(NamedTuple):
    """A delivery model or a target group of a pilot, and its degree."""

    of: Named
    degree: str


class Party(NamedTuple):
    """A partner: an organisation, or words without a code."""

    name: str
    slug: str
    state: str


@dataclass(slots=True)
class FileRow:
    """A pilot, and what its line of a file tells beside its own columns."""

    pilot: Any  # the values of ``COLUMNS``, by name
    start: Fuzzy
    end: Fuzzy
    programme: Programme
    lead: Named | None = None
    area: Named | None = None
    parent: str = ""  # the code of the set
    outcome: str = ""  # of the result card; empty where no results are known
    standing: Standing = field(init=False)
    regions: list[Named] = field(default_factory=list)
    municipalities: list[Named] = field(default_factory=list)
    themes: list[Named] = field(default_factory=list)
    sources: list[Named] = field(default_factory=list)
    models: list[Use] = field(default_factory=list)
    targets: list[Use] = field(default_factory=list)
    partners: list[Party] = field(default_factory=list)


class FileRows:
    """The pilots in their order, a portion at a time; a set is told only if it is among the ``visible``."""

    def __init__(self, pilots: PilotQuerySet, visible: PilotQuerySet, day: date) -> None:
        self._pilots, self._visible, self._day = pilots, visible, day

    def __iter__(self) -> Iterator[FileRow]:
        pilots = self._pilots.values_list(*COLUMNS, named=True).iterator(chunk_size=PORTION)
        while portion := list(islice(pilots, PORTION)):
            yield from _read(portion, self._visible, self._day)


def _read(pilots: list[Any], visible: PilotQuerySet, day: date) -> Iterable[FileRow]:
    """Return the rows of a portion; as many statements for any number of pilots."""
    programmes = Programme.objects.in_bulk({pilot.programme_id for pilot in pilots})
    bodies = _named(Organisation, (key for pilot in pilots for key in (pilot.lead_id, pilot.area_of_id)))
    parents = visible.order_by().filter(pk__in={pilot.parent_id for pilot in pilots if pilot.parent_id})
    codes = dict(parents.values_list("pk", "code"))
    these = many([pilot.pk for pilot in pilots])
    outcomes = dict(ResultCard.objects.filter(pilot__in=these).values_list("pilot", "outcome"))
    rows = {
        pilot.pk: FileRow(
            pilot,
            fuzzy(pilot.start_words, pilot.start_days, pilot.counted_from),
            fuzzy(pilot.end_words, pilot.end_days, pilot.counted_from),
            programmes[pilot.programme_id],
            bodies.get(pilot.lead_id),
            bodies.get(pilot.area_of_id),
            codes.get(pilot.parent_id, ""),
            outcomes.get(pilot.pk, ""),
        )
        for pilot in pilots
    }
    _read_standings(rows, these, day)
    for name, model in {"regions": Region, "municipalities": Municipality, "themes": Theme, "sources": Source}.items():
        _tie(rows, these, name, model)
    for name, uses, model in (("models", PilotModel, DeliveryModel), ("targets", PilotTarget, TargetGroup)):
        _read_uses(rows, these, name, uses, model)
    _read_partners(rows, these)
    return rows.values()


def _read_standings(rows: dict[int, FileRow], these: RawSQL, day: date) -> None:
    """Give each pilot how far it is on the day."""
    logs: dict[int, list[Line]] = {}
    for pilot, position, stage, words, days, counted, known_words, known_days in StageEntry.objects.filter(
        pilot__in=these
    ).values_list(*OF_THE_LOG):
        known_on = fuzzy(known_words, known_days) if known_days else None
        line = line_of(position, stage, fuzzy(words, days, counted), known_on)
        logs.setdefault(pilot, []).append(line)
    for key, row in rows.items():
        months = row.programme.confirm_months
        row.standing = standing_of(logs.get(key, ()), row.pilot.stage, row.start, months, day)


def _named(model: Any, keys: Iterable[int | None]) -> dict[int, Named]:
    """Return what a file tells of the rows with these keys, in the order of the model."""
    rows = model.objects.filter(pk__in={*keys} - {None})
    if model is Source:
        return {row.pk: Named(row.words.plain, url=row.url) for row in rows}
    return {row.pk: Named(row.name.plain, row.slug, getattr(row, "code", "")) for row in rows}


def _tie(rows: dict[int, FileRow], these: RawSQL, name: str, model: Any) -> None:
    """Give each pilot the rows that it names by a relation of many to many, in the order of their model."""
    relation: Any = Pilot._meta.get_field(name)
    through, other = relation.remote_field.through, relation.m2m_reverse_field_name()
    ties = list(through.objects.filter(pilot__in=these).values_list("pilot", other))
    named = _named(model, (key for _, key in ties))
    places = {key: place for place, key in enumerate(named)}
    for pilot, key in sorted(ties, key=lambda tie: places[tie[1]]):
        getattr(rows[pilot], name).append(named[key])


def _read_uses(rows: dict[int, FileRow], these: RawSQL, name: str, uses: Any, model: Any) -> None:
    """Give each pilot its delivery models or its target groups, in the order of its own rows of them."""
    of = uses._meta.get_field("delivery_model" if uses is PilotModel else "target_group").attname
    found = list(uses.objects.filter(pilot__in=these).values_list("pilot", of, "degree"))
    named = _named(model, (key for _, key, _ in found))
    for pilot, key, degree in found:
        getattr(rows[pilot], name).append(Use(named[key], degree))


def _read_partners(rows: dict[int, FileRow], these: RawSQL) -> None:
    """Give each pilot its partners."""
    words = (f"words_{language}" for language in LANGUAGES)
    found = list(Partner.objects.filter(pilot__in=these).values_list("pilot", "organisation", "state", *words))
    named = _named(Organisation, (organisation for _, organisation, *_ in found))
    for pilot, organisation, state, *in_words in found:
        body = named.get(organisation)
        name, slug = (body.name, body.slug) if body else (InThree(*in_words).read().plain, "")
        rows[pilot].partners.append(Party(name, slug, state))
