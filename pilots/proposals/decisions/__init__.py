"""Decisions on proposals: made, confirmed, corrected, told by letters that go together, and published."""

from .deciding import confirm, decide, faults, late_of, send_back
from .letters import Ready, ready_letters, send_letters
from .outcomes import Published, hindrances, outcome_of, pilots_of, publish_outcome, set_two_deciders
from .verdicts import Verdict

__all__ = [
    "Published",
    "Ready",
    "Verdict",
    "confirm",
    "decide",
    "faults",
    "hindrances",
    "late_of",
    "outcome_of",
    "pilots_of",
    "publish_outcome",
    "ready_letters",
    "send_back",
    "send_letters",
    "set_two_deciders",
]
