"""Files that people attach: kept outside the database and the web root under random names, whole or not at all."""

import hashlib
import os
import re
import secrets
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from registry.lib.failpoints import reach

STORED = re.compile(r"[0-9a-f]{32}")
UNFINISHED = ".part"


@dataclass(frozen=True)
class Stored:
    """A file that lies in the folder: its random name, its size, the SHA-256 of its content."""

    name: str
    size: int
    sha256: str


def folder() -> Path:
    """Return the folder of the files, which is made where it is missing."""
    path = Path(settings.ATTACHMENTS)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(chunks: Iterable[bytes]) -> Stored:
    """Write a file byte for byte and return it: it has its name only once the disk has all of it."""
    name, digest, size = secrets.token_hex(16), hashlib.sha256(), 0
    place = folder()
    unfinished = place / f"{name}{UNFINISHED}"
    try:
        number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(number, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                reach("file_half_written")
            file.flush()
            os.fsync(number)
        unfinished.rename(place / name)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync(place)
    return Stored(name, size, digest.hexdigest())


def read(name: str) -> BinaryIO:
    """Open the file of a random name; raise ``FileNotFoundError`` where there is none."""
    if not STORED.fullmatch(name):
        raise FileNotFoundError(name)
    return (Path(settings.ATTACHMENTS) / name).open("rb")


def remove(names: Iterable[str]) -> None:
    """Remove files, whether they are still there or not."""
    for name in names:
        if STORED.fullmatch(name):
            with suppress(OSError):
                (Path(settings.ATTACHMENTS) / name).unlink(missing_ok=True)


def sweep(known: Collection[str], before: datetime) -> int:
    """Remove the files that nobody knows and that were written before a moment; return how many."""
    removed = 0
    with suppress(FileNotFoundError):
        for path in Path(settings.ATTACHMENTS).iterdir():
            ours = STORED.fullmatch(path.name.removesuffix(UNFINISHED))
            if ours and path.name not in known and path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def is_writable() -> bool:
    """Whether files can be written."""
    try:
        return os.access(folder(), os.W_OK | os.X_OK)
    except OSError:
        return False


def _sync(place: Path) -> None:
    """Let the disk keep the new name."""
    number = os.open(place, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
