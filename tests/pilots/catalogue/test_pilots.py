"""The list of pilots and its file."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone, translation

from pilots.catalogue.filters.pilots import PilotFilter
from pilots.models import Pilot, PilotTarget, Stage, TargetGroup
from regions.models import Organisation, Region, User
from registry.lib import exports
from registry.lib.dates import reading
from tests.factories import make_pilot, make_programme
from tests.pilots.catalogue.rich_pilot import address, body, rich_pilot

pytestmark = pytest.mark.django_db


def chosen(**query: str) -> PilotFilter:
    asked = QueryDict(mutable=True)
    asked.update(query)
    return PilotFilter(asked, Pilot.objects.public(), desk=True, day=date(2026, 11, 21))


def counts(name: str, **query: str) -> dict[str, int]:
    facet = next(facet for facet in chosen(**query).context()["facets"] if facet.name == name)
    return {choice.value: choice.count for choice in facet.choices}


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_list_takes_the_same_number_of_queries_for_any_number_of_pilots(
    rows: int,
    client: Client,
    satakunta: Region,
    django_assert_num_queries,
) -> None:
    for n in range(min(rows, 3)):
        rich_pilot(n)
    programme = make_programme()
    Pilot.objects.bulk_create(
        Pilot(
            code=f"ZZ-2018-{n:04d}",
            slug=f"zz-{n}",
            programme=programme,
            name_fi=f"Nimi {n}",
            name_sv="x",
            summary_fi="x",
            summary_sv="x",
            stage=Stage.ENDED,
            published_at=timezone.now(),
        )
        for n in range(rows - 3)
    )
    with django_assert_num_queries(4):
        assert client.get(address("pilots")).context["page"].paginator.count == rows
    with django_assert_num_queries(8):
        client.get(address("pilots", q="pilotti", region="region-04", sort="best"))
    with django_assert_num_queries(29 if rows > exports.PORTION else 19):
        client.get(address("pilots_csv")).getvalue()


def test_a_pilot_that_is_not_published_leaks_nowhere(client: Client, satakunta: Region) -> None:
    programme = make_programme(stated_count=20, stated_words="runsaat 20")
    secret = make_pilot(published=False, name_fi="Salasana Kuutamo", regions=[satakunta], programme=programme)
    other = make_pilot(programme=programme, name_fi="Julkinen", parent=None, continues=secret)
    other.related.add(secret)
    child = make_pilot(programme=programme, parent=secret, name_fi="Osa")
    for page in (
        body(client, "pilots"),
        body(client, "pilots", q="Kuutamo"),
        body(client, "pilots", region="region-04"),
        body(client, "pilots", publication="unpublished"),
        body(client, "pilots_csv"),
        body(client, "pilot", other.code),
        body(client, "pilot", child.code),
        body(client, "programmes"),
        body(client, "programme", programme.slug),
    ):
        assert "Salasana" not in page
        assert secret.code not in page
    assert counts("region") == {}
    assert counts("programme") == {programme.slug: 2}


def test_the_page_of_an_unpublished_pilot_is_the_same_404_as_of_none(client: Client) -> None:
    secret = make_pilot(published=False, code="KP-2018-901")
    one, none = client.get(address("pilot", secret.code)), client.get(address("pilot", "KP-2018-902"))
    assert (one.status_code, none.status_code) == (404, 404)
    assert one.content.replace(b"901", b"902") == none.content


def test_staff_see_unpublished_pilots_marked_and_can_filter_them(officer: User, as_user) -> None:
    make_pilot(published=False, name_fi="Luonnosteltu")
    make_pilot(name_fi="Julkaistu")
    page = body(as_user(officer), "pilots", publication="unpublished")
    assert "Luonnosteltu" in page
    assert "Julkaistu</a>" not in page
    assert "tag-warning" in page
    assert "Luonnosteltu" in body(as_user(officer), "pilots_csv")
    assert counts("publication") == {"published": 1}


def test_a_preparer_sees_the_unpublished_pilots_of_the_own_organisation(
    preparer: User,
    stranger: User,
    ended: User,
    council: Organisation,
    as_user,
) -> None:
    pilot = make_pilot(published=False, lead=council)
    assert as_user(preparer).get(address("pilot", pilot.code)).status_code == 200
    assert as_user(stranger).get(address("pilot", pilot.code)).status_code == 404
    assert as_user(ended).get(address("pilot", pilot.code)).status_code == 404


def test_a_facet_counts_what_the_other_filters_leave(satakunta: Region, etela_savo: Region) -> None:
    make_pilot(stage=Stage.RUNNING, regions=[satakunta], client_type="personal", whole_process=True)
    make_pilot(stage=Stage.RUNNING, regions=[satakunta, etela_savo], client_type="business")
    make_pilot(stage=Stage.ENDED, regions=[etela_savo])
    assert counts("stage") == {"running": 2, "ended": 1}
    assert counts("stage", region="region-04") == {"running": 2}
    assert counts("region", region="region-04") == {"region-04": 2, "region-10": 2}
    assert counts("region", stage="ended") == {"region-10": 1}
    assert counts("client") == {"personal": 1, "business": 1}
    assert counts("procurement") == {"whole": 1}


def test_every_count_is_the_length_of_the_list_it_leads_to(client: Client, satakunta: Region) -> None:
    whole = TargetGroup.objects.create(slug="all", name_fi="Kaikki")
    part = TargetGroup.objects.create(slug="part", name_fi="Osa", parent=whole)
    grandchild = TargetGroup.objects.create(slug="small", name_fi="Pieni", parent=part)
    for pilot, groups in (
        (rich_pilot(whole_process=True), [whole, part]),
        (rich_pilot(), [grandchild]),
        (make_pilot(), []),
    ):
        for group in groups:
            PilotTarget.objects.create(pilot=pilot, target_group=group)
    assert counts("target") == {"all": 2, "seekers": 2, "part": 2, "small": 1}
    for facet in client.get(address("pilots")).context["facets"]:
        for choice in facet.choices:
            led = client.get(address("pilots") + choice.url)
            assert led.context["page"].paginator.count == choice.count, (facet.name, choice.value)


def test_a_pill_takes_its_filter_away_and_keeps_the_rest(client: Client, satakunta: Region) -> None:
    rich_pilot(stage=Stage.RUNNING)
    pills = client.get(
        address("pilots", q="pilotti", stage="running", region="region-04", sort="code", page="3")
    ).context["pills"]
    left = [parse_qs(urlsplit(pill.remove_url).query) for pill in pills]
    assert left == [
        {"stage": ["running"], "region": ["region-04"], "sort": ["code"]},
        {"q": ["pilotti"], "region": ["region-04"], "sort": ["code"]},
        {"q": ["pilotti"], "stage": ["running"], "sort": ["code"]},
    ]
    assert pills[0].label == "Haku: pilotti"
    assert "Satakunta" in pills[2].label


def test_a_choice_in_use_leads_back_to_the_list_without_it() -> None:
    make_pilot(stage=Stage.RUNNING)
    facet = next(facet for facet in chosen(stage="running").context()["facets"] if facet.name == "stage")
    assert facet.choices[0].selected
    assert facet.choices[0].url == "?"


def test_the_pages_of_the_list_keep_search_filters_and_order(client: Client) -> None:
    for n in range(30):
        make_pilot(name_fi=f"Valmennus {n}", stage=Stage.RUNNING)
    page = body(client, "pilots", q="valmennus", stage="running", sort="code")
    assert "q=valmennus&amp;stage=running&amp;sort=code&amp;page=2" in page
    assert 'name="stage" value="running"' in page  # a new search keeps the filters


@pytest.mark.parametrize(
    "query",
    [
        "sort=drop+table",
        "sort=best",
        "sort=name&sort=code",
        "stage=nowhere",
        "region=%00",
        "q=%00",
        "q=" + "a" * 3000,
        "page=1000000000",
        "page=-1",
        "page=%00",
        "programme=1%20or%201",
        "target=%F0%9F%A6%86",
        "stage[]=running",
    ],
)
def test_a_hostile_address_gets_an_answer(query: str, client: Client) -> None:
    make_pilot()
    assert client.get(f"{address('pilots')}?{query}").status_code == 200
    assert client.get(f"{address('pilots_csv')}?{query}").status_code == 200


def test_a_choice_that_does_not_exist_is_left_out_and_named(client: Client) -> None:
    make_pilot(name_fi="Ainoa")
    page = body(client, "pilots", stage="nowhere", sort="upside-down")
    assert "Ainoa" in page
    assert "Vaihe" in page.split("notice-warning")[1].split("</p>")[0]
    assert chosen(sort="upside-down").order == "name"


def test_the_orders_of_the_list(client: Client) -> None:
    early = make_pilot(name_fi="Äiti", code="AA-2018-002", start_days=reading(date(2018, 1, 1), date(2018, 1, 1)))
    late = make_pilot(name_fi="Apu", code="AA-2018-003", start_days=reading(date(2019, 1, 1), date(2019, 6, 30)))
    never = make_pilot(name_fi="Zoo", code="AA-2018-001")
    Pilot.objects.filter(pk=early.pk).update(changed_at=timezone.now() + timedelta(days=1))

    def order(sort: str) -> list[Pilot]:
        return list(chosen(sort=sort).qs)

    assert order("name") == [late, never, early]
    assert order("code") == [never, early, late]
    assert order("start") == [late, early, never]
    assert order("changed")[0] == early
    assert chosen(sort="best").order == "name"
    assert chosen(q="apu").order == "best"


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    assert "Pilotteja ei ole vielä julkaistu" in body(client, "pilots")
    page = body(client, "pilots", q="löytymätön")
    assert "Mikään pilotti ei vastaa hakua" in page
    assert f'href="{address("pilots")}"' in page


def test_the_list_says_what_is_stated_and_what_is_described(client: Client) -> None:
    programme = make_programme(stated_count=20, stated_words="runsaat 20")
    whole = make_pilot(programme=programme, is_set=True)
    make_pilot(programme=programme, parent=whole)
    make_pilot(programme=programme, published=False)
    assert "vähintään 20" in body(client, "pilots")
    assert "1 on kuvattu täällä" in body(client, "pilots")


def test_a_count_that_is_stated_exactly_is_not_told_as_a_least_count(client: Client) -> None:
    make_programme(stated_count=8, stated_words="kahdeksan", stated_exactly=True)
    page = body(client, "pilots")
    assert "lähteiden mukaan pilotteja on 8" in page
    assert "vähintään 8" not in page


def test_the_order_by_name_follows_the_names_of_the_readers_language(client: Client) -> None:
    make_pilot(name_fi="Ensin", name_en="Open trial")
    make_pilot(name_fi="Toiseksi", name_en="Alliance")
    make_pilot(name_fi="Kolmanneksi", name_en="")
    with translation.override("en"):
        page = client.get(address("pilots")).context["page"]
        assert [pilot.name.plain for pilot in page] == ["Alliance", "Kolmanneksi", "Open trial"]


def test_the_file_has_the_rows_and_order_of_the_list_unaltered(client: Client, satakunta: Region) -> None:
    rich_pilot(name_fi="=cmd|' /C calc'!A0", code="KP-2018-991")
    make_pilot(name_fi="Toinen", code="KP-2018-990", stage=Stage.ENDED)
    response = client.get(address("pilots_csv", sort="code"))
    lines = response.getvalue().decode().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["KP-2018-990", "KP-2018-991"]
    assert ",=cmd|' /C calc'!A0," in lines[2]
    assert "Satakunta" in lines[2]
    assert "http://localhost:8000/fi/" in lines[2]
    assert len(body(client, "pilots_csv", stage="ended").splitlines()) == 2


def test_the_file_is_not_written_by_a_post(client: Client) -> None:
    assert client.post(address("pilots_csv")).status_code in {403, 405}


def test_the_results_have_a_heading_and_the_title_says_what_was_asked_and_how_many(
    client: Client, satakunta: Region
) -> None:
    for _ in range(4):
        make_pilot(name_fi="Palveluallianssi", regions=[satakunta])
    make_pilot(name_fi="Muu")
    titles = {
        "": "Pilotit",
        "?q=allianssi": "allianssi – 4 pilottia",
        "?q=muu": "muu – 1 pilotti",
        "?q=xyzzy": "xyzzy – 0 pilottia",
        "?q=allianssi&region=region-04": "allianssi, Satakunta – 4 pilottia",
    }
    for query, title in titles.items():
        page = client.get(address("pilots") + query).text
        assert f"<title>{title} – Pilottirekisteri</title>" in page
        count = title.partition(" – ")[2] or "5 pilottia"
        assert f'<h2 class="list-count" id="results" tabindex="-1">{count}</h2>' in page


def test_the_second_page_of_a_list_says_so_in_its_title(client: Client) -> None:
    for _ in range(26):
        make_pilot()
    assert "<title>Pilotit, sivu 2 – Pilottirekisteri</title>" in body(client, "pilots", page="2")


def test_the_results_are_one_step_away_and_a_list_without_choices_has_no_empty_box(client: Client) -> None:
    make_pilot(name_fi="Allianssi")
    found, nothing = (client.get(address("pilots") + query).text for query in ("?q=allianssi", "?q=xyzzy"))
    assert found.index('href="#results"') < found.index('class="facets"') < found.index('id="results"')
    assert 'class="facets"' not in nothing
    assert 'class="with-facets"' not in nothing


def test_a_client_type_is_no_target_group_as_well(client: Client, satakunta: Region) -> None:
    people = TargetGroup.objects.create(slug="henkiloasiakkaat", name_fi="henkilöasiakkaat")
    young = TargetGroup.objects.create(slug="young", name_fi="alle 25-vuotiaat", parent=people)
    PilotTarget.objects.create(pilot=make_pilot(client_type="personal"), target_group=young)
    PilotTarget.objects.create(pilot=make_pilot(client_type="personal"), target_group=people)
    assert counts("client") == {"personal": 2}
    assert counts("target") == {"young": 1}
    assert len(chosen(target="henkiloasiakkaat").qs) == 2  # the address still answers


def test_a_search_without_results_leads_to_the_search_of_the_whole_registry(client: Client) -> None:
    page = body(client, "pilots", q="xyzzy & ö")
    assert 'href="/fi/haku/?q=xyzzy%20%26%20%C3%B6"' in page
    assert "/fi/haku/?q=" not in body(client, "pilots", stage="running")


UNKNOWN = "+".join(f"olematonsanayhdistelma{letter}" for letter in "abcdefghij")


@pytest.mark.parametrize("query", ["q=sanajotaeiole", "q=-1", "q=x+y+z", f"q={UNKNOWN}", f"q={UNKNOWN}&stage=ended"])
@pytest.mark.parametrize("name", ["pilots", "pilots_csv"])
def test_a_search_without_a_hit_is_answered(client: Client, satakunta: Region, name: str, query: str) -> None:
    make_pilot(regions=[satakunta])
    assert client.get(f"{address(name)}?{query}").status_code == 200
