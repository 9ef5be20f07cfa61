"""The letters that tell decisions: begun as drafts by the decision, edited by people, sent together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from pilots.mail import reminders
from pilots.mail import workflow as mail
from pilots.models import Decision, Proposal, Round, StaffLetter
from regions.models import User
from registry.lib.editions import fingerprint
from registry.lib.failpoints import reach
from registry.lib.languages import Translated
from registry.lib.letters import write
from registry.lib.refusals import Incomplete, NotAsShown, Refused

from .following import tell

REASONS, CONDITIONS = Translated("reasons"), Translated("conditions")
LANGUAGES = ("fi", "sv")  # a letter of the ministry is written in both national languages


def write_letter(decision: Decision, user: User, at: datetime) -> StaffLetter:
    """Begin the letter of a decision as a draft in Finnish and Swedish, and return it. Nothing is sent by this."""
    proposal = decision.proposal
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        written = write(f"drafts/{decision.outcome}", language, _given(decision, language))
        texts |= {f"subject_{language}": written.subject, f"body_{language}": written.body.strip()}
    return StaffLetter.objects.create(
        round=proposal.round,
        proposal=proposal,
        decision=decision,
        audience=StaffLetter.Audience.PROPOSAL,
        written_at=at,
        written_by=user,
        **texts,
    )


def _given(decision: Decision, language: str) -> dict[str, Any]:
    """Return what the templates of a draft are given."""
    proposal = decision.proposal
    return {
        "decision": decision,
        "decided_at": decision.decided_at,
        "proposal": proposal,
        "round": proposal.round,
        "title": decision.version.title,
        "code": proposal.pilot.code if proposal.pilot else "",
        "reasons": REASONS.read(decision, language).plain,
        "conditions": CONDITIONS.read(decision, language).plain,
    }


@dataclass(frozen=True)
class Ready:
    """The decision letters of a round that wait, each with its receivers; those that reach nobody are apart."""

    letters: list[tuple[StaffLetter, reminders.Audience]]

    @property
    def sendable(self) -> list[StaffLetter]:
        """The letters that reach somebody."""
        return [letter for letter, audience in self.letters if audience.people]

    @property
    def unfinished(self) -> list[StaffLetter]:
        """The letters that lack a text in Finnish or Swedish."""
        return [letter for letter in self.sendable if not all(getattr(letter, name) for name in mail.NEEDED)]

    @property
    def people(self) -> int:
        """How many copies go."""
        return sum(len(audience.people) for _letter, audience in self.letters)

    @property
    def fingerprint(self) -> str:
        """The fingerprint of letters and receivers: what was read is what is sent."""
        return fingerprint([[one.pk, one.edition, audience.fingerprint] for one, audience in self.letters])


def ready_letters(round_: Round, at: datetime) -> Ready:
    """Return the decision letters of the round that wait to be sent at ``at``."""
    waiting = StaffLetter.objects.filter(round=round_, decision__isnull=False, sent_at=None).for_page().order_by("pk")
    letters = list(waiting.select_related("decision", "proposal__organisation", "round__organiser", "round__owner"))
    audiences = reminders.audiences([letter.proposal_id or 0 for letter in letters], at)
    return Ready([(letter, audiences[letter.proposal_id or 0]) for letter in letters])


@transaction.atomic
def send_letters(round_: Round, user: User, at: datetime, *, seen: str = "") -> int:
    """Send every decision letter of the round that waits and reaches somebody; return how many letters went.

    From then on the writers know of the decisions. ``seen``: the fingerprint of what the page showed; empty: no page.
    Raises ``NotAsShown`` where letters or receivers are others, ``Incomplete`` where a letter lacks a text, ``Refused``
    where there is none; then nothing is sent.
    """
    of_round = Proposal.objects.filter(round=round_).order_by("pk")
    list(of_round.select_for_update(no_key=True).values_list("pk", flat=True))  # before its letters, as a decision does
    ready = ready_letters(round_, at)
    if seen and seen != ready.fingerprint:
        raise NotAsShown(ready)
    if ready.unfinished:
        raise Incomplete(ready.unfinished)
    if not ready.sendable:
        raise Refused
    for letter in ready.sendable:
        mail.send_letter(letter, letter.edition, user, at)
        reach("after_decision_letter")
        assert letter.decision is not None  # noqa: S101 - the query asked for it
        tell(letter.decision, user, at)
    reach("after_all_decision_letters")
    return len(ready.sendable)
