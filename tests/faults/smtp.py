"""A mail server that answers as its script says and keeps a log of what it took: what the verdict is given by.

``python -m tests.faults.smtp FOLDER PORT``: reads ``FOLDER/script.json`` whenever it changes, appends to
``FOLDER/accepted.jsonl`` (on disk before the 250) and, where the script asks for it, a log as Postfix writes it.
"""

import base64
import hashlib
import json
import os
import random
import re
import socket
import ssl
import struct
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
CERTIFICATES = Path(__file__).with_name("certificates")
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


class HangUp(Exception):
    """The script ends the connection."""


class Script:
    """What to do at which moment. A rule has its place, perhaps a recipient, how many to let by, how many to catch."""

    def __init__(self, file: Path) -> None:
        self.file, self.lock = file, threading.Lock()
        self.seen, self.facts = 0, dict[str, Any]()
        self.counts: Counter[tuple[int, str]] = Counter()

    def read(self) -> dict[str, Any]:
        """Return the script as it stands now; a new one begins to count anew."""
        with self.lock:
            changed = self.file.stat().st_mtime_ns
            if changed != self.seen:
                self.seen, self.facts = changed, json.loads(self.file.read_text())
                self.counts.clear()
            return self.facts

    def rule(self, place: str, to: str = "", said: int = 0) -> dict[str, Any]:
        """Return what to do at ``place`` (for the recipient, for the n-th mail of the connection); empty: as usual.

        ``after``: so many are let by first; ``times``: so many are caught; ``each``: so many of each recipient.
        """
        for number, rule in enumerate(self.read().get("rules", [])):
            if rule["at"] != place or rule.get("to", "") not in to or said < rule.get("in_connection_after", 0):
                continue
            with self.lock:
                self.counts[number, ""] += 1
                self.counts[number, to] += 1 if to else 0
                count, of_this, skipped = self.counts[number, ""], self.counts[number, to], rule.get("after", 0)
            if skipped < count <= skipped + rule.get("times", 10**9) and of_this <= rule.get("each", 10**9):
                return rule
        return {}


