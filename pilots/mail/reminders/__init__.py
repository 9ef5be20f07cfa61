"""Reminders: the plan of what should go to whom, and the hand-over of what is due to the outbox."""

from .answers import tell_answer, tell_declined, tell_inquiry_ended, tell_questions, writers
from .assessors import tell_assessors
from .audience import Audience, audience, audiences, unreached
from .changes import Difference, Telling, dates_changed, round_cancelled
from .clarifications import ask_editors, queue_clarifications, tell_withdrawn
from .clarifications import settle as settle_clarification
from .digest import queue_digests
from .eligibility import deadlines_of
from .hand_over import Queued, queue_due
from .invitations import Invitation, Invitations, invite_to_round
from .last_look import last_look, may_tell_deputy
from .own_dates import OwnDates
from .plan import AHEAD, plan, plan_all
from .quiet_hours import waiting
from .rehearsal import NotTold, Rehearsal, Rehearsed, rehearse, rehearse_round
from .replanning import Replanned
from .rules import days_before, default_rules

__all__ = [
    "AHEAD",
    "Audience",
    "Difference",
    "Invitation",
    "Invitations",
    "NotTold",
    "OwnDates",
    "Queued",
    "Rehearsal",
    "Rehearsed",
    "Replanned",
    "Telling",
    "ask_editors",
    "audience",
    "audiences",
    "dates_changed",
    "days_before",
    "deadlines_of",
    "default_rules",
    "invite_to_round",
    "last_look",
    "may_tell_deputy",
    "plan",
    "plan_all",
    "queue_clarifications",
    "queue_digests",
    "queue_due",
    "rehearse",
    "rehearse_round",
    "round_cancelled",
    "settle_clarification",
    "tell_answer",
    "tell_assessors",
    "tell_declined",
    "tell_inquiry_ended",
    "tell_questions",
    "tell_withdrawn",
    "unreached",
    "waiting",
    "writers",
]
