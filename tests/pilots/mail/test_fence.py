"""The fence before a body: the last look comes there, the lease is held there, and what fails there sends nothing."""

import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from pilots.mail import outbox
from pilots.mail.outbox import Verdict, leases
from pilots.models import DeliveryEvent, Message
from regions.models import User
from tests.cast import Said
from tests.pilots.mail.mail_server import NOW, Relay, another_session, kinds, post
from tests.pilots.proposals.sessions import held

pytestmark = pytest.mark.django_db(transaction=True)
State, Kind = Message.State, DeliveryEvent.Kind
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def test_a_letter_whose_truth_somebody_is_changing_waits_and_holds_nobody_up(
    relay: Relay, preparer: User, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilots.mail.outbox.sender.LOCKED_AT_MOST", "200ms")
    held_up = post(preparer)
    post(colleague)

    def last_look(message: Message, at: datetime) -> Verdict:
        User.objects.select_for_update().get(pk=message.user_id)
        return Verdict.SEND

    with held(preparer):
        outcome = outbox.deliver(NOW, last_look=last_look)
    assert (outcome.sent, outcome.put_off) == (1, 1)
    held_up.refresh_from_db()
    assert (held_up.state, held_up.in_doubt, held_up.body_at) == (State.QUEUED, False, None)
    assert held_up.events.get().words == "somebody is changing what the letter tells of"


def test_the_lease_lasts_anew_from_when_the_body_begins(relay: Relay, preparer: User) -> None:
    post(preparer)
    until: list[datetime] = []
    relay.on_body = lambda: until.extend(Message.objects.values_list("leased_until", flat=True))

    def last_look(message: Message, at: datetime) -> Verdict:
        time.sleep(0.5)
        return Verdict.SEND

    assert outbox.deliver(NOW, last_look=last_look).sent == 1
    assert NOW + leases.length() + 0.5 * SECOND <= until[0] <= NOW + leases.length() + MINUTE


def test_a_sender_whose_lease_was_taken_sends_no_body(relay: Relay, preparer: User) -> None:
    message = post(preparer)
    other = uuid.uuid4()

    def taken_over(message: Message, at: datetime) -> Verdict:
        with another_session("UPDATE pilots_message SET lease = %s", other):
            return Verdict.SEND

    assert outbox.deliver(NOW, last_look=taken_over).lost == 1
    assert not relay.accepted
    message.refresh_from_db()
    assert (message.state, message.lease, message.body_at) == (State.QUEUED, other, None)


def test_what_the_last_look_changed_is_undone_where_the_message_is_another_s(relay: Relay, preparer: User) -> None:
    message = post(preparer)

    def taken_over(message: Message, at: datetime) -> Verdict:
        User.objects.update(name="changed")
        with another_session("UPDATE pilots_message SET lease = %s", uuid.uuid4()):
            return Verdict.CANCEL

    assert outbox.deliver(NOW, last_look=taken_over).cancelled == 0
    assert not User.objects.filter(name="changed").exists()
    message.refresh_from_db()
    assert message.state == State.QUEUED


def test_a_letter_behind_another_in_doubt_is_put_off_and_nothing_is_changed(relay: Relay, preparer: User) -> None:
    message = post(preparer)

    def wait(message: Message, at: datetime) -> Verdict:
        User.objects.update(name="changed")
        return Verdict.WAIT

    assert outbox.deliver(NOW, last_look=wait).put_off == 1
    assert not relay.accepted
    assert not User.objects.filter(name="changed").exists()
    message.refresh_from_db()
    assert (message.state, message.lease, message.in_doubt) == (State.QUEUED, None, False)
    assert message.events.get().words == "another letter to the same person is in doubt and goes first"


def test_the_last_look_comes_once_the_server_is_ready_for_the_body(
    relay: Relay, preparer: User, colleague: User
) -> None:
    untrue, true = post(preparer), post(colleague)

    def last_look(message: Message, at: datetime) -> Verdict:
        seen.append(len(relay.offered))
        return Verdict.CANCEL if message.pk == untrue.pk else Verdict.SEND

    seen: list[int] = []
    outcome = outbox.deliver(NOW, last_look=last_look)
    assert (outcome.cancelled, outcome.sent) == (1, 1)
    assert seen == [1, 2]
    assert [recipients for _, recipients, _ in relay.accepted] == [[colleague.email]]
    assert kinds(untrue) == [Kind.CANCELLED]
    true.refresh_from_db()
    assert true.state == State.SENT


def test_a_last_look_that_fails_puts_that_letter_off_and_no_other(
    relay: Relay, preparer: User, colleague: User, said: Said
) -> None:
    broken = post(preparer)
    post(colleague)

    def last_look(message: Message, at: datetime) -> Verdict:
        if message.pk == broken.pk:
            raise LookupError("no template")
        return Verdict.SEND

    outcome = outbox.deliver(NOW, last_look=last_look)
    assert (outcome.put_off, outcome.sent) == (1, 1)
    assert broken.events.get().words == "LookupError: no template"
    assert said() == [f"Message {broken.pk} cannot be sent"]


def test_who_stood_still_before_the_body_does_not_send_it(relay: Relay, preparer: User, settings: Any) -> None:
    settings.MAIL_LEASE = 0.6

    def stand_still(message: Message, at: datetime) -> Verdict:
        time.sleep(0.4)
        return Verdict.SEND

    message = post(preparer)
    assert outbox.deliver(NOW, last_look=stand_still).sent == 0
    assert not relay.accepted
    message.refresh_from_db()
    assert (message.state, message.lease, message.body_at, message.tries) == (State.QUEUED, None, None, 0)
