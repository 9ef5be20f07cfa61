"""What a decider says of a proposal, before it is a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilots.models import Decision, Programme
from registry.lib.languages import InThree

NOTHING = InThree("", "")


@dataclass(frozen=True)
class Verdict:
    """An outcome with all that belongs to it. What an outcome does not have is left out when it is stored."""

    outcome: str
    reasons: InThree = NOTHING
    conditions: InThree = NOTHING
    programme: Programme | None = None
    case_number: str = ""
    late_because: str = ""
    correction_because: str = ""
    publicity: str = Decision.Publicity.PUBLIC
    secrecy_ground: str = ""

    @property
    def selects(self) -> bool:
        """Whether the proposal is selected."""
        return self.outcome == Decision.Outcome.SELECTED

    def columns(self) -> dict[str, Any]:
        """Return the verdict as columns of a decision."""
        secret = self.publicity != Decision.Publicity.PUBLIC
        return {
            "outcome": self.outcome,
            "programme": self.programme if self.selects else None,
            **self.reasons.columns("reasons"),
            **(self.conditions if self.selects else NOTHING).columns("conditions"),
            "case_number": self.case_number,
            "late_because": self.late_because,
            "publicity": self.publicity,
            "secrecy_ground": self.secrecy_ground if secret else "",
        }
