"""The rounds as they stood at a moment that is over: only what was published, with the deadlines of that time."""

from collections.abc import Iterable
from datetime import datetime

from pilots.models import Phase, Round
from pilots.models.rounds import RoundQuerySet

ByPhase = dict[Phase, list[Round]]


def as_they_stood(rounds: RoundQuerySet, at: datetime) -> ByPhase:
    """Return the rounds known on the day by their phase at ``at``, as they were; they are not to be saved."""
    found: ByPhase = {}
    for round_ in rounds.known_on(at.date()).prefetch_related("steps__changes"):
        _turn_back(round_, at)
        found.setdefault(round_.phase(at), []).append(round_)
    return found


def _turn_back(round_: Round, at: datetime) -> None:
    """Give the round the deadlines that held at ``at``, before later moves, and take a later cancellation away."""
    for step in round_.steps.all():
        later = [change for change in step.changes.all() if change.changed_at > at]
        step.closes_at = later[0].closed_at if later else step.closes_at
    if round_.cancelled_at and round_.cancelled_at > at:
        round_.cancelled_at = None


def by_deadline(rounds: Iterable[Round]) -> list[Round]:
    """Return rounds with steps in the order of their first deadlines."""
    return sorted(rounds, key=lambda round_: (min(step.closes_at for step in round_.steps.all()), round_.slug))


def latest_first(rounds: Iterable[Round]) -> list[Round]:
    """Return closed and past rounds by their last deadlines or the days that sources tell, the latest first."""

    def last_day(round_: Round) -> str:
        closed = [step.closes_at.date() for step in round_.steps.all()]
        day = max(closed) if closed else round_.when.latest or round_.when.earliest
        return day.isoformat() if day else ""

    return sorted(sorted(rounds, key=lambda round_: round_.slug), key=last_day, reverse=True)
