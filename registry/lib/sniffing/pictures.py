"""Pictures are walked part by part and never drawn; a copy without what a camera adds keeps every point as it is."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from .packages import END, END_SIZE, LONGEST_COMMENT
from .verdicts import MOST_UNPACKED, NotTaken, Verdict

PNG = b"\x89PNG\r\n\x1a\n"
# Of a PNG: what the points and their colours need, moving pictures included.
KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD"),
    *(b"pHYs", b"acTL", b"fcTL", b"fdAT"),
}
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the colour type
SOI, EOI, SOS, APP0, APP1, APP2, APP14, COMMENT = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the parts of a JPEG that say how large it is
END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
ORIENTATION, UPRIGHT = 0x0112, 1

Part = tuple[int, int, int]  # the marker of a part of a JPEG, where it begins and where it ends
Chunk = tuple[bytes, int, int]  # the name of a part of a PNG, where it begins and where it ends


def look_through_png(file: BinaryIO, _size: int) -> str:
    """Return that it is a PNG; raise ``NotTaken`` where it is not taken."""
    content = _whole(file)
    chunks = list(_chunks(content))
    if [name for name, _, _ in chunks if name in {b"IHDR", b"IEND"}] != [b"IHDR", b"IEND"] or chunks[0][0] != b"IHDR":
        raise NotTaken(Verdict.DAMAGED)
    if chunks[-1][2] != len(content):
        raise NotTaken(Verdict.MIXED)
    if not any(name == b"IDAT" for name, _, _ in chunks):
        raise NotTaken(Verdict.DAMAGED)
    width, height, depth, colours = struct.unpack(">IIBB", content[16:26])
    if not width or not height or colours not in CHANNELS:
        raise NotTaken(Verdict.DAMAGED)
    if height * (width * CHANNELS[colours] * depth // 8 + 1) > MOST_UNPACKED:
        raise NotTaken(Verdict.TOO_MUCH)
    return "png"


def look_through_jpg(file: BinaryIO, _size: int) -> str:
    """Return that it is a JPEG; raise ``NotTaken`` where it is not taken."""
    content = _whole(file)
    parts = list(_parts(content))
    frames = [content[begin + 2 : end] for marker, begin, end in parts if marker in FRAMES]
    if not frames or not any(marker == SOS for marker, _, _ in parts):
        raise NotTaken(Verdict.DAMAGED)
    for frame in frames:
        if len(frame) < 8:
            raise NotTaken(Verdict.DAMAGED)
        height, width, components = struct.unpack(">HHB", frame[3:8])
        if not height or not width:
            raise NotTaken(Verdict.DAMAGED)
        if height * width * components > MOST_UNPACKED:
            raise NotTaken(Verdict.TOO_MUCH)
    return "jpg"


def stripped(content: bytes, kind: str) -> bytes:
    """Return the picture without what a camera or a program noted in it: place, time, device, names, comments.

    Its points stay byte for byte, and so do its colours and the way up. Anything that is no picture stays as it is.
    """
    if kind == "png":
        kept = [content[begin:end] for name, begin, end in _chunks(content) if name in KEPT]
        return PNG + b"".join(kept)
    if kind == "jpg":
        parts = list(_parts(content))
        kept = [content[begin:end] for marker, begin, end in parts if _stays(marker, content[begin + 4 : end])]
        return b"\xff\xd8" + _way_up(content, parts) + b"".join(kept)
    return content


def _whole(file: BinaryIO) -> bytes:
    file.seek(0)
    content = file.read()
    if END in content[-END_SIZE - LONGEST_COMMENT :]:
        raise NotTaken(Verdict.MIXED)  # an archive behind the picture
    return content


def _chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the parts of a PNG, each with its check sum; raise ``NotTaken`` where one is not whole."""
    at = len(PNG)
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        end = at + 12 + length
        name = content[at + 4 : at + 8]
        if end > len(content) or zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            raise NotTaken(Verdict.DAMAGED)
        yield name, at, end
        if name == b"IEND":
            return
        at = end
    raise NotTaken(Verdict.DAMAGED)


def _parts(content: bytes) -> Iterator[Part]:
    """Yield the parts of a JPEG up to its end; raise ``NotTaken`` where one is not whole."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a part may begin with filling
            at += 1
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        end = at + 2 + length
        if marker == EOI:
            break
        if length < 2 or end > len(content):
            raise NotTaken(Verdict.DAMAGED)
        if marker == SOS:
            following = END_OF_SCAN.search(content, end)
            if following is None:
                raise NotTaken(Verdict.DAMAGED)
            end = following.start()
        yield marker, at, end
        at = end
    if content[at : at + 2] != b"\xff\xd9":
        raise NotTaken(Verdict.DAMAGED)
    yield EOI, at, at + 2


def _stays(marker: int, data: bytes) -> bool:
    """Whether a part of a JPEG belongs to the picture itself: not what a camera or a program noted beside it."""
    if marker == APP0:
        return data.startswith(b"JFIF\0")
    if marker == APP2:
        return data.startswith(b"ICC_PROFILE\0")
    return marker == APP14 or not (APP0 <= marker <= 0xEF or marker == COMMENT)


def _way_up(content: bytes, parts: list[Part]) -> bytes:
    """Return a part that says nothing but how the picture is turned; nothing where it stands upright."""
    for marker, begin, end in parts:
        data = content[begin + 4 : end]
        if marker == APP1 and data.startswith(b"Exif\0\0"):
            turned = _orientation(data[6:])
            if turned != UPRIGHT:
                note = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", ORIENTATION, 3, 1, turned, 0, 0)
                return b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note
    return b""


def _orientation(tiff: bytes) -> int:
    """Return how the picture is turned, as its notes say; upright where they cannot be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return UPRIGHT
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        for number in range(min(count, 200)):
            tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * number)
            if tag == ORIENTATION:
                return int(value) if 1 <= value <= 8 else UPRIGHT
    except struct.error:
        return UPRIGHT
    return UPRIGHT
