"""Two officers who edit one round at once, and a round that is published while it is edited."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pilots.models import Round
from regions.models import Organisation, User
from tests.forms import form_of
from tests.pilots.rounds.deadline_forms import a_working_day
from tests.pilots.rounds.new_rounds import make, publish

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def first(as_user: SignIn, officer: User) -> Client:
    """Saves first; has made the round."""
    client = as_user(officer)
    make(client)
    return client


@pytest.fixture
def second(as_user: SignIn, decider: User) -> Client:
    """Saves second."""
    return as_user(decider)


@pytest.fixture
def address(first: Client) -> str:
    """The page of the form."""
    return reverse("edit_round", args=[Round.objects.get().slug])


def test_what_each_changed_stands(
    address: str, first: Client, second: Client, council: Organisation, other_council: Organisation
) -> None:
    mine, theirs = first.get(address), second.get(address)
    first.post(address, form_of(mine, guidance_fi="Uusi ohje", invited=[council.pk]))
    day = f"{a_working_day(30):%d.%m.%Y}"
    changed = {"contact_fi": "Uusi yhteys", "invited": [other_council.pk], "steps-0-closes_day": day}
    assert second.post(address, form_of(theirs, **changed)).status_code == 302
    round_ = Round.objects.get()
    assert (round_.guidance_fi, round_.contact_fi, round_.edition) == ("Uusi ohje", "Uusi yhteys", 3)
    assert set(round_.invited.all()) == {council, other_council}
    assert round_.steps.get().closes_at.date() == a_working_day(30)


def test_texts_and_steps_that_both_changed_stand_side_by_side(address: str, first: Client, second: Client) -> None:
    mine, theirs = first.get(address), second.get(address)
    days = [a_working_day(n) for n in (30, 40)]
    first.post(address, form_of(mine, guidance_fi="A", **{"steps-0-closes_day": f"{days[0]:%d.%m.%Y}"}))
    typed = {"guidance_fi": "C", "name_en": "Mine", "steps-0-closes_day": f"{days[1]:%d.%m.%Y}"}
    page = second.post(address, form_of(theirs, **typed))
    assert page.status_code == 409
    conflicts = {row.name: row for row in page.context["conflicts"]}
    assert set(conflicts) == {"guidance_fi", "steps"}
    assert conflicts["guidance_fi"].theirs == ["A"]
    assert f"{days[0].day}.{days[0].month}.{days[0].year} klo 16.15" in conflicts["steps"].theirs[0]
    assert f"{days[1].day}.{days[1].month}.{days[1].year} klo 16.15" in conflicts["steps"].mine[0]
    form = form_of(page)
    assert (form["guidance_fi"], form["steps-0-closes_day"]) == (["C"], [f"{days[1]:%d.%m.%Y}"])
    saved = second.post(address, {**form, "keep-steps": "theirs", "keep-guidance_fi": "mine"})
    assert saved.status_code == 302  # nobody is trapped
    round_ = Round.objects.get()
    assert round_.guidance_fi == "C"
    assert round_.steps.get().closes_at.date() == days[0]
    assert round_.name_en == "Mine"


def test_saved_steps_that_were_chosen_stay_when_the_form_comes_back(
    address: str, first: Client, second: Client
) -> None:
    mine, theirs = first.get(address), second.get(address)
    second_step = {
        "steps-1-kind": "refinement",
        "steps-1-opens_day": f"{a_working_day(40):%d.%m.%Y}",
        "steps-1-opens_clock": "9.00",
        "steps-1-closes_day": f"{a_working_day(50):%d.%m.%Y}",
        "steps-1-closes_clock": "16.15",
    }
    first.post(address, form_of(mine, **second_step))
    page = second.post(address, form_of(theirs, **{"steps-0-closes_day": f"{a_working_day(30):%d.%m.%Y}"}))
    page = second.post(address, form_of(page, name_fi="", **{"keep-steps": "theirs"}))
    assert page.status_code == 422
    assert form_of(page)["steps-1-closes_day"] == [second_step["steps-1-closes_day"]]
    assert second.post(address, form_of(page, name_fi="Nimi")).status_code == 302
    assert Round.objects.get().steps.count() == 2


def test_an_organisation_that_cannot_be_invited_any_more_stays_invited(
    address: str, first: Client, council: Organisation, other_council: Organisation
) -> None:
    round_ = Round.objects.get()
    round_.invited.set([council, other_council])
    Organisation.objects.filter(pk=council.pk).update(kind="company")  # no longer a choice of the form
    assert first.post(address, form_of(first.get(address), invited=[])).status_code == 302
    assert list(round_.invited.all()) == [council]


def test_steps_that_nobody_changed_stay_the_same_rows(address: str, first: Client) -> None:
    round_ = Round.objects.get()
    before = list(round_.steps.values_list("pk"))
    first.post(address, form_of(first.get(address), name_en="New"))
    assert list(round_.steps.values_list("pk")) == before


@pytest.mark.parametrize("faulty", [{}, {"name_fi": ""}])
def test_words_typed_into_a_round_that_was_published_meanwhile_are_shown(
    address: str, first: Client, second: Client, faulty: dict[str, Any]
) -> None:
    form = form_of(second.get(address), guidance_fi="Mitä kirjoitin", **faulty)
    round_ = Round.objects.get()
    publish(first, round_.slug)
    page = second.post(address, form)
    assert page.status_code == 409
    assert "Mitä kirjoitin" in page.text
    round_.refresh_from_db()
    assert round_.guidance_fi == "Kerro, mitä kokeilette."
