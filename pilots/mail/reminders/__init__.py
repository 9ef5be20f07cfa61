"""Reminders: the plan of what should go to whom, and the hand-over of what is due to the outbox."""

from .audience import Audience, audience
from .changes import Difference, Replanned, Telling, dates_changed, round_cancelled
from .digest import queue_digests
from .eligibility import Item, deadlines_of
from .hand_over import Queued, queue_due, waiting
from .last_look import may_be_told, still_true
from .own_dates import OwnDates
from .plan import AHEAD, default_rules, plan, plan_all
from .rehearsal import NotTold, Rehearsal, Rehearsed, rehearse, rehearse_round

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
