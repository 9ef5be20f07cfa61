"""The dates of the round of autumn 2026, drafts and submissions of it, and what was planned for a person."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pilots.models import Editor, Extension, Proposal, Reminder, Round
from regions.models import Organisation, User
from tests.factories import make_proposal, submit_as_it_stands

HELSINKI = ZoneInfo("Europe/Helsinki")
PLANNED, QUEUED, SKIPPED, SUPERSEDED = Reminder.State


def finnish(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HELSINKI)


PUBLISHED = finnish(2026, 10, 1)
CLOSES = finnish(2026, 11, 27, 16, 15)  # a Friday
FIVE_BEFORE = finnish(2026, 11, 20)  # 22.11. is a Sunday


def draft_of(user: User, round_: Round, at: datetime = PUBLISHED, **fields: object) -> Proposal:
    proposal = make_proposal(round_, user, **fields)
    Editor.objects.filter(proposal=proposal).update(added_at=at)
    return proposal


def extended(
    round_: Round, organisation: Organisation | None, closes_at: datetime, officer: User, at: datetime = PUBLISHED
) -> Extension:
    """Write an extension of the round's only step, past all of the portal's rules."""
    known = {"closes_at": closes_at, "reason": "Sairaus", "granted_at": at, "granted_by": officer}
    return Extension.objects.create(step=round_.steps.get(), organisation=organisation, **known)


def submit(proposal: Proposal, at: datetime, **content: str) -> None:
    Proposal.objects.filter(pk=proposal.pk).update(content=content, edition=proposal.edition + 1)
    submit_as_it_stands(Proposal.objects.get(pk=proposal.pk), at)


def of(user: User) -> list[tuple[int, str, str]]:
    return [
        (reminder.rule.days_before, reminder.state, reminder.reason)
        for reminder in Reminder.objects.filter(user=user).select_related("rule").order_by("due_at")
    ]
