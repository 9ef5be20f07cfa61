"""The rows of the file of pilots: a file may hold 100,000 pilots, so rows that many pilots name are read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Prefetch, prefetch_related_objects

from pilots.models import (
    DeliveryModel,
    Partner,
    Pilot,
    PilotModel,
    PilotTarget,
    ResultCard,
    StageEntry,
    TargetGroup,
    Theme,
)
from pilots.models.pilots import PilotQuerySet
from pilots.models.standing import Standing
from regions.models import Municipality, Organisation, Region, Source
from registry.lib.exports import PORTION
from registry.lib.languages import LANGUAGES

UNREAD = [f"{name}_{code}" for name in ("description", "target_text", "legal_conditions", "note") for code in LANGUAGES]
WHEN = ("when_words", "when_days", "when_counted_from")
OF_THE_LOG = ("pilot", "position", "stage", *WHEN, "known_on_words", "known_on_days")


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

    pilot: Pilot
    standing: Standing
    programme: Named
    lead: Named | None = None
    area: Named | None = None
    parent: str = ""  # the code of the set
    outcome: str = ""  # of the result card; empty where no results are known
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
        self._pilots = pilots.defer(*UNREAD)
        self._visible, self._day = visible, day

    def __iter__(self) -> Iterator[FileRow]:
        pilots = self._pilots.iterator(chunk_size=PORTION)
        while portion := list(islice(pilots, PORTION)):
            yield from _read(portion, self._visible, self._day)


def _read(pilots: list[Pilot], visible: PilotQuerySet, day: date) -> Iterable[FileRow]:
    """Return the rows of a portion; as many statements for any number of pilots."""
    prefetch_related_objects(pilots, "programme", Prefetch("stage_log", StageEntry.objects.only(*OF_THE_LOG)))
    programmes = {one.pk: Named(one.name.plain, one.slug) for one in {pilot.programme for pilot in pilots}}
    bodies = _named(Organisation, (key for pilot in pilots for key in (pilot.lead_id, pilot.area_of_id)))
    parents = visible.order_by().filter(pk__in={pilot.parent_id for pilot in pilots if pilot.parent_id})
    codes = dict(parents.values_list("pk", "code"))
    outcomes = dict(ResultCard.objects.filter(pilot__in=pilots).values_list("pilot", "outcome"))
    rows = {
        pilot.pk: FileRow(
            pilot,
            pilot.on(day),
            programmes[pilot.programme_id],
            bodies.get(pilot.lead_id or 0),
            bodies.get(pilot.area_of_id or 0),
            codes.get(pilot.parent_id or 0, ""),
            outcomes.get(pilot.pk, ""),
        )
        for pilot in pilots
    }
    for name, model in {"regions": Region, "municipalities": Municipality, "themes": Theme, "sources": Source}.items():
        _tie(rows, name, model)
    for name, uses, model in (("models", PilotModel, DeliveryModel), ("targets", PilotTarget, TargetGroup)):
        _read_uses(rows, name, uses, model)
    _read_partners(rows)
    return rows.values()


def _named(model: Any, keys: Iterable[int | None]) -> dict[int, Named]:
    """Return what a file tells of the rows with these keys, in the order of the model."""
    rows = model.objects.filter(pk__in={*keys} - {None})
    if model is Source:
        return {row.pk: Named(row.words.plain, url=row.url) for row in rows}
    return {row.pk: Named(row.name.plain, row.slug, getattr(row, "code", "")) for row in rows}


def _tie(rows: dict[int, FileRow], name: str, model: Any) -> None:
    """Give each pilot the rows that it names by a relation of many to many, in the order of their model."""
    relation: Any = Pilot._meta.get_field(name)
    through, other = relation.remote_field.through, relation.m2m_reverse_field_name()
    ties = list(through.objects.filter(pilot__in=rows).values_list("pilot", other))
    named = _named(model, (key for _, key in ties))
    places = {key: place for place, key in enumerate(named)}
    for pilot, key in sorted(ties, key=lambda tie: places[tie[1]]):
        getattr(rows[pilot], name).append(named[key])


def _read_uses(rows: dict[int, FileRow], name: str, uses: Any, model: Any) -> None:
    """Give each pilot its delivery models or its target groups, in the order of its own rows of them."""
    of = uses._meta.get_field("delivery_model" if uses is PilotModel else "target_group").attname
    found = list(uses.objects.filter(pilot__in=rows).values_list("pilot", of, "degree"))
    named = _named(model, (key for _, key, _ in found))
    for pilot, key, degree in found:
        getattr(rows[pilot], name).append(Use(named[key], degree))


def _read_partners(rows: dict[int, FileRow]) -> None:
    """Give each pilot its partners."""
    found = list(Partner.objects.filter(pilot__in=rows))
    named = _named(Organisation, (partner.organisation_id for partner in found))
    for partner in found:
        body = named.get(partner.organisation_id or 0)
        party = Party(body.name, body.slug, partner.state) if body else Party(partner.words.plain, "", partner.state)
        rows[partner.pilot_id].partners.append(party)
