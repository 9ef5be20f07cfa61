"""A form that is larger than the site takes: told in the reader's language, with what was typed."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from pilots.models import Proposal
from regions.models import User
from tests.factories import make_proposal, make_round

pytestmark = pytest.mark.django_db
LONG = "Pitkä teksti, jota kukaan ei kirjoita uudelleen. " * 60_000
TITLES = {"fi": "Lomake on liian suuri", "sv": "Formuläret är för stort", "en": "The form is too large"}


FORM = "application/x-www-form-urlencoded"


def encoded(**fields: str) -> str:
    return urlencode(fields)


@pytest.fixture
def draft(preparer: User) -> Proposal:
    return make_proposal(make_round(invited=[preparer.organisation]), preparer)


@pytest.mark.parametrize("language", TITLES)
def test_the_words_are_shown_back_in_the_reader_s_language(
    as_user: Any, preparer: User, draft: Proposal, language: str
) -> None:
    with translation.override(language):
        page = reverse("edit_section", args=[draft.pk, "basics"])
    answer = as_user(preparer).generic("POST", page, encoded(title="<b>Otsikko on tässä", summary=LONG), FORM)
    assert answer.status_code == 413
    assert TITLES[language] in answer.text
    assert "&lt;b&gt;Otsikko on tässä" in answer.text
    assert LONG.strip()[-400:] in answer.text
    draft.refresh_from_db()
    assert draft.content == {}


def test_a_stranger_s_form_and_a_password_are_not_shown_back(client: Client, as_user: Any, preparer: User) -> None:
    for browser in (client, as_user(preparer)):
        typed = encoded(
            login="minä itse", password="my own secret words", more=LONG if browser is client else "x" * 2_100_000
        )
        answer = browser.generic("POST", "/fi/tili/login/", typed, FORM)
        assert answer.status_code == 413
        assert "my own secret words" not in answer.text
        assert LONG[:40] not in answer.text


def test_a_form_larger_than_all_is_refused_unread(as_user: Any, preparer: User) -> None:
    answer = as_user(preparer).generic("POST", "/fi/tili/login/", encoded(more="y z" * 4_000_000), FORM)
    assert (answer.status_code, len(answer.content) < 100_000) == (413, True)


def test_a_form_of_parts_is_told_too(as_user: Any, preparer: User, draft: Proposal) -> None:
    answer = as_user(preparer).post(reverse("edit_section", args=[draft.pk, "basics"]), {"summary": LONG})
    assert answer.status_code == 413
    assert TITLES["fi"] in answer.text
