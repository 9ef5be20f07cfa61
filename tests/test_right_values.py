"""What the imported reference data must read as on the pages: the values that readers of the registry found wrong."""

import csv
import html
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from regions.models import Municipality, Source

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def reference(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The project's own files, imported once for all tests of the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("import_reference", stdout=StringIO())
        yield
        transaction.set_rollback(True)


def words(address: str) -> str:
    """Return the text of a page as it is read."""
    page = Client().get(address)
    assert page.status_code == 200, address
    body = re.sub(r"<(script|style).*?</\1>", " ", page.text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def file(address: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    content = b"".join(Client().get(address).streaming_content).decode()
    return list(csv.DictReader(StringIO(content)))


def pilot_in_file(code: str) -> dict[str, str]:
    """Return the line of a pilot in the Finnish file."""
    return next(row for row in file("/fi/pilotit.csv") if row["Tunnus"] == code)


# Sources, and what stands on them


@pytest.mark.parametrize(
    "address",
    [
        *(
            "pilotit/KP-2018-001/",
            "pilotit/TK-2017-001/",
            "ohjelmat/kasvupalvelupilotti/",
            "ryhmat/oma-hame/",
            "tietoa/",
        ),
        *("organisaatiot/te-satakunta/", "maakunnat/satakunta/", "henkilot/anne-jortikka/", "kierrokset/", "lait/"),
    ],
)
def test_no_page_names_a_file(address: str) -> None:
    """``make crawl`` asks this of every page."""
    assert re.findall(r"[0-9a-f]{8,}\.txt", words(f"/fi/{address}")) == []


def test_every_source_says_what_it_is() -> None:
    assert not Source.objects.filter(kind="").exists()
    page = words("/sv/piloter/TK-2017-001/")
    assert "Lag 505/2017" in page
    assert "lag, daterad 10.7.2017" in page


def test_a_sub_region_is_no_municipality_and_the_ten_of_the_act_are_there() -> None:
    assert not Municipality.objects.filter(slug="tampereen-kaupunkiseutu").exists()
    municipalities = pilot_in_file("TK-2017-001")["Kunnat"]
    for name in ("Kangasala", "Lempäälä", "Nokia", "Orivesi", "Pirkkala", "Tampere", "Vesilahti", "Ylöjärvi"):
        assert name in municipalities


def test_an_end_that_is_only_planned_reads_so_on_the_page_and_in_the_file() -> None:
    assert "28.2.2022 (suunniteltu)" in words("/fi/pilotit/ES-2018-001/")
    assert pilot_in_file("ES-2018-001")["Loppu on suunniteltu"] == "suunniteltu"
    assert pilot_in_file("TK-2017-001")["Loppu on suunniteltu"] == ""


def test_a_start_that_was_only_planned_reads_so_in_the_list() -> None:
    assert re.search(r"vuosi 2019.{0,60}\(suunniteltu\)", words("/fi/pilotit/?programme=kasvupalvelupilotti"))
    assert "1.8.2017 (suunniteltu)" not in words("/fi/pilotit/TK-2017-001/")


@pytest.mark.parametrize(
    ("code", "name"),
    [("KU-2018-002", "Osaajia yritysten tarpeisiin"), ("MK-2019-002", "Valmennuspalveluiden TE-palvelupilotti")],
)
def test_the_two_pilots_that_were_missing_are_there(code: str, name: str) -> None:
    assert name in words(f"/fi/pilotit/{code}/")


def test_a_summary_of_2018_is_told_in_the_past() -> None:
    for language, name, present, past in (
        ("fi", "pilotit", "ensi vuonna", "oli määrä alkaa Etelä-Savossa vuonna 2019"),
        ("sv", "piloter", "nästa år.", "skulle börja i Södra Savolax år 2019"),
        ("en", "pilots", "next year.", "was to start in South Savo in 2019"),
    ):
        page = words(f"/{language}/{name}/KP-2018-002/")
        assert past in page
        assert present not in page


def test_a_partner_is_mentioned_where_no_source_tells_of_an_agreement() -> None:
    page = words("/fi/pilotit/KP-2018-001/")
    assert "mainittu osapuolena" in page
    assert " sovittu " not in page


# Stages, and the day that is shown


@pytest.mark.parametrize(
    ("code", "reads"),
    [
        ("KP-2018-001", "rakenteilla (tieto 24.10.2018); nykytilaa ei tiedetä"),
        ("KP-2018-002", "alkamassa (tieto 24.10.2018); nykytilaa ei tiedetä"),
        ("KP-2018-003", "suunnitteilla (tieto 24.10.2018); nykytilaa ei tiedetä"),
        ("KP-2018-005", "mahdollinen (tieto alkuvuosi tai kevät 2018); nykytilaa ei tiedetä"),
        ("MK-2018-001", "ei tiedossa (tieto 28.3.2018); nykytilaa ei tiedetä"),
        ("KU-2019-001", "päättynyt"),
        ("TK-2017-004", "päättynyt"),
    ],
)
def test_a_stage_past_its_limit_reads_as_the_last_that_is_known(code: str, reads: str) -> None:
    assert f"{code} {reads} " in words(f"/fi/pilotit/{code}/")
    assert pilot_in_file(code)["Vaihe"] == reads


def test_no_pilot_is_running_and_the_page_says_why() -> None:
    page = words("/fi/pilotit/?stage=running")
    assert "0 pilottia" in page
    assert "6 pilotista viimeisin tieto on näytettävänä päivänä yli vuoden vanha" in page
    assert "6 pilottia (ja 1 osapilotti)" in words("/fi/pilotit/?stage=unconfirmed")


def test_the_home_page_counts_as_the_list_does() -> None:
    page = words("/fi/")
    assert "Päättynyt: 12" in page
    assert "Ei vahvistettu: 6 (ja 1 osapilotti)" in page
    assert "Käynnissä" not in page


def test_a_stage_is_defined_without_a_now_and_a_soon() -> None:
    page = words("/fi/tietoa/")
    definitions = page[page.index("Pilotin vaiheet") :]
    assert " nyt." not in definitions
    assert " pian." not in definitions


def test_on_a_day_of_spring_2018_the_stages_are_those_of_that_day() -> None:
    region = words("/fi/maakunnat/satakunta/?pvm=2018-03-15")
    assert "INKA Satakunta – innovatiiviset kasvupalvelut Satakunnassa ei vielä alkanut" in region
    assert "Porin kokeilu käynnissä" in region
    assert "Satakunnan mahdollinen kasvupalvelupilotti mahdollinen Pori" in region
    assert "KP-2018-005 mahdollinen " in words("/fi/pilotit/KP-2018-005/?pvm=2018-03-15")
    assert {row["Vaihe"] for row in file("/fi/pilotit.csv?pvm=2018-03-15") if row["Tunnus"] == "TK-2017-004"} == {
        "käynnissä"
    }


def test_what_came_later_is_not_on_the_pages_of_an_earlier_day() -> None:
    programme, owner = (
        words(f"/fi/{at}/?pvm=2018-03-15") for at in ("ohjelmat/kasvupalvelupilotti", "organisaatiot/tem")
    )
    for page in (programme, owner, words("/fi/?pvm=2018-03-15")):
        assert "Pilottien käynnistyminen (suunnitelma)" not in page
        assert "Kasvupalvelut uudistuvat pilottien avulla" not in page
        assert "Auki nyt" not in page
    pilot = words("/fi/pilotit/TK-2017-004/?pvm=2018-03-15")
    assert "Alkoi 1.8.2017 Päättyy 31.12.2018" in pilot
    assert "Päättyi 31.12.2018" in words("/fi/pilotit/TK-2017-004/")
    assert "Toimialue Varsinais-Suomi" in words("/fi/organisaatiot/elinvoimakeskus-lounais-suomi/?pvm=2018-03-15")


def test_a_round_that_began_later_is_not_past_on_a_day() -> None:
    assert "Pilottien käynnistyminen (suunnitelma)" in words("/fi/kierrokset/")
    spring = words("/fi/kierrokset/?pvm=2018-03-15")
    assert "Pilottien käynnistyminen (suunnitelma)" not in spring
    assert "Lähetekeskustelut alueiden kanssa" in spring


def test_the_office_of_a_reform_that_stopped_does_not_work_today() -> None:
    today, spring = words("/fi/maakunnat/satakunta/"), words("/fi/maakunnat/satakunta/?pvm=2018-03-15")
    office = "Satakunnan maakuntauudistuksen projektitoimisto"
    assert office not in today
    assert office in spring[: spring.index("Toiminta-aika ei ole tiedossa")]
    long_ago = words("/fi/maakunnat/satakunta/?pvm=1900-01-01")
    assert "Satakuntaliitto" in long_ago[long_ago.index("Toiminta-aika ei ole tiedossa") :]


def test_an_ended_group_shows_the_members_of_its_own_time() -> None:
    page = words("/fi/ryhmat/satakunta-tyollisyyskokous-2018-02-14/")
    for name in ("Marja Karvonen", "Anne Jortikka", "Päivi Laine"):
        assert name in page
    for day in ("", "?pvm=2018-03-15", "?pvm=2026-01-01"):
        assert "Anne Jortikka Puheenjohtaja" in words(f"/fi/ryhmat/satakunta-kasvupalvelut/{day}")


@pytest.mark.parametrize(
    "address",
    [
        "/fi/",
        "/fi/kierrokset/",
        "/fi/pilotit/",
        "/fi/pilotit/KP-2018-001/",
        "/fi/ohjelmat/kasvupalvelupilotti/",
        "/fi/henkilot/",
    ],
)
def test_a_page_that_follows_the_day_says_so_and_offers_days(address: str) -> None:
    assert "Näet tilanteen 1.1.2025." in words(f"{address}?pvm=2025-01-01")
    assert "15.3.2018 · 1.1.2025 · 1.1.2026" in words(address)


def test_what_is_our_own_conclusion_says_so() -> None:
    assert "käynnissä oma päätelmämme" in words("/fi/pilotit/ES-2018-001/")
    assert "1.1.2026 oma päätelmämme : Seuraaja on päätelty" in words("/fi/organisaatiot/keha/").replace(
        "mme:", "mme :"
    )
    assert "Päättynyt viimeistään vuoden 2019 lopussa (oma päätelmämme)." in words("/fi/ryhmat/oma-hame/")


# Whom to ask, and links both ways


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/fi/pilotit/KP-2018-001/", ["Seinäjoen työllisyysalue", "Etelä-Pohjanmaan elinvoimakeskus"]),
        ("/fi/pilotit/KP-2018-003/", ["Kaakkois-Suomen elinvoimakeskus"]),
        ("/fi/pilotit/TK-2017-001/", ["Tampereen seudun työllisyysalue", "Läntisen Pirkanmaan työllisyysalue"]),
        ("/fi/pilotit/ES-2018-001/", ["Työllisyys-, kehittämis- ja hallintokeskus"]),
        ("/sv/piloter/KP-2018-003/", ["Livskraftscentralen i Sydöstra Finland"]),
    ],
)
def test_a_pilot_names_the_body_that_answers_for_it_today(address: str, names: list[str]) -> None:
    page = words(address)
    for name in names:
        assert name in page


def test_on_a_day_of_2018_the_bodies_of_that_time_answer() -> None:
    page = words("/fi/pilotit/KP-2018-003/?pvm=2018-11-01")
    assert "Kysy vastuutaholta (1.11.2018) Kaakkois-Suomen ELY-keskus" in page
    assert "elinvoimakeskus" not in page


def test_groups_people_and_pilots_know_of_each_other() -> None:
    assert "Satakunnan mahdollinen kasvupalvelupilotti" in words("/fi/ryhmat/satakunta-kasvupalvelut/")
    assert "Satakunnan mahdollinen kasvupalvelupilotti" in words("/fi/henkilot/timo-vesiluoma/")
    assert "Kaakkois-Suomen kasvupalvelupilottikokonaisuus" in words("/fi/ryhmat/kaakkois-suomi-valmistelu/")
    assert "Kasvupalveluiden valmisteluryhmä (Satakunta)" in words("/fi/pilotit/KP-2018-005/")


# People


@pytest.mark.parametrize(
    "address",
    ["/fi/henkilot/", "/fi/henkilot/anne-jortikka/", "/fi/organisaatiot/te-satakunta/", "/fi/pilotit/KP-2018-005/"],
)
def test_no_post_has_a_day_that_no_source_gives(address: str) -> None:
    page = words(address)
    assert "mainittu keväällä 2018 (alku ja loppu eivät ole tiedossa)" in page
    assert "1.1.2018" not in page
    assert "Tehtävä päättyi" not in page


# Employment areas


def test_an_employment_area_is_not_named_as_a_region_and_has_its_swedish_name() -> None:
    assert "Kouvolan työllisyysalue" in words("/fi/organisaatiot/?kind=employment_area")
    swedish = words("/sv/organisationer/?kind=employment_area") + words(
        "/sv/organisationer/?kind=employment_area&page=2"
    )
    for name in ("Jakobstad", "Borgå", "Österbotten", "Kervo och Sibbo", "Hangö–Ingå–Raseborg"):
        assert name in swedish, name
    for name in ("Pietarsaari", "Porvoo", "Kerava"):
        assert name not in swedish, name


def test_a_town_has_its_swedish_name_on_a_swedish_page() -> None:
    centre = words("/sv/organisationer/elinvoimakeskus-lounais-suomi/")
    assert "Åbo" in centre
    assert "Björneborg" in centre
    assert "Turku" not in centre
    assert "Turku" in words("/en/organisations/elinvoimakeskus-lounais-suomi/")
    assert "Kumo" in words("/sv/organisationer/tyollisyysalue-satakunta/")


def test_the_page_says_how_many_employment_areas_are_missing() -> None:
    page = words("/fi/organisaatiot/te-satakunta/")
    assert "43" in page
    assert "45" in page
    assert "Satakunnan työllisyysalue" in page
    assert "Etelä-Satakunnan työllisyysalue" in page
