"""The relay of docker-compose.yml, natively."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from pilots.mail.outbox import reports
from pilots.mail.outbox.envelopes import message_of, sender_of
from registry.embedded.mail import free_port
from tests import postfix
from tests.postfix import Relay
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not postfix.installed(), reason="needs Debian's Postfix and root")]


class NextHop:
    """The mail server behind the relay: knows everyone but one."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str]]] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address.startswith("poissa@"):
            return f"550 5.1.1 <{address}>: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 2.0.0 taken"


@pytest.fixture
def behind() -> Iterator[NextHop]:
    """What stands behind the relay."""
    found = NextHop()
    controller = Controller(found, hostname="127.0.0.1", port=free_port())
    controller.start()
    found.port = controller.port
    yield found
    controller.stop()


@pytest.fixture
def relay(tmp_path: Path, behind: NextHop, settings: Any) -> Iterator[Relay]:
    """The relay's own start file, with few rights, before a next hop."""
    settings.BOUNCE_ADDRESS = "palautus@pilotit.example"
    with postfix.running(tmp_path, behind=behind.port, bounces=settings.BOUNCE_ADDRESS) as found:
        yield found


def test_it_sends_on_logs_returns_and_is_no_open_relay(relay: Relay, behind: NextHop) -> None:
    assert relay.send(relay.door, sender_of(1), "perilla@kunta.example").startswith("250")
    wait_until(lambda: bool(behind.taken), 60)
    assert behind.taken == [(sender_of(1), ["perilla@kunta.example"])]
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
    assert len(behind.taken) == 1
