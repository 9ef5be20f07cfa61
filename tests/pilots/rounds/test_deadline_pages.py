"""The pages that move a deadline: what would happen is shown first, and what was shown is what is done."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.mail import reminders
from pilots.models import DeadlineChange, Letter, Message, Reminder, Round, Step
from regions.models import Organisation, User
from registry.lib.dates import finnish_time, on_the_finnish_clock
from tests.factories import make_organisation, make_proposal, make_step, make_user
from tests.pilots.rounds.deadline_forms import a_working_day, confirm, shown, typed, where

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def test_the_difference_is_shown_and_then_done(
    as_user: SignIn, officer: User, preparer: User, round_with_rules: Round
) -> None:
    make_proposal(round_with_rules, preparer)
    reminders.plan(round_with_rules, timezone.now())
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    page = client.post(address, typed())
    text = page.content.decode()
    assert page.status_code == 200
    assert "1 henkilö saa viestin" in text
    assert "preparer@satakunta.example" in text
    assert "Määräaika on nyt" in text  # the letter itself
    assert "Syy: Sähkökatko." in text
    assert "muistutusta siirtyy" in text
    assert not DeadlineChange.objects.exists()
    assert not Message.objects.exists()
    done = confirm(client, address, typed())
    assert done.url == reverse("round_desk", args=[round_with_rules.slug])
    assert finnish_time(round_with_rules.steps.get().closes_at).date() == a_working_day(20)
    assert Message.objects.get().letter == Letter.CORRECTION
    desk = client.get(done.url).content.decode()
    assert "Määräaika on siirretty. 1 viesti lähtee minuutin kuluessa." in desk
    assert "Sähkökatko. (officer@ministry.example)" in desk
    public = Client().get(reverse("round", args=[round_with_rules.slug])).content.decode()
    assert "Sähkökatko." in public
    assert "officer@ministry.example" not in public


def test_what_was_typed_can_be_changed_after_seeing_what_would_happen(
    as_user: SignIn, officer: User, round_with_rules: Round
) -> None:
    page = as_user(officer).post(where("move_deadline", round_with_rules), typed(act="edit"))
    assert page.status_code == 200
    assert "Sähkökatko." in page.content.decode()
    assert "Näytä, mitä tapahtuisi" in page.content.decode()


@pytest.mark.parametrize("lie", ["", "-", "0" * 64, "\x00"])
def test_nothing_is_done_that_no_page_has_shown(
    as_user: SignIn, officer: User, round_with_rules: Round, lie: str
) -> None:
    page = as_user(officer).post(where("move_deadline", round_with_rules), typed(act="confirm", seen=lie))
    assert page.status_code == 409
    assert "Siksi mitään ei tehty" in page.content.decode()
    assert not DeadlineChange.objects.exists()


def test_when_someone_began_a_draft_meanwhile_the_page_is_shown_again(
    as_user: SignIn, officer: User, preparer: User, stranger: User, round_with_rules: Round
) -> None:
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    make_proposal(round_with_rules, preparer)
    fingerprint = shown(client.post(address, typed()))
    make_proposal(round_with_rules, stranger)
    page = client.post(address, typed(act="confirm", seen=fingerprint))
    assert page.status_code == 409
    assert "2 henkilöä saa viestin" in page.content.decode()
    assert client.post(address, typed(act="confirm", seen=shown(page))).status_code == 302
    assert Message.objects.filter(letter=Letter.CORRECTION).count() == 2


def test_who_moves_it_second_hears_that_it_moved(
    as_user: SignIn, officer: User, decider: User, round_with_rules: Round
) -> None:
    address = where("move_deadline", round_with_rules)
    fingerprint = shown(as_user(decider).post(address, typed(25)))
    confirm(as_user(officer), address, typed(20))
    page = as_user(decider).post(address, typed(25, act="confirm", seen=fingerprint))
    text = page.content.decode()
    assert page.status_code == 409
    assert "Joku muu siirsi tätä määräaikaa" in text
    assert "officer@ministry.example tallensi" in text
    assert 'name="edition" value="2"' in text
    for day in (a_working_day(25), a_working_day(20)):  # mine in the form, both side by side
        assert f"{day.day}.{day.month}.{day.year} klo 16.15" in text
    assert f"{a_working_day(25):%d.%m.%Y}" in text
    assert DeadlineChange.objects.count() == 1
    assert confirm(as_user(decider), address, typed(25, edition="2")).status_code == 302  # nobody is trapped
    assert finnish_time(round_with_rules.steps.get().closes_at).date() == a_working_day(25)


@pytest.mark.parametrize("edition", ["x", "", "9" * 400])
def test_a_form_that_does_not_say_what_it_showed_moves_nothing(
    as_user: SignIn, officer: User, round_with_rules: Round, edition: str
) -> None:
    page = as_user(officer).post(where("move_deadline", round_with_rules), typed(edition=edition))
    assert page.status_code == 409
    assert "Sähkökatko." in page.content.decode()
    assert 'name="edition" value="1"' in page.content.decode()


def test_confirming_twice_moves_once_and_says_it_is_done(
    as_user: SignIn, officer: User, round_with_rules: Round
) -> None:
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    form = typed(act="confirm", seen=shown(client.post(address, typed())))
    assert [client.post(address, form).status_code for _ in range(2)] == [302, 302]
    assert DeadlineChange.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"closes_clock": "24.00"}, "Keskiyö on epäselvä"),
        ({"closes_clock": "00.00"}, "Keskiyö on epäselvä"),
        ({"closes_day": "28.3.2027", "closes_clock": "03.30"}, "tätä aikaa ei ole"),
        ({"closes_day": "1.1.99999"}, "Kirjoita päivä näin"),
        ({"closes_day": "31.12.9999", "closes_clock": "23.59"}, "Tarkista vuosi"),
        ({"closes_day": "1.1.0001", "closes_clock": "00.01"}, "Tarkista vuosi"),
        ({"closes_day": "1.1.2099"}, "yli kahden vuoden"),
        ({"closes_day": "1.1.2020"}, "on jo mennyt"),
        ({"closes_day": "\x00"}, "Täytä tämä kohta"),
        ({"reason_fi": "\x00"}, "Täytä tämä kohta"),
        ({"reason_sv": ""}, "Täytä tämä kohta"),
        ({"closes_day": ""}, "Täytä tämä kohta"),
        ({"outage_from_day": "20.11.2026"}, "Anna sekä päivä että kellonaika"),
        ({"outage_from_day": "20.11.2026", "outage_from_clock": "9.00"}, "alku ja sen jälkeen loppu"),
        (
            {
                "outage_from_day": "20.11.2026",
                "outage_from_clock": "9.00",
                "outage_until_day": "20.11.2026",
                "outage_until_clock": "8.00",
            },
            "Katko alkoi ennen kuin se päättyi",
        ),
    ],
)
def test_a_fault_is_said_and_the_typed_text_kept(
    as_user: SignIn, officer: User, round_with_rules: Round, changes: dict[str, Any], words: str
) -> None:
    page = as_user(officer).post(
        where("move_deadline", round_with_rules), typed(**{"reason_en": "Something typed", **changes})
    )
    assert page.status_code == 422
    assert words in page.content.decode()
    assert "Something typed" in page.content.decode()
    assert not DeadlineChange.objects.exists()


@pytest.mark.parametrize(
    ("day", "clock", "words"),
    [
        (date(2027, 1, 3), "16.15", "ei ole työpäivä"),
        (date(2026, 12, 24), "16.15", "ei ole työpäivä"),
        (date(2027, 10, 31), "03.30", "tulee kahdesti"),
    ],
)
def test_an_unusual_day_must_be_confirmed(
    as_user: SignIn, officer: User, round_with_rules: Round, day: date, clock: str, words: str
) -> None:
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    form = typed(closes_day=f"{day:%d.%m.%Y}", closes_clock=clock)
    assert words in client.post(address, form).content.decode()
    unsure = confirm(client, address, form)
    assert unsure.status_code == 422
    assert not DeadlineChange.objects.exists()
    assert confirm(client, address, form, confirmed="on").status_code == 302


def test_coming_sooner_than_promised_and_reaching_into_the_next_step_must_be_confirmed(
    as_user: SignIn, officer: User, round_with_rules: Round
) -> None:
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    assert "aikaisemmin kuin on luvattu" in client.post(address, typed(3)).content.decode()
    now = timezone.now()
    make_step(round_with_rules, opens_at=now + timedelta(days=15), closes_at=now + timedelta(days=30))
    assert "Seuraava vaihe avautuu" in client.post(address, typed(20)).content.decode()


def test_an_outage_extends_a_step_for_all_and_is_on_the_public_page(
    as_user: SignIn, officer: User, round_with_rules: Round
) -> None:
    began = finnish_time(timezone.now() - timedelta(hours=3))
    ended = finnish_time(timezone.now() - timedelta(hours=1))
    form = typed(
        outage_from_day=f"{began:%d.%m.%Y}",
        outage_from_clock=f"{began:%H.%M}" if began.hour or began.minute else "00.01",
        outage_until_day=f"{ended:%d.%m.%Y}",
        outage_until_clock=f"{ended:%H.%M}" if ended.hour or ended.minute else "00.02",
    )
    client = as_user(officer)
    assert confirm(client, where("move_deadline", round_with_rules), form).status_code == 302
    assert DeadlineChange.objects.get().outage_from is not None
    for address in (
        reverse("round", args=[round_with_rules.slug]),
        reverse("round_desk", args=[round_with_rules.slug]),
    ):
        assert "Rekisteri oli poissa käytöstä" in client.get(address).content.decode()


def test_a_closed_step_says_that_it_opens_again(as_user: SignIn, officer: User, round_with_rules: Round) -> None:
    now = timezone.now()
    Step.objects.update(opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=1))
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    assert "aukeaa taas kaikille" in client.get(address).content.decode()
    assert "aukeaa taas kaikille" in client.post(address, typed()).content.decode()


def test_the_letter_is_shown_in_each_language_that_it_goes_in(
    as_user: SignIn, officer: User, preparer: User, stranger: User, round_with_rules: Round
) -> None:
    make_proposal(round_with_rules, preparer)
    make_proposal(round_with_rules, stranger)
    User.objects.filter(pk=preparer.pk).update(language="sv")
    page = as_user(officer).post(where("move_deadline", round_with_rules), typed()).content.decode()
    finnish, swedish = (page.index(f"Viesti sellaisena kuin se lähtee ({name})") for name in ("suomi", "svenska"))
    assert finnish < swedish
    assert page.index("Määräaika on nyt") < page.index("Tidsfristen är nu")


def test_nobody_is_told_where_nobody_has_another_date_in_mind(
    as_user: SignIn, officer: User, round_with_rules: Round
) -> None:
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    assert "Ei kenellekään" in client.post(address, typed()).content.decode()
    desk = client.get(confirm(client, address, typed()).url).content.decode()
    assert "Määräaika on siirretty. Yhtään viestiä ei tarvinnut lähettää." in desk


def test_who_cannot_be_reached_is_named_before_it_is_done(
    as_user: SignIn, officer: User, preparer: User, round_with_rules: Round
) -> None:
    make_proposal(round_with_rules, preparer)
    User.objects.filter(pk=preparer.pk).update(address_failed_at=timezone.now(), address_fault="550")
    page = as_user(officer).post(where("move_deadline", round_with_rules), typed()).content.decode()
    assert "ei ole toimivaa osoitetta" in page
    assert "saa viestin" not in page


def test_what_was_typed_when_the_session_had_ended_is_kept(
    as_user: SignIn, officer: User, round_with_rules: Round
) -> None:
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    page = client.post(address, typed()).content.decode()
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    client.logout()
    client.post(address, typed(ticket=found[1], act="confirm", seen="0" * 64))
    client.force_login(officer)
    assert "Sähkökatko." in client.get(reverse("unsaved")).content.decode()
    assert not DeadlineChange.objects.exists()


def test_a_reminder_goes_because_of_the_new_date_or_because_of_its_person_and_the_page_says_which(
    as_user: SignIn, officer: User, preparer: User, colleague: User, round_with_rules: Round
) -> None:
    round_with_rules.steps.update(closes_at=on_the_finnish_clock(a_working_day(20), time(16, 15)))
    reminders.plan(round_with_rules, timezone.now())
    Reminder.objects.exclude(user=colleague).delete()
    make_proposal(round_with_rules, preparer)  # whose colleague need not begin one any more
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    near = client.post(address, typed(30)).content.decode()
    assert "1 muistutus jää lähettämättä" in near
    assert "myöhemmin, 60 päivää ennen" not in near
    far = client.post(address, typed(90)).content.decode()
    assert "1 muistutus suunnitellaan myöhemmin, 60 päivää ennen aikaansa" in far
    assert "jää lähettämättä" not in far


def test_a_step_that_is_not_there_is_not_found(as_user: SignIn, officer: User, round_with_rules: Round) -> None:
    for position in (2, 10**9):
        assert as_user(officer).get(reverse("move_deadline", args=[round_with_rules.slug, position])).status_code == 404


def test_what_would_happen_takes_as_many_queries_for_one_as_for_three_but_for_the_letters(
    as_user: SignIn, officer: User, round_with_rules: Round, council: Organisation, django_assert_num_queries: Any
) -> None:
    client, address = as_user(officer), where("move_deadline", round_with_rules)
    client.post(address, typed())
    for more in (0, 2):
        for _number in range(more + 1):
            make_proposal(round_with_rules, make_user(User.Role.PREPARER, make_organisation()))
        with django_assert_num_queries(QUERIES + LETTER * (1 if more == 0 else 4)):
            client.post(address, typed())


QUERIES, LETTER = 42, 4  # of the page; of one letter: its row in a savepoint, and what it told
