"""The line to the mail server by itself: the name that we greet with, and how we leave."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pilots import outbox
from pilots.models import Message
from pilots.outbox.connection import Connection
from regions.models import User
from tests.pilots.mail_server import NOW, Relay, post, serve

pytestmark = pytest.mark.django_db(transaction=True)


class Greeted(Relay):
    """A mail server that keeps the name of who greets it."""

    def __init__(self) -> None:
        super().__init__()
        self.greeted_by: set[str] = set()

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.greeted_by.add(session.host_name)
        return await super().handle_MAIL(server, session, envelope, address, options)


@pytest.fixture
def relay(settings: Any) -> Iterator[Greeted]:
    """A mail server that runs and to which the settings point."""
    relay = Greeted()
    controller = serve(relay, settings)
    yield relay
    controller.stop()


@pytest.mark.parametrize(
    ("address", "name"), [("https://pilotit.rekisteri.example:8443", "pilotit.rekisteri.example"), ("", "localhost")]
)
def test_the_portal_greets_with_its_own_name(
    relay: Greeted, preparer: User, settings: Any, address: str, name: str
) -> None:
    post(preparer)
    settings.BASE_URL = address
    assert outbox.deliver(NOW).sent == 1
    assert relay.greeted_by == {name}


def test_leaving_a_server_that_has_left_before_is_no_fault(settings: Any) -> None:
    controller = serve(Relay(), settings)
    connection = Connection()
    connection._open()
    assert connection.is_open
    controller.stop()
    connection.close()
    assert not connection.is_open


def test_an_answer_that_comes_soon_is_heard_though_we_are_to_stop(relay: Greeted, preparer: User) -> None:
    relay.seconds_to_answer = 1.3
    message = post(preparer)
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    assert outbox.deliver(NOW, go_on=lambda: not stop.is_set()).sent == 1
    timer.join()
    message.refresh_from_db()
    assert (message.in_doubt, message.state) == (False, Message.State.SENT)
