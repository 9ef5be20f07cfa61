"""How many letters a sender leases at a time: many of a quick mail server, one of a slow one."""

import pytest

from pilots.mail import outbox
from pilots.mail.outbox import leases
from pilots.models import Message
from regions.models import User
from tests.pilots.mail.mail_server import NOW, Relay, post

pytestmark = pytest.mark.django_db(transaction=True)


def held_at_each_body(relay: Relay, preparer: User, letters: int) -> list[int]:
    """Send so many letters; return how many were leased as each one was."""
    held: list[int] = []
    relay.on_body = lambda: held.append(Message.objects.exclude(lease=None).count())
    for _ in range(letters):
        post(preparer)
    assert outbox.deliver(NOW).sent == letters
    return held


def test_a_slow_server_s_letters_are_left_to_others_until_they_are_sent(
    relay: Relay, preparer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilots.mail.outbox.sender.A_WHILE", 0.1)
    relay.seconds_to_answer = 0.15
    assert held_at_each_body(relay, preparer, 4) == [1, 1, 1, 1]


def test_a_quick_server_s_letters_are_leased_many_at_a_time(relay: Relay, preparer: User) -> None:
    held = held_at_each_body(relay, preparer, leases.BATCH + 3)
    assert held[0] == 1
    assert held[1] == leases.BATCH
    assert held[-1] == 1
