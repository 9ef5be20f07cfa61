"""The model of what is asked, answered and written beside deadlines: inquiries, clarifications, teams, assessments."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from . import days

if TYPE_CHECKING:
    from .truth import Person, Proposal, Round

CLARIFICATION_DAYS = (3, 1)  # days before its due date on which a clarification is reminded of
INVITATION_LASTS = timedelta(days=14)
A_DAY = timedelta(days=1)
MOST_A_DAY = 10  # inquiries of a person on a day, and invitations within 24 hours


@dataclass(eq=False)
class Inquiry:
    """A question about a round, until it ends."""

    pk: int
    round: "Round"
    asker: "Person"
    asked_at: datetime
    words: str
    ended: bool = False


@dataclass(eq=False)
class PublicAnswer:
    """A public answer, and whose questions it ends."""

    pk: int
    round: "Round"
    askers: set[int] = field(default_factory=set)


@dataclass(eq=False)
class Clarification:
    """What the ministry asks of a proposal; ``reminders``: when each is due, by days before."""

    pk: int
    proposal: "Proposal"
    due_at: datetime
    reminders: dict[int, datetime]
    answered: bool = False
    withdrawn: bool = False

    @property
    def waits(self) -> bool:
        """Whether it can be answered."""
        lives = self.proposal.round.cancelled_at is None and self.proposal.state == "submitted"
        return lives and not self.answered and not self.withdrawn

    def why_not(self, audience: set[int], at: datetime) -> set[str]:
        """Return for which reasons a reminder at ``at`` may be left out; none: it goes."""
        reasons = {"answered": self.answered, "withdrawn": self.withdrawn, "past": at > self.due_at}
        reasons |= {"closed": not self.waits, "nobody": not audience}
        return {reason for reason, holds in reasons.items() if holds}


@dataclass(eq=False)
class Invitation:
    """An invitation to write a proposal."""

    pk: int
    proposal: "Proposal"
    person: "Person"
    inviter: int
    invited_at: datetime
    answered: bool = False

    @property
    def expires_at(self) -> datetime:
        """When it can no longer be answered."""
        return self.invited_at + INVITATION_LASTS


@dataclass
class Asked:
    """All of it."""

    inquiries: list[Inquiry] = field(default_factory=list)
    answers: list[PublicAnswer] = field(default_factory=list)
    clarifications: dict[int, Clarification] = field(default_factory=dict)
    invitations: list[Invitation] = field(default_factory=list)
    assessments: dict[tuple[int, int], bool] = field(default_factory=dict)  # proposal, assessor: whether it is ready


def takes_inquiries(round_: "Round", person: "Person", at: datetime) -> bool:
    """Whether the person may ask about the round at ``at``."""
    time = any(at <= step.closes_for(person.organisation) for step in round_.steps)
    return round_.living and time and person.works(at) and round_.invites(person.organisation)


def earliest_day(at: datetime) -> date:
    """Return the first working day after that of ``at``: no clarification is due before."""
    day = days.wall(at).date() + A_DAY
    while not days.works(day):
        day += A_DAY
    return day


def reminders_of(due_at: datetime, at: datetime) -> dict[int, datetime]:
    """Return when a clarification that is asked at ``at`` is reminded of: of two at one moment the later one."""
    moments = {days.due(due_at, before): before for before in CLARIFICATION_DAYS}
    return {before: moment for moment, before in moments.items() if moment > at}
