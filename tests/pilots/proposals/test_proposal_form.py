"""The forms of a proposal: answers are understood, or kept as they were typed and named."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pilots.models import DeliveryModel, Proposal, Theme
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import User
from tests.factories import make_proposal, make_region, make_round
from tests.pilots.interest import address, basics


def test_every_question_has_its_place_in_a_form(page: Client, preparer: User) -> None:
    Theme.objects.create(slug="teema", name_fi="Teema")
    DeliveryModel.objects.create(slug="allianssi", name_fi="Allianssimalli")
    proposal = make_proposal(make_round(), preparer)
    for section in FORM_1.sections:
        form = page.get(address("edit_section", proposal, section.slug)).content.decode()
        assert all(f'id="div_id_{question.key}"' in form for question in section.questions)


def test_choices_are_stored_as_codes_and_shown_in_words(page: Client, preparer: User) -> None:
    make_region("04")
    Theme.objects.create(slug="teema", name_fi="Prosessien hankinta")
    DeliveryModel.objects.create(slug="allianssi", name_fi="Allianssimalli")
    proposal = make_proposal(make_round(), preparer)
    page.post(address("edit_section", proposal, "basics"), basics(1, regions=["04", "99"]))
    page.post(address("edit_section", proposal, "trial"), {"edition": 2, "themes": ["teema", "muu"]})
    posted = {
        "edition": 3,
        "delivery_models-allianssi": "elements",
        "production": ["own", "x"],
        "whole_process": "no",
        "needs_change_of_law": "maybe",
    }
    page.post(address("edit_section", proposal, "organising"), posted)
    proposal.refresh_from_db()
    assert proposal.content == {
        "regions": ["04"],
        "themes": ["teema"],
        "delivery_models": {"allianssi": "elements"},
        "production": ["own"],
        "whole_process": "no",
    }
    check = page.get(address("check_proposal", proposal)).content.decode()
    assert all(words in check for words in ("Satakunta", "Prosessien hankinta", "Allianssimalli: "))
    form = page.get(address("edit_section", proposal, "organising")).content.decode()
    assert '<option value="elements" selected>' in form


def test_an_answer_that_is_not_right_is_kept_as_typed_and_named(page: Client, preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    posted = {"edition": 1, "budget": "noin 200 tuhatta", "contact": "kirjaamo", "funding": "Omaa rahaa"}
    answer = page.post(address("edit_section", proposal, "cost"), posted)
    assert answer.status_code == 200
    proposal.refresh_from_db()
    assert proposal.content == {key: value for key, value in posted.items() if key != "edition"}
    for words in (answer.content.decode(), page.get(address("edit_section", proposal, "cost")).content.decode()):
        assert "noin 200 tuhatta" in words
        assert "Kirjoita luku" in words
        assert f'name="edition" value="{proposal.edition}"' in words
    assert "Kirjoita sähköpostiosoite" in page.get(address("check_proposal", proposal)).content.decode()
    assert "korjattava" in page.get(address("proposal", proposal)).content.decode()


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("start", "1.3.2027", "2027-03-01"),
        ("start", "2027-03-01", "2027-03-01"),
        ("start", "31.2.2027", "31.2.2027"),
        ("start", "keväällä", "keväällä"),
        ("staff", "2,5", "2.5"),
        ("staff", "٢", "٢"),
    ],
)
def test_days_and_numbers_are_understood_or_kept_as_typed(
    page: Client, preparer: User, key: str, typed: str, stored: str
) -> None:
    proposal = make_proposal(make_round(), preparer)
    page.post(address("edit_section", proposal, "partners"), {"edition": 1, key: typed})
    proposal.refresh_from_db()
    assert proposal.content == {key: stored}
    assert page.get(address("check_proposal", proposal)).status_code == 200


def test_money_is_understood_as_people_write_it(page: Client, preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    page.post(address("edit_section", proposal, "cost"), {"edition": 1, "budget": "250 000,50 €"})
    proposal.refresh_from_db()
    assert proposal.content == {"budget": "250000.50"}
    assert 'value="250000,50"' in page.get(address("edit_section", proposal, "cost")).content.decode()
    assert "€" in page.get(address("check_proposal", proposal)).content.decode()


def test_an_end_before_the_start_is_named(page: Client, preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    posted = {"edition": 1, "start": "1.3.2027", "end": "1.2.2027"}
    answer = page.post(address("edit_section", proposal, "partners"), posted)
    assert "Päättymispäivä on ennen alkamispäivää." in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.content == {"start": "2027-03-01", "end": "2027-02-01"}


def test_a_personal_identity_code_is_refused_and_shown_back_and_the_rest_is_saved(page: Client, preparer: User) -> None:
    code = "131052-308T"  # the example of the Digital and Population Data Services Agency
    proposal = make_proposal(make_round(), preparer, content={"summary": "Ennen"})
    posted = basics(title="Nimi", summary=f"Asiakas {code} hyötyy")
    answer = page.post(address("edit_section", proposal, "basics"), posted).content.decode()
    proposal.refresh_from_db()
    assert proposal.content == {"title": "Nimi", "summary": "Ennen"}
    assert f"Asiakas {code} hyötyy" in answer
    assert "Poista henkilötunnus." in answer


def test_a_text_over_its_limit_is_kept_and_named_and_one_far_too_long_is_shown_back(
    page: Client, preparer: User
) -> None:
    proposal = make_proposal(make_round(), preparer)
    answer = page.post(address("edit_section", proposal, "basics"), basics(summary="a" * 2_001))
    assert "1 merkin liian pitkä" in answer.content.decode()
    proposal.refresh_from_db()
    assert len(proposal.content["summary"]) == 2_001
    answer = page.post(address("edit_section", proposal, "basics"), basics(2, title="Nimi", summary="b" * 1_000_000))
    assert "b" * 1_000_000 in answer.content.decode()
    proposal.refresh_from_db()
    assert (proposal.title, len(proposal.content["summary"])) == ("Nimi", 2_001)


@pytest.mark.parametrize("edition", ["", "x", "-1", "9" * 40, "²", "\x00", None])
def test_an_edition_that_makes_no_sense_is_a_conflict(page: Client, interest: Proposal, edition: str | None) -> None:
    posted = {key: value for key, value in basics(edition, title="Oma").items() if value is not None}
    assert page.post(address("edit_section", interest, "basics"), posted).status_code == 409
    assert page.post(address("submit_proposal", interest), posted).status_code == 409


def test_hostile_words_never_break_a_page(page: Client, preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    typed = "a\x00b\x1b\u202e<script>alert(1)</script>"
    for section in FORM_1.sections:
        proposal.refresh_from_db()
        posted: dict[str, Any] = {question.key: typed for question in section.questions}
        posted["delivery_models-\x00"] = typed
        path = address("edit_section", proposal, section.slug)
        assert page.post(path, {"edition": proposal.edition, **posted}).status_code in {200, 302}
        assert b"<script>alert" not in page.get(path).content
    assert page.get(address("check_proposal", proposal)).status_code == 200
    assert page.get(address("edit_section", proposal, "no-such-section")).status_code == 404
    assert page.post(address("editors", proposal), {"person": "\x00"}).status_code == 422
    assert page.get(reverse("my_proposals") + "?page=99999999999999999999").status_code == 200
    assert page.get(address("receipt", proposal, 10**20)).status_code == 404
