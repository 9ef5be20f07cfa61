"""Made pilots by the thousand, to see how the portal bears them: distributed as the real ones, in words of nothing.

Each made pilot is like a real one that was drawn: as many regions, models, partners, lines of the stage log and so on.
Which region, which model and which partner is drawn anew; days are moved; every text becomes one of made words.
Where the real pilots tell too little to try a list with (leads, budgets), the shares below are our own.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from django.db import connection, transaction

from pilots.models import Pilot, Round
from regions.models import Group, Organisation, User
from regions.models.search import documents_at_the_end
from registry.lib.copying import as_copied, copy_in, reserve

from . import load_proposals
from .made_words import Words
from .removal import forget

PREFIX = "load"  # the address of each made row begins so
FIRST_NUMBER = 100_001  # of a made pilot's code: no programme gets so far
DAYS_AROUND = 2500  # days are moved by at most so many
LEADS, BUDGETS = 0.7, 0.3  # shares of the pilots whose lead and whose budget is told
DIRECTORY = {"regions_organisation": 25, "regions_group": 50}  # pilots for each made row
PILOTS_PER_PROPOSAL = 2
DAY = re.compile(r"\d{4}-\d\d-\d\d")
TEXT = re.compile(r"_(fi|sv|en)$")

Row = dict[str, str | None]


@dataclass(frozen=True)
class Table:
    """A table of what belongs to a pilot: the column that leads to its owner, and what each made row draws anew."""

    name: str
    owner: str
    drawn: Mapping[str, str] = field(default_factory=dict)  # column: the table whose keys it takes
    of: str = "pilots_pilot"  # the table of the owner
    most: int = 99  # rows of one owner
    keyed: bool = False  # whether other tables point at its rows


def _sources(table: str, owner: str) -> Table:
    return Table(f"{table}_sources", f"{owner}_id", {"source_id": "regions_source"}, table, most=1)


TABLES = [
    Table("pilots_pilot_regions", "pilot_id", {"region_id": "regions_region"}),
    Table("pilots_pilot_municipalities", "pilot_id", {"municipality_id": "regions_municipality"}),
    Table("pilots_pilot_themes", "pilot_id", {"theme_id": "pilots_theme"}),
    Table("pilots_pilottarget", "pilot_id", {"target_group_id": "pilots_targetgroup"}),
    Table("pilots_pilotmodel", "pilot_id", {"delivery_model_id": "pilots_deliverymodel"}),
    Table("pilots_pilot_groups", "pilot_id", {"group_id": "regions_group"}),
    Table("pilots_pilot_sources", "pilot_id", {"source_id": "regions_source"}),
    Table("pilots_trial", "pilot_id"),
    Table("pilots_partner", "pilot_id", {"organisation_id": "regions_organisation"}),
    Table("pilots_stageentry", "pilot_id", keyed=True),
    _sources("pilots_stageentry", "stageentry"),
    Table("pilots_pilotevent", "pilot_id"),
    Table("pilots_resultcard", "pilot_id", keyed=True),
    _sources("pilots_resultcard", "resultcard"),
    Table("pilots_claim", "card_id", {}, "pilots_resultcard", most=2, keyed=True),
    _sources("pilots_claim", "claim"),
    Table("pilots_resultdocument", "card_id", {}, "pilots_resultcard", most=1, keyed=True),
    _sources("pilots_resultdocument", "resultdocument"),
]


class Sample:
    """The rows of a table, each as its columns in PostgreSQL's words, by the row that they belong to."""

    def __init__(self, table: str, owner: str = "id") -> None:
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, table)
        self.columns = [column.name for column in described]
        self.rows: dict[str, list[Row]] = defaultdict(list)
        for values in as_copied(table, self.columns, order="id"):
            row = dict(zip(self.columns, values, strict=True))
            self.rows[row[owner] or ""].append(row)


@dataclass(frozen=True)
class Made:
    """A made row: its key, the key of the row that it is like, and by how many days its days are moved."""

    key: int
    like: str
    moved: int


