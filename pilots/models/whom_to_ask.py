"""Whom to ask about a pilot on a day: the bodies that hold by then what its lead, its area or its parties did."""

from dataclasses import replace
from datetime import date
from typing import Any

from regions.models import Heir, Kind, Organisation, heirs_of

STATE = (Kind.ELY_CENTRE, Kind.TE_OFFICE)


def whom_to_ask(pilot: Any, day: date) -> list[Heir]:
    """Return who answers for ``pilot`` on ``day``; its parties, regions and municipalities are read.

    Where neither lead nor area nor a state party is told, the ELY Centres and TE Offices of its regions are taken: our
    own conclusion.
    """
    regions, names = list(pilot.regions.all()), {row.name_fi for row in pilot.municipalities.all()}
    told = [one for one in (pilot.lead, pilot.area_of) if one]
    parties = [row.organisation for row in pilot.partners.all() if row.organisation and row.organisation.kind in STATE]
    if told or parties:
        return heirs_of(told or parties, regions, names, day)
    offices = Organisation.objects.filter(kind__in=STATE).covering(regions, None).by_name()
    return [replace(heir, inferred=True) for heir in heirs_of(offices, regions, names, day)]
