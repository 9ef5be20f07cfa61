"""Reminders: the plan of what should go to whom, and the hand-over of what is due to the outbox."""

from .claim import Queued, queue_due, still_true
from .moves import deadline_moved, supersede
from .plan import default_rules, plan, plan_all

__all__ = [
    "Queued",
    "deadline_moved",
    "default_rules",
    "plan",
    "plan_all",
    "queue_due",
    "still_true",
    "supersede",
]
