"""What an uploaded file is: its name is cleaned, its kind found in its content, its content looked through, never run.

The packages are read by the standard library alone, and nothing is unpacked to a disk. What a virus scanner knows is
not looked for here.
"""

from .kinds import ENDINGS, KINDS, Kind, recognise
from .names import clean_name
from .verdicts import MOST_BYTES, NotTaken, Verdict

__all__ = ["ENDINGS", "KINDS", "MOST_BYTES", "Kind", "NotTaken", "Verdict", "clean_name", "recognise"]
