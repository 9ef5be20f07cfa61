"""The kinds of records of the organisations: five lists of their own kind and the others, then what became of them."""

from regions.models import Coverage, Kind, Organisation, PlannedDay, Succession, Transfer

from .engine import Spec

COVERAGES = Spec("coverages", Coverage, parent="organisation", key=("region", "validity"))


def _organisations(name: str, kind: str) -> Spec:
    """Return the kind of a list whose organisations are all of ``kind``."""
    return Spec(name, Organisation, file="organisations.json", fixed={"kind": kind}, children=(COVERAGES,))


KINDS = (
    _organisations("ely_centres", Kind.ELY_CENTRE),
    _organisations("te_offices", Kind.TE_OFFICE),
    _organisations("regional_councils", Kind.REGIONAL_COUNCIL),
    _organisations("vitality_centres", Kind.VITALITY_CENTRE),
    _organisations("employment_areas", Kind.EMPLOYMENT_AREA),
    Spec("other_organisations", Organisation, file="organisations.json", children=(COVERAGES,)),
    Spec("successions", Succession, file="organisations.json", key=("predecessor", "successor")),
    Spec(
        "transfers",
        Transfer,
        file="organisations.json",
        children=(Spec("planned_days", PlannedDay, parent="transfer", key=("when_words",)),),
    ),
)
