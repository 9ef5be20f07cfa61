"""A proposal of a closed round, at which the ministry asks."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from pilots.models import Clarification, Proposal, Version
from pilots.proposals import clarifying
from regions.models import User
from registry.lib.editions import Shown, fingerprint
from tests.factories import make_version

NOW = timezone.now()
DAY = timedelta(days=1)


def ask(proposal: Proposal, officer: User, key: str = "summary", *, at: datetime = NOW, **given: Any) -> Clarification:
    """Return a clarification at the question ``key`` of the proposal's latest version, due in ten days."""
    proposal.refresh_from_db()
    latest = proposal.latest
    assert latest is not None
    section = clarifying.section_of(latest, key)
    assert section is not None
    due_at, words = given.get("due_at", at + 10 * DAY), given.get("words", "xqkysymys")
    return clarifying.ask(
        proposal, given.get("version", latest.number), section.questions[0], words, due_at, officer, at
    )


def answer(asked: Clarification, user: User, value: Any = "xqvastaus", *, at: datetime = NOW) -> Version:
    """Return the version that an answer to the clarification makes."""
    edition = Proposal.objects.get(pk=asked.proposal_id).edition
    return clarifying.answer(asked, {asked.question: value}, Shown(edition), user, at)


def hashes(content: dict[str, Any]) -> dict[str, str]:
    """Return the hash of each answer."""
    return {key: fingerprint(value) for key, value in content.items()}


def how_clarified(proposal: Proposal) -> set[str]:
    """Return how far the clarifications of the proposal are."""
    answered = {"read" if one.read_at else "answered" for one in proposal.clarifications.all() if one.answer_id}
    return answered | {"waits" for one in proposal.clarifications.all() if one.waits}


def ask_by_chance(proposal: Proposal, chance: Random) -> None:
    """Ask nothing at the proposal, or twice: some of it is answered, and some answers are read."""
    version, about = proposal.latest, {"proposal": proposal, "label_fi": "Nimi", "words": "Mikä?", "asked_at": NOW}
    for number in range(1, chance.choice([1, 3])):
        answered, read = chance.choice([(False, False), (True, False), (True, True)])
        Clarification.objects.create(
            **about,
            version=version,
            number=number,
            question=f"q{number}",
            asked_by=proposal.created_by,
            due_at=NOW + timedelta(days=9),
            answer=make_version(proposal, NOW) if answered else None,
            read_at=NOW if read else None,
            read_by=proposal.created_by if read else None,
        )
