"""An open round, and the letters that tell its dates."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from pilots.mail import outbox
from pilots.models import Letter, Message, Proposal, Round, Step
from regions.models import User
from tests.factories import make_round

NOW = timezone.now


@pytest.fixture
def round_(officer: User) -> Round:
    """An open round."""
    return make_round(owner=officer, slug="kierros")


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
