"""Contents of letters that tell people in a round what became of a question, a request, a file or a task."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pilots.models import ExtensionRequest, Inquiry, Letter, OwnForm, OwnQuestion, PublicAnswer, RoundCorrection

from .content import Content


@dataclass(frozen=True)
class InquiryEnded(Content):
    """A question of the receiver about a round was answered to all, or declined (``answer`` None)."""

    kind = Letter.INQUIRY_ENDED
    inquiry: Inquiry
    answer: PublicAnswer | None
    correction: RoundCorrection | None  # of an answer that the receiver was told before


@dataclass(frozen=True)
class AnswerPublished(Content):
    """A question about a round in which the receiver writes was answered to all. It tells nothing of who asked."""

    kind = Letter.ANSWER_PUBLISHED
    answer: PublicAnswer
    correction: RoundCorrection | None  # of an answer that was told before


@dataclass(frozen=True)
class QuestionsChanged(Content):
    """The questions of the round's own were changed while the receiver writes a proposal in it."""

    kind = Letter.QUESTIONS_CHANGED
    form: OwnForm
    new: Sequence[OwnQuestion]
    changed: Sequence[OwnQuestion]
    gone: Sequence[OwnQuestion]


@dataclass(frozen=True)
class ExtensionDeclined(Content):
    """The ministry gives no extension to the receiver, who asked for one."""

    kind = Letter.EXTENSION_DECLINED
    request: ExtensionRequest
    closes_at: datetime  # the deadline that holds


@dataclass(frozen=True)
class FileHeldBack(Content):
    """A file that the receiver attached is held back by the virus scanner.

    The letter does not name it: staff read letters, and a file of a draft is not for them.
    """

    kind = Letter.FILE_HELD_BACK
    infected: bool
    scanned_at: datetime


@dataclass(frozen=True)
class AssessorNamed(Content):
    """The receiver is to assess the proposals of a round, until a day if one is set.

    ``moved``: the receiver assessed in the round already, and the day has changed.
    """

    kind = Letter.ASSESSOR_NAMED
    until: date | None
    moved: bool
    titles: Sequence[str]  # of the proposals that are sent by now
    more: int  # how many of them are not named
