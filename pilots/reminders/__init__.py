"""Reminders: the plan of what should go to whom, and the hand-over of what is due to the outbox."""

from .audience import Audience, audience
from .claim import Queued, queue_due, waiting
from .dates import OwnDates
from .digest import queue_digests
from .moves import Difference, Replanned, Telling, dates_changed, round_cancelled
from .plan import AHEAD, default_rules, plan, plan_all
from .recheck import may_be_told, still_true
from .rehearsal import NotTold, Rehearsal, Rehearsed, rehearse, rehearse_round
from .truth import Item, deadlines_of

__all__ = [
    "AHEAD",
    "Audience",
    "Difference",
    "Item",
    "NotTold",
    "OwnDates",
    "Queued",
    "Rehearsal",
    "Rehearsed",
    "Replanned",
    "Telling",
    "audience",
    "dates_changed",
    "deadlines_of",
    "default_rules",
    "may_be_told",
    "plan",
    "plan_all",
    "queue_digests",
    "queue_due",
    "rehearse",
    "rehearse_round",
    "round_cancelled",
    "still_true",
    "waiting",
]
