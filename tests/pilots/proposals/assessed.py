"""Proposals that are assessed: assessors, criteria, and what assessors write."""

from random import Random
from typing import Any

from django.utils import timezone

from pilots.models import Assessment, Assessor, Criterion, Declaration, Proposal, Round
from pilots.proposals import assessing
from regions.models import User
from registry.lib.editions import Shown
from tests.factories import make_user

NOW = timezone.now()
Ground = Declaration.Ground


def make_assessor(round_: Round, user: User) -> Assessor:
    """Let the user assess in the round."""
    return Assessor.objects.create(round=round_, user=user, named_at=NOW, named_by=user)


def make_criteria(round_: Round, *scored: bool) -> list[Criterion]:
    """Return criteria of the round, one for each."""
    return [
        Criterion.objects.create(
            round=round_,
            position=place,
            scored=has_numbers,
            **{f"text_{language}": f"Peruste {place} {language}" for language in ("fi", "sv", "en")},
        )
        for place, has_numbers in enumerate(scored, start=1)
    ]


def declare(proposal: Proposal, user: User, ground: str = "", **given: Any) -> Declaration:
    """Return the user's next declaration."""
    held = Declaration.objects.holding().filter(proposal=proposal, user=user).first()
    because = given.get("because", "Muuttui") if held else ""
    at = given.get("at", timezone.now())
    return assessing.declare(proposal, held.number if held else 0, ground, given.get("words", ""), user, at, because)


def begin(proposal: Proposal, user: User) -> Assessment:
    """Return the assessment that begins when the assessor declares no conflict of interest."""
    if not proposal.round.assessors.filter(user=user).exists():
        make_assessor(proposal.round, user)
    declare(proposal, user)
    return Assessment.objects.get(proposal=proposal, user=user)


def write(assessment: Assessment, words: str, score: int | None = None) -> None:
    """Write the words on each criterion, and as the overall view."""
    parts = assessing.stored(assessment, assessing.answers_of(assessment))
    typed = {name: score if name.startswith(assessing.SCORE) else words for name in parts}
    edition = Assessment.objects.get(pk=assessment.pk).edition
    assessing.save(assessment, Shown(edition), typed, timezone.now())


def make_ready(proposal: Proposal, user: User, words: str = "xqarvio", score: int | None = None) -> Assessment:
    """Return an assessment that others may read."""
    assessment = begin(proposal, user)
    write(assessment, words, score)
    assessing.make_ready(assessment, timezone.now())
    return Assessment.objects.get(pk=assessment.pk)


def how_assessed(proposal: Proposal) -> set[str]:
    """Return how far the assessments of the proposal are, counted one by one."""
    held = proposal.declarations.filter(superseded_at=None)
    out = {one.user_id for one in held if one.ground}
    ready = {one.user_id for one in proposal.assessments.all() if one.ready_at} - out
    to_come = {one.user_id for one in proposal.round.assessors.all()} - out - ready
    return {"to_come" if to_come else "ready" if ready else "nobody"}


def assess_by_chance(proposal: Proposal, assessors: list[User], chance: Random) -> None:
    """Let each of the assessors do nothing, begin, be ready or have a conflict."""
    about: dict[str, Any] = {"proposal": proposal}
    for user in assessors:
        ready, ground = chance.choice([(True, ""), (True, ""), (True, ""), (False, ""), (True, Ground.PARTY)])
        times = {"began_at": NOW, "saved_at": NOW, "ready_at": NOW if ready else None}
        Assessment.objects.create(**about, user=user, version=proposal.latest, overall="x", **times)
        Declaration.objects.create(**about, user=user, number=1, ground=ground, declared_at=NOW)


def some_assessors(round_: Round, n: int) -> list[User]:
    """Return people whom the round names."""
    users = [make_user(User.Role.READER) for _ in range(n)]
    for user in users:
        make_assessor(round_, user)
    return users
