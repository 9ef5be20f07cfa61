"""Letters that tell the dates of a round, and its date as it moves."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from pilots.mail import outbox
from pilots.models import Letter, Message, Proposal, Round, Step
from regions.models import User

NOW = timezone.now


def reminder(user: User, round_: Round, proposal: Proposal | None = None, at: datetime | None = None) -> Message:
    step = round_.steps.get()
    context: dict[str, Any] = {"items": [], "first": {"closes_at": step.closes_at, "round": round_}}
    return outbox.post(Letter.DRAFT_NOT_SENT, user, at=at or NOW(), context=context, step=step, proposal=proposal)


def receipt(user: User, proposal: Proposal, title: str = "Otsikko") -> Message:
    context = {"proposal_title": title, "version": 1, "submitted_at": NOW(), "sha256": "0" * 64}
    return outbox.post(Letter.RECEIPT, user, at=NOW(), context=context, proposal=proposal)


def move(step: Step, days: int) -> Step:
    step.closes_at += timedelta(days=days)
    step.deadline_version += 1
    step.save()
    return step
