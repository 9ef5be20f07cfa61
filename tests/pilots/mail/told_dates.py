"""Letters that tell the dates of a round, and its date as it moves."""

from datetime import datetime, timedelta

from django.utils import timezone

from pilots.models import Letter, Message, Proposal, Round, Step
from regions.models import User
from tests.posted import posted

NOW = timezone.now


def reminder(user: User, round_: Round, proposal: Proposal | None = None, at: datetime | None = None) -> Message:
    return posted(user, Letter.DRAFT_NOT_SENT, at=at, step=round_.steps.get(), proposal=proposal)


def receipt(user: User, proposal: Proposal, title: str = "Otsikko") -> Message:
    return posted(user, Letter.RECEIPT, proposal=proposal, title=title)


def move(step: Step, days: int) -> Step:
    step.closes_at += timedelta(days=days)
    step.deadline_version += 1
    step.save()
    return step
