"""The relay's log: the mails that the mail server has taken over, whatever our own tables know of them."""

import os
import re
import threading
import time
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings

RECENT = 7 * 24 * 3600  # seconds: an older log of the past is not read
TAIL = 64 * 1024 * 1024  # bytes of a log that are read when it is first opened
CHUNK = 1024 * 1024
KEPT = 200_000  # Message-IDs, and queue ids, that are kept in memory: the newest
TOLD = re.compile(rb"/cleanup\[\d+\]: ([0-9A-Za-z]+): message-id=(<[^>\s]+>)")
TAKEN = re.compile(rb"/qmgr\[\d+\]: ([0-9A-Za-z]+): from=<[^>]*>, size=\d+, nrcpt=\d+ \(queue active\)")


class RelayLog(Protocol):
    """The question that the outbox puts to the log of a mail server."""

    def accepted(self, message_id: str) -> bool:
        """Whether the server has taken over the mail with this Message-ID; raises ``OSError`` if nobody can say."""


class PostfixLog:
    """The log of a Postfix: ``cleanup`` names the Message-ID of a queue id, ``qmgr`` says that it has the mail.

    It is read from where the last question ended. A log that was moved away is read to its end first, a log that was
    cut short from its beginning; the log before it (``.1``) is read once. Only Message-IDs of ``host`` are kept.
    """

    def __init__(self, path: Path, host: str) -> None:
        self._path, self._ours = path, f"@{host}>".encode()
        self._file: int | None = None
        self._offset, self._rest = 0, b""
        self._queue_ids: OrderedDict[bytes, bytes] = OrderedDict()
        self._accepted: OrderedDict[bytes, bytes] = OrderedDict()
        self._reading = threading.Lock()

    def accepted(self, message_id: str) -> bool:
        """Whether the server has taken over the mail with this Message-ID; raises ``OSError`` without a log."""
        with self._reading:
            self._catch_up()
            return message_id.encode() in self._accepted

    def _catch_up(self) -> None:
        now = self._path.stat()
        if self._file is None:
            before = self._path.with_name(self._path.name + ".1")
            if before.exists() and time.time() - before.stat().st_mtime < RECENT:
                self._open(before)
                self._read()
            self._open(self._path)
        else:
            self._read()
            opened = os.fstat(self._file)
            if (opened.st_dev, opened.st_ino) != (now.st_dev, now.st_ino):
                self._open(self._path)
            elif now.st_size < self._offset:
                self._offset, self._rest = 0, b""
            else:
                return
        self._read()

    def _open(self, path: Path) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._offset, self._rest = max(0, os.fstat(self._file).st_size - TAIL), b""

    def _read(self) -> None:
        assert self._file is not None  # noqa: S101 - opened before
        while chunk := os.pread(self._file, CHUNK, self._offset):
            self._offset += len(chunk)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                self._understand(line)

    def _understand(self, line: bytes) -> None:
        if told := TOLD.search(line):
            self._queue_ids.pop(told[1], None)  # a short queue id is used again
            if told[2].endswith(self._ours):
                _keep(self._queue_ids, told[1], told[2])
        elif (taken := TAKEN.search(line)) and (message_id := self._queue_ids.pop(taken[1], None)):
            _keep(self._accepted, message_id, b"")


def _keep(memory: OrderedDict[bytes, bytes], key: bytes, value: bytes) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > KEPT:
        memory.popitem(last=False)


@lru_cache(maxsize=4)
def _log(path: str, host: str, process: int) -> RelayLog:
    return PostfixLog(Path(path), host)


def relay_log() -> RelayLog | None:
    """Return the log of our mail server, one for the whole process; None where ``RELAY_LOG`` names none."""
    if not settings.RELAY_LOG:
        return None
    return _log(settings.RELAY_LOG, urlsplit(settings.BASE_URL).hostname or "", os.getpid())
