"""The decision: what one person is told at a moment, and what is not told and why. Reads and writes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pilots import outbox
from pilots.models import Letter, Reminder

from .truth import Facts, Item

QUIET = timedelta(hours=20)  # at most one reminder to a person in this time
LETTERS = [
    Letter.DRAFT_NOT_SENT,
    Letter.NO_DRAFT,
    Letter.CHANGES_NOT_SENT,
    Letter.OWNER_AHEAD,
    Letter.OWNER_SUMMARY,
]  # the first that applies gives the whole mail its subject and first sentence
Reason = Reminder.Reason


@dataclass(frozen=True)
class Recent:
    """A reminder letter that the person got in the quiet hours: when, and of which steps with which dates."""

    heard_at: datetime
    deadlines: frozenset[tuple[int, datetime]]


@dataclass
class Decision:
    """What becomes of a person's reminders now: what is told in one letter, what is settled untold and why.

    ``settled``: a reason means skipped, None superseded. What is due and in neither waits for the quiet hours to end.
    """

    told: list[tuple[Reminder, Item]] = field(default_factory=list)
    settled: list[tuple[Reminder, Reminder.Reason | None]] = field(default_factory=list)

    @property
    def items(self) -> list[Item]:
        """The things that the letter tells, the one that names it first."""
        return [item for _, item in self.told]


def decide(reminders: Iterable[Reminder], facts: Facts, recent: Sequence[Recent], at: datetime) -> Decision:
    """Return what to do at ``at`` with the planned ``reminders`` of one person: due, or due within the quiet hours.

    Points of other rounds that the quiet hours would hold up come along in the same letter. Several missed points of
    one deadline become the latest. ``recent``: the letters of the last 20 hours (REMINDERS: at most one in 20 hours).
    """
    open_ones = sorted((r for r in reminders if r.step.opens_at <= at), key=lambda one: (one.due_at, one.pk))
    due = [reminder for reminder in open_ones if reminder.due_at <= at]
    steps = {reminder.step_id for reminder in due}
    soon = [r for r in open_ones if at < r.due_at <= at + QUIET and r.step_id not in steps] if due else []
    decision, latest = Decision(), dict[tuple[int, int], tuple[Reminder, Item]]()
    for reminder in (*due, *soon):
        verdict = facts.verdict(reminder, at)
        if not isinstance(verdict, Item):
            if reminder.due_at <= at:
                decision.settled.append((reminder, verdict))
            continue
        key = reminder.step_id, reminder.extension_version
        if key in latest:
            decision.settled.append((latest[key][0], Reason.COLLAPSED))
        latest[key] = (reminder, verdict)
    told = sorted(latest.values(), key=lambda pair: (LETTERS.index(pair[1].letter), pair[1].closes_at, pair[0].pk))
    if told and not outbox.has_address(told[0][0].user):
        decision.settled += [(reminder, Reason.NO_ADDRESS) for reminder, _ in told if reminder.due_at <= at]
    elif recent:
        keep_quiet(told, recent, at, decision)
    else:
        decision.told = told
    return decision


def keep_quiet(told: list[tuple[Reminder, Item]], recent: Sequence[Recent], at: datetime, decision: Decision) -> None:
    """Skip what cannot wait for the quiet hours to end: the same date was told, or the deadline comes first."""
    known = {deadline for letter in recent for deadline in letter.deadlines}
    quiet_until = max(letter.heard_at for letter in recent) + QUIET
    for reminder, item in told:
        if reminder.due_at > at or item.letter == Letter.OWNER_SUMMARY:
            continue
        if (item.step.pk, item.closes_at) in known or item.closes_at < quiet_until:
            decision.settled.append((reminder, Reason.RECENTLY_TOLD))


def letter_context(items: Sequence[Item]) -> dict[str, Any]:
    """Return what the templates of reminders know: the items, and the one whose deadline comes first."""
    return {"items": list(items), "first": min(items, key=lambda item: item.closes_at)}
