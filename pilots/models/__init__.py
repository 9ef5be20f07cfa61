"""The acts."""

from .asked import Asked
from .assessing import Assessment, Assessor, CriterionAnswer, Declaration
from .attachments import Attachment
from .claims import Claim, Figure, OpenQuestion, ResultDocument
from .clarifications import Clarification, ClarificationReminder
from .corrections import ExtensionRequest, RoundCorrection
from .criteria import AskedPoint, Criterion
from .deadlines import DeadlineChange, Extension, Phase, Step, extended, next_boundary, organisations_of
from .decisions import Decision, PilotCounter, PilotPlan
from .details import Partner, PilotContact, PilotEvent, PilotModel, PilotTarget, StageEntry, Trial
from .inquiries import Inquiry, PublicAnswer, takes_inquiries, time_to_inquire
from .laws import Law, LawEvent
from .messages import UNSENT, DeliveryEvent, Letter, Message, ToldDeadline
from .news import NewsItem
from .notes import Note
from .own_questions import OwnForm, OwnQuestion
from .pilots import Pilot
from .programmes import Link, Milestone, MilestoneDate, Programme, ProgrammeFact, Reform
from .proposals import DECIDED, DECIDED_AS, DeletedDraft, Editor, Proposal, Version, receipt_hash
from .reminders import Reminder, ReminderRule
from .results import ClaimKind, Concerns, Evidence, Outcome, ResultCard, ResultSearch
from .returns import ReturnedMail
from .rounds import DeletedRound, Round
from .section_saves import SectionSave
from .staff_letters import StaffLetter
from .stages import ClientType, Stage
from .standing import NOT_BEGUN, STANDINGS, UNCONFIRMED, Standing
from .teams import Answer, JoinRequest, WriterInvitation
from .themes import DeliveryModel, Principle, TargetGroup, Theme
from .watching import Alarm, Installation, Reconciliation

__all__ = [
    "DECIDED",
    "DECIDED_AS",
    "NOT_BEGUN",
    "STANDINGS",
    "UNCONFIRMED",
    "UNSENT",
    "Alarm",
    "Answer",
    "Asked",
    "AskedPoint",
    "Assessment",
    "Assessor",
    "Attachment",
    "Claim",
    "ClaimKind",
    "Clarification",
    "ClarificationReminder",
    "ClientType",
    "Concerns",
    "Criterion",
    "CriterionAnswer",
    "DeadlineChange",
    "Decision",
    "Declaration",
    "DeletedDraft",
    "DeletedRound",
    "DeliveryEvent",
    "DeliveryModel",
    "Editor",
    "Evidence",
    "Extension",
    "ExtensionRequest",
    "Figure",
    "Inquiry",
    "Installation",
    "JoinRequest",
    "Law",
    "LawEvent",
    "Letter",
    "Link",
    "Message",
    "Milestone",
    "MilestoneDate",
    "NewsItem",
    "Note",
    "OpenQuestion",
    "Outcome",
    "OwnForm",
    "OwnQuestion",
    "Partner",
    "Phase",
    "Pilot",
    "PilotContact",
    "PilotCounter",
    "PilotEvent",
    "PilotModel",
    "PilotPlan",
    "PilotTarget",
    "Principle",
    "Programme",
    "ProgrammeFact",
    "Proposal",
    "PublicAnswer",
    "Reconciliation",
    "Reform",
    "Reminder",
    "ReminderRule",
    "ResultCard",
    "ResultDocument",
    "ResultSearch",
    "ReturnedMail",
    "Round",
    "RoundCorrection",
    "SectionSave",
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
    "WriterInvitation",
    "extended",
    "next_boundary",
    "organisations_of",
    "receipt_hash",
    "takes_inquiries",
    "time_to_inquire",
]
