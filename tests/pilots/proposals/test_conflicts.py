"""Two people save the same section: each answer is merged or shown side by side, and both keep their words."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pilots.models import DeliveryModel, Proposal
from pilots.proposals import workflow
from pilots.proposals.questions.answers import comparable
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import User
from registry.lib.editions import Shown, token
from tests.factories import make_proposal, make_region
from tests.pilots.interest import INTEREST, address, basics

BASICS, TRIAL, _CLIENTS, ORGANISING = FORM_1.sections[:4]


def shown(page: Client, proposal: Proposal, section: str = "basics") -> str:
    """Return the token of the form of a section, as a browser would send it back."""
    form = page.get(address("edit_section", proposal, section)).text
    token = re.search(r'name="shown" value="([^"]+)"', form)
    assert token
    return token[1]


@pytest.fixture
def opened(page: Client, interest: Proposal) -> dict[str, Any]:
    """The form of the first section as it was opened, with the answers of ``INTEREST``, before another writer saves."""
    make_region("10")
    answers = {key: INTEREST[key] for key in ("title", "summary", "regions")}
    return {"edition": interest.edition, "shown": shown(page, interest), **answers}


def save(proposal: Proposal, user: User, **answers: Any) -> None:
    """Store answers of the first section over what is stored now."""
    edition = Proposal.objects.get(pk=proposal.pk).edition
    workflow.save_section(proposal, BASICS, answers, Shown(edition), user, timezone.now())


def test_the_conflict_page_keeps_every_word_and_shows_both(page: Client, interest: Proposal, colleague: User) -> None:
    save(interest, colleague, title="Heidän nimensä")
    posted = basics(1, title="Minun nimeni", summary="Rivi 1\r\nRivi 2 <b>&", regions=["04"])
    answer = page.post(address("edit_section", interest, "basics"), posted)
    assert answer.status_code == 409
    assert all(part in answer.text for part in ("Minun nimeni", "Heidän nimensä", "Rivi 1\nRivi 2 &lt;b&gt;&amp;"))
    assert "Maakunnat" not in re.search(r"<table.*?</table>", answer.text, re.DOTALL)[0]
    assert str(colleague) in answer.text
    interest.refresh_from_db()
    assert interest.title == "Heidän nimensä"
    assert f'name="edition" value="{interest.edition}"' in answer.text
    page.post(address("edit_section", interest, "basics"), {**posted, "edition": interest.edition})
    interest.refresh_from_db()
    assert (interest.title, interest.content["summary"]) == ("Minun nimeni", "Rivi 1\nRivi 2 <b>&")


def test_people_who_write_different_sections_at_once_do_not_meet(
    page: Client, interest: Proposal, colleague: User, opened: dict[str, Any]
) -> None:
    workflow.save_section(interest, TRIAL, {"problem": "Heidän ongelmansa"}, Shown(1), colleague, timezone.now())
    posted = {**opened, "title": "Minun nimeni"}
    assert page.post(address("edit_section", interest, "basics"), posted).status_code == 302
    interest.refresh_from_db()
    assert (interest.title, interest.content["problem"]) == ("Minun nimeni", "Heidän ongelmansa")


def test_people_who_change_different_answers_of_one_section_both_have_theirs(
    page: Client, interest: Proposal, colleague: User, opened: dict[str, Any]
) -> None:
    save(interest, colleague, summary="Heidän tiivistelmänsä")
    answer = page.post(address("edit_section", interest, "basics"), {**opened, "title": "Minun nimeni"})
    assert answer.status_code == 302
    interest.refresh_from_db()
    assert (interest.title, interest.content["summary"]) == ("Minun nimeni", "Heidän tiivistelmänsä")


def test_an_answer_that_both_changed_stands_side_by_side_and_nothing_is_stored(
    page: Client, interest: Proposal, colleague: User, opened: dict[str, Any]
) -> None:
    save(interest, colleague, title="Heidän nimensä", summary="Heidän tiivistelmänsä")
    answer = page.post(address("edit_section", interest, "basics"), {**opened, "title": "Minun nimeni"})
    assert answer.status_code == 409
    compared = re.search(r"<table.*?</table>", answer.text, re.DOTALL)[0]
    assert "Minun nimeni" in compared
    assert "Heidän nimensä" in compared
    assert "Tiivistelmä" not in compared
    assert "Heidän tiivistelmänsä" in answer.text  # in the form: the writer had not changed it
    interest.refresh_from_db()
    assert interest.title == "Heidän nimensä"


def test_what_was_typed_and_may_not_be_stored_is_on_the_conflict_page_too(
    page: Client, interest: Proposal, colleague: User, opened: dict[str, Any]
) -> None:
    save(interest, colleague, title="Heidän nimensä")
    posted = {**opened, "title": "Minun nimeni", "summary": "Asiakas 131052-308T hyötyy"}
    answer = page.post(address("edit_section", interest, "basics"), posted)
    assert answer.status_code == 409
    assert "Asiakas 131052-308T hyötyy" in answer.text
    assert "Poista henkilötunnus." in answer.text


def test_choices_of_both_are_merged_one_by_one(
    page: Client, interest: Proposal, colleague: User, opened: dict[str, Any]
) -> None:
    make_region("17")
    save(interest, colleague, regions=["04", "10"])
    answer = page.post(address("edit_section", interest, "basics"), {**opened, "regions": ["17"]})
    assert answer.status_code == 302
    interest.refresh_from_db()
    assert interest.content["regions"] == ["10", "17"]


def test_degrees_are_merged_by_the_delivery_model(page: Client, interest: Proposal, colleague: User) -> None:
    for slug in ("allianssi", "yhdessa"):
        DeliveryModel.objects.create(slug=slug, name_fi=slug)
    opened = {"edition": 1, "shown": shown(page, interest, "organising")}
    theirs = {"delivery_models": {"allianssi": "whole"}}
    workflow.save_section(interest, ORGANISING, theirs, Shown(1), colleague, timezone.now())
    path = address("edit_section", interest, "organising")
    assert page.post(path, {**opened, "delivery_models-yhdessa": "elements"}).status_code == 302
    interest.refresh_from_db()
    assert interest.content["delivery_models"] == {"allianssi": "whole", "yhdessa": "elements"}
    assert page.post(path, {**opened, "delivery_models-allianssi": "elements"}).status_code == 409


def test_the_same_words_are_no_conflict(page: Client, interest: Proposal, opened: dict[str, Any]) -> None:
    assert page.post(address("edit_section", interest, "basics"), {**opened, "edition": 7}).status_code == 302
    interest.refresh_from_db()
    assert (interest.content, interest.edition) == (INTEREST, 1)


def test_the_token_of_another_proposal_says_nothing_of_this_one(
    page: Client, interest: Proposal, colleague: User, opened: dict[str, Any]
) -> None:
    other = make_proposal(interest.round, colleague, content=INTEREST)
    save(interest, colleague, summary="Heidän tiivistelmänsä")
    foreign = {**opened, "title": "Minun nimeni", "shown": token(other, comparable(BASICS, other.content))}
    assert page.post(address("edit_section", interest, "basics"), foreign).status_code == 409
