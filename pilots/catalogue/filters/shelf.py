"""What the pilots have, as bitmaps in the memory of a web process: one for each choice of a facet.

They hold for one version of the registry, are renewed by the pilots that changed since, and need no lock between
writers: in a table of the database, one writer would wait for another's open transaction, for any two pilots share a
bitmap. Triggers write down what changed (``pilots_changedfacts``). All is read by one statement.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import compress
from threading import Lock
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from pilots.models import Pilot
from regions.models import Coverage
from registry.lib import bitmaps
from registry.lib.dates import today
from registry.lib.evidence import known_by
from registry.lib.languages import LANGUAGES, InThree, reader_language

from . import pilot_facets as facets

# What the pilots have: facet, value, pilots. ``{of}`` says which pilots: all, or those of some keys.
BAND = "coalesce((SELECT max(b) FROM unnest(ARRAY[{bands}]) b WHERE b <= budget_eur)::text, '{not_told}')"
BUDGET = BAND.format(bands=", ".join(value for value, *_ in facets.BANDS), not_told=facets.NOT_TOLD)
STAGES = "SELECT 'stage', stands, keys, NULL FROM ({rows}) AS s (stands, keys)"
COVERS = "SELECT 'covers', office::text, array_agg(region), NULL FROM ({rows}) AS c (office, region) GROUP BY office"
OFFICES = "SELECT 'offices', '0', array_agg(office), NULL FROM ({rows}) AS o (office) HAVING count(*) > 0"
FACT = """
SELECT '{facet}', value, array_agg(pilot), NULL::text[] FROM (
  SELECT {pilot} AS pilot, {value} AS value FROM {table} WHERE {of}
) AS facts WHERE pilot IS NOT NULL AND value IS NOT NULL GROUP BY value
"""
OF_PILOTS = [
    FACT.format(facet=facet, pilot="id", value=value, table="pilots_pilot", of="{of}")
    for facet, value in {
        "all": "''",
        "programme": "programme_id::text",
        "client": "nullif(client_type, '')",
        "procurement": "CASE WHEN whole_process THEN 'whole' END",
        "publication": "CASE WHEN published_at IS NULL THEN 'unpublished' ELSE 'published' END",
        "told": "CASE WHEN NOT untold THEN '' END",
        "part": "CASE WHEN parent_id IS NOT NULL THEN '' END",
        "area_of": "area_of_id::text",
        "lead": "lead_id::text",
        "year": "extract(year from lower(start_days))::int::text",
        "budget": BUDGET,
    }.items()
]
OF_TABLES = [
    FACT.format(facet=facet, pilot="pilot_id", value=value, table=table, of="{of}")
    for facet, (table, value) in {
        "outcome": ("pilots_resultcard", "outcome"),
        "use": ("pilots_pilotmodel", "delivery_model_id || ':' || degree"),
        "target": ("pilots_pilottarget", "target_group_id::text"),
        "partner": ("pilots_partner", "organisation_id::text"),
        "region": ("pilots_pilot_regions", "region_id::text"),
        "municipality": ("pilots_pilot_municipalities", "municipality_id::text"),
        "theme": ("pilots_pilot_themes", "theme_id::text"),
    }.items()
]
# What the facets offer: slug, names, and the place of the name in the order of each language.
NAMED = (
    *("pilots_programme", "regions_region", "regions_municipality", "pilots_theme", "pilots_targetgroup"),
    *("pilots_deliverymodel", "regions_organisation"),
)
PLACE = "row_number() OVER (ORDER BY fi_sort(coalesce(nullif(name_{language}, ''), name_fi)), id)::text"
NAMES = "SELECT '{table}', id::text, NULL::bigint[], ARRAY[slug, name_fi, name_sv, name_en, {places}] FROM {table}"
CHANGED = """
SELECT pg_current_snapshot()::text, coalesce(bool_or(pilots IS NULL), false),
  coalesce(array_agg(DISTINCT source) FILTER (WHERE source IS NOT NULL), '{}'),
  (SELECT array_agg(DISTINCT key) FROM pilots_changedfacts AS c, unnest(c.pilots) AS key
    WHERE c.transaction >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
      AND NOT pg_visible_in_snapshot(c.transaction, %(seen)s::pg_snapshot))
FROM pilots_changedfacts
WHERE transaction >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
  AND NOT pg_visible_in_snapshot(transaction, %(seen)s::pg_snapshot)
