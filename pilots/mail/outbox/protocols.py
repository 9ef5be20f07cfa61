"""What the outbox needs of the rooms above it. It imports none of them: a sweep hands these in."""

from datetime import datetime
from enum import Enum
from typing import Protocol

from pilots.models import Message
from regions.models import User


class Verdict(Enum):
    """What becomes of a letter after the last look."""

    SEND = "send"  # what it says holds: its body may go
    CANCEL = "cancel"  # what it says no longer holds: it is cancelled
    WAIT = "wait"  # another letter to the same person is in doubt and goes first: this letter is tried again later


class LastLook(Protocol):
    """The last look at a queued letter, just before the first byte of its body. It decides, and it acts.

    Before CANCEL it settles, plans again or posts anew what the letter was for; SEND and WAIT change nothing. It is
    called in the transaction that allows the body. That transaction is rolled back, with all that the look has written,
    where the message turns out to be another sender's. The look of a reminder locks the receiver's account and then the
    reminders, the fence locks the message after it: a change of a deadline comes wholly before the look or after the
    commit.
    """

    def __call__(self, message: Message, at: datetime, /) -> Verdict:
        """Decide what becomes of ``message`` at ``at``, and do what follows from it."""
        ...


class MayTellDeputy(Protocol):
    """Whether what a letter said still holds, and the deputy of its receiver may know it. Changes nothing."""

    def __call__(self, message: Message, deputy: User, at: datetime, /) -> bool:
        """Return whether ``deputy`` may be told at ``at`` what ``message`` said."""
        ...


class MayContinue(Protocol):
    """Whether a run may begin another piece of work. After the first False it ends where it stands.

    It is asked between two letters, and while an answer of the mail server is awaited; by several threads at once.
    """

    def __call__(self) -> bool:
        """Return whether the run goes on."""
        ...


def always_send(message: Message, at: datetime, /) -> Verdict:
    """Send the letter, whatever has happened since it was written: the last look where nothing can become untrue."""
    return Verdict.SEND
