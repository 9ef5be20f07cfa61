"""Laws: the list, its file, and the page of a law with what it concerns."""

from datetime import date

import pytest
from django.test import Client
from django.utils.translation import override

from pilots.models import Law
from registry.lib import exports
from tests.factories import make_event, make_law, make_pilot, make_programme
from tests.pilots.catalogue.rich_pilot import address, body

pytestmark = pytest.mark.django_db


def trial_act() -> Law:
    law = make_law(number="505/2017", short_name_fi="Kokeilulaki", short_name_sv="Försökslagen")
    make_event(law, "planned_in_force", date(2017, 7, 1), planned=True)
    make_event(law, "given", date(2017, 7, 10))
    make_event(law, "in_force", date(2017, 8, 1))
    make_event(law, "expired", date(2018, 12, 31))
    return law


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "annettu 10.7.2017, voimaan 1.8.2017, lakkasi 31.12.2018"),
        ("sv", "utfärdad 10.7.2017, i kraft 1.8.2017, upphörde 31.12.2018"),
        ("en", "given 10 July 2017, in force 1 August 2017, expired 31 December 2018"),
    ],
)
def test_the_states_of_a_law_are_told_in_words_with_dates(client: Client, language: str, words: str) -> None:
    law = trial_act()
    with override(language):
        assert words in body(client, "laws")
        assert words[1:] in body(client, "law", law.slug)


def test_a_plan_and_what_no_source_dates_are_no_state() -> None:
    law = trial_act()
    make_event(law, "repealed", date(2019, 3, 8), verification="general_knowledge")
    with override("fi"):
        assert law.in_short == "annettu 10.7.2017, voimaan 1.8.2017, lakkasi 31.12.2018"


def test_a_state_that_is_no_day_is_told_in_the_words_of_the_source() -> None:
    law = make_law(kind="bill", number="HE 35/2018 vp", state="lapsed")
    make_event(law, "lapsed", date(2019, 3, 1), date(2019, 5, 31), when_words="kevät 2019")
    with override("fi"):
        assert law.in_short == "raukesi (kevät 2019)"
    with override("sv"):
        assert law.in_short == "förföll (mars–maj 2019)"
        assert law.numbered == "RP 35/2018 rd"
    with override("en"):
        assert law.numbered == "HE 35/2018 vp"


def test_a_law_and_what_it_concerns_point_at_each_other(client: Client) -> None:
    law, programme = trial_act(), make_programme(law="HE 51/2017 vp")
    pilot = make_pilot(programme=programme)
    bill = make_law(kind="bill", number="HE 51/2017 vp", state="passed")
    law.programmes.add(programme)
    law.pilots.add(pilot)
    law.bills.add(bill)
    link = f'<a href="{address("law", law.slug)}">Kokeilulaki (505/2017)</a>'
    for page in (
        body(client, "programme", programme.slug),
        body(client, "pilot", pilot.code),
        body(client, "law", bill.slug),
    ):
        assert link in page
    page = body(client, "law", law.slug)
    for other in (address("programme", programme.slug), address("pilot", pilot.code), address("law", bill.slug)):
        assert f'href="{other}"' in page


def test_an_unpublished_pilot_is_on_no_law(client: Client) -> None:
    law, secret = trial_act(), make_pilot(published=False, name_fi="Salainen")
    law.pilots.add(secret)
    for page in (body(client, "law", law.slug), body(client, "laws"), body(client, "laws_csv")):
        assert "Salainen" not in page
        assert secret.code not in page
    assert "ei ole kuvattu yhtään" in body(client, "law", law.slug)


def test_the_page_says_what_is_general_knowledge(client: Client) -> None:
    law = make_law(state_is_sourced=False)
    make_event(law, "expired", date(2019, 3, 8), verification="general_knowledge")
    page = body(client, "law", law.slug)
    assert "on yleistä tietoa" in page
    assert "Yleistä tietoa, ei luettu lähteestä" in page


def test_laws_are_narrowed_by_kind_state_and_programme_and_come_newest_first(client: Client) -> None:
    old = make_law(number="916/2012", state="repealed", short_name_fi="Vanha laki")
    bill = make_law(kind="bill", number="HE 35/2018 vp", state="lapsed", short_name_fi="Esitys")
    programme = make_programme(slug="p")
    old.programmes.add(programme)
    page = body(client, "laws")
    assert page.index(bill.get_absolute_url()) < page.index(old.get_absolute_url())
    assert "Esitys" not in body(client, "laws_csv", kind="act")
    assert "Vanha laki" not in body(client, "laws_csv", state="lapsed")
    assert "Esitys" not in body(client, "laws_csv", programme="p")


def test_a_law_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get(address("law", "ei-ole")).status_code == 404


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_list_of_laws_takes_the_same_number_of_queries_for_any_number(
    rows: int, client: Client, django_assert_num_queries
) -> None:
    programme, pilot = make_programme(), make_pilot()
    for n in range(min(rows, 3)):
        law = make_law(slug=f"law-of-{n}")
        law.programmes.add(programme)
        law.pilots.add(pilot)
        make_event(law, "expired", date(2018, 12, 31))
    laws = Law.objects.bulk_create(
        Law(
            slug=f"many-{n}",
            kind="act",
            number=f"{n}/2019",
            state="in_force",
            **dict.fromkeys(("name_fi", "short_name_fi", "short_name_sv"), f"Laki {n}"),
        )
        for n in range(rows - 3)
    )
    source = law.sources.get()
    through = Law.sources.through
    through.objects.bulk_create(through(law=one, source=source) for one in laws)
    with django_assert_num_queries(8):
        assert client.get(address("laws")).context["page"].paginator.count == rows
    with django_assert_num_queries(9 if rows > exports.PORTION else 6):
        client.get(address("laws_csv")).getvalue()
