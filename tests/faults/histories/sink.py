"""A real mail server in a thread of this process: it keeps what it accepts, and may be told to make trouble."""

import socket
import socketserver
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOG = (
    "Nov 22 09:00:00 mail postfix/cleanup[7]: {queue_id}: message-id={message_id}\n"
    "Nov 22 09:00:00 mail postfix/qmgr[8]: {queue_id}: from=<{sender}>, size={size}, nrcpt=1 (queue active)\n"
)


@dataclass(frozen=True)
class Mail:
    """What was accepted: for whom, under which Message-ID, which bytes, on which line of the server's own count."""

    number: int
    sender: str
    recipient: str
    message_id: str
    content: bytes


class _Talk(socketserver.StreamRequestHandler):
    """One client: the few commands that matter."""

    server: "Sink"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Talk until the client leaves."""
        sender = recipient = ""
        self._say("220 mail.example ESMTP")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"MAIL":
                sender = line.decode().partition("<")[2].partition(">")[0]
                self._say("250 ok")
            elif command == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
                self._say(self.server.trouble_at("rcpt") or "250 ok")
            elif command == b"DATA":
                if not self._data(sender, recipient):
                    return
            elif command == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 mail.example")

    def _data(self, sender: str, recipient: str) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b"..") else line)
        if refusal := self.server.trouble_at("dot"):
            self._say(refusal)
            return True
        self.server.accept(sender, recipient, b"".join(lines))
        if self.server.trouble_at("hang up"):  # taken, and the client never hears it
            return False
        self._say("250 taken")
        return True

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


class Sink(socketserver.ThreadingTCPServer):
    """The server. ``taken`` is all it accepted, oldest first; ``relay_log`` is written in Postfix's format if set."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[Mail] = []
        self.relay_log: Path | None = None
        self._trouble: dict[str, tuple[str, int]] = {}
        self._changing = threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def make_trouble(self, place: str, answer: str, times: int) -> None:
        """Answer so at the place (``rcpt``, ``dot``, ``hang up``) so many times."""
        with self._changing:
            self._trouble = {place: (answer, times)} if times else {}

    def trouble_at(self, place: str) -> str:
        """Return the answer of a planned trouble at the place, or nothing."""
        with self._changing:
            answer, times = self._trouble.get(place, ("", 0))
            if times:
                self._trouble[place] = (answer, times - 1)
            return answer if times else ""

    def accept(self, sender: str, recipient: str, content: bytes) -> None:
        """Keep a mail, first in the relay's log."""
        head = content.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
        lines = [line for line in head.split("\r\n") if line.lower().startswith("message-id:")]
        message_id = lines[0].partition(":")[2].strip() if lines else ""
        with self._changing:
            number = len(self.taken) + 1
            if self.relay_log is not None:
                with self.relay_log.open("a") as log:
                    log.write(
                        LOG.format(queue_id=f"4A{number:08X}", message_id=message_id, sender=sender, size=len(content))
                    )
            self.taken.append(Mail(number, sender, recipient, message_id, content))

    def begin_anew(self, relay_log: Path | None) -> None:
        """Forget all and make no trouble; write to another log, or none."""
        with self._changing:
            self.taken, self.relay_log, self._trouble = [], relay_log, {}
        if relay_log is not None:
            relay_log.write_text("")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""

    def get_request(self) -> tuple[socket.socket, Any]:
        """Take a client; answers go out at once."""
        client, address = super().get_request()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client, address
