"""Made rounds of past years, with proposals of the organisations: drafts, submitted, withdrawn."""

from datetime import datetime, timedelta
from random import Random

from pilots.models import Pilot, Proposal, Round, Step, Version
from regions.models import Organisation, User
from registry.lib.copying import reserve
from registry.lib.editions import fingerprint

from .made_words import Words

PROPOSALS_PER_ROUND = 40
LIKE = "a title of four words"
STATES = Proposal.State
SHARES = {STATES.DRAFT: 2, STATES.SUBMITTED: 7, STATES.WITHDRAWN: 1}
PORTION = 1000  # rows in one statement


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
    proposals: list[Proposal] = []
    versions: list[Version] = []
    for (key, version), state in zip(keys, states, strict=True):
        step, content = chance.choice(steps), {"title": words.text(chance, LIKE)}
        proposal = _proposal(key, step, chance.choice(organisations), content, author)
        if state != STATES.DRAFT:
            proposal.state, proposal.submitted_at, proposal.latest_id = state, step.closes_at, version
            versions.append(_version(version, proposal, step))
        if state == STATES.WITHDRAWN:
            proposal.withdrawn_at = step.closes_at
        proposals.append(proposal)
    Version.objects.bulk_create(versions, PORTION)  # first: a trigger looks for the latest version of a proposal
    Proposal.objects.bulk_create(proposals, PORTION)
    return {"pilots_round": len(steps), "pilots_version": len(versions), "pilots_proposal": len(proposals)}


def _proposal(key: int, step: Step, organisation: int, content: dict[str, str], author: User) -> Proposal:
    at, people = step.closes_at, {"created_by": author, "saved_by": author}
    times = {"created_at": at, "saved_at": at}
    kind = Round.Asks.PRELIMINARY
    return Proposal(
        pk=key, round_id=step.round_id, organisation_id=organisation, kind=kind, content=content, **people, **times
    )


def _version(key: int, proposal: Proposal, step: Step) -> Version:
    content = proposal.content
    return Version(
        pk=key,
        proposal_id=proposal.pk,
        step=step,
        kind=proposal.kind,
        number=1,
        content=content,
        sha256=fingerprint(content),
        submitted_at=step.closes_at,
        submitted_by=proposal.created_by,
    )


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
