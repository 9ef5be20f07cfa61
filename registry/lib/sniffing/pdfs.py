"""A PDF is looked through for what a document needs not: scripts, commands, files inside it, a password."""

import re
import zlib
from typing import BinaryIO

from .packages import END, END_SIZE, LONGEST_COMMENT
from .verdicts import MOST_UNPACKED, NotTaken, Verdict

LAST_LINE, NEAR_THE_END = b"%%EOF", 1024
OBJECTS = re.compile(rb"/ObjStm\b.{0,2000}?stream\r?\n", re.DOTALL)  # objects that are packed


def _name(word: bytes) -> bytes:
    """Return the pattern of a name of PDF, each sign of which may be written by its number."""
    return b"/" + b"".join(b"(?:%c|#(?i:%02x))" % (sign, sign) for sign in word) + rb"(?![A-Za-z])"


ACTIVE = re.compile(b"|".join(map(_name, (b"JavaScript", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia"))))
PROTECTED = re.compile(_name(b"Encrypt"))


def look_through(file: BinaryIO, _size: int) -> str:
    """Return that it is a PDF; raise ``NotTaken`` where it is not taken."""
    file.seek(0)
    content = file.read()
    if LAST_LINE not in content[-NEAR_THE_END:] or b"startxref" not in content:
        raise NotTaken(Verdict.DAMAGED)
    if END in content[-END_SIZE - LONGEST_COMMENT :]:
        raise NotTaken(Verdict.MIXED)
    if PROTECTED.search(content):
        raise NotTaken(Verdict.PROTECTED)
    if ACTIVE.search(content) or _packed_is_active(content):
        raise NotTaken(Verdict.ACTIVE)
    return "pdf"


def _packed_is_active(content: bytes) -> bool:
    """Whether objects that are packed hold what is not taken."""
    left = MOST_UNPACKED
    for found in OBJECTS.finditer(content):
        end = content.find(b"endstream", found.end())
        try:
            unpacked = zlib.decompressobj().decompress(content[found.end() : end if end > 0 else None], left + 1)
        except zlib.error:
            continue  # packed in another way, or not at all
        left -= len(unpacked)
        if left < 0:
            raise NotTaken(Verdict.TOO_MUCH)
        if ACTIVE.search(unpacked):
            return True
    return False
