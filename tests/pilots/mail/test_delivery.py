"""Delivery: frozen bytes to a real SMTP server, each message once, every answer understood."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from pilots.mail import outbox, reminders, sweep
from pilots.mail.outbox import Verdict
from pilots.mail.outbox.envelopes import sender_of
from pilots.models import DeliveryEvent, Message
from regions.models import User
from tests.factories import make_round
from tests.pilots.mail.mail_server import NOW, Relay, kinds, post
from tests.pilots.proposals.sessions import held, impatient

pytestmark = pytest.mark.django_db(transaction=True)
State, Kind = Message.State, DeliveryEvent.Kind


def test_a_message_is_sent_once_byte_for_byte(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    assert outbox.deliver(NOW).sent == 1
    assert outbox.deliver(NOW).sent == 0
    sender, recipients, content = relay.accepted[0]
    assert len(relay.accepted) == 1
    assert (sender, recipients) == ("rekisteri@pilottirekisteri.example", [preparer.email])
    assert content == bytes(message.mime)
    message.refresh_from_db()
    assert (message.state, message.tries, message.lease) == (State.SENT, 1, None)
    assert message.events.get().words == "250 2.0.0 accepted"


def test_every_place_where_a_sender_can_be_made_to_die_is_passed(
    relay: Relay, preparer: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["after_post", "before_claim", "after_claim", "after_rcpt", "before_body"]
    names += ["after_dot", "after_answer", "after_settle"]
    monkeypatch.setenv("FAILPOINTS", ",".join(f"{name}=wait:0/once:{tmp_path}/{name}" for name in names))
    post(preparer)
    assert outbox.deliver(NOW).sent == 1
    assert {file.name for file in tmp_path.iterdir()} == set(names)


def test_lines_that_begin_with_a_dot_arrive_whole(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    message.delete()  # a message is frozen: only a new one says something else
    message.mime = b"Subject: x\r\n\r\n.\r\n..a\r\nend"
    message.save()
    outbox.deliver(NOW)
    assert relay.accepted[0][2] == b"Subject: x\r\n\r\n.\r\n..a\r\nend\r\n"


def test_one_connection_serves_a_run_and_one_refusal_stops_nobody(
    relay: Relay, preparer: User, colleague: User
) -> None:
    relay.to_recipient[preparer.email] = "550 5.1.1 no such mailbox"
    refused, accepted = post(preparer), post(colleague)
    outcome = outbox.deliver(NOW)
    assert (outcome.dead, outcome.sent) == (1, 1)
    refused.refresh_from_db()
    accepted.refresh_from_db()
    assert (refused.state, accepted.state) == (State.DEAD, State.SENT)
    assert "no such mailbox" in refused.events.get().words
    assert relay.begun_anew == 1  # after the refusal, and after no letter that was taken


def test_not_now_means_the_same_bytes_after_1_5_15_30_and_60_minutes(relay: Relay, preparer: User) -> None:
    relay.to_data = ["451 4.7.1 greylisted"] * 6
    message, at, waits = post(preparer), NOW, []
    for _ in range(6):
        assert outbox.deliver(at).put_off == 1
        message.refresh_from_db()
        waits.append(round((message.next_try_at - at).total_seconds() / 60))
        assert outbox.deliver(at + timedelta(seconds=30)).put_off == 0
        at = message.next_try_at
    assert waits == [1, 5, 15, 30, 60, 60]
    assert outbox.deliver(at).sent == 1
    assert relay.accepted[0][2] == bytes(message.mime)


def test_content_that_is_refused_is_dead(relay: Relay, preparer: User) -> None:
    relay.to_data = ["554 5.6.0 content"]
    message = post(preparer)
    assert outbox.deliver(NOW).dead == 1
    assert kinds(message) == [Kind.REFUSED, Kind.OURS]


def test_a_server_that_says_goodbye_is_called_again(relay: Relay, preparer: User, colleague: User) -> None:
    relay.to_recipient[preparer.email] = "421 4.3.2 closing"
    post(preparer)
    post(colleague)
    outcome = outbox.deliver(NOW)
    assert (outcome.put_off, outcome.sent) == (1, 1)


def test_a_connection_cut_after_the_body_leaves_a_doubt_and_the_second_copy_is_marked(
    relay: Relay, preparer: User
) -> None:
    relay.hang_up_after_body = True
    message = post(preparer)
    assert outbox.deliver(NOW).put_off == 1
    message.refresh_from_db()
    assert (message.state, message.in_doubt, message.perhaps_twice) == (State.QUEUED, True, False)
    assert (message.lease, message.body_at) == (None, None)
    relay.hang_up_after_body = False
    assert outbox.deliver(NOW + timedelta(minutes=2)).sent == 1
    message.refresh_from_db()
    assert (message.in_doubt, message.perhaps_twice) == (False, True)
    assert relay.accepted[0][2] == relay.accepted[-1][2] == bytes(message.mime)


def test_a_definite_no_after_the_body_ends_the_doubt(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    Message.objects.update(in_doubt=True)
    relay.to_data = ["451 4.3.0 later"]
    outbox.deliver(NOW)
    message.refresh_from_db()
    assert (message.in_doubt, message.perhaps_twice) == (False, True)


def test_a_no_before_the_body_says_nothing_about_the_doubt(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    Message.objects.update(in_doubt=True)
    relay.to_recipient[preparer.email] = "451 4.7.1 greylisted"
    outbox.deliver(NOW)
    message.refresh_from_db()
    assert (message.in_doubt, message.perhaps_twice) == (True, False)


@pytest.mark.parametrize("doubted", [True, False])
def test_a_never_after_the_body_ends_a_doubt_and_one_before_it_does_not(
    relay: Relay, preparer: User, doubted: bool
) -> None:
    before, after = post(preparer), post(preparer)
    Message.objects.update(in_doubt=doubted)
    relay.to_recipient[preparer.email] = "550 5.7.1 not from you"
    Message.objects.filter(pk=after.pk).update(next_try_at=NOW + timedelta(minutes=2))
    assert outbox.deliver(NOW).dead == 1
    relay.to_recipient.clear()
    relay.to_data = ["554 5.6.0 content"]
    assert outbox.deliver(NOW + timedelta(minutes=2)).dead == 1
    for message in (before, after):
        message.refresh_from_db()
    assert (before.state, before.in_doubt) == (State.DEAD, doubted)  # an earlier try may have arrived
    assert (after.state, after.in_doubt) == (State.DEAD, False)


def test_a_server_that_takes_a_few_letters_a_connection_is_called_again_and_no_letter_waits(
    relay: Relay, preparer: User
) -> None:
    relay.letters_a_connection = 2
    for _ in range(5):
        post(preparer)
    outcome = outbox.deliver(NOW)
    assert (outcome.sent, outcome.put_off) == (5, 0)
    assert len(relay.peers) == 3


def test_an_address_that_no_command_can_hold_is_dead_and_hinders_nobody(
    relay: Relay, preparer: User, colleague: User
) -> None:
    message = post(preparer)
    message.delete()  # a message is frozen: only a new one has another address
    message.address = "näin@satakunta.example"
    message.save()
    post(colleague)
    outcome = outbox.deliver(NOW)
    assert (outcome.dead, outcome.sent) == (1, 1)
    assert "UnicodeEncodeError" in message.events.get(kind=Kind.REFUSED).words


@pytest.mark.parametrize(("useless_in", "tried_in"), [(20, 19), (1, 1)])
def test_a_last_try_comes_before_a_letter_is_of_no_use(
    relay: Relay, preparer: User, useless_in: int, tried_in: int
) -> None:
    message = post(preparer, useless_after=NOW + timedelta(minutes=useless_in))
    Message.objects.update(tries=3)
    relay.to_recipient[preparer.email] = "451 4.7.1 greylisted"
    outbox.deliver(NOW)
    message.refresh_from_db()
    assert round((message.next_try_at - NOW).total_seconds() / 60) == tried_in


def test_the_envelope_is_signed_where_bounces_are_read(relay: Relay, preparer: User, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "palautus@pilotit.example"
    message = post(preparer)
    outbox.deliver(NOW)
    assert relay.accepted[0][0] == sender_of(message.pk)
    assert b"palautus" not in relay.accepted[0][2]


def test_what_is_of_no_use_any_more_expires(relay: Relay, preparer: User) -> None:
    message = post(preparer, useless_after=NOW + timedelta(hours=1))
    assert outbox.deliver(NOW + timedelta(hours=2)).expired == 1
    assert kinds(message) == [Kind.EXPIRED]
    assert not relay.accepted


def test_what_is_no_longer_true_is_cancelled(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    assert outbox.deliver(NOW, last_look=lambda message, at: Verdict.CANCEL).cancelled == 1
    assert [(event.kind, event.words) for event in message.events.all()] == [(Kind.CANCELLED, "no longer true")]
    assert not relay.accepted


def test_a_restored_copy_sends_nothing(relay: Relay, preparer: User, settings: Any) -> None:
    post(preparer)
    settings.DEPLOYMENT_KEY = "https://copy.example"
    assert outbox.deliver(NOW).sent == 0
    assert not relay.accepted


def test_a_sender_that_is_told_to_stop_claims_nothing_more(relay: Relay, preparer: User) -> None:
    post(preparer)
    assert outbox.deliver(NOW, may_continue=lambda: False).sent == 0


def test_two_senders_at_once_send_each_message_once(relay: Relay, preparer: User) -> None:
    for _ in range(20):
        post(preparer)
    barrier, sent = threading.Barrier(2), []

    def run() -> None:
        barrier.wait()
        sent.append(outbox.deliver(NOW).sent)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == len(relay.accepted) == 20
    assert len({content for _, _, content in relay.accepted}) == 20


def test_a_sweep_sends_what_was_posted_without_any_broker(relay: Relay, preparer: User, settings: Any) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    post(preparer)
    assert sweep.run(NOW).delivered.sent == 1


@pytest.fixture
def due(preparer: User, stranger: User, officer: User) -> datetime:
    """When a reminder is due to the preparer and to the stranger, and to nobody else."""
    closes_at = NOW + timedelta(days=20)
    round_ = make_round(owner=officer, closes_at=closes_at, invited=[preparer.organisation, stranger.organisation])
    reminders.default_rules(round_, round_.published_at)
    reminders.plan(round_, NOW)
    return closes_at - timedelta(days=10)


def test_who_is_held_by_another_run_is_left_to_it_and_nobody_waits(
    due: datetime, preparer: User, stranger: User
) -> None:
    with held(preparer), impatient():
        assert reminders.queue_due(due).posted == 1
    assert Message.objects.get().user == stranger
    assert reminders.queue_due(due).posted == 1
    assert Message.objects.filter(user=preparer).count() == 1


def test_who_is_saving_something_of_their_own_at_that_moment_is_told_all_the_same(
    due: datetime, preparer: User
) -> None:
    with held(preparer, "KEY SHARE"), impatient():  # so holds it whoever writes a row that names the person
        assert reminders.queue_due(due).posted == 2


def test_two_hand_overs_at_once_tell_each_person_once(due: datetime) -> None:
    barrier, posted = threading.Barrier(2), []

    def run() -> None:
        barrier.wait()
        posted.append(reminders.queue_due(due).posted)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(posted) == Message.objects.count() == 2
