"""The letters: what the templates of each are given, and one row for each with all that is true of its kind.

A new letter is a value of ``Letter``, its content and its row here, and a template in each language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, Self

from pilots.models import (
    Clarification,
    DeadlineChange,
    Letter,
    Message,
    NewsItem,
    Pilot,
    Proposal,
    Round,
    StaffLetter,
    Step,
    Version,
    WriterInvitation,
)
from regions.models import Invitation, Organisation, User
from regions.preferences import Preference

from .content import Content
from .notices import (
    AnswerPublished,
    AssessorNamed,
    ExtensionDeclined,
    FileHeldBack,
    InquiryEnded,
    QuestionsChanged,
)
from .weeks import Entry, Shortened, Week


@dataclass(frozen=True)
class Item:
    """What a reminder tells: a letter about a step, with the user's own deadline and proposals."""

    letter: Letter
    step: Step
    closes_at: datetime
    as_of: datetime
    proposals: tuple[Proposal, ...] = ()

    @property
    def round(self) -> Round:
        """The step's round."""
        return self.step.round

    @property
    def not_in_this_step(self) -> bool:
        """Whether a proposal that was sent in an earlier step is not sent in this one."""
        return any(one.latest is not None and one.latest.step_id != self.step.pk for one in self.proposals) and (
            self.step.senders != Step.Senders.ALL or any(one.is_on_its_way for one in self.proposals)
        )

    def counts(self) -> Round:
        """Return the round with its counts of organisations (for the owner's letters)."""
        return Round.objects.with_counts().get(pk=self.step.round_id)


@dataclass(frozen=True)
class DeadlineReminder(Content):
    """Reminders to one user in one letter. The most urgent gives it the subject, which names all items of its kind."""

    items: Sequence[Item]
    first: Item  # of the items that the subject names, the one whose deadline comes first
    rounds: int  # how many rounds they are of

    @classmethod
    def of(cls, items: Sequence[Item]) -> Self:
        """Return the content that tells ``items``, the most urgent first."""
        named = [item for item in items if item.letter == items[0].letter]
        first, rounds = min(named, key=lambda item: item.closes_at), {item.round.pk for item in named}
        return cls(items, first, len(rounds))

    @property
    def kind(self) -> Letter:
        """The letter of the most urgent item."""
        return self.items[0].letter


@dataclass(frozen=True)
class Correction(Content):
    """A deadline that somebody was told, or counts on, has changed."""

    kind = Letter.CORRECTION
    step: Step
    closes_at: datetime  # the first of the new deadlines
    was: Sequence[datetime]
    told: bool  # whether a letter had told what ``was`` says
    several: Sequence[tuple[datetime, Organisation]]  # the deadlines of a user who writes for several organisations
    organisations: Sequence[Organisation]
    change: DeadlineChange | None  # the move for all
    extended: bool
    reopened: bool


@dataclass(frozen=True)
class RoundCancelled(Content):
    """A round was cancelled: the letter tells only of the round."""

    kind = Letter.ROUND_CANCELLED


@dataclass(frozen=True)
class ClarificationRequest(Content):
    """The ministry asks at one question of a sent proposal. It tells the due date, which never changes."""

    kind = Letter.CLARIFICATION
    clarification: Clarification


@dataclass(frozen=True)
class ClarificationReminded(Content):
    """A clarification waits for its answer."""

    kind = Letter.CLARIFICATION_REMINDER
    clarification: Clarification


@dataclass(frozen=True)
class ClarificationWithdrawn(Content):
    """A clarification need no longer be answered."""

    kind = Letter.CLARIFICATION_WITHDRAWN
    clarification: Clarification


@dataclass(frozen=True)
class Receipt(Content):
    """A version of a proposal was received; ``clarification``: it answers that, and nothing else in it is changed."""

    kind = Letter.RECEIPT
    proposal_title: str
    version: int
    submitted_at: datetime
    sha256: str
    sent_by: str
    clarification: Clarification | None = None
    attached: Sequence[Mapping[str, Any]] = ()  # as ``Version.attached``


@dataclass(frozen=True)
class Withdrawal(Content):
    """A proposal was withdrawn; its last version is named."""

    kind = Letter.WITHDRAWAL
    proposal_title: str
    version: int
    submitted_at: datetime
    withdrawn_at: datetime
    withdrawn_by: str


