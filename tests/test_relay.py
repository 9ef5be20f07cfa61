"""The relay of docker-compose.yml, natively: Debian's Postfix with the very settings that its container writes."""

import os
import shutil
import smtplib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from pilots.outbox import reports
from pilots.outbox.envelopes import message_of, sender_of
from registry.embedded.mail import free_port
from registry.embedded.portal import ROOT
from tests.embedded.conftest import wait_until

START = ROOT / ".docker" / "relay" / "start.sh"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("postfix") is None or os.getuid() != 0,
        reason="needs Debian's Postfix and root, as its container has",
    ),
]


class NextHop:
    """The mail server behind the relay: knows everyone but one."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str]]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address.startswith("poissa@"):
            return f"550 5.1.1 <{address}>: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 2.0.0 taken"


@dataclass
class Relay:
    """A running relay: its two doors, its log, its mailbox, and what stands behind it."""

    door: int
    world: int
    log: Path
    box: Path
    behind: NextHop

    def send(self, port: int, sender: str, to: str) -> str:
        """Hand a mail in at a door; return the answer to the recipient or to the body."""
        with smtplib.SMTP("127.0.0.1", port, local_hostname="web.pilotit.example", timeout=20) as smtp:
            smtp.ehlo()
            smtp.mail(sender)
            code, answer = smtp.rcpt(to)
            if code == 250:
                code, answer = smtp.data(f"Message-ID: <{to}>\r\nTo: <{to}>\r\nSubject: x\r\n\r\nHei\r\n".encode())
            return f"{code} {answer.decode()}"

    def lines(self, *words: str) -> list[str]:
        """Return the lines of the log that have all the words."""
        return [line for line in self.log.read_text().splitlines() if all(word in line for word in words)]


@pytest.fixture
def relay(tmp_path: Path, settings: Any) -> Iterator[Relay]:
    """The relay's own start file, with few rights, beside a next hop."""
    settings.BOUNCE_ADDRESS = "palautus@pilotit.example"
    for folder in (tmp_path, *tmp_path.parents):  # Postfix's own user passes through
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    behind, ports = NextHop(), [free_port() for _ in range(3)]
    controller = Controller(behind, hostname="127.0.0.1", port=ports[0])
    controller.start()
    found = Relay(ports[1], ports[2], tmp_path / "log" / "mail.log", tmp_path / "back" / "Maildir", behind)
    env = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "BOUNCE_ADDRESS": settings.BOUNCE_ADDRESS,
        "BOUNCE_MAILBOX": str(found.box),
        "RELAY_LOG": str(found.log),
        "RELAY_NAME": "relay.pilotit.example",
        "RELAYHOST": f"[127.0.0.1]:{ports[0]}",
        "RELAY_HOME": str(tmp_path / "home"),
        "RELAY_QUEUE": str(tmp_path / "queue"),
        "RELAY_INTERFACES": "127.0.0.1",
        "RELAY_DOOR": str(found.door),
        "RELAY_WORLD_DOOR": str(found.world),
    }
    rights = (
        "-all,+chown,+dac_override,+fowner,+kill,+net_bind_service,+setgid,+setuid"  # as docker-compose.yml gives them
    )
    command = ["setpriv", "--bounding-set", rights, "--inh-caps=-all", "--no-new-privs", str(START)]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(command, env=env, stdout=said, stderr=said)
    try:
        wait_until(lambda: found.log.exists() and bool(found.lines("daemon started")), 30)
        yield found
    finally:
        subprocess.run(["postfix", "-c", str(tmp_path / "home" / "conf"), "stop"], capture_output=True, check=False)
        process.wait(60)
        controller.stop()


def test_it_sends_on_logs_returns_and_is_no_open_relay(relay: Relay) -> None:
    assert relay.send(relay.door, sender_of(1), "perilla@kunta.example").startswith("250")
    wait_until(lambda: bool(relay.behind.taken), 60)
    assert relay.behind.taken == [(sender_of(1), ["perilla@kunta.example"])]
    (line,) = relay.lines("postfix/cleanup[", "message-id=<perilla@kunta.example>")
    queue_id = line.split("]: ")[1].split(":")[0]
    assert relay.lines("postfix/qmgr[", f"{queue_id}: from=<{sender_of(1)}>", "nrcpt=1 (queue active)")

    assert relay.send(relay.door, sender_of(2), "poissa@kunta.example").startswith("250")
    wait_until(lambda: any((relay.box / "new").iterdir()), 60)
    (report,) = (relay.box / "new").iterdir()
    assert report.stat().st_uid == 10001, "the worker's"
    returned = reports.read(report.read_bytes())
    assert next(map(message_of, returned.addresses)) == 2
    assert returned.blocks
    assert reports.of_recipient(returned.blocks, "poissa@kunta.example").fate == reports.Fate.FAILED

    assert "Access denied" in relay.send(relay.world, "joku@muu.example", "uhri@kunta.example")
    assert "Access denied" in relay.send(relay.world, "", "root@relay.pilotit.example")
    assert relay.send(relay.world, "joku@muu.example", "postmaster").startswith("250")  # Postfix insists
    wait_until(lambda: bool(relay.lines("postfix/discard[", "to=<postmaster@relay.pilotit.example>")), 60)
    assert relay.send(relay.world, "", sender_of(3)).startswith("250")
    wait_until(lambda: len(list((relay.box / "new").iterdir())) == 2, 60)
    assert len(relay.behind.taken) == 1
