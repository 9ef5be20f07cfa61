"""Office files are ZIP archives: counted and measured before anything is unpacked, and read without a disk."""

import re
import stat
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO
from xml.parsers import expat  # entities are refused
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from .verdicts import MOST_PARTS, MOST_UNPACKED, NotTaken, Verdict

END, END_64 = b"PK\x05\x06", b"PK\x06\x07"
END_SIZE, LONGEST_COMMENT = 22, 65_535
MOST_DIRECTORY = 1024 * 1024  # bytes: 1,000 parts with long names
AT_ONCE = 1024 * 1024
ENCRYPTED = 0x1
UNREADABLE = (BadZipFile, EOFError, NotImplementedError, OSError, ValueError, struct.error, zlib.error)

TYPES, MIMETYPE, MANIFEST = "[Content_Types].xml", "mimetype", "META-INF/manifest.xml"
TEMPLATE = "word/_rels/settings.xml.rels"
MAIN = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
}
OPEN_DOCUMENTS = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
PROGRAMS = re.compile(
    r"vbaproject|vbadata|(^|/)(macrosheets|dialogsheets|activex)/|^(basic|scripts)/"
    r"|\.(docm|dotm|xlsm|xltm|xlam|pptm|exe|dll|com|scr|js|vbs|bat|cmd|ps1|hta|jar|lnk)$",
    re.IGNORECASE,
)
PROGRAM_TYPES = re.compile(r"macroenabled|vbaproject|vbadata|activex|macrosheet", re.IGNORECASE)


def look_through(file: BinaryIO, size: int) -> str:
    """Return which kind of office file the archive is, empty for none; raise ``NotTaken`` where it is not taken."""
    _measure_directory(file, size)
    try:
        with ZipFile(file) as archive:
            parts = archive.infolist()
            _measure(parts)
            texts = _read(archive, parts)
    except UNREADABLE:
        raise NotTaken(Verdict.DAMAGED) from None
    return _kind(parts[0].filename, texts) if parts else ""


def _measure_directory(file: BinaryIO, size: int) -> None:
    """See that the archive is the whole file, and that its directory is small enough to be read."""
    length = min(size, END_SIZE + LONGEST_COMMENT)
    file.seek(size - length)
    tail = file.read(length)
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_SIZE:
        raise NotTaken(Verdict.DAMAGED)
    _, _, _, _, parts, directory, offset, comment = struct.unpack("<4s4H2LH", tail[at : at + END_SIZE])
    if tail[max(at - 20, 0) : at].startswith(END_64) or parts > MOST_PARTS or directory > MOST_DIRECTORY:
        raise NotTaken(Verdict.TOO_MUCH)
    if comment or at + END_SIZE != len(tail) or offset + directory != size - length + at:
        raise NotTaken(Verdict.MIXED)


def _measure(parts: list[ZipInfo]) -> None:
    """See that the directory promises few and small parts with harmless names, none of them encrypted."""
    names = [part.orig_filename for part in parts]
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise NotTaken(Verdict.TOO_MUCH)
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise NotTaken(Verdict.PROTECTED)
    if len({name.lower() for name in names}) < len(names) or any(_is_unsafe(part) for part in parts):
        raise NotTaken(Verdict.UNSAFE)
    if parts and min(part.header_offset for part in parts) > 0:
        raise NotTaken(Verdict.MIXED)
    if any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in parts):
        raise NotTaken(Verdict.DAMAGED)
    if any(PROGRAMS.search(name) for name in names):
        raise NotTaken(Verdict.MACROS)


def _is_unsafe(part: ZipInfo) -> bool:
    name = part.orig_filename
    outside = name.startswith("/") or ".." in name.split("/") or any(sign in name for sign in "\\:\0")
    return outside or stat.S_ISLNK(part.external_attr >> 16)


def _read(archive: ZipFile, parts: Iterable[ZipInfo]) -> dict[str, bytes]:
    """Read every part, which must be as long as it was promised, and return those that say what the file is."""
    texts = {}
    for part in parts:
        kept = part.filename in {TYPES, MIMETYPE, MANIFEST, TEMPLATE} and part.file_size <= MOST_DIRECTORY
        with archive.open(part) as opened:
            if kept:
                texts[part.filename] = opened.read()
            while opened.read(AT_ONCE):
                pass
    return texts


def _kind(first: str, texts: Mapping[str, bytes]) -> str:
    if TYPES in texts:
        return _office(texts)
    if first == MIMETYPE and MANIFEST in texts:
        if any(name.endswith("encryption-data") for name, _ in _elements(texts[MANIFEST])):
            raise NotTaken(Verdict.PROTECTED)
        return OPEN_DOCUMENTS.get(texts.get(MIMETYPE, b""), "")
    return ""


def _office(texts: Mapping[str, bytes]) -> str:
    types = [attributes.get("ContentType", "") for _, attributes in _elements(texts[TYPES])]
    if any(PROGRAM_TYPES.search(one) for one in types):
        raise NotTaken(Verdict.MACROS)
    for _, attributes in _elements(texts.get(TEMPLATE, b"<none/>")):
        if attributes.get("TargetMode") == "External" and attributes.get("Target", "").lower().startswith("http"):
            raise NotTaken(Verdict.MACROS)  # the template comes from elsewhere, with whatever it holds by then
    kinds = {MAIN[one] for one in types if one in MAIN}
    return kinds.pop() if len(kinds) == 1 else ""


def _elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    """Return the elements of a small XML text with their attributes."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    note: Callable[[str, dict[str, str]], None] = lambda name, attributes: found.append((name, attributes))  # noqa: E731
    parser.StartElementHandler = note
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(xml, True)
    except expat.ExpatError:
        raise NotTaken(Verdict.DAMAGED) from None
    return found


def _refuse_entity(*_declared: object) -> None:
    raise NotTaken(Verdict.UNSAFE)
