"""The acts."""

from .deadlines import DeadlineChange, Extension, Phase, Step, extended, organisations_of
from .details import Partner, PilotContact, PilotEvent, PilotModel, PilotTarget, StageEntry, Trial
from .messages import UNSENT, DeliveryEvent, Letter, Message, ToldDeadline
from .news import NewsItem
from .pilots import Pilot
from .programmes import Link, Milestone, MilestoneDate, Programme, ProgrammeFact, Reform
from .proposals import DeletedDraft, Editor, Proposal, Version
from .reminders import Reminder, ReminderRule
from .returns import ReturnedMail
from .rounds import AskedPoint, Criterion, Round
from .staff_letters import StaffLetter
from .stages import ClientType, Stage
from .standing import NOT_BEGUN, STANDINGS, UNCONFIRMED, Standing
from .themes import DeliveryModel, Principle, TargetGroup, Theme
from .watching import Alarm, Installation, Reconciliation

__all__ = [
    "NOT_BEGUN",
    "STANDINGS",
    "UNCONFIRMED",
    "UNSENT",
    "Alarm",
    "AskedPoint",
    "ClientType",
    "Criterion",
    "DeadlineChange",
    "DeletedDraft",
    "DeliveryEvent",
    "DeliveryModel",
    "Editor",
    "Extension",
    "Installation",
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
    "Reconciliation",
    "Reform",
    "Reminder",
    "ReminderRule",
    "ReturnedMail",
    "Round",
    "StaffLetter",
    "Stage",
    "StageEntry",
    "Standing",
    "Step",
    "TargetGroup",
    "Theme",
    "ToldDeadline",
    "Trial",
    "Version",
    "extended",
    "organisations_of",
]
