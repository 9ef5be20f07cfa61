"""Why a file is not taken, in words for whoever sent it."""

from enum import Enum

from django.utils.translation import gettext_lazy as _

from registry.lib.refusals import Refused

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 1_000


class Verdict(Enum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNKNOWN = "unknown"
    MISMATCH = "mismatch"
    DAMAGED = "damaged"
    PROTECTED = "protected"
    MACROS = "macros"
    ACTIVE = "active"
    TOO_MUCH = "too_much"
    UNSAFE = "unsafe"
    MIXED = "mixed"


WORDS = {
    Verdict.EMPTY: _("The file is empty. Choose another one."),
    Verdict.TOO_LARGE: _("The file is larger than 20 MB. Make it smaller, or divide it."),
    Verdict.UNKNOWN: _("Files of this kind are not taken. Save it as PDF, DOCX, XLSX, ODT, ODS, PNG or JPG."),
    Verdict.MISMATCH: _("The content of the file is not of the kind that its name says. Save it anew in that format."),
    Verdict.DAMAGED: _("The file cannot be read: it is damaged, or not whole. Save it anew, and add it then."),
    Verdict.PROTECTED: _("The file is protected with a password. Save it without one."),
    Verdict.MACROS: _("The file holds macros or another program. Save it without them, for example as PDF."),
    Verdict.ACTIVE: _("The PDF holds a script, a command or another file. Save it without them."),
    Verdict.TOO_MUCH: _("The file is too large when it is opened. We take at most 200 MB and 1,000 parts."),
    Verdict.UNSAFE: _("Parts of the file have names that could do harm. Save it anew with an office program."),
    Verdict.MIXED: _("The file holds a second file beside the first. Save it anew, and add it then."),
}


class NotTaken(Refused):
    """A file is not taken; ``verdict`` says why, ``reason`` says it to whoever sent it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(WORDS[verdict])
        self.verdict = verdict
