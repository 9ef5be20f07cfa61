"""The addresses of sections are in the page's language, and those of before still lead there."""

import pytest
from django.urls import reverse
from django.utils import translation

from pilots.proposals.questions.addresses import WORDS
from pilots.proposals.questions.known_forms import FORMS
from pilots.proposals.questions.own import OWN
from regions.models import User
from registry.lib.languages import LANGUAGES
from tests.cast import SignIn
from tests.factories import make_proposal, make_round

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "address"),
    [
        ("fi", "/fi/ehdotukset/{}/kirjoita/jarjestaminen/"),
        ("sv", "/sv/forslag/{}/skriv/organisering/"),
        ("en", "/en/proposals/{}/write/organising/"),
    ],
)
def test_a_section_is_named_in_the_language_of_the_page(
    preparer: User, as_user: SignIn, language: str, address: str
) -> None:
    proposal, client = make_proposal(make_round(), preparer), as_user(preparer)
    here = address.format(proposal.pk)
    with translation.override(language):
        assert reverse("edit_section", args=[proposal.pk, "organising"]) == here
    assert client.get(here).status_code == 200
    for word in (
        "organising",
        "jarjestaminen",
        "organisering",
    ):  # as pages and letters showed it, or a slip of the hand
        there = here.rstrip("/").rpartition("/")[0] + f"/{word}/"
        if there != here:
            answer = client.get(f"{there}?x=1")
            assert (answer.status_code, answer["Location"]) == (302, f"{here}?x=1")
            assert client.post(there, {"title": "x"}).status_code < 400
    assert client.get(here.replace("gani", "xx").replace("jestam", "xx")).status_code == 404


def test_every_section_has_one_word_in_each_language_and_no_word_leads_to_two(db: None) -> None:
    slugs = {section.slug for form in FORMS.values() for section in form.sections}
    assert slugs | {OWN} == set(WORDS)
    leads: dict[str, set[str]] = {}
    for language in LANGUAGES:
        with translation.override(language):
            for slug, word in WORDS.items():
                leads.setdefault(str(word), set()).add(slug)
    assert all(len(found) == 1 for found in leads.values())
