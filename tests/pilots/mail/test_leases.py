"""Leases: what a living sender holds is its own, and what a dead sender held goes on at once."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections

from pilots.mail import outbox
from pilots.mail.outbox import Verdict, leases
from pilots.mail.outbox.protocols import always_send
from pilots.mail.outbox.sender import Run, Sender
from pilots.models import DeliveryEvent, Installation, Message
from regions.models import User
from registry.lib.database import in_transaction
from tests.pilots.mail.mail_server import NOW, Relay, another_session, kinds, post

pytestmark = pytest.mark.django_db(transaction=True)
State, Kind = Message.State, DeliveryEvent.Kind
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def leased(message: Message, **fields: Any) -> uuid.UUID:
    lease = uuid.uuid4()
    Message.objects.filter(pk=message.pk).update(lease=lease, leased_until=NOW + 15 * MINUTE, **fields)
    return lease


@contextmanager
def living(lease: uuid.UUID) -> Iterator[None]:
    with another_session("SELECT pg_advisory_lock(%s)", leases._key(lease)):
        yield


def test_what_a_living_sender_holds_is_its_own(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    with living(leased(message)):
        assert outbox.deliver(NOW + 14 * MINUTE).sent == 0
    assert kinds(message) == []


def test_what_a_dead_sender_had_not_begun_is_sent_at_once_and_without_a_doubt(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    leased(message)
    assert outbox.deliver(NOW + SECOND).sent == 1
    message.refresh_from_db()
    assert not message.perhaps_twice
    assert kinds(message) == [Kind.LEASE_LOST, Kind.HANDED_OVER]


def test_a_body_that_a_dead_sender_had_begun_waits_for_the_log_and_is_marked(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    leased(message, body_at=NOW)
    assert outbox.deliver(NOW + SECOND).sent == 0
    message.refresh_from_db()
    assert (message.in_doubt, message.lease, message.body_at) == (True, None, None)
    assert outbox.deliver(NOW + 59 * SECOND).sent == 0
    assert outbox.deliver(NOW + 62 * SECOND).sent == 1
    message.refresh_from_db()
    assert (message.perhaps_twice, message.in_doubt) == (True, False)


def test_a_lease_that_ran_out_is_taken_from_a_sender_that_lives_but_stands_still(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    with living(leased(message)):
        assert outbox.deliver(NOW + 15 * MINUTE).sent == 1


def test_another_installation_s_leases_are_left_alone(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    lease = leased(message, deployment="https://other.example")
    outbox.deliver(NOW + 16 * MINUTE)
    message.refresh_from_db()
    assert message.lease == lease


def test_a_row_that_somebody_has_locked_holds_nobody_up(relay: Relay, preparer: User) -> None:
    locked, free = post(preparer), post(preparer)
    leased(locked)
    session = connections.create_connection("default")
    session.set_autocommit(False)
    with session.cursor() as cursor:
        cursor.execute("SELECT FROM pilots_message WHERE id = %s FOR UPDATE", [locked.pk])
    began = time.monotonic()
    assert outbox.deliver(NOW).sent == 1
    assert time.monotonic() - began < 5
    session.close()
    free.refresh_from_db()
    assert free.state == State.SENT


def test_a_sender_told_to_stop_gives_the_rest_of_its_batch_back(relay: Relay, preparer: User) -> None:
    for _ in range(5):
        post(preparer)
    outcome = outbox.deliver(NOW, may_continue=lambda: len(relay.accepted) < 2)
    assert outcome.sent == 2
    assert Message.objects.filter(state=State.QUEUED, lease=None, tries=0).count() == 3


def test_an_answer_is_not_waited_for_long_once_we_are_told_to_stop(
    relay: Relay, preparer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilots.mail.outbox.connection.STOPPING", 0.2)
    relay.seconds_to_answer = 4
    message = post(preparer)
    stop = threading.Event()
    timer = threading.Timer(0.7, stop.set)
    timer.start()
    began = time.monotonic()
    outbox.deliver(NOW, may_continue=lambda: not stop.is_set())
    assert time.monotonic() - began < 3
    message.refresh_from_db()
    assert (message.in_doubt, message.state) == (True, State.QUEUED)


def test_silence_after_the_body_ends_in_doubt(relay: Relay, preparer: User, settings: Any) -> None:
    settings.SMTP_DOT_WAIT = 0.3
    relay.seconds_to_answer = 2
    message = post(preparer)
    assert outbox.deliver(NOW).put_off == 1
    message.refresh_from_db()
    assert message.in_doubt
    assert "did not answer" in message.events.get().words


def test_a_late_answer_settles_what_nobody_else_has_begun(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    relay.on_body = lambda: Message.objects.update(lease=None, leased_until=None, body_at=None, in_doubt=True)
    assert outbox.deliver(NOW).sent == 1
    message.refresh_from_db()
    assert (message.state, message.in_doubt) == (State.SENT, False)


def test_a_late_answer_is_kept_but_settles_nothing_that_another_holds(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    relay.on_body = lambda: Message.objects.update(lease=uuid.uuid4())
    outcome = outbox.deliver(NOW)
    assert (outcome.sent, outcome.lost) == (0, 1)
    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert kinds(message) == [Kind.HANDED_OVER]


def test_there_are_never_more_senders_than_slots(relay: Relay, preparer: User, settings: Any) -> None:
    settings.MAIL_CONNECTIONS = 2
    post(preparer)
    with (
        another_session("SELECT pg_advisory_lock(%s, 0)", leases.SLOTS),
        another_session("SELECT pg_advisory_lock(%s, 1)", leases.SLOTS),
    ):
        assert outbox.deliver(NOW).sent == 0
    assert outbox.deliver(NOW).sent == 1


def test_several_connections_send_each_message_once(relay: Relay, preparer: User, settings: Any) -> None:
    settings.MAIL_CONNECTIONS, settings.MAIL_RATE = 3, 0
    for _ in range(60):
        post(preparer)
    outcome = outbox.deliver(NOW, connections=3)
    assert outcome.sent == len(relay.accepted) == len({content for _, _, content in relay.accepted}) == 60
    assert 2 <= len(relay.peers) <= 3


def test_one_connection_of_several_that_is_refused_stops_only_itself(
    relay: Relay, preparer: User, settings: Any
) -> None:
    settings.MAIL_CONNECTIONS, settings.MAIL_RATE = 2, 0
    relay.senders_at_most = 1
    relay.seconds_to_answer = 0.01
    for _ in range(30):
        post(preparer)
    assert outbox.deliver(NOW, connections=2).sent == 30
    assert len(relay.peers) == 1
    assert not Installation.objects.exclude(mail_trouble="").exists()


def test_what_ends_one_sender_ends_the_run_and_is_told(relay: Relay, preparer: User, settings: Any) -> None:
    settings.MAIL_CONNECTIONS, settings.MAIL_RATE = 2, 0
    for _ in range(40):
        post(preparer)

    def away(message: Message, at: datetime) -> Verdict:
        raise OperationalError("gone")

    with pytest.raises(OperationalError, match="gone"):
        outbox.deliver(NOW, last_look=away, connections=2)
    assert not Message.objects.exclude(lease=None).exists()


def test_the_rate_holds_after_a_short_burst(relay: Relay, preparer: User, settings: Any) -> None:
    settings.MAIL_CONNECTIONS, settings.MAIL_RATE = 1, 5
    for _ in range(14):
        post(preparer)
    began = time.monotonic()
    outbox.deliver(NOW)
    assert 0.5 < time.monotonic() - began < 3  # ten at once, then five a second


def test_a_run_ends_in_time_for_the_next_plan(relay: Relay, preparer: User) -> None:
    post(preparer)
    run = Run(NOW, always_send, lambda: True)
    run._began -= 241
    Sender(run).work()
    assert not relay.accepted


def test_the_dead_are_looked_for_while_a_run_lasts(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    leased(message)
    run = Run(NOW, always_send, lambda: True)
    run._freed -= 16
    Sender(run).work()
    assert len(relay.accepted) == 1


@pytest.mark.parametrize(
    ("end", "later", "allowed"),
    [
        ("sent", "delivered", True),
        ("sent", "bounced", True),
        ("delivered", "bounced", True),
        ("sent", "queued", False),
        ("bounced", "delivered", False),
        ("dead", "sent", False),
        ("expired", "queued", False),
        ("cancelled", "sent", False),
    ],
)
def test_how_a_letter_ended_is_not_taken_back(preparer: User, end: str, later: str, allowed: bool) -> None:
    message = post(preparer)
    Message.objects.update(state=end, settled_at=NOW)
    with suppress(IntegrityError):
        Message.objects.update(state=later, settled_at=None if later == "queued" else NOW)
    message.refresh_from_db()
    assert message.state == (later if allowed else end)


def test_a_victim_of_a_deadlock_tries_again() -> None:
    turns = []

    def die_twice() -> int:
        turns.append(1)
        if len(turns) < 3:
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$")
        return len(turns)

    assert in_transaction(die_twice) == 3
