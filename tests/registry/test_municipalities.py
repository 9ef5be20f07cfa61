"""The page of a municipality, and the pilots narrowed to one."""

import pytest
from django.test import Client

from pilots.models import Pilot
from regions.models import Region
from tests.factories import make_municipality, make_organisation, make_pilot, make_region, make_round

PAGE = "/en/municipalities/pori/"


def pilot_in(region: Region, *municipalities: str, **fields: object) -> Pilot:
    pilot = make_pilot(regions=[region], **fields)
    pilot.municipalities.set([make_municipality(slug, region) for slug in municipalities])
    return pilot


def test_the_page_shows_the_pilots_there_those_of_the_region_and_what_is_open(
    client: Client, satakunta: Region
) -> None:
    pilot_in(satakunta, "pori", name_en="In Pori")
    pilot_in(satakunta, "rauma", name_en="In Rauma")
    pilot_in(satakunta, "pori", name_en="Not published", published=False)
    make_pilot(regions=[make_region("10")], name_en="Far away")
    council = make_organisation(region=satakunta, name_en="The council", role_address="kirjaamo@liitto.example")
    make_round(name_en="Open round", invited=[council])
    text = client.get(PAGE).text
    order = [
        "Open round",
        "Pilots in the municipality",
        "In Pori",
        "Other pilots in the region",
        "In Rauma",
        "The council",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert 'href="/en/regions/region-04/"' in text
    assert 'href="mailto:kirjaamo@liitto.example"' in text
    assert not {words for words in ("Not published", "Far away") if words in text}


def test_a_municipality_without_a_pilot_leads_on(client: Client, satakunta: Region) -> None:
    make_municipality("pori", satakunta)
    text = client.get(PAGE).text
    assert "No pilot of this municipality is described." in text
    assert 'href="/en/pilots/"' in text
    assert client.get("/en/municipalities/nowhere/").status_code == 404
    assert client.get("/en/municipalities/Pori/").headers["Location"] == PAGE


@pytest.mark.parametrize("rows", [1, 3, 60])
def test_the_page_asks_as_much_for_one_pilot_as_for_many(
    client: Client, satakunta: Region, django_assert_num_queries, rows: int
) -> None:
    council = make_organisation(region=satakunta)
    for _ in range(rows):
        pilot_in(satakunta, "pori")
        pilot_in(satakunta, "rauma")
        make_round(invited=[council])
    with django_assert_num_queries(QUERIES):
        assert client.get(PAGE).status_code == 200


QUERIES = 7


def test_the_list_of_pilots_is_narrowed_to_a_municipality(client: Client, satakunta: Region) -> None:
    there = pilot_in(satakunta, "pori")
    pilot_in(satakunta, "rauma")
    answer = client.get("/en/pilots/?municipality=pori")
    assert [pilot.code for pilot in answer.context["page"]] == [there.code]
    assert "<title>Pori – 1 pilot – Pilot Registry</title>" in answer.text
    facet = next(facet for facet in answer.context["facets"] if facet.name == "municipality")
    assert {choice.value: choice.count for choice in facet.choices} == {"pori": 1, "rauma": 1}


def test_a_pilot_leads_to_its_municipalities(client: Client, satakunta: Region) -> None:
    pilot = pilot_in(satakunta, "pori")
    assert f'<a href="{PAGE}">Pori</a>' in client.get(f"/en/pilots/{pilot.code}/").text


def test_the_region_leads_to_its_municipalities(client: Client, satakunta: Region) -> None:
    make_municipality("pori", satakunta)
    assert f'<a href="{PAGE}">Pori</a>' in client.get("/en/regions/region-04/").text
    assert "Municipalities with a page" not in client.get(f"/en/regions/{make_region('10').slug}/").text