class Kept:
    """The log of accepted mails, and the log in Postfix's format beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.lock = folder, threading.Lock()
        self.accepted = os.open(folder / "accepted.jsonl", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        self.relay = -1
        self.number = 0

    def _relay_lines(self, relay: str, mail: dict[str, Any], raw: bytes, taken: bool) -> None:
        if self.relay < 0:
            self.relay = os.open(relay, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        self.number += 1
        queue_id = f"{time.time_ns() // 1000 & 0xFFFFFFFF:08X}{self.number & 0xFFF:03X}"
        moment = time.strftime("%b %e %H:%M:%S", time.gmtime())
        lines = f"{moment} relay postfix/cleanup[{os.getpid()}]: {queue_id}: message-id={mail['id']}\n"
        if taken:
            sender, size = mail["from"], len(raw)
            lines += (
                f"{moment} relay postfix/qmgr[{os.getpid()}]: {queue_id}: from=<{sender}>, size={size}, nrcpt=1"
                " (queue active)\n"
            )
        os.write(self.relay, lines.encode())

    def keep(self, relay: str, raw: bytes, facts: dict[str, Any], *, taken: bool) -> None:
        """Write down a mail before it is answered: accepted, or only looked at and refused."""
        found = MESSAGE_ID.search(raw)
        mail = {"at": time.time(), "id": found[1].decode() if found else "", **facts}
        mail |= {"sha256": hashlib.sha256(raw).hexdigest(), "raw": base64.b64encode(raw).decode()}
        with self.lock:
            if taken:
                os.write(self.accepted, json.dumps(mail).encode() + b"\n")
                os.fsync(self.accepted)
            if relay:
                self._relay_lines(relay, mail, raw, taken)


class Talk:
    """One connection."""

    def __init__(self, line: socket.socket, script: Script, kept: Kept) -> None:
        self.line, self.script, self.kept = line, script, kept
        self.file = line.makefile("rb")
        self.tls = self.signed_in = False
        self.sender, self.to, self.mails = "", [], 0

    def say(self, *lines: str) -> None:
        """Send an answer of one or more lines."""
        code = lines[-1][:3]
        text = "".join(f"{code}-{line[4:]}\r\n" for line in lines[:-1]) + lines[-1] + "\r\n"
        self.line.sendall(text.encode())

    def act(self, place: str, usual: str, to: str = "") -> str:
        """Do what the script says at a place; return the answer to give. Raises ``HangUp``."""
        rule = self.script.rule(place, to, self.mails)
        if "tell" in rule:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.sendto(to.encode(), rule["tell"])
        time.sleep(rule.get("delay", 0) + random.uniform(0, rule.get("jitter", 0)))
        if "close" in rule:
            raise HangUp
        if "silence" in rule:
            time.sleep(rule["silence"])
            raise HangUp
        return str(rule.get("answer", usual))

    def answer(self, place: str, usual: str, to: str = "") -> bool:
        """Answer as scripted; return whether the answer is the usual one. A 421 ends the connection."""
        answer = self.act(place, usual, to)
        self.say(answer)
        if answer.startswith("421"):
            raise HangUp
        return answer == usual

    def run(self) -> None:
        """Talk until one of us hangs up."""
        try:
            if self.answer("connect", "220 relay.example ESMTP"):
                while self.command():
                    pass
        except (OSError, HangUp, ValueError):
            pass
        finally:
            self.file.close()
            self.line.close()

    def command(self) -> bool:
        """Read one command and answer it; return whether the talk goes on."""
        raw = self.file.readline(4096)
        if not raw:
            return False
        words = raw.decode("utf-8", "replace").strip()
        verb, _, rest = words.partition(" ")
        known = {"EHLO": self.ehlo, "HELO": self.ehlo, "STARTTLS": self.starttls, "AUTH": self.auth}
        known |= {"MAIL": self.mail, "RCPT": self.rcpt, "DATA": self.data, "RSET": self.rset, "NOOP": self.rset}
        if verb.upper() == "QUIT":
            self.say("221 2.0.0 bye")
            return False
        if verb.upper() in known:
            known[verb.upper()](rest)
        else:
            self.say("502 5.5.2 not known")
        return True

    def ehlo(self, rest: str) -> None:
        """Say what can be done here: neither pipelining nor chunking."""
        facts = self.script.read()
        more = ["250 STARTTLS"] if facts.get("certificate") and not self.tls else []
        more += ["250 AUTH PLAIN LOGIN"] if facts.get("password") else []
        self.say("250 relay.example", *more, "250 ENHANCEDSTATUSCODES")

    def starttls(self, rest: str) -> None:
        """Begin TLS with the certificate that the script names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / f"{self.script.read()['certificate']}.pem")
        self.say("220 2.0.0 go on")
        self.file.close()
        self.line = context.wrap_socket(self.line, server_side=True)
        self.file, self.tls = self.line.makefile("rb"), True

    def auth(self, rest: str) -> None:
        """Let in who knows the password."""
        method, _, first = rest.partition(" ")
        if method.upper() == "PLAIN":
            if not first:
                self.say("334 ")
                first = self.file.readline(4096).decode()
            word = base64.b64decode(first).split(b"\0")[-1].decode()
        else:
            for ask in (["VXNlcm5hbWU6"] if not first else []) + ["UGFzc3dvcmQ6"]:
                self.say(f"334 {ask}")
                word = base64.b64decode(self.file.readline(4096)).decode()
        self.signed_in = word == self.script.read().get("password")
        self.say("235 2.7.0 welcome" if self.signed_in else "535 5.7.8 wrong user name or password")

    def mail(self, rest: str) -> None:
        """Take the envelope's sender."""
        if self.script.read().get("password") and not self.signed_in:
            self.say("530 5.7.0 authenticate first")
            return
        sender = rest.partition(":")[2].strip().partition(" ")[0].strip("<>")
        if self.answer("mail", "250 2.1.0 ok"):
            self.sender, self.to = sender, []

    def rcpt(self, rest: str) -> None:
        """Take one recipient."""
        to = rest.partition(":")[2].strip().partition(" ")[0].strip("<>")
        if self.answer("rcpt", "250 2.1.5 ok", to):
            self.to.append(to)

    def rset(self, rest: str) -> None:
        """Forget the envelope."""
        self.to = []
        self.say("250 2.0.0 ok")

    def data(self, rest: str) -> None:
        """Take the body; what the script refuses is in no log of accepted mail."""
        if not self.to:
            self.say("503 5.5.1 nobody to send it to")
            return
        to, usual = self.to[0], "354 go on"
        answer = self.act("data", usual, to)
        go = time.time()  # before the word goes out: what was committed earlier could have been known
        self.say(answer)
        if answer != usual:
            if answer.startswith("421"):
                raise HangUp
            return
        raw = self.body(to)
        self.mails += 1
        self.after_the_dot(raw, {"go": go, "from": self.sender, "to": self.to})
        self.to = []

    def body(self, to: str) -> bytes:
        """Read until the dot; raise ``HangUp`` where the script cuts the body or the sender goes away."""
        lines = []
        cut = self.script.rule("body", to)
        while (line := self.file.readline()) != b".\r\n":
            if not line or (cut and len(lines) >= cut.get("lines", 3)):
                raise HangUp
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def after_the_dot(self, raw: bytes, facts: dict[str, Any]) -> None:
        """Accept the mail, or not, and answer, or not."""
        rule = self.script.rule("dot", facts["to"][0])
        relay = self.script.read().get("relay", "")
        time.sleep(rule.get("delay", 0) + random.uniform(0, rule.get("jitter", 0)))
        answer = rule.get("answer", "250 2.0.0 taken")
        unheard = "silence" in rule or "close" in rule
        taken = rule["taken"] if unheard else answer.startswith("2")
        if taken or not unheard:
            self.kept.keep(relay, raw, facts, taken=taken)
        time.sleep(rule.get("silence", 0))
        if unheard:
            raise HangUp
        self.say(answer)
        if answer.startswith("421"):
            raise HangUp


def main(folder: Path, port: int) -> None:
    """Serve until we are ended."""
    script, kept = Script(folder / "script.json"), Kept(folder)
    with socket.create_server((HOST, port), backlog=512) as server:
        (folder / "port.new").write_text(str(server.getsockname()[1]))
        (folder / "port.new").rename(folder / "port")
        while True:
            line, _ = server.accept()
            if "reset" in script.rule("accept"):  # the connection is refused with a RST
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                line.close()
                continue
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Talk(line, script, kept).run, daemon=True).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
