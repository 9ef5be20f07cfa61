"""Organisations: the list, what became of them, and the pilots that follow."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pilots.models import Partner, Programme
from regions.models import Coverage, Kind, Organisation, Region, Succession, Transfer
from registry.lib.database import since
from tests.factories import (
    make_organisation,
    make_person,
    make_pilot,
    make_post,
    make_programme,
    make_region,
    make_round,
)

LIST = "/en/organisations/"
LIST_QUERIES, PAGE_QUERIES = 5, 2
LIVED = since(date(2010, 1, 1), date(2025, 12, 31))


def page(client: Client, organisation: Organisation, query: str = "") -> str:
    response = client.get(f"{LIST}{organisation.slug}/{query}")
    assert response.status_code == 200
    return response.text


def names(client: Client, query: str = "") -> list[str]:
    return [organisation.name_fi for organisation in client.get(LIST + query).context["page"]]


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_list_asks_as_much_for_one_organisation_as_for_a_thousand(
    client: Client, satakunta: Region, django_assert_num_queries, rows: int
) -> None:
    made = Organisation.objects.bulk_create(
        Organisation(kind=Kind.MUNICIPALITY, slug=f"m-{n}", name_fi=f"Kunta {n}") for n in range(rows)
    )
    Coverage.objects.bulk_create(Coverage(organisation=one, region=satakunta) for one in made)
    with django_assert_num_queries(LIST_QUERIES):
        assert len(client.get(LIST).context["page"]) == min(rows, 25)


def test_the_list_is_in_finnish_order(client: Client, db: None) -> None:
    for name in ("Öja", "Zürich", "Åland", "Äänekoski", "Aura"):
        make_organisation(name_fi=name)
    assert names(client) == ["Aura", "Zürich", "Åland", "Äänekoski", "Öja"]


def test_the_list_shows_the_day_and_on_request_all_times(client: Client, satakunta: Region) -> None:
    make_organisation(Kind.ELY_CENTRE, satakunta, name_fi="Mennyt", validity=LIVED)
    make_organisation(Kind.VITALITY_CENTRE, satakunta, name_fi="Nykyinen", validity=since(date(2026, 1, 1)))
    assert names(client, "?pvm=2018-03-15") == ["Mennyt"]
    assert names(client, "?pvm=2030-01-01") == ["Nykyinen"]
    assert names(client, "?time=all&region=region-04") == ["Mennyt", "Nykyinen"]
    assert names(client, "?kind=ely_centre&time=all") == ["Mennyt"]


def test_a_name_is_found_in_any_language_and_with_a_slip(client: Client, db: None) -> None:
    make_organisation(name_fi="Satakuntaliitto", name_sv="Satakuntaförbundet", name_en="Regional Council of Satakunta")
    make_organisation(Kind.MINISTRY, name_fi="Kela")
    for words in ("satakuntaliitto", "förbundet", "Regional council", "Satakuntalitto"):
        assert names(client, f"?q={words}") == ["Satakuntaliitto"]
    assert "No organisation was found" in client.get(LIST + "?q=zzzz").text


def test_filters_are_links_with_counts_that_keep_the_rest(client: Client, satakunta: Region) -> None:
    make_organisation(Kind.MUNICIPALITY, satakunta, name_fi="Kunta")
    make_organisation(Kind.EDUCATION, make_region("10"))
    kind, region = client.get(LIST + "?pvm=2030-01-01&region=region-04").context["facets"]
    assert [(choice.value, choice.count) for choice in kind.choices] == [("municipality", 1)]
    assert kind.choices[0].url == "?pvm=2030-01-01&region=region-04&kind=municipality"
    assert {choice.value: choice.count for choice in region.choices} == {"region-04": 1, "region-10": 1}
    assert [choice.url for choice in region.choices if choice.selected] == ["?pvm=2030-01-01"]


def test_pages_keep_the_filters(client: Client, db: None) -> None:
    for _ in range(26):
        make_organisation(Kind.COMPANY)
    assert "?kind=company&amp;page=2" in client.get(LIST + "?kind=company").text
    assert len(client.get(LIST + "?kind=company&page=2").context["page"]) == 1


@pytest.mark.parametrize(
    "query",
    ["kind=nothing", "region=nowhere", "time=never", "region=%00&kind=a&kind=b"],
)
def test_a_choice_that_does_not_exist_is_left_out_and_named(client: Client, satakunta: Region, query: str) -> None:
    make_organisation(region=satakunta)
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    assert "asks for a choice that does not exist" in response.text
    assert len(response.context["page"]) == 1


@pytest.mark.parametrize(
    "query",
    ["page=x", "page=0", "page=1000000000", "sivu=x", "page=%00", "%00=1", "kind=%00", "q=%00", "q=" + "x" * 999],
)
def test_a_page_number_or_a_search_without_sense_is_answered(client: Client, db: None, query: str) -> None:
    assert client.get(f"{LIST}?{query}").status_code == 200


@pytest.mark.parametrize("rows", [1, 3, 60])
def test_the_page_asks_as_much_for_one_row_as_for_many(
    client: Client, satakunta: Region, django_assert_num_queries, rows: int
) -> None:
    office = make_organisation(Kind.TE_OFFICE, satakunta, slug="office", steered_by=make_organisation())
    for n in range(rows):
        other = make_organisation(Kind.EMPLOYMENT_AREA, satakunta)
        make_organisation(steered_by=office)
        Succession.objects.create(predecessor=office, successor=other, on=date(2025, 1, 1))
        Succession.objects.create(predecessor=make_organisation(), successor=office, on=date(2013, 1, 1))
        Partner.objects.create(pilot=make_pilot(), organisation=office, position=1, state="agreed")
        make_pilot(lead=office, regions=[satakunta])
        make_programme(owner=office)
        make_round(organiser=office, invited=[office])
        make_post(make_person(), office)
        Transfer.objects.create(
            slug=f"t-{n}", from_kinds=["te_office"], to_kind="region", duties_fi="x", outcome="never"
        )
    with django_assert_num_queries(PAGE_QUERIES):
        assert client.get(LIST + "office/").status_code == 200


def test_an_ended_organisation_says_what_became_of_it(client: Client, db: None) -> None:
    hame = make_organisation(Kind.ELY_CENTRE, name_en="Häme", validity=LIVED, planned_end=date(2020, 12, 31))
    for name in ("Central Finland", "South-East Finland"):
        successor = make_organisation(Kind.VITALITY_CENTRE, name_en=name)
        Succession.objects.create(predecessor=hame, successor=successor, on=date(2026, 1, 1))
    text = page(client, hame)
    assert "This organisation ended on 31 December 2025." in text
    assert "It ended on another day than was planned." in text
    assert "Successors" in text
    assert "Central Finland" in text
    assert "South-East Finland" in text
    assert "This organisation ended" not in page(client, hame, "?pvm=2018-03-15")


def test_a_succession_that_never_came_says_so(client: Client, db: None) -> None:
    old, planned = make_organisation(), make_organisation()
    Succession.objects.create(predecessor=old, successor=planned, outcome="never")
    assert "planned, but never took effect" in page(client, old)


def test_a_te_office_shows_the_known_employment_areas_and_the_dates_that_moved(
    client: Client, satakunta: Region
) -> None:
    office = make_organisation(Kind.TE_OFFICE, satakunta, validity=since(date(2013, 1, 1), date(2024, 12, 31)))
    make_organisation(Kind.EMPLOYMENT_AREA, satakunta, name_en="Pori area", organising_form="alone")
    move = Transfer.objects.create(
        slug="plan", from_kinds=["te_office"], to_kind="region", duties_fi="Tehtävät", outcome="never"
    )
    for year in (2021, 2019, 2020):
        move.planned_days.create(when_words=str(year), when_days=since(date(year, 1, 1), date(year, 1, 1)))
    text = page(client, office)
    assert "knows 1 of 45 areas" in text
    assert "Pori area" in text
    places = [text.index(f"”{year}”") for year in (2019, 2020, 2021)]
    assert [*places, text.index("<li>never</li>")] == sorted([*places, text.index("<li>never</li>")])
    assert "No single organisation took its place." in text


def test_pilots_follow_to_the_successor(client: Client, db: None) -> None:
    old, new = make_organisation(name_en="Old Centre", validity=LIVED), make_organisation()
    Succession.objects.create(predecessor=old, successor=new, on=date(2026, 1, 1))
    make_pilot(lead=old, name_en="Alliance")
    make_pilot(area_of=new, name_en="Area pilot")
    make_pilot(lead=new, name_en="Secret", published=False)
    text = page(client, new)
    assert "Alliance" in text
    assert "The pilot belonged to Old Centre, whose duties came here." in text
    assert "The pilot is in its area" in text
    assert "Secret" not in text
    assert "Area pilot" not in page(client, old)


def test_what_is_not_known_is_said(client: Client, db: None) -> None:
    assert page(client, make_organisation()).count("not known") >= 3
    assert "the whole country" in page(client, make_organisation(nationwide=True))


def test_an_organisation_to_come_says_when_it_starts(client: Client, db: None) -> None:
    centre = make_organisation(validity=since(date(2026, 1, 1)))
    assert "This organisation starts on 1 January 2026." in page(client, centre, "?pvm=2018-03-15")


def test_a_hidden_person_is_not_among_the_people(client: Client, db: None) -> None:
    organisation = make_organisation()
    make_post(make_person("Näkyvä"), organisation)
    make_post(make_person("Piilossa", hidden=True), organisation)
    text = page(client, organisation)
    assert "Näkyvä" in text
    assert "Piilossa" not in text


def test_an_organisation_that_is_not_there_is_not_found(client: Client, db: None) -> None:
    assert client.get(LIST + "nowhere/").status_code == 404


def test_an_open_round_stands_on_the_page_of_each_organisation_that_may_answer(client: Client, db: None) -> None:
    now = timezone.now()
    council, agency = make_organisation(slug="council"), make_organisation(Kind.AGENCY, slug="agency")
    ended = make_organisation(slug="gone", validity=since(date(2013, 1, 1), date(2024, 12, 31)))
    make_round(name_en="Invites by name", invited=[council, ended])
    make_round(name_en="Invites nobody by name")
    make_round(name_en="Closed", invited=[council], opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=1))
    pages = {slug: client.get(f"{LIST}{slug}/").text for slug in ("council", "agency", "gone")}
    assert "Invites by name" in pages["council"]
    assert "Invites nobody by name" in pages["council"]
    assert "Closed" not in pages["council"]
    assert "Open now to this organisation" not in pages["agency"] + pages["gone"]
    make_round(name_en="Invites the agency", invited=[agency])
    assert "Invites the agency" in client.get(f"{LIST}agency/").text


def test_an_organisation_shows_its_programmes_its_rounds_and_the_pilots_of_its_area(
    client: Client, satakunta: Region
) -> None:
    ministry = make_organisation(Kind.MINISTRY, slug="tem")
    make_organisation(region=satakunta, slug="centre")
    make_programme(owner=ministry, name_en="The programme")
    make_round(organiser=ministry, name_en="The round")
    make_round(organiser=ministry, name_en="Not public", published=False)
    make_pilot(regions=[satakunta], name_en="In the area")
    make_pilot(regions=[satakunta], name_en="Not published", published=False)
    text, area = client.get(f"{LIST}tem/").text, client.get(f"{LIST}centre/").text
    assert "Programmes it owns" in text
    assert "The programme" in text
    assert "The round" in text
    assert "Not public" not in text
    assert "name nobody" not in text
    assert "No pilot of this organisation" not in text
    assert f'href="/en/pilots/?programme={Programme.objects.get().slug}"' in text
    assert "In the area" in area
    assert "Not published" not in area