class Load:
    """Makes pilots with what belongs to them; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.pilots = Sample("pilots_pilot")
        self.made: dict[str, list[Made]] = {}
        self.prefixes = {row[0]: row[1] for row in as_copied("pilots_programme", ["id", "code_prefix"], order="id")}
        self.keys: dict[str, list[str]] = {}
        texts = [row for rows in self.pilots.rows.values() for row in rows]
        self.words = {
            language: Words(
                value for row in texts for name, value in row.items() if value and name.endswith(f"_{language}")
            )
            for language in ("fi", "sv", "en")
        }

    def drawn_from(self, table: str) -> list[str]:
        """Return the keys that a column may take."""
        if table not in self.keys:
            self.keys[table] = [row[0] or "" for row in as_copied(table, ["id"], order="id")]
        return self.keys[table]

    def run(self, how_many: int) -> dict[str, int]:
        """Make so many pilots with all that belongs to them; return the number of rows by table."""
        chance = Random(self.seed)  # noqa: S311 - no secret
        likes = [rows[0] for rows in self.pilots.rows.values() if not (rows[0]["slug"] or "").startswith(PREFIX)]
        self.made["pilots_pilot"] = [
            Made(key, chance.choice(likes)["id"] or "", chance.randrange(-DAYS_AROUND, DAYS_AROUND))
            for key in reserve("pilots_pilot", how_many)
        ]
        rows = self._pilots(self.drawn_from("regions_organisation"), count(first_number()))
        counts = {"pilots_pilot": copy_in("pilots_pilot", self.pilots.columns, rows)}
        for table in TABLES:
            sample = Sample(table.name, table.owner)
            columns = sample.columns if table.keyed else [name for name in sample.columns if name != "id"]
            owned = sum(len(sample.rows[made.like][: table.most]) for made in self.made[table.of])
            keys = reserve(table.name, owned) if table.keyed else []
            drawn = {column: self.drawn_from(other) for column, other in table.drawn.items()}
            made_rows = self._rows(table, sample, iter(keys), drawn)  # asks nothing: a COPY has the connection
            counts[table.name] = copy_in(table.name, columns, ([row[name] for name in columns] for row in made_rows))
        return counts

    def _pilots(self, leads: list[str], taken: Iterator[int]) -> Iterator[list[str | None]]:
        """Yield the rows of the pilots; a part belongs to the set that was made last."""
        chance, last_set = Random(f"{self.seed} pilots"), ""  # noqa: S311 - no secret
        for made in self.made["pilots_pilot"]:
            like = self.pilots.rows[made.like][0]
            row = self.anew(like, made.moved, chance)
            number, year = next(taken), (row["start_days"] or "[2018-")[1:5]
            row |= {"id": str(made.key), "code": f"{self.prefixes[row['programme_id']]}-{year}-{number}"}
            row |= {"slug": f"{PREFIX}-{number}", "continues_id": None, "project_code": ""}
            row["parent_id"] = last_set or None if row["parent_id"] else None
            if row["is_set"] == "true":
                last_set = str(made.key)
            row["lead_id"] = chance.choice(leads) if chance.random() < LEADS else None
            row["budget_eur"] = str(round(10 ** (4 + 2.5 * chance.random()))) if chance.random() < BUDGETS else None
            yield [row[name] for name in self.pilots.columns]

    def _rows(self, table: Table, sample: Sample, keys: Iterator[int], drawn: Mapping[str, list[str]]) -> Iterator[Row]:
        """Yield the rows of a table; those that others point at take the next of ``keys`` and are kept as ``made``."""
        chance = Random(f"{self.seed} {table.name}")  # noqa: S311 - no secret
        self.made[table.name] = kept = []
        for owner in self.made[table.of]:
            likes = sample.rows[owner.like][: table.most]
            values = {column: chance.sample(offered, len(likes)) for column, offered in drawn.items()}
            for place, like in enumerate(likes):
                row = self.anew(like, owner.moved, chance) | {table.owner: str(owner.key)}
                row |= {column: taken[place] for column, taken in values.items() if like[column] is not None}
                if table.keyed:
                    kept.append(Made(next(keys), like["id"] or "", owner.moved))
                    row["id"] = str(kept[-1].key)
                if "slug" in row:
                    row |= {"slug": f"{PREFIX}-{owner.key}", "went_on_as_id": None}
                yield row

    def anew(self, like: Row, moved: int, chance: Random) -> Row:
        """Return the row with its days moved and its texts in made words; words of a moved day are left out."""
        row = dict(like)
        for name, value in like.items():
            if not value:
                continue
            if language := TEXT.search(name):
                row[name] = self.words[language[1]].text(chance, value)
            elif name.endswith("_days"):
                row[name] = DAY.sub(lambda day: f"{date.fromisoformat(day[0]) + timedelta(days=moved)}", value)
                row[f"{name.removesuffix('days')}words"] = ""
            elif name == "words":
                row[name] = self.words["fi"].text(chance, value)
        return row


def first_number() -> int:
    """Return the number after that of the last made pilot."""
    taken = Pilot.objects.filter(slug__startswith=f"{PREFIX}-").order_by("-pk").values_list("slug", flat=True)
    return int(taken[0].rpartition("-")[2]) + 1 if taken else FIRST_NUMBER


@transaction.atomic
def make(how_many: int, at: datetime, seed: int = 1) -> dict[str, int]:
    """Make so many pilots at ``at``, and organisations, groups and proposals in proportion; return the rows by table.

    Raise LookupError where there is no pilot to be like.
    """
    if not Pilot.objects.exclude(slug__startswith=f"{PREFIX}-").exists():
        raise LookupError("there is no pilot that the made ones could be like")
    counts: dict[str, int] = {}
    with documents_at_the_end():
        for table, pilots_per_row in DIRECTORY.items():
            counts |= _directory(Load(seed), table, how_many // pilots_per_row)
        counts |= Load(seed).run(how_many)
        counts |= load_proposals.make(PREFIX, how_many // PILOTS_PER_PROPOSAL, seed, at)
    return counts


def _directory(load: Load, table: str, how_many: int) -> dict[str, int]:
    """Make so many organisations or groups, each like a real one that is part of none, in one region."""
    chance, sample = Random(f"{load.seed} {table}"), Sample(table)  # noqa: S311 - no secret
    real = [rows[0] for rows in sample.rows.values() if not (rows[0]["slug"] or "").startswith(PREFIX)]
    likes = [row for row in real if row.get("parent_id") is None]  # a sub-group has a parent
    regions, keys = load.drawn_from("regions_region"), reserve(table, how_many if likes else 0)

    def rows() -> Iterator[list[str | None]]:
        for key in keys:
            row = load.anew(chance.choice(likes), 0, chance) | {"id": str(key), "slug": f"{PREFIX}-{key}"}
            row |= {name: "" for name in ("business_id", "role_address", "seat") if name in row}
            row |= {name: None for name in ("steered_by_id", "parent_id", "successor_id") if name in row}
            row |= {name: "{}" for name in ("other_offices", "municipality_names") if name in row}
            yield [row[name] for name in sample.columns]

    counts = {table: copy_in(table, sample.columns, rows())}
    if table == "regions_organisation":
        ties, names = "regions_coverage", ["organisation_id", "region_id", "validity", "known_on_words"]
        covered: Iterator[list[str | None]] = ([str(key), chance.choice(regions), "(,)", ""] for key in keys)
    else:
        ties, names = "regions_group_regions", ["group_id", "region_id"]
        covered = ([str(key), chance.choice(regions)] for key in keys)
    return counts | {ties: copy_in(ties, names, covered)}


def remove() -> int:
    """Delete every made row with all that points at it, a portion at a time; return how many rows that was."""
    gone = 0
    for model in (Round, Pilot, Group, Organisation, User):
        mark = "email__startswith" if model is User else "slug__startswith"
        made = model._base_manager.filter(**{mark: f"{PREFIX}-"}).order_by("pk")
        while keys := set(made.values_list("pk", flat=True)[:1000]):
            gone += forget(model, keys)
    return gone