"""
LONGEST = timedelta(hours=12)  # between two looks at the changes; they are kept for a day
# Organisations are many, each with few pilots: pairs take less room than a bitmap for each.
TIES = ("lead", "partner")
# What is not of a pilot: the regions that an office covers, the offices of the day, the target groups within a group.
REACH = ("covers", "offices", "within")
WITHIN = """
SELECT 'within', above::text, array_agg(id), NULL FROM (
  SELECT part.id, unnest(ARRAY[part.id, whole.id, whole.parent_id]) AS above
  FROM pilots_targetgroup AS part LEFT JOIN pilots_targetgroup AS whole ON whole.id = part.parent_id
) AS tree WHERE above IS NOT NULL GROUP BY above
"""
Named = dict[int, list[str]]
Ties = tuple["array[int]", "array[int]"]  # organisations, and a pilot of each
Part = tuple[str, list[Any]]  # a SELECT of facet, value, keys and words, and its parameters


@dataclass
class Shelf:
    """The bitmaps of one version of the registry; ``stage`` and ``area`` are of ``day``."""

    version: int | None
    day: date
    looked_at: datetime
    snapshot: str = ""  # what the database had committed when the bitmaps were read
    bits: dict[str, dict[str, int]] = field(default_factory=dict)  # by facet and value
    ties: dict[str, Ties] = field(default_factory=dict)
    reach: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    named: dict[str, Named] = field(default_factory=dict)  # by table and key
    orders: dict[tuple[str, str], Sequence[int]] = field(default_factory=dict)  # by order and language
    offers: dict[tuple[str, str], dict[int, tuple[str, str]]] = field(default_factory=dict)  # by table and language

    @classmethod
    def read(cls, version: int | None, day: date, at: datetime) -> Shelf:
        """Read all."""
        shelf = cls(version, day, at)
        shelf._take([*_facts(None), *_of_day(day, None), *_names()])
        return shelf

    def renewed(self, version: int, at: datetime) -> Shelf:
        """Return the bitmaps of a later version: those of the pilots that changed are read anew."""
        with connection.cursor() as cursor:
            cursor.execute(CHANGED, {"seen": self.snapshot})
            snapshot, everything, sources, keys = cursor.fetchone()
        if everything:
            return Shelf.read(version, self.day, at)
        new = replace(self, version=version, looked_at=at, snapshot=snapshot)
        if "pilots_pilot" in sources:
            new.orders = {}
        parts: list[Part] = []
        if keys:
            new._forget(keys)
            parts += [*_facts(keys), *_of_day(self.day, keys)]
        if not {*NAMED, "regions_coverage"}.isdisjoint(sources):
            new.reach, new.named, new.offers = {}, {}, {}
            parts += [*_offices(self.day), *_names()]
        if parts:
            new._take(parts)
            new.snapshot = snapshot  # what was committed since is read again: that is no harm
        return new

    def on(self, day: date) -> Shelf:
        """Return the bitmaps with how far the pilots are, and what the offices cover, on another day."""
        if day == self.day:
            return self
        other = replace(self, day=day, reach={"within": self.reach.get("within", {})})
        other.bits = {facet: values for facet, values in self.bits.items() if facet != "stage"}
        other._take(_of_day(day, None))
        return other

    def _forget(self, keys: list[int]) -> None:
        """Take the pilots with these keys out of all bitmaps."""
        mask, gone = ~bitmaps.of(keys), set(keys)
        self.bits = {
            facet: {value: left for value, rows in values.items() if (left := rows & mask)}
            for facet, values in self.bits.items()
        }
        kept = {facet: [pilot not in gone for pilot in pilots] for facet, (_, pilots) in self.ties.items()}
        self.ties = {
            facet: (array("q", compress(organisations, kept[facet])), array("q", compress(pilots, kept[facet])))
            for facet, (organisations, pilots) in self.ties.items()
        }

    def _take(self, parts: Iterable[Part]) -> None:
        """Read the parts by one statement and add what they tell; dictionaries of other shelves stay as they are."""
        bits = {facet: dict(values) for facet, values in self.bits.items()}
        reach, named = dict(self.reach), dict(self.named)
        ties = {facet: (pairs[0][:], pairs[1][:]) for facet, pairs in self.ties.items()}
        for facet, value, keys, words in _rows(parts):
            if facet == "snapshot":
                self.snapshot = value
            elif words:
                named.setdefault(facet, {})[int(value)] = words
            elif facet in REACH:
                reach.setdefault(facet, {})[int(value)] = keys
            elif facet in TIES:
                organisations, pilots = ties.setdefault(facet, (array("q"), array("q")))
                each = set(keys)
                organisations.extend([int(value)] * len(each))
                pilots.extend(each)
            else:
                values = bits.setdefault(facet, {})
                values[value] = values.get(value, 0) | bitmaps.of(keys)
        self.bits, self.ties, self.reach, self.named = bits, ties, reach, named

    def having(self, facet: str, values: Iterable[Any] = ("",)) -> int:
        """Return the pilots that have one of the values."""
        rows, of_facet = 0, self.bits.get(facet, {})
        for value in values:
            rows |= of_facet.get(str(value), 0)
        return rows

    def tied(self, facet: str, organisations: set[int]) -> int:
        """Return the pilots of these organisations as lead or as partner."""
        pairs = zip(*self.ties.get(facet, ((), ())), strict=True)
        return bitmaps.of(pilot for organisation, pilot in pairs if organisation in organisations)

    def counts_of_ties(self, facet: str, rows: int) -> Counter[int]:
        """Return how many of the pilots each organisation leads, or takes part in."""
        organisations, pilots = self.ties.get(facet, ((), ()))
        return Counter(compress(organisations, bitmaps.chosen(pilots, rows))) if rows else Counter()

    def order(self, name: str) -> Sequence[int]:
        """Return the keys of all pilots in one of the orders of the list."""
        key = (name, reader_language())
        if key not in self.orders:
            self.orders[key] = array("q", Pilot.objects.in_order(name).values_list("pk", flat=True))
        return self.orders[key]

    def offered(self, table: str) -> dict[int, tuple[str, str]]:
        """Return the slug and the name of each row of a table, in the order of the names in the reader's language."""
        key = (table, reader_language())
        if key not in self.offers:
            place = 4 + LANGUAGES.index(key[1])
            rows = sorted(self.named.get(table, {}).items(), key=lambda row: int(row[1][place]))
            self.offers[key] = {row: (words[0], InThree(*words[1:4]).read().plain) for row, words in rows}
        return self.offers[key]


