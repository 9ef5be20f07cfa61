"""Regions: the list and the page of a day."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pilots.models import NewsItem
from regions.models import Kind, Organisation, Region
from registry.lib.database import since
from tests.factories import make_group, make_municipality, make_organisation, make_pilot, make_region, make_round

LIST, PAGE = "/en/regions/", "/en/regions/region-04/"
LIST_QUERIES, PAGE_QUERIES = 2, 3


def ended_office(region: Region) -> Organisation:
    return make_organisation(
        Kind.TE_OFFICE, region, name_en="Old Office", validity=since(date(2013, 1, 1), date(2024, 12, 31))
    )


@pytest.mark.parametrize("rows", [1, 3, 19])
def test_the_list_asks_as_much_for_one_region_as_for_many(
    db: None, client: Client, django_assert_num_queries, rows: int
) -> None:
    for n in range(1, rows + 1):
        make_pilot(regions=[make_region(f"{n:02d}")])
    with django_assert_num_queries(LIST_QUERIES):
        assert client.get(LIST).status_code == 200


def test_the_list_counts_what_is_there_on_the_day(client: Client, satakunta: Region) -> None:
    ended_office(satakunta)
    make_group().regions.add(satakunta)
    make_pilot(regions=[satakunta])
    make_pilot(regions=[satakunta], published=False)
    [now] = client.get(LIST).context["regions"]
    [then] = client.get(LIST + "?pvm=2018-03-15").context["regions"]
    assert (now.organisation_count, now.group_count, now.pilot_count) == (0, 1, 1)
    assert then.organisation_count == 1


def test_staff_see_unpublished_pilots_counted(as_user, officer, satakunta: Region) -> None:
    make_pilot(regions=[satakunta], published=False)
    assert [region.pilot_count for region in as_user(officer).get(LIST).context["regions"]] == [1]


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_page_asks_as_much_for_one_organisation_as_for_a_thousand(
    client: Client, satakunta: Region, django_assert_num_queries, rows: int
) -> None:
    for _ in range(rows):
        council = make_organisation(Kind.MUNICIPALITY, satakunta)
    for n in range(min(rows, 60)):
        make_round(invited=[council])
        make_municipality(f"town-{n}", satakunta)
        make_pilot(regions=[satakunta])
        make_group().regions.add(satakunta)
        fields = {f"{name}_{code}": "x" for name in ("title", "body") for code in ("fi", "sv")}
        item = NewsItem.objects.create(slug=f"news-{n}", published_at=timezone.now(), **fields)
        item.regions.add(satakunta)
    with django_assert_num_queries(PAGE_QUERIES):
        response = client.get(PAGE)
    assert len(response.context["pilots"]) == min(rows, 50)
    assert ("The first 50 of 60 pilots" in response.text) == (rows == 1000)


def test_the_page_shows_who_worked_there_on_the_day_and_keeps_it_in_links(client: Client, satakunta: Region) -> None:
    office = ended_office(satakunta)
    now, then = client.get(PAGE).text, client.get(PAGE + "?pvm=2018-03-15").text
    assert "Old Office" not in now
    assert f"/en/organisations/{office.slug}/?pvm=2018-03-15" in then
    assert "You see the situation on 15 March 2018." in then


def test_codes_are_kept_apart(client: Client, db: None) -> None:
    make_region("17", slug="pohjois", iso="FI-14", nuts3_2021="FI1D6", nuts3_2024="FI1D9")
    text = client.get("/en/regions/pohjois/").text
    assert "ISO 3166-2 code" in text
    assert "FI1D6 (2021 to 2023)" in text
    assert "FI1D9 (from 2024)" in text


def test_an_empty_region_says_what_is_not_known(client: Client, satakunta: Region) -> None:
    text = client.get(PAGE).text
    assert "No organisation is known here on this day" in text
    assert "No group of this region is known" in text


def test_a_region_that_is_not_there_is_not_found(client: Client, db: None) -> None:
    assert client.get("/en/regions/atlantis/").status_code == 404


@pytest.mark.parametrize("pvm", ["x", "2018-02-30", "%00", "99999-01-01", "0000-00-00", "9" * 5000, "<b>"])
@pytest.mark.parametrize("address", [LIST, PAGE, "/en/organisations/", "/en/groups/", "/en/people/"])
def test_a_day_that_is_no_day_shows_today_and_says_so(
    client: Client, satakunta: Region, address: str, pvm: str
) -> None:
    response = client.get(f"{address}?pvm={pvm}")
    assert response.status_code == 200
    assert ("is not a day" in response.text) == (pvm != "%00")
    assert not response.context["shown"].asked


@pytest.mark.parametrize("pvm", ["0001-01-01", "9999-12-31", "15.3.2018"])
def test_any_day_of_the_calendar_can_be_shown(client: Client, satakunta: Region, pvm: str) -> None:
    assert client.get(f"{PAGE}?pvm={pvm}").context["shown"].asked


def test_the_page_begins_with_the_rounds_that_are_open_to_the_region(client: Client, satakunta: Region) -> None:
    council, elsewhere = make_organisation(region=satakunta), make_organisation(region=make_region("10"))
    pilot = make_pilot(regions=[satakunta], name_en="A pilot here")
    make_round(name_en="For this region", invited=[council])
    make_round(name_en="For everybody")
    make_round(name_en="For another region", invited=[elsewhere])
    make_round(name_en="Not public", invited=[council], published=False)
    make_round(name_en="Not open yet", invited=[council], opens_at=timezone.now() + timedelta(days=1))
    text = client.get(PAGE).text
    order = ["Open now to this region", "For this region", str(pilot.name), "Who works here", "Statistics Finland"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "For everybody" in text
    assert not {words for words in ("For another region", "Not public", "Not open yet") if words in text}


def test_a_calendar_is_offered_only_where_it_holds_a_deadline(client: Client, satakunta: Region) -> None:
    assert ".ics" not in client.get(PAGE).text
    assert ".ics" not in client.get("/en/rounds/").text
    make_round(invited=[make_organisation(region=satakunta)])
    assert 'href="/en/regions/region-04.ics"' in client.get(PAGE).text
    assert 'href="/en/rounds.ics"' in client.get("/en/rounds/").text


def test_the_chosen_region_keeps_the_shade_of_its_count_and_is_outlined(client: Client, satakunta: Region) -> None:
    Region.objects.update(outline="M0 0L1 1")
    for _ in range(3):
        make_pilot(regions=[make_region("10", outline="M2 2L3 3")])
    shades = dict(re.findall(r'href="/en/regions/([\w-]+)/" class="area area-(\d)"', client.get(PAGE).text))
    assert shades == {"region-04": "0", "region-10": "2"}
    assert client.get(PAGE).text.count('class="area-outline" d="M0 0L1 1"') == 1
    assert "area-outline" not in client.get(LIST).text


def test_the_map_stands_after_the_table_and_can_be_skipped(client: Client, satakunta: Region) -> None:
    for page in (LIST, "/en/", PAGE):
        text = client.get(page).text
        assert text.index("Skip the map") < text.index('role="group" aria-label="Map') < text.index('id="after-map"')
        assert text.index("</table>" if page != PAGE else "Who works here") < text.index("Skip the map")