@dataclass(frozen=True)
class RoundInvitation(Content):
    """An organisation is invited to a round.

    The letter holds no deadline: the page tells those that hold. ``has_account``: whether the receiver has an account.
    """

    kind = Letter.ROUND_INVITATION
    organisation: Organisation
    has_account: bool


@dataclass(frozen=True)
class EditorAdded(Content):
    """The receiver was made an editor of a proposal.

    The letter holds no word of the draft, for staff read letters, and no deadline: the page tells the one that holds.
    """

    kind = Letter.EDITOR_ADDED
    added_by: str
    added_at: datetime


@dataclass(frozen=True)
class InvitedToWrite(Content):
    """The receiver is invited to write a proposal with others. It holds no word of the draft, as ``EditorAdded``."""

    kind = Letter.INVITED_TO_WRITE
    invited_by: str
    organisation: Organisation  # of the editor who invites
    invitation: WriterInvitation


@dataclass(frozen=True)
class TeamNews(Content):
    """Something happened among those who write a proposal; ``who`` did it, or is the address that it is about."""

    ACCEPTED, DECLINED, NO_ACCOUNT = "accepted", "declined", "no_account"  # an invitation ended
    ASKED, REFUSED = "asked", "refused"  # a request to join
    HANDED_OVER, TAKEN_OVER = "handed_over", "taken_over"

    kind = Letter.TEAM_NEWS
    what: str
    who: str
    happened_at: datetime


@dataclass(frozen=True)
class Digest(Content):
    """The digest of a week for one user."""

    kind = Letter.DIGEST
    week: Week
    staff: bool
    unsent: Sequence[Entry]
    open: Sequence[Entry]
    ahead: Sequence[Entry]
    cancelled: Sequence[Round]
    sent: Sequence[Version]
    lost: Mapping[str, int]  # letters that did not arrive, by how they ended; for staff
    new_pilots: Shortened[Pilot]
    changed_pilots: Shortened[Pilot]
    news: Shortened[NewsItem]

    @property
    def entries(self) -> list[Entry]:
        """The deadlines that the digest tells."""
        return [*self.unsent, *self.open, *self.ahead]

    @property
    def tells_anything(self) -> bool:
        """Whether there is something to tell: an empty digest is not sent."""
        lists = [self.new_pilots.shown, self.changed_pilots.shown, self.news.shown]
        return any([*lists, self.entries, self.cancelled, self.sent, self.lost])


@dataclass(frozen=True)
class Forwarded(Content):
    """A letter that did not reach its receiver, told to the deputy."""

    kind = Letter.FORWARDED
    letter: Message
    person: User


@dataclass(frozen=True)
class Staff(Content):
    """A letter that the ministry wrote: of its own accord, or to tell a decision."""

    letter: StaffLetter

    @property
    def kind(self) -> Letter:
        """The letter, by whether it tells a decision."""
        return Letter.DECISION if self.letter.decision_id else Letter.STAFF


@dataclass(frozen=True)
class NewPassword(Content):
    """A link to a new password; ``account`` and ``token`` stand in its address."""

    kind = Letter.NEW_PASSWORD
    account: str
    token: str


@dataclass(frozen=True)
class Invited(Content):
    """An invitation to make an account; ``token`` stands in the address of its link."""

    kind = Letter.INVITATION
    invitation: Invitation
    token: str


@dataclass(frozen=True)
class AddressChanged(Content):
    """The address of an account was changed: to the address that it had, and to the one that it has."""

    kind = Letter.ADDRESS_CHANGED
    changed_at: datetime
    ended: bool  # whether the letter goes to the address that it had


class Check(Enum):
    """What the last look asks of a letter before it is sent: whether it has become untrue since it was written."""

    ACCOUNT = auto()  # it tells of the past: only whether the receiver's account is open
    RIGHTS = auto()  # it tells of the past, and is for a receiver whose rights last
    ROUND = auto()  # its round lives, and its receiver is still invited: with an account, or at a role address
    DATES = auto()  # each deadline that it tells is the receiver's own
    CLARIFICATION = auto()  # it waits for an answer, and its receiver still edits the proposal
    EDITOR = auto()  # its receiver still edits the proposal
    ASSESSOR = auto()  # its round lives, its receiver still assesses there, and the day that it tells holds
    REMINDERS = auto()  # each of its reminders has the same to tell
    DIGEST = auto()  # the digest would be written the same, word for word, and is wanted
    LINK = auto()  # its link still opens what it is for; there may be no account
    NONE = auto()  # it tells of the past, and may go to an address that the account no longer has
    ORIGINAL = auto()  # the receiver is still the deputy, and the letter that it forwards is still true


