"""The list of pilots counted by bitmaps: no statement for a count, whatever the filters and however many pilots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from pilots.models import PilotModel
from regions.access import Viewer
from regions.models import User
from regions.models.found import many_keys, with_relevance
from regions.models.searching import MOST_RANKED
from registry.lib import bitmaps
from registry.lib.database import many
from registry.lib.facets import Counted
from registry.lib.lists import LOOKS

from . import pilot_facets as facets
from .shelf import TIES, Shelf, shelf_for

if TYPE_CHECKING:
    from .pilots import PilotFilter

# The facets of rows, each with the table of those rows.
ROWS = {
    "programme": "pilots_programme",
    "region": "regions_region",
    "municipality": "regions_municipality",
    "area": "regions_organisation",
    "theme": "pilots_theme",
    "target": "pilots_targetgroup",
    "model": "pilots_deliverymodel",
    "lead": "regions_organisation",
    "partner": "regions_organisation",
}
ALPHABETICAL = {"municipality"}


def visible_to(shelf: Shelf, viewer: Viewer, at: datetime) -> int:
    """Return the pilots that ``viewer`` may read at ``at``: the same as ``PilotQuerySet.visible_to``."""
    if isinstance(viewer, User) and viewer.of_ministry(at):
        return shelf.having("all")
    public = shelf.having("publication", ["published"])
    if isinstance(viewer, User) and viewer.prepares(at) and viewer.organisation_id:
        return public | shelf.tied("lead", {viewer.organisation_id}) & shelf.having("told")
    return public


class Tally(NamedTuple):
    """How many pilots there are, and the sub-pilots beside them."""

    wholes: int = 0
    parts: int = 0


class BitmapCounter:
    """Counts a list of pilots by the bitmaps of the registry's version, which are read when something is counted."""

    def __init__(self, version: int | None, viewer: Viewer, day: date, at: datetime) -> None:
        self._version, self._viewer, self._day, self._at = version, viewer, day, at
        self._searched: Sequence[int] | None = None
        self._hits: int | None = None  # the same as a set

    @cached_property
    def shelf(self) -> Shelf:
        """The bitmaps, with what holds on the day."""
        return shelf_for(self._version, self._day, self._at)

    @cached_property
    def visible(self) -> int:
        """The pilots that the viewer may read."""
        return visible_to(self.shelf, self._viewer, self._at)

    def tally(self, facet: str) -> dict[str, Tally]:
        """Return how many pilots the viewer may read of each value of a facet, in all; sub-pilots apart."""
        part = self.shelf.having("part")
        found = {value: self.visible & rows for value, rows in self.shelf.bits.get(facet, {}).items()}
        return {value: Tally((rows & ~part).bit_count(), (rows & part).bit_count()) for value, rows in found.items()}

    def described(self, programmes: Iterable[Any]) -> list[Any]:
        """Return the programmes with how many pilots of theirs are described, and the sub-pilots beside them."""
        counts, rows = self.tally("programme"), list(programmes)
        for programme in rows:
            programme.described, programme.parts = counts.get(str(programme.pk), Tally())
        return rows

    def with_pilots(self, regions: Iterable[Any]) -> list[Any]:
        """Return the regions with how many pilots they have (``pilot_count``), and the sub-pilots beside them."""
        counts, rows = self.tally("region"), list(regions)
        for region in rows:
            region.pilot_count, region.parts = counts.get(str(region.pk), Tally())
        return rows

    def total(self, listed: PilotFilter, leaving_out: str = "") -> int:
        """Return how many pilots the list has, or would have without one filter."""
        return self.narrowed(listed, leaving_out).bit_count()

    def parts(self, listed: PilotFilter, leaving_out: str = "") -> int:
        """Return how many of them are sub-pilots."""
        return (self.narrowed(listed, leaving_out) & self.shelf.having("part")).bit_count()

    def nowhere(self, listed: PilotFilter, name: str) -> int:
        """Return how many pilots of the list, the filter left out, have no value of the facet."""
        having = self.shelf.having(name, self.shelf.bits.get(name, ()))
        return (self.narrowed(listed, leaving_out=name) & ~having).bit_count()

    def keys(self, listed: PilotFilter, start: int, stop: int) -> list[int]:
        """Return the keys of a page."""
        order = self._found(listed) if listed.order == "best" else self.shelf.order(listed.order)
        return bitmaps.portion(order, self.narrowed(listed), start, stop)

    def choices(self, listed: PilotFilter, name: str) -> list[Counted]:
        """Return the choices of a facet; the counts heed all other filters."""
        rows, part = self.narrowed(listed, leaving_out=name), self.shelf.having("part")
        counts: Mapping[Any, int]
        parts: Mapping[Any, int]
        if name in TIES:
            counts, parts = self.shelf.counts_of_ties(name, rows), self.shelf.counts_of_ties(name, rows & part)
        else:
            found = {value: rows & having for value, having in self._values(listed, name).items()}
            counts = {value: n for value, has in found.items() if (n := has.bit_count())}
            parts = {value: (found[value] & part).bit_count() for value in counts}
        if name not in ROWS:
            return listed.counted(name, counts, parts)
        offered = self._offered(name)
        made = [Counted(*offered[key], counts[key], parts.get(key, 0)) for key in offered if key in counts]
        return made if name in ALPHABETICAL else sorted(made, key=lambda one: -one.rows)

    def _offered(self, name: str) -> dict[int, tuple[str, str]]:
        """Return the slug and the name of the rows that a facet offers."""
        rows = self.shelf.offered(ROWS[name])
        if name == "area":
            offices = set(self.shelf.reach.get("offices", {}).get(0, ()))
            return {key: row for key, row in rows.items() if key in offices}
        if name == "target":
            return {key: row for key, row in rows.items() if row[0] not in facets.SAID_BY_CLIENT_TYPE}
        return rows

    def narrowed(self, listed: PilotFilter, leaving_out: str = "") -> int:
        """Return the pilots that pass all filters but one."""
        rows, picked = self.visible, listed.picked
        if "q" in picked and leaving_out != "q":
            if self._hits is None:
                self._hits = bitmaps.of(self._found(listed))
            rows &= self._hits
        if {"model", "degree"} - {leaving_out} & picked.keys():
            rows &= self._using(listed, leaving_out)
        for name, values in picked.items():
            if name not in {"q", *LOOKS, "model", "degree", leaving_out}:
                rows &= self._passing(listed, name, [getattr(value, "pk", value) for value in values])
        return rows

    def _passing(self, listed: PilotFilter, name: str, values: list[Any]) -> int:
        """Return the pilots that a filter lets through."""
        if name in TIES:
            return self.shelf.tied(name, set(values))
        rows, of_facet = 0, self._values(listed, name)
        for value in values:
            rows |= of_facet.get(value, 0)
        return rows

    def _values(self, listed: PilotFilter, name: str) -> dict[Any, int]:
        """Return the pilots of each value of a facet: by the key of a row, or by the value of a declared choice."""
        if name == "target":
            return self._reached("within", "target")
        if name == "area":
            found = defaultdict(int, self._reached("covers", "region"))
            for office, rows in self.shelf.bits.get("area_of", {}).items():
                found[int(office)] |= rows
            return found
        if name == "results":
            card = self.shelf.having("outcome", self.shelf.bits.get("outcome", ()))
            return {"card": card, "none": self.shelf.having("all") & ~card}
        if name == "model":
            degrees = listed.picked.get("degree") or PilotModel.Degree.values
            return self._uses(lambda model, degree: model if degree in degrees else None)
        if name == "degree":
            models = {model.pk for model in listed.picked.get("model", ())}
            return self._uses(lambda model, degree: degree if not models or model in models else None)
        values = self.shelf.bits.get(name, {})
        return {int(key): rows for key, rows in values.items()} if name in ROWS else dict(values)

    def _reached(self, reach: str, facet: str) -> dict[int, int]:
        """Return the pilots of each row that reaches over the values of a facet."""
        return {row: self.shelf.having(facet, values) for row, values in self.shelf.reach.get(reach, {}).items()}

    def _uses(self, value_of: Any) -> dict[Any, int]:
        """Return the pilots by a value of their uses of models; a use without the value is left out."""
        found: dict[Any, int] = defaultdict(int)
        for use, rows in self.shelf.bits.get("use", {}).items():
            model, degree = use.split(":")
            if (value := value_of(int(model), degree)) is not None:
                found[value] |= rows
        return found

    def _using(self, listed: PilotFilter, leaving_out: str) -> int:
        """Return the pilots with a use of the model and of the degree that are asked for."""
        asked = {name: listed.picked.get(name, ()) for name in ("model", "degree") if name != leaving_out}
        models, degrees = {model.pk for model in asked.get("model", ())}, asked.get("degree", ())

        def fits(model: int, degree: str) -> bool | None:
            return True if (not models or model in models) and (not degrees or degree in degrees) else None

        return self._uses(fits).get(True, 0)

    def _found(self, listed: PilotFilter) -> Sequence[int]:
        """Return the keys of the pilots in which the words are found, the best first."""
        if self._searched is None:
            found, kind = listed.found, listed.search_kind
            if found.nothing_asked:
                self._searched = self.shelf.order("name")
            elif listed.order != "best":
                self._searched = found.rows
            elif found.total > MOST_RANKED:
                self._searched = many_keys(found, kind, self.shelf.order("name"))
            else:
                rows = with_relevance(listed.queryset.filter(pk__in=many(found.rows)), found, kind)
                self._searched = list(listed.ordered(rows).values_list("pk", flat=True))
        return self._searched
