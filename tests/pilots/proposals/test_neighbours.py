"""Who already tries this: the pilots and proposals that share the rare words of a proposal."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pilots.models import Pilot, Proposal
from pilots.proposals.neighbours import neighbours
from regions.models import User
from regions.models.nearest import nearest, words_of
from tests.cast import SignIn
from tests.factories import make_pilot, make_proposal, make_round, make_submitted
from tests.pilots.interest import address

TRIED = "Palvelualliansseja kokeillaan nuorten työnhakijoiden kansainvälistymisessä."


@pytest.fixture
def alliance(db: None) -> Pilot:
    """A published pilot of the same words in other inflections, among others."""
    for n in range(8):
        make_pilot(name_fi=f"Palvelupilotti {n}", summary_fi="Palveluja yrityksille", lead=None)
    return make_pilot(name_fi="Palveluallianssi", summary_fi="Nuorille työnhakijoille kansainvälistymistä")


@pytest.fixture
def draft(preparer: User) -> Proposal:
    """A draft that says the same."""
    return make_proposal(make_round(), preparer, content={"title": "Uusi", "tried": TRIED})


def test_the_nearest_shares_rare_words_in_any_inflection_and_says_which(alliance: Pilot) -> None:
    hidden = make_pilot(published=False, name_fi="Palveluallianssi", summary_fi="Nuorten kansainvälistyminen")
    found = nearest(TRIED, ["pilot"], 5, public=True)
    assert [one.row for one in found] == [alliance.pk]
    assert {"kansainvälistymisessä", "palvelualliansseja", "nuorten"} <= set(found[0].words)
    assert {one.row for one in nearest(TRIED, ["pilot"], 5, public=False)} == {alliance.pk, hidden.pk}


@pytest.mark.parametrize("text", ["", "ja on the", "12 34", "%s 'x' :* & | \\ (", "ß" * 5_000, "x " * 50_000])
def test_a_text_without_telling_words_is_near_to_nothing(text: str, alliance: Pilot) -> None:
    assert nearest(text, ["pilot"], 5, public=True) == []


def test_inflections_of_one_word_are_one_shared_word(alliance: Pilot) -> None:
    make_pilot(name_fi="Kalastus", summary_fi="Kalastuksen vienti")
    assert nearest("kalastus kalastuksille", ["pilot"], 5, public=True) == []
    (found,) = nearest("kalastus kalastuksille vientiä", ["pilot"], 5, public=True)
    assert len(found.words) == 2


def test_of_a_long_text_the_longest_words_are_compared() -> None:
    words = words_of(" ".join(f"{letter * 4}{other * 3}" for letter in "abcdefghij" for other in "klmnopqrst"))
    assert len(words) == 40
    assert words_of("Kissa kissa pitkähkösana") == {"pitkahkosana": "pitkähkösana", "kissa": "kissa"}


def test_a_writer_sees_published_pilots_and_the_ministry_also_what_others_sent(
    alliance: Pilot, draft: Proposal, preparer: User, officer: User, stranger: User, as_user: SignIn, page: Client
) -> None:
    at = timezone.now()
    theirs = make_submitted(make_round(), stranger, title="Vieras", tried=TRIED)
    own = make_submitted(make_round(), preparer, title="Oma", tried=TRIED)
    secret = make_pilot(published=False, name_fi="Salapilotti", summary_fi=TRIED)
    for where in (address("proposal", draft), address("edit_section", draft, "trial")):
        shown = page.get(where).text
        assert "Palveluallianssi" in shown
        assert "Salapilotti" not in shown
        assert "Vieras" not in shown
    found = neighbours(own, own.content, officer, at)
    assert {pilot for pilot, _words in found.pilots} == {alliance, secret}
    assert [proposal for proposal, _words in found.proposals] == [theirs]
    assert "Vieras" in as_user(officer).get(address("proposal", own)).text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_nearest_cost_the_same_queries(
    alliance: Pilot, draft: Proposal, preparer: User, officer: User, rows: int, django_assert_num_queries: Any
) -> None:
    for _n in range(rows):
        make_submitted(make_round(), preparer, title="Oma", tried=TRIED)
    with django_assert_num_queries(3):
        neighbours(draft, draft.content, preparer, timezone.now())
    with django_assert_num_queries(6):
        neighbours(draft, draft.content, officer, timezone.now())
