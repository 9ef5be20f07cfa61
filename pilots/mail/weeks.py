"""What a digest is made of: the week, the deadlines of it, the first rows of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from pilots.models import DeadlineChange, NewsItem, Pilot, Proposal, Round, Step

Listed = TypeVar("Listed", Pilot, NewsItem)


@dataclass(frozen=True)
class Week:
    """An ISO week whose digest is due: what happened from ``since`` until ``due`` is told, until ``useless_after``."""

    monday: date
    since: datetime
    due: datetime
    useless_after: datetime

    @property
    def number(self) -> str:
        """The ISO week, like 2026-W48."""
        year, week, _day = self.monday.isocalendar()
        return f"{year}-W{week:02}"


@dataclass(frozen=True)
class Entry:
    """A deadline as a person has it: when, whether it is new or has moved, what is to be sent in it, how many have."""

    step: Step
    closes_at: datetime
    new: bool
    moved: DeadlineChange | None
    invited: bool = False
    unsent: tuple[Proposal, ...] = ()
    counts: Round | None = None  # with its counts of organisations
    answers: int = 0  # public answers of the week that no letter has told the person

    @property
    def round(self) -> Round:
        """The step's round."""
        return self.step.round

    @property
    def extended(self) -> bool:
        """Whether it is the person's own, later deadline."""
        return self.closes_at > self.step.closes_at


@dataclass(frozen=True)
class Shortened(Generic[Listed]):
    """The first rows of a list, and how many more there are."""

    shown: Sequence[Listed]
    more: int