def _rows(parts: Iterable[Part]) -> list[tuple[str, str, list[int], list[str] | None]]:
    """Return what the parts select, and the snapshot that they are read in."""
    whole = [("SELECT 'snapshot', pg_current_snapshot()::text, NULL::bigint[], NULL::text[]", []), *parts]
    with connection.cursor() as cursor:
        cursor.execute("\nUNION ALL ".join(sql for sql, _ in whole), [value for _, values in whole for value in values])
        rows: list[tuple[str, str, list[int], list[str] | None]] = cursor.fetchall()
    return rows


def _facts(keys: list[int] | None) -> list[Part]:
    """Return the parts that read what the pilots with these keys have, or all."""
    values = [] if keys is None else [keys]
    parts = [(fact.format(of="true" if keys is None else "id = ANY(%s)"), [*values]) for fact in OF_PILOTS]
    parts += [(fact.format(of="true" if keys is None else "pilot_id = ANY(%s)"), [*values]) for fact in OF_TABLES]
    return parts


def _of_day(day: date, keys: list[int] | None) -> list[Part]:
    """Return the parts that read how far the pilots are on the day; of all pilots, the offices of the day too."""
    pilots = Pilot.objects.all() if keys is None else Pilot.objects.filter(pk__in=keys)
    stages = _part(STAGES, pilots.keys_by_standing(day))
    return [stages, *(_offices(day) if keys is None else [])]


def _offices(day: date) -> list[Part]:
    """Return the parts that read the state's regional offices of the day, and the regions that each covers then."""
    on = Coverage.objects.filter(known_by(day), validity__contains=day, organisation__kind__in=facets.STATE_AREAS)
    return [
        _part(COVERS, on.values("organisation", "region")),
        _part(OFFICES, facets.state_areas(day).order_by().values("pk")),
    ]


def _part(select: str, rows: QuerySet[Any, Any]) -> Part:
    """Return a part that selects from rows."""
    sql, values = rows.query.sql_with_params()
    return select.format(rows=sql), [*values]


def _names() -> list[Part]:
    """Return the parts that read what the facets offer."""
    places = ", ".join(PLACE.format(language=language) for language in LANGUAGES)
    return [(WITHIN, []), *((NAMES.format(table=table, places=places), []) for table in NAMED)]


_lock = Lock()
_kept: dict[str, Shelf] = {}  # by database: that of the tests is another one


def shelf_for(version: int | None, day: date, at: datetime) -> Shelf:
    """Return the bitmaps of the registry's version, with what holds on ``day``; read for this once without a version.

    The version must be read before anything else (see ``registry.lib.versions``).
    """
    if version is None:
        return Shelf.read(None, day, at)
    name = str(connection.settings_dict["NAME"])
    with _lock:
        shelf = _kept.get(name)
        if shelf is None or shelf.day != today(at) or at - shelf.looked_at > LONGEST:
            shelf = Shelf.read(version, today(at), at)
        elif shelf.version != version:
            shelf = shelf.renewed(version, at)
        _kept[name] = shelf
    return shelf.on(day)
