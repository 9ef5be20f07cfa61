"""Letters of any kind, with contents that make sense, posted to somebody."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from pilots.mail import outbox
from pilots.models import Letter, Message, Round, Step
from regions.models import User
from tests.factories import make_round


def posted(
    user: User,
    letter: Letter = Letter.CORRECTION,
    *,
    at: datetime | None = None,
    round_: Round | None = None,
    step: Step | None = None,
    title: str = "Pilotti",
    **options: Any,
) -> Message:
    """Post a letter of the round, else of a new one; it tells the deadline of the step, if one is given."""
    at = at or timezone.now()
    if step is not None:
        options["tells"] = [outbox.Deadline(step, step.closes_at)]
        round_ = step.round
    proposal = options.get("proposal")
    round_ = round_ or (proposal.round if proposal else make_round())
    closes_at = step.closes_at if step else at
    context = {
        "items": [],
        "first": {"closes_at": closes_at, "round": round_},
        "closes_at": closes_at,
        "proposal_title": title,
        "version": 1,
        "submitted_at": at,
        "withdrawn_at": at,
        "sha256": "0" * 64,
    }
    return outbox.post(letter, user, at=at, context=context, round_=round_, **options)
