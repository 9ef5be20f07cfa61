"""Two officers who edit one pilot at once: what each changed stands, and a conflict is chosen by a human."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pilots.models import Pilot
from regions.models import Region, User
from registry.lib.dates import reading
from tests.factories import make_pilot, make_region
from tests.forms import form_of

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def pilot(satakunta: Region) -> Pilot:
    """The pilot that both edit."""
    return make_pilot(regions=[satakunta], summary_en="Old", description_fi="Vanha\r\nkuvaus")


@pytest.fixture
def address(pilot: Pilot) -> str:
    """The page of its form."""
    return reverse("edit_pilot", args=[pilot.code])


@pytest.fixture
def first(as_user: SignIn, officer: User) -> Client:
    """Saves first."""
    return as_user(officer)


@pytest.fixture
def second(as_user: SignIn, decider: User) -> Client:
    """Saves second."""
    return as_user(decider)


def both_open(address: str, first: Client, second: Client) -> tuple[Any, Any]:
    return first.get(address), second.get(address)


def test_what_each_changed_stands(
    pilot: Pilot, address: str, first: Client, second: Client, satakunta: Region, etela_savo: Region
) -> None:
    kept = make_region("02")
    pilot.regions.add(kept)
    mine, theirs = both_open(address, first, second)
    changed = {"summary_sv": "Ny", "stage": "running", "regions": [satakunta.pk, kept.pk, etela_savo.pk]}
    assert first.post(address, form_of(mine, **changed)).status_code == 302
    saved = second.post(address, form_of(theirs, summary_en="New", production=["own"], regions=[kept.pk]), follow=True)
    assert "Myös hänen muutoksensa ovat voimassa" in saved.text
    assert "Tiivistelmä ruotsiksi" in saved.text
    pilot.refresh_from_db()
    assert (pilot.summary_sv, pilot.stage, pilot.summary_en) == ("Ny", "running", "New")
    assert pilot.production == ["own"]
    assert set(pilot.regions.all()) == {kept, etela_savo}  # one added, another taken away
    assert pilot.edition == 3


def test_a_form_sent_back_unchanged_changes_nothing_of_others(
    pilot: Pilot, address: str, first: Client, second: Client
) -> None:
    mine, theirs = both_open(address, first, second)
    first.post(address, form_of(mine, description_fi="Uusi", budget_eur="12.50"))
    assert second.post(address, form_of(theirs)).status_code == 302
    pilot.refresh_from_db()
    assert (pilot.description_fi, str(pilot.budget_eur)) == ("Uusi", "12.50")


def test_a_field_that_both_changed_is_shown_side_by_side_and_the_rest_is_merged(
    pilot: Pilot, address: str, first: Client, second: Client
) -> None:
    mine, theirs = both_open(address, first, second)
    first.post(address, form_of(mine, summary_en="Theirs", summary_sv="Ny", stage="running"))
    page = second.post(address, form_of(theirs, summary_en="Mine", name_en="Mine too", stage="ended"))
    assert page.status_code == 409
    conflicts = {row.name: (row.mine, row.theirs) for row in page.context["conflicts"]}
    assert conflicts == {"summary_en": (["Mine"], ["Theirs"]), "stage": (["päättynyt"], ["käynnissä"])}
    form = form_of(page)
    shown = {name: form[name] for name in ("summary_en", "summary_sv", "name_en", "stage")}
    assert shown == {"summary_en": ["Mine"], "summary_sv": ["Ny"], "name_en": ["Mine too"], "stage": ["ended"]}
    assert Pilot.objects.get().summary_en == "Theirs"


@pytest.mark.parametrize(("choice", "stands"), [("mine", "Mine"), ("theirs", "Theirs"), ("", "Mine")])
def test_the_loser_chooses_and_is_not_trapped(
    pilot: Pilot, address: str, first: Client, second: Client, choice: str, stands: str
) -> None:
    mine, theirs = both_open(address, first, second)
    first.post(address, form_of(mine, summary_en="Theirs"))
    page = second.post(address, form_of(theirs, summary_en="Mine", name_en="Mine too"))
    assert form_of(page)["keep-summary_en"] == ["mine"]
    assert second.post(address, form_of(page, **{"keep-summary_en": choice})).status_code == 302
    pilot.refresh_from_db()
    assert (pilot.summary_en, pilot.name_en) == (stands, "Mine too")


def test_a_choice_is_kept_when_the_form_comes_back_with_a_fault(
    pilot: Pilot, address: str, first: Client, second: Client
) -> None:
    mine, theirs = both_open(address, first, second)
    changed = {"stage": "running", "production": ["own"], "start_earliest": "1.2.2019", "whole_process": "true"}
    first.post(address, form_of(mine, **changed))
    typed = {"stage": "ended", "start_earliest": "2.2.2019", "whole_process": "false", "name_en": "Mine too"}
    page = second.post(address, form_of(theirs, **typed))
    taken = {f"keep-{name}": "theirs" for name in ("stage", "period", "whole_process")}
    page = second.post(address, form_of(page, name_fi="", **taken))
    assert page.status_code == 422
    form = form_of(page)
    shown = {name: form[name] for name in ("stage", "start_earliest", "whole_process", "name_en")}
    stored = {"stage": ["running"], "start_earliest": ["01.02.2019"], "whole_process": ["true"]}
    assert shown == {**stored, "name_en": ["Mine too"]}
    assert second.post(address, form_of(page, name_fi="Nimi")).status_code == 302
    pilot.refresh_from_db()
    assert (pilot.stage, pilot.name_fi, pilot.name_en) == ("running", "Nimi", "Mine too")


def test_a_third_change_meanwhile_is_a_conflict_again(
    pilot: Pilot, address: str, first: Client, second: Client
) -> None:
    mine, theirs = both_open(address, first, second)
    first.post(address, form_of(mine, summary_en="Theirs"))
    page = second.post(address, form_of(theirs, summary_en="Mine"))
    first.post(address, form_of(first.get(address), summary_en="Third"))
    page = second.post(address, form_of(page))
    assert page.status_code == 409
    assert page.context["conflicts"][0].theirs == ["Third"]
    assert second.post(address, form_of(page)).status_code == 302
    assert Pilot.objects.get().summary_en == "Mine"


def test_days_that_are_checked_together_merge_as_one(pilot: Pilot, address: str, first: Client, second: Client) -> None:
    Pilot.objects.update(start_days=reading(date(2019, 1, 1), None), end_days=reading(None, date(2019, 12, 31)))
    mine, theirs = both_open(address, first, second)
    first.post(address, form_of(mine, start_earliest="1.10.2019"))
    page = second.post(address, form_of(theirs, end_latest="1.9.2019"))
    assert page.status_code == 409  # together they would end before they start
    assert "Alkaa aikaisintaan: 1.10.2019" in page.text


def test_a_conflict_names_choices_as_the_form_does(
    pilot: Pilot, address: str, first: Client, second: Client, council: Any, other_council: Any
) -> None:
    mine, theirs = both_open(address, first, second)
    first.post(address, form_of(mine, lead=council.pk, needs_change_of_law="true", budget_eur="1000"))
    page = second.post(address, form_of(theirs, lead=other_council.pk, needs_change_of_law="false", budget_eur="2000"))
    conflicts = {row.name: (row.mine, row.theirs) for row in page.context["conflicts"]}
    assert conflicts["lead"] == (["Etelä-Savon maakuntaliitto"], ["Satakuntaliitto"])
    assert conflicts["needs_change_of_law"] == (["Ei"], ["Kyllä"])
    assert conflicts["budget_eur"] == (["2\xa0000"], ["1\xa0000,00"])
