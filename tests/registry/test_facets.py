"""The choices of a list: several of one facet, what is left out, and what to leave out where nothing is found."""

from datetime import date

from django.http import QueryDict

from pilots.catalogue.filters.pilots import PilotFilter
from pilots.models import Pilot, Stage
from regions.models import Region
from registry.lib.lists import MOST_CHOICES
from tests.factories import make_organisation, make_pilot

DAY = date(2026, 11, 21)


def test_a_choice_adds_itself_and_each_chosen_one_can_be_taken_away(satakunta: Region, etela_savo: Region) -> None:
    make_pilot(regions=[satakunta])
    make_pilot(regions=[etela_savo])
    query = QueryDict("region=region-04&stage=planned&sort=code")
    context = PilotFilter(query, Pilot.objects.all(), desk=False, day=DAY).context()
    unfolded = {facet.name for facet in context["facets"] if facet.unfolded}
    assert unfolded == {"programme", "stage", "outcome", "region"}
    facet = {choice.value: choice for facet in context["facets"] for choice in facet.choices}
    assert QueryDict(facet["region-10"].url[1:]).getlist("region") == ["region-04", "region-10"]
    assert "region" not in QueryDict(facet["region-04"].url[1:])
    assert [choice.value for choice in facet.values() if choice.selected] == ["planned", "region-04"]
    two = PilotFilter(
        QueryDict("region=region-10&region=region-04&stage=planned"), Pilot.objects.all(), desk=False, day=DAY
    )
    pills = two.context()["pills"]
    budget = PilotFilter(QueryDict("budget=none"), Pilot.objects.all(), desk=False, day=DAY).context()["facets"]
    assert "budget" in {facet.name for facet in budget if facet.unfolded}  # what is chosen is seen
    assert [pill.label for pill in pills] == ["Vaihe: suunnitteilla", "Maakunta: Satakunta", "Maakunta: Etelä-Savo"]
    assert [QueryDict(pill.remove_url[1:]).getlist("region") for pill in pills[1:]] == [["region-10"], ["region-04"]]


def test_unknown_choices_are_left_out_and_named_and_the_known_ones_hold(satakunta: Region) -> None:
    pilot = make_pilot(regions=[satakunta])
    make_pilot()
    asked = QueryDict("region=region-04&region=atlantis&stage=dreaming&client=\x00&sort=worst&year=1066")
    listed = PilotFilter(asked, Pilot.objects.all(), desk=False, day=DAY)
    assert list(listed.qs) == [pilot]
    assert listed.refused == ["Järjestys", "Vaihe", "Asiakastyyppi", "Maakunta", "Alkuvuosi"]
    assert listed.address() == "?region=region-04"


def test_a_list_that_finds_nothing_says_what_to_leave_out(satakunta: Region) -> None:
    make_pilot(stage=Stage.RUNNING, regions=[satakunta], name_fi="Kuutamo")
    ended = make_pilot(stage=Stage.ENDED)
    make_pilot(stage=Stage.ENDED, parent=ended, programme=ended.programme)
    asked = QueryDict("q=kuutamo&region=region-04&stage=ended&stage=lapsed")
    ways = PilotFilter(asked, Pilot.objects.all(), desk=False, day=DAY).context()["ways_out"]
    assert [(way.label, way.count) for way in ways] == [("Vaihe: päättynyt, rauennut", 1)]
    assert QueryDict(ways[0].url[1:]).getlist("stage") == []
    ways = PilotFilter(QueryDict("region=region-04&stage=ended"), Pilot.objects.all(), desk=False, day=DAY)
    ways_out = ways.context()["ways_out"]
    assert [(way.wholes, way.parts) for way in ways_out] == [(1, 1), (1, 0)]  # as the list there will count


def test_a_facet_shows_so_many_choices_and_the_chosen_one_always(db: None) -> None:
    leads = [make_organisation(name_fi=f"Vetäjä {n:03d}") for n in range(MOST_CHOICES + 3)]
    for lead in leads:
        make_pilot(lead=lead)
    asked = QueryDict(f"lead={leads[-1].slug}")
    context = PilotFilter(asked, Pilot.objects.all(), desk=False, day=DAY).context()
    facet = next(facet for facet in context["facets"] if facet.name == "lead")
    assert (len(facet.choices), facet.more, facet.choices[-1].label) == (
        MOST_CHOICES + 1,
        2,
        f"Vetäjä {len(leads) - 1:03d}",
    )
