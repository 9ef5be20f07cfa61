"""The mail server of the tests, and letters for it."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from django.db import connection, connections
from django.utils import timezone

from pilots.models import Message
from regions.models import User
from tests.posted import posted

NOW = timezone.now()


class Relay:
    """A mail server that keeps what it accepts and answers as the test says."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, list[str], bytes]] = []
        self.to_recipient: dict[str, str] = {}
        self.to_data: list[str] = []
        self.to_sender = ""
        self.hang_up_after_recipient = False
        self.hang_up_after_body = False
        self.seconds_to_answer = 0.0
        self.on_body: Callable[[], Any] = lambda: None
        self.greeted_by: set[str] = set()
        self.begun_anew = 0
        self.offered: list[str] = []
        self.peers: set[Any] = set()
        self.senders_at_most = 100
        self.letters_a_connection = 1000
        self.seen: Counter[Any] = Counter()

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.greeted_by.add(session.host_name)
        if self.to_sender:
            return self.to_sender
        if len(self.peers | {session.peer}) > self.senders_at_most:
            return "421 4.7.0 too many connections"
        self.peers.add(session.peer)
        self.seen[session.peer] += 1
        if self.seen[session.peer] > self.letters_a_connection:
            return "421 4.3.2 enough for one connection"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RSET(self, server: Any, session: Any, envelope: Any) -> str:
        self.begun_anew += 1
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.to_recipient:
            return self.to_recipient[address]
        if self.hang_up_after_recipient:
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        self.offered.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.hang_up_after_body:
            server.transport.abort()
        if self.seconds_to_answer:
            await asyncio.sleep(self.seconds_to_answer)
        await asyncio.to_thread(self._touch_the_database)
        if self.to_data:
            return self.to_data.pop(0)
        self.accepted.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 accepted"

    def _touch_the_database(self) -> None:
        self.on_body()
        connection.close()


def serve(relay: Relay, settings: Any, **options: Any) -> Controller:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(relay, hostname="127.0.0.1", port=port, **options)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 5
    return controller


def post(user: User, **fields: Any) -> Message:
    return posted(user, at=NOW, **fields)


def kinds(message: Message) -> list[str]:
    return list(message.events.values_list("kind", flat=True))


@contextmanager
def another_session(question: str, *values: Any) -> Iterator[None]:
    """Ask something in a session of its own, which lives as long as the block."""
    session = connections.create_connection("default")
    try:
        with session.cursor() as cursor:
            cursor.execute(question, values)
        yield
    finally:
        session.close()
