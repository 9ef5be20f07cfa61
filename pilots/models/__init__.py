"""The acts."""

from .details import Partner, PilotContact, PilotEvent, PilotModel, PilotTarget, StageEntry, Trial
from .messages import DeliveryEvent, Letter, Message, Told
from .news import NewsItem
from .pilots import ClientType, Pilot, Stage
from .programmes import Link, Milestone, MilestoneDate, Programme, ProgrammeFact, Reform
from .proposals import Editor, Proposal, Version, fingerprint
from .reminders import Reminder, ReminderRule, Sweep
from .rounds import AskedPoint, Criterion, DeadlineChange, Extension, Phase, Round, Step
from .themes import DeliveryModel, Principle, TargetGroup, Theme

__all__ = [
    "AskedPoint",
    "ClientType",
    "Criterion",
    "DeadlineChange",
    "DeliveryEvent",
    "DeliveryModel",
    "Editor",
    "Extension",
    "Letter",
    "Link",
    "Message",
    "Milestone",
    "MilestoneDate",
    "NewsItem",
    "Partner",
    "Phase",
    "Pilot",
    "PilotContact",
    "PilotEvent",
    "PilotModel",
    "PilotTarget",
    "Principle",
    "Programme",
    "ProgrammeFact",
    "Proposal",
    "Reform",
    "Reminder",
    "ReminderRule",
    "Round",
    "Stage",
    "StageEntry",
    "Step",
    "Sweep",
    "TargetGroup",
    "Theme",
    "Told",
    "Trial",
    "Version",
    "fingerprint",
]
