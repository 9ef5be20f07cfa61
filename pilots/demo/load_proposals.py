"""Made rounds of past years, with proposals of the organisations in every state."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from pilots.models import Pilot, Proposal, Round, Step
from pilots.proposals.questions.known_forms import NEW_PROPOSALS
from regions.models import Organisation, User
from registry.lib.copying import copy_in, reserve
from registry.lib.editions import fingerprint

from .made_words import Words

PROPOSALS_PER_ROUND = 40
LIKE = "a title of four words"
STATES = Proposal.State
SHARES = {STATES.DRAFT: 2, STATES.SUBMITTED: 5, STATES.WITHDRAWN: 1, STATES.ACCEPTED: 1, STATES.NOT_SELECTED: 3}


@dataclass(frozen=True)
class _Proposal:
    """A proposal to be made, and its version."""

    key: int
    version: int
    step: Step
    organisation: int
    state: str
    title: str

    @property
    def sent(self) -> bool:
        return self.state != STATES.DRAFT


def make(prefix: str, how_many: int, seed: int, at: datetime) -> dict[str, int]:
    """Make so many proposals in rounds that are over at ``at``; return the rows by table."""
    if not how_many:
        return {}
    chance, words = Random(f"{seed} proposals"), Words(Pilot.objects.values_list("name_fi", flat=True))  # noqa: S311 - no secret
    author, _made = User.objects.get_or_create(
        email=f"{prefix}-kirjoittaja@rekisteri.example", defaults={"language": "fi"}
    )
    steps = _rounds(prefix, how_many // PROPOSALS_PER_ROUND + 1, chance, words, at)
    organisations = list(Organisation.objects.order_by("pk").values_list("pk", flat=True))
    keys = zip(reserve("pilots_proposal", how_many), reserve("pilots_version", how_many), strict=True)
    states = chance.choices(list(SHARES), weights=list(SHARES.values()), k=how_many)
    proposals = [
        _Proposal(key, version, chance.choice(steps), chance.choice(organisations), state, words.text(chance, LIKE))
        for (key, version), state in zip(keys, states, strict=True)
    ]
    versions = copy_in("pilots_version", VERSION, _versions(proposals, str(author.pk)))
    return {
        "pilots_round": len(steps),
        "pilots_version": versions,
        "pilots_proposal": copy_in("pilots_proposal", PROPOSAL, _proposals(proposals, str(author.pk))),
    }


def _rounds(prefix: str, how_many: int, chance: Random, words: Words, at: datetime) -> list[Step]:
    """Return the single steps of new rounds, each closed a month to ten years before ``at``."""
    first = Round.objects.filter(slug__startswith=f"{prefix}-").count() + 1
    rounds = Round.objects.bulk_create(
        Round(
            slug=f"{prefix}-{number}",
            kind=Round.Kind.PROPOSALS,
            asks=[Round.Asks.PRELIMINARY],
            published_at=at,
            **{f"name_{language}": words.text(chance, LIKE) for language in ("fi", "sv", "en")},
        )
        for number in range(first, first + how_many)
    )
    steps = []
    for round_ in rounds:
        closes_at = at - timedelta(days=chance.randrange(30, 3650))
        opens_at = closes_at - timedelta(days=30)
        step = Step(round=round_, position=1, kind=Step.Kind.PRELIMINARY, opens_at=opens_at, closes_at=closes_at)
        steps.append(step)
        round_.published_at = opens_at
    Round.objects.bulk_update(rounds, ["published_at"])
    return Step.objects.bulk_create(steps)


VERSION = ["id", "proposal_id", "step_id", "number", "form", "content", "sha256", "submitted_at", "submitted_by_id"]


def _versions(proposals: list[_Proposal], author: str) -> Iterator[list[str | None]]:
    for row in proposals:
        if row.sent:
            content = {"title": row.title}
            keys = [str(row.version), str(row.key), str(row.step.pk), "1", str(NEW_PROPOSALS)]
            yield [*keys, json.dumps(content), fingerprint(content), f"{row.step.closes_at}", author]


PROPOSAL = [
    *("id", "kind", "state", "form", "content", "edition", "created_at", "saved_at", "submitted_at", "withdrawn_at"),
    *("decided_at", "created_by_id", "organisation_id", "saved_by_id", "round_id", "latest_id"),
]


def _proposals(proposals: list[_Proposal], author: str) -> Iterator[list[str | None]]:
    for row in proposals:
        at = f"{row.step.closes_at}"
        withdrawn = at if row.state == STATES.WITHDRAWN else None
        decided = at if row.state in {STATES.ACCEPTED, STATES.NOT_SELECTED} else None
        words = [
            str(row.key),
            str(Round.Asks.PRELIMINARY),
            str(row.state),
            str(NEW_PROPOSALS),
            json.dumps({"title": row.title}),
        ]
        times = [at, at, at if row.sent else None, withdrawn, decided]
        latest = str(row.version) if row.sent else None
        yield [*words, "1", *times, author, str(row.organisation), author, str(row.step.round_id), latest]
