"""The letters: one row for each, with all that is true of every letter of its kind."""

from dataclasses import dataclass
from enum import Enum, auto

from pilots.models import Letter
from regions.preferences import Preference


class Check(Enum):
    """What the last look asks of a letter before it is sent: whether it has become untrue since it was written."""

    ACCOUNT = auto()  # it tells of the past: only whether the receiver's account is open
    RIGHTS = auto()  # it tells of the past, and is for a receiver whose rights last
    DATES = auto()  # each deadline that it tells is the receiver's own
    REMINDERS = auto()  # each of its reminders has the same to tell
    DIGEST = auto()  # the digest would be written the same, word for word, and is wanted
    ORIGINAL = auto()  # the receiver is still the deputy, and the letter that it forwards is still true


@dataclass(frozen=True)
class Row:
    """What is true of every letter of a kind.

    ``preference``: by which a user switches these letters off; None: they cannot be switched off. ``to_deputy``:
    whether the deputy is told where the letter does not arrive. ``reminder``: whether it is a reminder, of which a
    user gets at most one in the quiet hours.
    """

    check: Check
    preference: Preference | None = None
    to_deputy: bool = True
    reminder: bool = False


_REMINDER = Row(Check.REMINDERS, Preference.REMINDERS, reminder=True)

# The first reminder of a mail that has several gives it its subject and first sentence: they stand in that order.
LETTERS = {
    Letter.DRAFT_NOT_SENT: _REMINDER,
    Letter.NO_DRAFT: _REMINDER,
    Letter.CHANGES_NOT_SENT: _REMINDER,
    Letter.OWNER_AHEAD: _REMINDER,
    Letter.OWNER_SUMMARY: _REMINDER,
    Letter.CORRECTION: Row(Check.DATES),
    Letter.ROUND_CANCELLED: Row(Check.ACCOUNT),
    Letter.RECEIPT: Row(Check.ACCOUNT),
    Letter.WITHDRAWAL: Row(Check.ACCOUNT),
    Letter.DIGEST: Row(Check.DIGEST, Preference.DIGEST, to_deputy=False),  # for the user who wanted it, and nobody else
    Letter.FORWARDED: Row(Check.ORIGINAL, to_deputy=False),  # a deputy has no deputy here
    Letter.STAFF: Row(Check.RIGHTS),
}
REMINDERS = [letter for letter, row in LETTERS.items() if row.reminder]
TO_DEPUTIES = [letter for letter, row in LETTERS.items() if row.to_deputy]


def row_of(letter: str) -> Row:
    """Return the row of a stored letter. Raises ``ValueError`` for a letter that this version does not know."""
    return LETTERS[Letter(letter)]
