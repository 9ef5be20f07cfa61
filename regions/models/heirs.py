"""Who holds the duties of organisations on a day: through the successions, and where there is none by the regions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from registry.lib.composed import ComposedOnce
from registry.lib.together import read_together

from .areas import Region
from .organisations import Coverage, Kind, Organisation, Succession


@dataclass(frozen=True)
class Heir:
    """An organisation that holds the duties on the day; ``through`` is the earlier holder, if there was one."""

    organisation: Organisation
    through: Organisation | None = None
    on: date | None = None  # the day on which the duties came
    inferred: bool = False  # by our own conclusion, for no source tells a single successor


def heirs_of(holders: Iterable[Organisation], regions: Collection[Region], names: set[str], day: date) -> list[Heir]:
    """Return who holds on ``day`` the duties that ``holders`` had in ``regions``, each organisation once.

    A TE Office has no successor one to one: its duties are with the employment areas of the regions, of these with
    those that may have one of the municipalities ``names``, if any is told.
    """
    places = tuple(region.pk for region in regions)
    if isinstance(holders, QuerySet):
        read = read_together(**_around.build(places, day), holders=holders)
    else:
        read = _around(places, day)
    after: dict[int, list[Succession]] = {}
    for row in read["took_over"]:
        after.setdefault(row.predecessor_id, []).append(row)
    here = {coverage.organisation_id for coverage in read["here"]}
    areas = _narrowed(read["areas"], names)
    found: dict[int, Heir] = {}
    ahead = [Heir(holder) for holder in read.get("holders", holders)]
    while ahead:
        heir = ahead.pop(0)
        if heir.organisation.exists_on(day):
            found.setdefault(heir.organisation.pk, heir)
            continue
        rows = after.get(heir.organisation.pk, [])
        rows = [row for row in rows if row.successor_id in here] or rows
        ahead += [Heir(row.successor, heir.organisation, row.on, row.verification == "inferred") for row in rows]
        if heir.organisation.kind == Kind.TE_OFFICE:
            ahead += [Heir(area, heir.organisation, area.first_day, inferred=True) for area in areas]
    return list(found.values())


@ComposedOnce
def _around(regions: tuple[int, ...], day: date) -> dict[str, QuerySet[Any]]:
    """Return what has been taken over by the day, and the organisations that cover the regions on it."""
    took_over = Succession.objects.filter(outcome=Succession.Outcome.HAPPENED, on__lte=day)
    return {
        "took_over": took_over.select_related("successor").order_by("on", "pk"),
        "here": Coverage.objects.filter(region__in=regions, validity__contains=day),
        "areas": Organisation.objects.on(day).filter(kind=Kind.EMPLOYMENT_AREA).covering(regions, day).by_name(),
    }


def _narrowed(areas: list[Organisation], names: set[str]) -> list[Organisation]:
    """Return the employment areas; a municipality that is told leaves only its own area.

    A municipality that no known list has may be in any area whose list is not whole.
    """
    lost = names.difference(*(area.municipality_names for area in areas))
    if not names:
        return areas
    return [
        area
        for area in areas
        if names.intersection(area.municipality_names) or (lost and not area.municipalities_exhaustive)
    ]
