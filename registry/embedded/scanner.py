"""A virus scanner to try: it speaks clamd's INSTREAM, and knows the test file of the scanners alone (EICAR).

``python -m registry.embedded.scanner SOCKET``
"""

import contextlib
import os
import socketserver
import struct
import sys
import threading
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO

# In two parts: the file of this program is no virus to any scanner.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MOST = 25 * 1024 * 1024  # as clamd's StreamMaxLength


class Answer(socketserver.StreamRequestHandler):
    """One connection: a stream is read to its end and judged."""

    timeout = 60

    def handle(self) -> None:
        """Answer as clamd does."""
        if self.rfile.read(len(b"zINSTREAM\0")) == b"zINSTREAM\0":
            self.wfile.write(judged(self.rfile) + b"\0")


def judged(stream: BufferedIOBase | BinaryIO) -> bytes:
    """Return what clamd would say of a stream of chunks."""
    content = b""
    while length := struct.unpack("!I", stream.read(4))[0]:
        content += stream.read(length)
        if len(content) > MOST:
            return b"INSTREAM size limit exceeded. ERROR"
    return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """The scanner at a socket."""

    daemon_threads = True


@contextlib.contextmanager
def scanner(socket: Path) -> Iterator[Server]:
    """Run the scanner in a thread while the block runs."""
    socket.unlink(missing_ok=True)
    with Server(str(socket), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
            socket.unlink(missing_ok=True)


def main(socket: Path) -> None:
    """Listen until told to stop."""
    socket.unlink(missing_ok=True)
    os.umask(0o077)
    with Server(str(socket), Answer) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
