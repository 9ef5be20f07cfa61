"""The decision: what one person is told at a moment, and what is not told and why. Reads and writes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pilots.mail import outbox
from pilots.mail.letters import REMINDERS
from pilots.models import Letter, Reminder
from regions.models import User

from .eligibility import Facts, Item

QUIET = timedelta(hours=20)  # at most one reminder to a person in this time
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

    Where something goes, points of other rounds that the quiet hours would hold up come along in the same letter.
    Several missed points of one deadline become the latest. Who cannot be reached is told all the same where a deputy
    stands in: the letter is dead at once, and its text goes to the deputy. ``recent``: the letters of the last 20 hours
    (REMINDERS: at most one in 20 hours).
    """
    open_ones = sorted((r for r in reminders if r.step.opens_at <= at), key=lambda one: (one.due_at, one.pk))
    due = [reminder for reminder in open_ones if reminder.due_at <= at]
    decision, latest = Decision(), dict[tuple[int, int], tuple[Reminder, Item]]()
    for reminder in due:
        verdict = facts.verdict(reminder, at)
        if isinstance(verdict, Item):
            _take(reminder, verdict, latest, decision)
        else:
            decision.settled.append((reminder, verdict))
    for reminder in _soon(open_ones, {reminder.step_id for reminder in due}, at) if latest else ():
        if isinstance(verdict := facts.verdict(reminder, at), Item):
            _take(reminder, verdict, latest, decision)
    told = sorted(latest.values(), key=lambda pair: (REMINDERS.index(pair[1].letter), pair[1].closes_at, pair[0].pk))
    if told and not can_be_told(told[0][0].user):
        decision.settled += [(reminder, Reason.NO_ADDRESS) for reminder, _ in told if reminder.due_at <= at]
    elif recent:
        keep_quiet(told, recent, at, decision)
    else:
        decision.told = told
    return decision


def _soon(reminders: Iterable[Reminder], due: set[int], at: datetime) -> list[Reminder]:
    """Return what the quiet hours after ``at`` would hold up: of steps of which nothing is due, and no summary.

    A summary tells that a deadline has passed, which it has not yet.
    """
    return [
        one
        for one in reminders
        if at < one.due_at <= at + QUIET and one.step_id not in due and one.rule.letter != Letter.OWNER_SUMMARY
    ]


def _take(
    reminder: Reminder, item: Item, latest: dict[tuple[int, int], tuple[Reminder, Item]], decision: Decision
) -> None:
    """Take what a reminder has to tell; an earlier one of the same deadline becomes part of it."""
    key = reminder.step_id, reminder.extension_version
    if key in latest:
        decision.settled.append((latest[key][0], Reason.COLLAPSED))
    latest[key] = (reminder, item)


def can_be_told(user: User) -> bool:
    """Whether a reminder to the person reaches anybody: themselves, or the deputy who gets what does not arrive."""
    return outbox.has_address(user) or user.deputy_id is not None


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
    """Return what the templates of reminders know: the items, and for the subject, which names one act, of its rounds.

    ``first``: of the items of the act, the one whose deadline comes first. ``rounds``: how many rounds they are of.
    """
    named = [item for item in items if item.letter == items[0].letter]
    first, rounds = min(named, key=lambda item: item.closes_at), {item.round.pk for item in named}
    return {"items": list(items), "first": first, "rounds": len(rounds)}