@dataclass(frozen=True)
class Row:
    """What is true of every letter of a kind.

    ``content``: what its templates are given. ``preference``: by which a user switches these letters off; None: they
    cannot be switched off. ``to_deputy``: whether the deputy is told where the letter does not arrive. ``reminder``:
    whether it is a reminder, of which a user gets at most one in the quiet hours.
    """

    content: type[Content]
    check: Check
    preference: Preference | None = None
    to_deputy: bool = True
    reminder: bool = False


_REMINDER = Row(DeadlineReminder, Check.REMINDERS, Preference.REMINDERS, reminder=True)

# The first reminder of a mail that has several gives it its subject and first sentence: they stand in that order.
LETTERS = {
    Letter.DRAFT_NOT_SENT: _REMINDER,
    Letter.NO_DRAFT: _REMINDER,
    Letter.CHANGES_NOT_SENT: _REMINDER,
    Letter.OPEN_ROUND: Row(DeadlineReminder, Check.REMINDERS, Preference.OPEN_ROUNDS, reminder=True),
    Letter.OWNER_AHEAD: _REMINDER,
    Letter.OWNER_SUMMARY: _REMINDER,
    Letter.CORRECTION: Row(Correction, Check.DATES),
    Letter.ROUND_CANCELLED: Row(RoundCancelled, Check.ACCOUNT),
    Letter.ROUND_INVITATION: Row(RoundInvitation, Check.ROUND),
    Letter.CLARIFICATION: Row(ClarificationRequest, Check.CLARIFICATION),
    Letter.CLARIFICATION_REMINDER: Row(ClarificationReminded, Check.CLARIFICATION, Preference.REMINDERS),
    Letter.CLARIFICATION_WITHDRAWN: Row(ClarificationWithdrawn, Check.RIGHTS),
    Letter.RECEIPT: Row(Receipt, Check.ACCOUNT),
    Letter.WITHDRAWAL: Row(Withdrawal, Check.ACCOUNT),
    Letter.EDITOR_ADDED: Row(EditorAdded, Check.ACCOUNT, to_deputy=False),  # nobody writes in an editor's place
    Letter.INVITED_TO_WRITE: Row(InvitedToWrite, Check.RIGHTS, to_deputy=False),
    Letter.TEAM_NEWS: Row(TeamNews, Check.RIGHTS, to_deputy=False),
    Letter.INQUIRY_ENDED: Row(InquiryEnded, Check.RIGHTS, to_deputy=False),  # nobody learns who asked
    Letter.ANSWER_PUBLISHED: Row(AnswerPublished, Check.RIGHTS),
    Letter.QUESTIONS_CHANGED: Row(QuestionsChanged, Check.RIGHTS),
    Letter.EXTENSION_DECLINED: Row(ExtensionDeclined, Check.RIGHTS, to_deputy=False),  # for the asker alone
    Letter.FILE_HELD_BACK: Row(FileHeldBack, Check.EDITOR),
    Letter.ASSESSOR_NAMED: Row(AssessorNamed, Check.ASSESSOR, to_deputy=False),  # nobody assesses in another's place
    Letter.DIGEST: Row(Digest, Check.DIGEST, Preference.DIGEST, to_deputy=False),  # it is for the user who wants it
    Letter.FORWARDED: Row(Forwarded, Check.ORIGINAL, to_deputy=False),  # a deputy has no deputy here
    Letter.DECISION: Row(Staff, Check.RIGHTS),
    Letter.STAFF: Row(Staff, Check.RIGHTS),
    Letter.NEW_PASSWORD: Row(NewPassword, Check.LINK, to_deputy=False),  # it lets its reader in
    Letter.INVITATION: Row(Invited, Check.LINK, to_deputy=False),
    Letter.ADDRESS_CHANGED: Row(AddressChanged, Check.NONE, to_deputy=False),
}
REMINDERS = [letter for letter, row in LETTERS.items() if row.reminder]
TO_DEPUTIES = [letter for letter, row in LETTERS.items() if row.to_deputy]


def row_of(letter: str) -> Row:
    """Return the row of a stored letter. Raises ``ValueError`` for a letter that this version does not know."""
    return LETTERS[Letter(letter)]
