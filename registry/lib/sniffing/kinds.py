"""The kinds of files that are taken, and which of them a file is: its name and its content must agree."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from . import packages, pdfs, pictures
from .names import ending_of
from .verdicts import MOST_BYTES, NotTaken, Verdict

OFFICE, ODF = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."


@dataclass(frozen=True)
class Kind:
    """A kind of file: its name, the endings that say it, its media type."""

    name: str
    endings: tuple[str, ...]
    media_type: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("pdf", ("pdf",), "application/pdf"),
        Kind("docx", ("docx",), f"{OFFICE}wordprocessingml.document"),
        Kind("xlsx", ("xlsx",), f"{OFFICE}spreadsheetml.sheet"),
        Kind("odt", ("odt",), f"{ODF}text"),
        Kind("ods", ("ods",), f"{ODF}spreadsheet"),
        Kind("png", ("png",), "image/png"),
        Kind("jpg", ("jpg", "jpeg"), "image/jpeg"),
    )
}
ENDINGS = tuple(f".{ending}" for kind in KINDS.values() for ending in kind.endings)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # also the envelope of an office file with a password
HEAD = 16
# Which kind a content is that begins so; each looks through the content and raises where it is not taken.
BEGINNINGS: dict[bytes, Callable[[BinaryIO, int], str]] = {
    b"%PDF-": pdfs.look_through,
    b"PK\x03\x04": packages.look_through,
    b"\x89PNG\r\n\x1a\n": pictures.look_through_png,
    b"\xff\xd8\xff": pictures.look_through_jpg,
}


def recognise(file: BinaryIO, name: str, size: int) -> Kind:
    """Return the kind of the file, looked through from end to end; raise ``NotTaken`` where it is not taken.

    ``name``: cleaned. ``size``: in bytes.
    """
    said = next((kind for kind in KINDS.values() if ending_of(name) in kind.endings), None)
    if size == 0:
        raise NotTaken(Verdict.EMPTY)
    if size > MOST_BYTES:
        raise NotTaken(Verdict.TOO_LARGE)
    if said is None:
        raise NotTaken(Verdict.UNKNOWN)
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith(OLD_OFFICE) and said.media_type.startswith(OFFICE):
        raise NotTaken(Verdict.PROTECTED)
    look = next((look for beginning, look in BEGINNINGS.items() if head.startswith(beginning)), None)
    if look is None or look(file, size) != said.name:
        raise NotTaken(Verdict.MISMATCH)
    return said
