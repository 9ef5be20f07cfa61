"""A recount of lists in Python: what each row has, and which rows pass random choices."""

from collections.abc import Callable, Iterable
from datetime import date
from random import Random
from typing import Any

from django.http import QueryDict

from pilots.models import (
    ClientType,
    DeliveryModel,
    Outcome,
    Partner,
    Pilot,
    PilotModel,
    PilotTarget,
    Stage,
    TargetGroup,
    Theme,
)
from regions.models import Kind, Region
from registry.lib.dates import reading
from tests.factories import make_card, make_municipality, make_organisation, make_pilot, make_programme

# What a row has, by the name of a filter: the values of that filter which find it.
Values = dict[str, Callable[[Any], Iterable[str]]]


def ancestors(group: TargetGroup | None) -> set[str]:
    return {group.slug} | ancestors(group.parent) if group else set()


def areas(pilot: Pilot) -> set[str]:
    offices = {pilot.area_of.slug} if pilot.area_of else set()
    for region in pilot.regions.all():
        for coverage in region.coverages.all():
            if coverage.organisation.kind in {Kind.ELY_CENTRE, Kind.VITALITY_CENTRE} and coverage.held(DAY):
                offices.add(coverage.organisation.slug)
    return offices


def band(sum_in_euros: int | None) -> str:
    limits = [(50_000, "0"), (250_000, "50000"), (1_000_000, "250000")]
    if sum_in_euros is None:
        return "none"
    return next((value for above, value in limits if sum_in_euros < above), "1000000")


DAY = date(2026, 11, 21)
OF_PILOTS: Values = {
    "q": lambda pilot: {"kuutamo"} if "kuutamo" in pilot.summary_fi else set(),
    "programme": lambda pilot: {pilot.programme.slug},
    "stage": lambda pilot: {pilot.on(DAY).value},
    "client": lambda pilot: {pilot.client_type} - {""},
    "region": lambda pilot: {region.slug for region in pilot.regions.all()},
    "municipality": lambda pilot: {town.slug for town in pilot.municipalities.all()},
    "theme": lambda pilot: {theme.slug for theme in pilot.themes.all()},
    "model": lambda pilot: {model.slug for model in pilot.delivery_models.all()},
    "degree": lambda pilot: {use.degree for use in pilot.model_uses.all()},
    "procurement": lambda pilot: {"whole"} if pilot.whole_process else set(),
    "target": lambda pilot: set().union(*(ancestors(group) for group in pilot.target_groups.all())),
    "results": lambda pilot: {"card" if hasattr(pilot, "result_card") else "none"},
    "outcome": lambda pilot: {pilot.result_card.outcome} if hasattr(pilot, "result_card") else set(),
    "area": lambda pilot: areas(pilot),
    "lead": lambda pilot: {pilot.lead.slug} if pilot.lead else set(),
    "partner": lambda pilot: {row.organisation.slug for row in pilot.partners.all() if row.organisation},
    "year": lambda pilot: {str(pilot.start.earliest.year)} if pilot.start.earliest else set(),
    "budget": lambda pilot: {band(pilot.budget_eur)},
    "publication": lambda pilot: {"published" if pilot.published_at else "unpublished"},
}


def AREAS(*regions: Region) -> list[tuple[str, Region]]:
    """Two offices of one region, and one of the other."""
    return [(Kind.VITALITY_CENTRE, regions[0]), (Kind.ELY_CENTRE, regions[0]), (Kind.VITALITY_CENTRE, regions[1])]


def some(chance: Random, values: Iterable[Any]) -> list[Any]:
    every = list(values)
    return chance.sample(every, chance.randrange(len(every) + 1))


def make_pilots(satakunta: Region, etela_savo: Region) -> None:
    """Make forty pilots of two regions, of which each has something else."""
    chance = Random(1)
    programmes = [make_programme() for _ in range(3)]
    towns = [make_municipality(name, satakunta) for name in ("pori", "rauma")]
    themes = [Theme.objects.create(slug=f"t-{n}", name_fi=f"Teema {n}") for n in range(3)]
    models = [DeliveryModel.objects.create(slug=f"m-{n}", name_fi=f"Malli {n}") for n in range(3)]
    whole = TargetGroup.objects.create(slug="whole", name_fi="Kaikki")
    part = TargetGroup.objects.create(slug="part", name_fi="Osa", parent=whole)
    targets = [whole, part, TargetGroup.objects.create(slug="small", name_fi="Pieni", parent=part)]
    offices = [make_organisation(kind, region) for kind, region in AREAS(satakunta, etela_savo)]
    for _ in range(40):
        year = chance.choice([None, 2017, 2018])
        days = reading(date(year, 5, 1), date(year + 1, 5, 1)) if year else None
        pilot = make_pilot(
            published=chance.random() < 0.7,
            programme=chance.choice(programmes),
            stage=chance.choice([Stage.RUNNING, Stage.ENDED, Stage.PLANNED]),
            client_type=chance.choice(["", *ClientType.values]),
            whole_process=chance.choice([None, True, False]),
            regions=some(chance, [satakunta, etela_savo]),
            summary_fi=chance.choice(["kuutamo", "päivä"]),
            start_days=days,
            budget_eur=chance.choice([None, 0, 49_999, 50_000, 999_999, 1_000_000, 9_000_000]),
            lead=chance.choice([None, *offices]),
            area_of=chance.choice([None, None, *offices]),
        )
        for place, office in enumerate(some(chance, offices)):
            Partner.objects.create(pilot=pilot, position=place, organisation=office, state=Partner.State.AGREED)
        if chance.random() < 0.5:
            make_card(pilot, outcome=chance.choice(Outcome.values))
        pilot.municipalities.set(some(chance, towns))
        pilot.themes.set(some(chance, themes))
        for model in some(chance, models):
            degree = chance.choice(PilotModel.Degree.values)
            PilotModel.objects.create(pilot=pilot, delivery_model=model, degree=degree)
        for group in some(chance, targets):
            PilotTarget.objects.create(pilot=pilot, target_group=group)


def asking(choices: dict[str, list[str]]) -> QueryDict:
    asked = QueryDict(mutable=True)
    for name, values in choices.items():
        asked.setlist(name, values)
    return asked


def found(rows: Iterable[Any], values: Values) -> list[dict[str, set[str]]]:
    """Return for each row the values of each filter that find it."""
    return [{name: set(of(row)) for name, of in values.items()} for row in rows]


def left(
    rows: list[dict[str, set[str]]], choices: dict[str, list[str]], leaving_out: str = ""
) -> list[dict[str, set[str]]]:
    """Return the rows that have, for each filter but one, one of its choices."""
    return [
        row for row in rows if all(row[name] & {*values} for name, values in choices.items() if name != leaving_out)
    ]


OF_ONE_USE = {"model", "degree"}  # these two are taken together, and tried below
ONE_ONLY = {"q", "organisation", "since", "until"}


def random_choices(rows: list[dict[str, set[str]]], tries: int) -> Iterable[dict[str, list[str]]]:
    """Yield choices of up to four filters at once: of a facet up to three values that some rows have."""
    chance = Random(tries)
    for _ in range(tries):
        names = chance.sample(sorted(rows[0]), chance.randrange(5))
        if {*OF_ONE_USE} <= {*names}:
            names.remove("degree")
        offered = {name: sorted(set().union(*(row[name] for row in rows))) for name in names}
        most = {name: 1 if name in ONE_ONLY else chance.randrange(1, 4) for name in names}
        yield {name: chance.sample(values, min(most[name], len(values))) for name, values in offered.items() if values}
