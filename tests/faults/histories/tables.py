"""What the portal's tables say: reminders, letters and what they tell. Read as they are, past all of its code."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from .truth import Key

MINUTE = timedelta(minutes=1)
SENT = {"sent", "delivered", "bounced"}
QUESTIONS = {
    "rows": """
        SELECT reminder.id, audience, days_before, step_id, deadline_version, extension_version, user_id, due_at, state,
            reason, message_id
        FROM pilots_reminder reminder JOIN pilots_reminderrule rule ON rule.id = rule_id""",
    "letters": """
        SELECT id, letter, user_id, address, state, message_id, created_at, next_try_at, leased_until, perhaps_twice,
            settled_at, body_at, in_doubt, clarification_id, round_id
        FROM pilots_message""",
    "clarifications": """
        SELECT clarification_id, days_before, due_at, state, reason FROM pilots_clarificationreminder""",
    "assessments": "SELECT proposal_id, user_id, ready_at IS NOT NULL FROM pilots_assessment",
    "told": "SELECT message_id, step_id, letter, deadline_version, closes_at FROM pilots_tolddeadline",
}


@dataclass(frozen=True)
class Row:
    """A reminder as the table has it."""

    key: Key
    due_at: datetime
    state: str
    reason: str
    letter: int | None


@dataclass(frozen=True)
class Told:
    """One thing that a letter tells."""

    step: int
    letter: str
    version: int
    closes_at: datetime


@dataclass(frozen=True)
class Letter:
    """A message as the table has it."""

    kind: str
    person: int
    address: str
    state: str
    message_id: str
    created_at: datetime
    next_try_at: datetime
    leased_until: datetime | None
    perhaps_twice: bool
    settled_at: datetime | None
    body_at: datetime | None
    in_doubt: bool
    clarification: int | None
    round: int | None
    told: tuple[Told, ...]

    @property
    def heard_at(self) -> datetime:
        """When its reader had it, to the minute; of one in doubt, when it was to be tried again at the latest."""
        sent_at = self.settled_at if self.state in SENT else self.body_at
        if sent_at is None:
            sent_at = self.next_try_at if self.in_doubt else self.created_at
        return sent_at if sent_at > self.created_at + MINUTE else self.created_at


def _ask(name: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(QUESTIONS[name])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@dataclass(frozen=True)
class Asked:
    """A reminder of a clarification as the table has it."""

    due_at: datetime
    state: str
    reason: str


def clarification_reminders() -> dict[tuple[int, int], Asked]:
    """Return the reminders of clarifications, by clarification and days before."""
    return {(pk, days_before): Asked(*rest) for pk, days_before, *rest in _ask("clarifications")}


def assessments() -> dict[tuple[int, int], bool]:
    """Return by proposal and assessor whether the assessment is ready."""
    return {(proposal, user): ready for proposal, user, ready in _ask("assessments")}


def read() -> tuple[dict[int, Row], dict[int, Letter]]:
    """Return the reminders and the letters with what they tell, as the tables have them now."""
    told = defaultdict(list)
    for message, *rest in _ask("told"):
        told[message].append(Told(*rest))
    letters = {pk: Letter(*rest, told=tuple(told[pk])) for pk, *rest in _ask("letters")}
    rows = {
        pk: Row(Key(audience, days_before, step, version, extension, person), *rest)
        for pk, audience, days_before, step, version, extension, person, *rest in _ask("rows")
    }
    return rows, letters
