"""Who holds the duties of an organisation on a day."""

from datetime import date

import pytest

from regions.models import Kind, Organisation, Region, Succession, heirs_of
from registry.lib.database import since
from tests.factories import make_organisation, make_region

pytestmark = pytest.mark.django_db

BEFORE, AFTER = date(2018, 3, 15), date(2026, 6, 1)
NOBODY: set[str] = set()


@pytest.fixture
def region() -> Region:
    return make_region()


@pytest.fixture
def centre(region: Region) -> Organisation:
    return make_organisation(Kind.ELY_CENTRE, region, validity=since(date(2010, 1, 1), date(2025, 12, 31)))


@pytest.fixture
def office(region: Region) -> Organisation:
    return make_organisation(Kind.TE_OFFICE, region, validity=since(date(2013, 1, 1), date(2024, 12, 31)))


def vitality(region: Region, centre: Organisation) -> Organisation:
    """Return a vitality centre of the region that took over from the ELY Centre."""
    successor = make_organisation(Kind.VITALITY_CENTRE, region, validity=since(date(2026, 1, 1)))
    Succession.objects.create(predecessor=centre, successor=successor, on=date(2026, 1, 1))
    return successor


def area(region: Region, *names: str, whole: bool = True) -> Organisation:
    """Return an employment area of the region with these municipalities."""
    return make_organisation(
        Kind.EMPLOYMENT_AREA,
        region,
        validity=since(date(2025, 1, 1)),
        municipality_names=list(names),
        municipalities_exhaustive=whole,
    )


def found(holder: Organisation, region: Region, names: set[str], day: date) -> set[Organisation]:
    """Return the organisations that hold the duties."""
    return {heir.organisation for heir in heirs_of([holder], [region], names, day)}


def test_an_organisation_that_exists_answers_for_itself(centre: Organisation, region: Region) -> None:
    vitality(region, centre)
    assert found(centre, region, NOBODY, BEFORE) == {centre}


def test_a_successor_answers_from_the_day_on_which_it_took_over(centre: Organisation, region: Region) -> None:
    successor = vitality(region, centre)
    [heir] = heirs_of([centre], [region], NOBODY, AFTER)
    assert (heir.organisation, heir.through, heir.on, heir.inferred) == (successor, centre, date(2026, 1, 1), False)


def test_of_two_successors_the_one_in_the_region_answers(centre: Organisation, region: Region) -> None:
    here = vitality(region, centre)
    vitality(make_region("10"), centre)
    assert found(centre, region, NOBODY, AFTER) == {here}


def test_the_employment_areas_of_the_regions_answer_for_an_office_by_our_own_conclusion(
    office: Organisation, region: Region
) -> None:
    mine = area(region, "Pori")
    area(make_region("10"), "Mikkeli")
    [heir] = heirs_of([office], [region], NOBODY, AFTER)
    assert (heir.organisation, heir.through, heir.inferred) == (mine, office, True)


def test_a_municipality_leaves_only_its_own_employment_area(office: Organisation, region: Region) -> None:
    pori, rauma = area(region, "Pori"), area(region, "Rauma", "Eura")
    assert found(office, region, {"Rauma"}, AFTER) == {rauma}
    assert found(office, region, {"Rauma", "Pori"}, AFTER) == {pori, rauma}


def test_a_municipality_that_no_list_has_may_be_in_an_area_whose_list_is_not_whole(
    office: Organisation, region: Region
) -> None:
    area(region, "Rauma")
    open_list = area(region, whole=False)
    assert found(office, region, {"Pori"}, AFTER) == {open_list}


def test_an_office_that_is_over_and_has_no_successor_leaves_nobody(region: Region) -> None:
    office = make_organisation(Kind.PROJECT_OFFICE, region, over_by=date(2019, 12, 31))
    assert found(office, region, NOBODY, BEFORE) == {office}
    assert found(office, region, NOBODY, AFTER) == set()
