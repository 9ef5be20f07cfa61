"""A virus scanner asked over its socket: clamd's INSTREAM, the one verb of it that is needed.

A file is clean, infected, or not to be judged (the scanner does not take it); everything else is a scanner that does
not work, which says nothing of the file.
"""

import re
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

CHUNK = 256 * 1024
LONGEST_ANSWER = 4096
CONNECTING, WHOLE = 5.0, 60.0  # seconds for the connection, and for the whole of a scan
_FOUND = re.compile(r"^stream: (.{1,500}) FOUND$")


class ScannerError(Exception):
    """The scanner is not there, too slow, or says what it never says."""


class Result(Enum):
    """What a scan found."""

    CLEAN = "clean"
    INFECTED = "infected"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True)
class Scan:
    """What the scanner said of a file: the result, and in its words what it found."""

    result: Result
    words: str = ""


def scan(file: BinaryIO, address: str) -> Scan:
    """Return what the scanner at ``address`` (``/a/socket`` or ``host:port``) says; raise ``ScannerError``."""
    ends = time.monotonic() + WHOLE
    try:
        with _connected(address) as connection:
            # A scanner that takes no more closes its ear, and has said why before.
            with suppress(BrokenPipeError, ConnectionResetError):
                _send(connection, file, ends)
            return _read(_answer(connection, ends))
    except (OSError, UnicodeError, ValueError) as error:
        raise ScannerError(str(error)) from error


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(CONNECTING)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), CONNECTING)


def _send(connection: socket.socket, file: BinaryIO, ends: float) -> None:
    connection.sendall(b"zINSTREAM\0")
    while chunk := file.read(CHUNK):
        _wait_until(connection, ends)
        connection.sendall(struct.pack("!I", len(chunk)) + chunk)
    connection.sendall(struct.pack("!I", 0))


def _answer(connection: socket.socket, ends: float) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER:
        _wait_until(connection, ends)
        more = connection.recv(LONGEST_ANSWER)
        if not more:
            break
        said += more
    return said.rstrip(b"\0\n").decode()


def _wait_until(connection: socket.socket, ends: float) -> None:
    """Let the next step take no longer than is left of the whole."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("the scanner is too slow")
    connection.settimeout(left)


def _read(said: str) -> Scan:
    if said == "stream: OK":
        return Scan(Result.CLEAN)
    if found := _FOUND.match(said):
        return Scan(Result.INFECTED, found[1])
    if "size limit exceeded" in said:
        return Scan(Result.NOT_JUDGED, said[:100])
    raise ScannerError(f"an answer that makes no sense: {said[:100]!r}")
