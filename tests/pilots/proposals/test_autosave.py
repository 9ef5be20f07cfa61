"""What the script of a section asks, and what the buttons of the sections do: nothing typed is left behind."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import Proposal
from pilots.proposals import workflow
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import User
from registry.lib.editions import Shown
from tests.forms import form_of
from tests.pilots.interest import address, basics

BASICS = FORM_1.sections[0]
SCRIPT = {"X-Autosave": "1"}


def opened(page: Client, proposal: Proposal) -> dict[str, Any]:
    return form_of(page.get(address("edit_section", proposal, "basics")))


def saved_by_script(page: Client, proposal: Proposal, form: dict[str, Any], **typed: Any) -> Any:
    return page.post(address("edit_section", proposal, "basics"), {**form, **typed}, headers=SCRIPT)


def test_the_script_saves_the_draft_and_goes_on_from_the_new_edition(page: Client, interest: Proposal) -> None:
    form = opened(page, interest)
    for title in ("Ensimmäinen", "Toinen", "Kolmas"):
        answer = saved_by_script(page, interest, form, title=title)
        assert answer.status_code == 200
        assert answer.json()["words"].startswith("Tallennettu klo ")
        form |= {"edition": answer.json()["edition"], "shown": answer.json()["shown"]}
        interest.refresh_from_db()
        assert interest.content["title"] == title
    assert interest.versions.count() == 0


def test_what_a_colleague_saved_meanwhile_stays_however_often_the_script_saves(
    page: Client, interest: Proposal, colleague: User
) -> None:
    form = opened(page, interest)
    workflow.save_section(interest, BASICS, {"summary": "Kollegan teksti"}, Shown(1), colleague, timezone.now())
    for title in ("Ensimmäinen", "Toinen"):
        answer = saved_by_script(page, interest, form, title=title).json()
        form |= {"edition": answer["edition"], "shown": answer["shown"]}
    interest.refresh_from_db()
    assert interest.content["title"] == "Toinen"
    assert interest.content["summary"] == "Kollegan teksti"


def test_a_conflict_is_left_to_the_button(page: Client, interest: Proposal, colleague: User) -> None:
    form = opened(page, interest)
    workflow.save_section(interest, BASICS, {"title": "Kollegan nimi"}, Shown(1), colleague, timezone.now())
    answer = saved_by_script(page, interest, form, title="Minun nimeni")
    assert answer.status_code == 409
    assert "Joku muu on tallentanut saman vastauksen" in answer.json()["words"]
    interest.refresh_from_db()
    assert interest.content["title"] == "Kollegan nimi"
    shown = page.post(address("edit_section", interest, "basics"), {**form, "title": "Minun nimeni"})
    assert "Minun nimeni" in shown.text
    assert "Kollegan nimi" in shown.text


def test_after_sending_the_script_says_at_once_that_changes_are_not_sent(
    page: Client, interest: Proposal, preparer: User
) -> None:
    workflow.submit(interest, 1, preparer)
    answer = saved_by_script(page, interest, opened(page, interest), title="Muutettu")
    assert "Muutoksia ei ole lähetetty." in answer.json()["words"]
    assert interest.versions.count() == 1


def test_an_answer_that_may_not_be_stored_is_told_of(page: Client, interest: Proposal) -> None:
    before = interest.content["title"]
    answer = saved_by_script(page, interest, opened(page, interest), title="Tunnus 131052-308T")
    assert "ei voi tallentaa sellaisenaan" in answer.json()["words"]
    interest.refresh_from_db()
    assert interest.content["title"] == before


def test_what_can_no_longer_be_saved_is_told_of(page: Client, interest: Proposal, preparer: User) -> None:
    form = opened(page, interest)
    workflow.submit(interest, 1, preparer)
    workflow.withdraw(interest, preparer, timezone.now())
    answer = saved_by_script(page, interest, form, title="Myöhään")
    assert answer.status_code == 409
    assert "ei voi enää tallentaa" in answer.json()["words"]


@pytest.mark.parametrize(
    ("go", "name"), [("clients", "edit_section"), ("check", "check_proposal"), ("nonsense", "check_proposal")]
)
def test_going_to_another_section_saves_first(page: Client, interest: Proposal, go: str, name: str) -> None:
    answer = page.post(address("edit_section", interest, "basics"), basics(title="Ennen lähtöä", go=go))
    args = [interest.pk, go] if name == "edit_section" else [interest.pk]
    assert answer["Location"] == reverse(name, args=args)
    interest.refresh_from_db()
    assert interest.content["title"] == "Ennen lähtöä"


def test_nobody_leaves_an_answer_that_is_not_saved(page: Client, interest: Proposal) -> None:
    answer = page.post(address("edit_section", interest, "basics"), basics(title="131052-308T", go="clients"))
    assert answer.status_code == 200
    assert "131052-308T" in answer.text


def test_the_sections_are_buttons_of_the_form(page: Client, interest: Proposal) -> None:
    words = page.get(address("edit_section", interest, "basics")).text
    assert 'form="section-form" name="go" value="clients"' in words
    assert f'href="{address("edit_section", interest, "clients")}"' not in words
