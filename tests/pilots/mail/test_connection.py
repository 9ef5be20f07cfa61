"""The line to the mail server by itself: the name that we greet with, and how we leave."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pilots.mail import outbox
from pilots.mail.outbox.connection import Connection, _words
from pilots.models import Installation, Message
from regions.models import User
from tests.pilots.mail.mail_server import NOW, Relay, post, serve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("address", "name"), [("https://pilotit.rekisteri.example:8443", "pilotit.rekisteri.example"), ("", "localhost")]
)
def test_the_portal_greets_with_its_own_name(
    relay: Relay, preparer: User, settings: Any, address: str, name: str
) -> None:
    post(preparer)
    settings.BASE_URL = address
    assert outbox.deliver(NOW).sent == 1
    assert relay.greeted_by == {name}


CERTIFICATES = Path(__file__).parents[2] / "faults" / "certificates"


@contextmanager
def over_tls(settings: Any, way: str, certificate: str) -> Iterator[Relay]:
    """Run a mail server that speaks TLS from the first byte, or nothing before STARTTLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATES / certificate)
    relay, first = Relay(), way == "EMAIL_USE_SSL"
    options = {"ssl_context": context} if first else {"tls_context": context, "require_starttls": True}
    controller = serve(relay, settings, **options)
    settings.EMAIL_HOST = "localhost"
    setattr(settings, way, True)
    yield relay
    controller.stop()


@pytest.mark.parametrize("way", ["EMAIL_USE_SSL", "EMAIL_USE_TLS"])
def test_over_tls_a_letter_goes_and_the_greeting_is_the_same(
    preparer: User, settings: Any, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "right.crt"))
    message = post(preparer)
    settings.BASE_URL = "https://pilotit.rekisteri.example"
    with over_tls(settings, way, "right.pem") as relay:
        assert outbox.deliver(NOW).sent == 1
    assert relay.greeted_by == {"pilotit.rekisteri.example"}
    assert relay.accepted[0][2] == bytes(message.mime)


@pytest.mark.parametrize("way", ["EMAIL_USE_SSL", "EMAIL_USE_TLS"])
def test_a_server_with_another_s_certificate_hears_nothing(
    preparer: User, settings: Any, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "right.crt"))
    post(preparer)
    with over_tls(settings, way, "wrong.pem") as relay:
        assert outbox.deliver(NOW).sent == 0
    assert "CERTIFICATE_VERIFY_FAILED" in Installation.objects.get().mail_trouble
    assert (relay.greeted_by, relay.accepted) == (set(), [])


def test_an_answer_that_is_not_utf_8_is_read_as_far_as_it_can_be() -> None:
    assert _words(550, b"5.1.1 k\xe4ytt\xe4j\xe4 puuttuu") == "550 5.1.1 k\ufffdytt\ufffdj\ufffd puuttuu"


def test_leaving_a_server_that_has_left_before_is_no_fault(settings: Any) -> None:
    controller = serve(Relay(), settings)
    connection = Connection()
    connection._open()
    assert connection.is_open
    controller.stop()
    connection.close()
    assert not connection.is_open


def test_an_answer_that_comes_soon_is_heard_though_we_are_to_stop(relay: Relay, preparer: User) -> None:
    relay.seconds_to_answer = 1.3
    message = post(preparer)
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    assert outbox.deliver(NOW, may_continue=lambda: not stop.is_set()).sent == 1
    timer.join()
    message.refresh_from_db()
    assert (message.in_doubt, message.state) == (False, Message.State.SENT)
