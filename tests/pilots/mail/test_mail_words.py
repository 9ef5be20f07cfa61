"""What every mail says in the same words: who sends it, and what to do when it came to the wrong person."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from pilots.models import Letter
from regions.models import User
from registry.lib.letters import Written, write
from tests.factories import make_proposal, make_round

pytestmark = pytest.mark.django_db
NOW = timezone.now()
FOOT = {
    "fi": "Jos tämä viesti ei kuulu sinulle, vastaa siihen ja kerro se.\n\n"
    "Pilottirekisteri\nTämä on automaattinen viesti.\n",
    "sv": "Om det här meddelandet inte är till dig, svara på det och berätta det.\n\n"
    "Pilotregistret\nDet här är ett automatiskt meddelande.\n",
    "en": "If this message is not for you, reply to it and say so.\n\nPilot Registry\nThis is an automatic message.\n",
}
ONE = {"fi": "Se ei ole enää", "sv": "Den gäller inte", "en": "It no longer holds"}
MANY = {"fi": "Ne eivät ole enää", "sv": "De gäller inte", "en": "They no longer hold"}


def written(letter: str, language: str, user: User, **fields: Any) -> Written:
    """Return the letter about a round and a proposal of the user's."""
    round_ = make_round(cancelled_at=NOW)
    proposal = make_proposal(round_, user)
    sent = {"proposal_title": "Pilotti", "version": 1, "submitted_at": NOW, "withdrawn_at": NOW, "sha256": "0"}
    context = {"user": user, "round": round_, "proposal": proposal, "closes_at": NOW, **sent, **fields}
    return write(letter, language, context)


@pytest.mark.parametrize("language", FOOT)
@pytest.mark.parametrize("letter", [Letter.RECEIPT, Letter.WITHDRAWAL, Letter.CORRECTION, Letter.ROUND_CANCELLED])
def test_a_letter_ends_with_its_sender_and_a_way_to_say_that_it_came_wrong(
    preparer: User, letter: Letter, language: str
) -> None:
    assert written(letter, language, preparer).body.endswith("\n\n" + FOOT[language])


@pytest.mark.parametrize("language", FOOT)
@pytest.mark.parametrize("told", [True, False])
def test_a_correction_speaks_of_one_old_date_of_many_or_of_none(preparer: User, language: str, *, told: bool) -> None:
    later = NOW + timedelta(days=2)
    none, one, two = (
        written(Letter.CORRECTION, language, preparer, told=told, was=was).body for was in ((), (NOW,), (NOW, later))
    )
    assert [ONE[language] in body for body in (none, one, two)] == [False, True, False]
    assert [MANY[language] in body for body in (none, one, two)] == [False, False, True]
    assert "\n. " not in none


@pytest.mark.parametrize(
    ("language", "if_you_do"), [("fi", "jos osallistutte"), ("sv", "om ni deltar"), ("en", "if you take part")]
)
@pytest.mark.parametrize("rounds", [1, 2])
def test_who_has_no_draft_is_asked_only_if_they_take_part(
    preparer: User, language: str, if_you_do: str, rounds: int
) -> None:
    item = SimpleNamespace(letter="no_draft", round=make_round(), closes_at=NOW, proposals=[])
    letter = written(Letter.NO_DRAFT, language, preparer, first=item, items=[item] * rounds, rounds=rounds)
    assert f", {if_you_do}: " in letter.subject
    assert (f": {rounds} " in letter.subject) == (rounds > 1)
