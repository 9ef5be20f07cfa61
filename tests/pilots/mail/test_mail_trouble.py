"""Trouble with the mail server itself: it is left alone for a moment, and no message is blamed."""

from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from pilots.mail import outbox
from pilots.models import Installation, Message
from regions.models import User
from tests.cast import Said
from tests.pilots.mail.mail_server import NOW, Relay, kinds, post, serve

pytestmark = pytest.mark.django_db(transaction=True)
State = Message.State


@pytest.mark.parametrize(("when", "in_doubt"), [("hang_up_after_recipient", 0), ("hang_up_after_body", 3)])
def test_a_server_that_keeps_hanging_up_is_left_alone(
    relay: Relay, preparer: User, said: Said, when: str, in_doubt: int
) -> None:
    relay.on_body = lambda: setattr(relay, when, True)  # after the first letter
    for _ in range(6):
        post(preparer)
    outcome = outbox.deliver(NOW)
    assert (outcome.sent, outcome.put_off) == (1, 3)
    trouble = Installation.objects.get().mail_trouble
    assert trouble.startswith("SMTPServerDisconnected: Connection unexpectedly closed")
    assert said() == [f"The mail server takes nothing: {trouble}"]
    assert Message.objects.filter(in_doubt=True).count() == in_doubt


def assert_nothing_was_counted(message: Message, trouble: str) -> None:
    message.refresh_from_db()
    assert (message.state, message.tries, message.lease, message.next_try_at) == (State.QUEUED, 0, None, NOW)
    assert kinds(message) == []
    kept = Installation.objects.get()
    assert trouble in kept.mail_trouble
    assert kept.mail_waits_until > NOW
    assert kept.mail_trouble_since >= NOW


def test_a_server_that_is_away_is_left_alone_for_a_moment_and_no_message_is_counted(
    settings: Any, preparer: User
) -> None:
    relay = Relay()
    serve(relay, settings).stop()
    first, second = post(preparer), post(preparer)
    assert outbox.deliver(NOW) == outbox.Outcome()
    for message in (first, second):
        assert_nothing_was_counted(message, "ConnectionRefusedError")
    since = Installation.objects.get().mail_trouble_since
    controller = serve(relay, settings)
    assert outbox.deliver(NOW + timedelta(seconds=10)).sent == 0
    assert outbox.deliver(NOW + timedelta(seconds=60)).sent == 2
    controller.stop()
    assert since is not None
    kept = Installation.objects.get()
    assert (kept.mail_waits_until, kept.mail_trouble_since, kept.mail_trouble) == (None, None, "")


def test_the_trouble_is_as_old_as_its_beginning(settings: Any, preparer: User) -> None:
    serve(Relay(), settings).stop()
    post(preparer)
    outbox.deliver(NOW)
    began = Installation.objects.get().mail_trouble_since
    outbox.deliver(NOW + timedelta(minutes=5))
    kept = Installation.objects.get()
    assert kept.mail_trouble_since == began
    assert kept.mail_waits_until > NOW + timedelta(minutes=5)


def test_a_circuit_breaker_that_a_wrong_clock_left_open_holds_nothing_up(relay: Relay, preparer: User) -> None:
    post(preparer)
    later = NOW + timedelta(hours=1)
    Installation.objects.create(swept_at=NOW, mail_waits_until=later, mail_trouble_since=later, mail_trouble="421")
    assert outbox.deliver(NOW).sent == 1


def test_a_wrong_password_marks_nothing_dead_and_heals_by_itself(settings: Any, preparer: User) -> None:
    relay, right = Relay(), []

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=bool(right), handled=False)

    controller = serve(relay, settings, authenticator=check, auth_require_tls=False)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "wrong"
    try:
        message = post(preparer)
        outbox.deliver(NOW)
        assert_nothing_was_counted(message, "535")
        right.append(True)
        assert outbox.deliver(NOW + timedelta(minutes=2)).sent == 1
    finally:
        controller.stop()


@pytest.mark.parametrize(
    "answer",
    ["530 5.7.0 authenticate first", "550 5.7.1 sender not allowed", "452 4.3.1 no space", "421 4.3.2 closing"],
)
def test_a_sender_that_is_not_taken_is_no_message_s_fault(relay: Relay, preparer: User, answer: str) -> None:
    relay.to_sender = answer
    message = post(preparer)
    outbox.deliver(NOW)
    assert_nothing_was_counted(message, answer)


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(settings: Any, relay: Relay, preparer: User) -> None:
    post(preparer)
    settings.EMAIL_USE_TLS = True
    outbox.deliver(NOW)
    assert "STARTTLS" in Installation.objects.get().mail_trouble
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = False, True
    outbox.deliver(NOW + timedelta(hours=1))
    assert "SSL" in Installation.objects.get().mail_trouble
    assert not relay.accepted
