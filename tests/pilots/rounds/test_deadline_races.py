"""A deadline that moves while others act on it: officers, writers, senders; on connections of their own."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from pilots.mail import outbox, reminders
from pilots.models import DeadlineChange, Letter, Message, Reminder, Round, Step, Version
from pilots.proposals.workflow import submit
from pilots.rounds.workflow import deadlines as workflow
from regions.models import User
from registry.lib.languages import InThree
from registry.lib.refusals import Stale, TooLate
from tests.factories import make_organisation, make_proposal, make_region, make_round, make_user
from tests.pilots.interest import INTEREST
from tests.pilots.mail.mail_server import Relay, serve
from tests.pilots.proposals.sessions import held, impatient, together

pytestmark = pytest.mark.django_db(transaction=True)
WHY = InThree("Syy.", "Orsak.")
DAY = timedelta(days=1)


@pytest.fixture
def relay(settings: Any) -> Iterator[Relay]:
    """A mail server that runs and to which the settings point."""
    relay = Relay()
    settings.MAIL_RATE = 0
    controller = serve(relay, settings)
    yield relay
    controller.stop()


def a_round(writers: int, **dates: datetime) -> tuple[Round, list[User]]:
    """Return an open round with a draft of each of so many writers."""
    make_region("04")
    officer = make_user(User.Role.OFFICER)
    round_ = make_round(owner=officer, **dates)
    people = [make_user(User.Role.PREPARER, make_organisation()) for _ in range(writers)]
    round_.invited.set(person.organisation for person in people)
    for person in people:
        make_proposal(round_, person, kind=Round.Asks.INTEREST, content=dict(INTEREST))
    return round_, people


def due_now(round_: Round, now: datetime) -> None:
    """Let one reminder of each writer be due now."""
    reminders.default_rules(round_, now - 30 * DAY)
    round_.rules.exclude(days_before=14).delete()
    reminders.plan(round_, now)
    Reminder.objects.update(state="planned", reason="", settled_at=None)


def move(step: Step, closes_at: datetime, user: User, version: int = 1) -> reminders.Difference:
    return workflow.move_deadline(step, closes_at, WHY, user, timezone.now(), version)


def test_of_two_officers_at_once_one_moves_and_the_other_hears_of_it() -> None:
    round_, [writer] = a_round(1)
    step, now = round_.steps.get(), timezone.now()
    wanted = [now + 20 * DAY, now + 30 * DAY]
    results = together(*[lambda to=to: move(step, to, round_.owner) for to in wanted])
    won = [place for place, result in enumerate(results) if isinstance(result, reminders.Difference)]
    assert len(won) == 1
    assert isinstance(results[1 - won[0]], Stale)
    assert DeadlineChange.objects.get().closes_at == round_.steps.get().closes_at == wanted[won[0]]
    assert Message.objects.get(user=writer).told.get().closes_at == wanted[won[0]]


def test_a_submission_and_a_move_at_once_go_one_after_the_other() -> None:
    """The step has just closed: whoever submits before the move is late, whoever comes after it is in time."""
    for _turn in range(8):
        now = timezone.now()
        round_, [writer] = a_round(1, opens_at=now - DAY, closes_at=now - timedelta(seconds=1))
        step, proposal = round_.steps.get(), round_.proposals.get()
        moved, sent = together(
            lambda s=step, r=round_: move(s, timezone.now() + DAY, r.owner),
            lambda p=proposal, w=writer: submit(p, 1, w),
        )
        assert isinstance(moved, reminders.Difference)
        assert isinstance(sent, Version | TooLate)
        proposal.refresh_from_db()
        assert (proposal.state == "submitted") is isinstance(sent, Version)


def test_a_submission_waits_for_the_move_that_holds_the_step() -> None:
    now = timezone.now()
    round_, [writer] = a_round(1, opens_at=now - DAY, closes_at=now - timedelta(seconds=1))
    step, proposal = round_.steps.get(), round_.proposals.get()
    began, results = threading.Event(), list[object]()

    def send() -> None:
        began.wait(10)
        try:
            results.append(submit(proposal, 1, writer))
        finally:
            connection.close()

    thread = threading.Thread(target=send)
    thread.start()
    with transaction.atomic():
        workflow.move_deadline(step, now + DAY, WHY, round_.owner, now, 1)
        began.set()
        thread.join(0.5)
        assert thread.is_alive()  # it waits for the lock
    thread.join(10)
    assert isinstance(results[0], Version)


def test_moved_amid_a_batch_no_body_begins_that_tells_the_old_date(relay: Relay) -> None:
    """The move comes after the third body has begun: that one was true; no later one tells the old date."""
    now = timezone.now()
    round_, people = a_round(12, closes_at=now + 5 * DAY)
    due_now(round_, now)
    assert reminders.queue_due(now).posted == 12
    step, moved = round_.steps.get(), []

    def at_the_third() -> None:
        if len(relay.accepted) == 2 and not moved:
            moved.append(True)
            move(step, now + 30 * DAY, round_.owner)

    relay.on_body = at_the_third
    for turn in range(6):
        outbox.deliver(now + timedelta(minutes=2 * turn), last_look=reminders.last_look)
    told_old = {message.user for message in Message.objects.filter(letter=Letter.DRAFT_NOT_SENT, state="sent")}
    assert len(told_old) == 3
    assert len(relay.accepted) == 3 + 12  # and everyone has a correction
    assert {message.user for message in Message.objects.filter(letter=Letter.CORRECTION, state="sent")} == set(people)
    assert Message.objects.filter(letter=Letter.DRAFT_NOT_SENT, state="cancelled").count() == 9


def test_a_move_does_not_wait_for_people_of_other_rounds() -> None:
    now = timezone.now()
    round_, [writer] = a_round(1, closes_at=now + 5 * DAY)
    other, [waiting, planned] = a_round(2, closes_at=now + 5 * DAY)
    due_now(other, now)
    Reminder.objects.filter(user=planned).update(due_at=now + DAY)
    assert reminders.queue_due(now).posted == 1
    assert Message.objects.get().user == waiting
    with held(waiting), held(planned), impatient():
        difference = move(round_.steps.get(), now + 30 * DAY, round_.owner)
    assert [one.user for one in difference.letters] == [writer]


@pytest.mark.parametrize("act", ["move", "cancel"])
def test_senders_and_officers_at_once_never_block_each_other_for_good(relay: Relay, act: str) -> None:
    """Hand-over, two senders and the move or the cancelling, all at once: each ends, and nobody is left untold."""
    now = timezone.now()
    round_, people = a_round(20, closes_at=now + 5 * DAY)
    due_now(round_, now)
    step = round_.steps.get()

    def change() -> object:
        if act == "move":
            return move(step, now + 30 * DAY, round_.owner)
        return workflow.cancel(round_, WHY, round_.owner, timezone.now())

    def deliver() -> object:
        return outbox.deliver(now, last_look=reminders.last_look)

    results = together(lambda: reminders.queue_due(now), deliver, deliver, change)
    assert [result for result in results if isinstance(result, Exception)] == []
    for turn in range(4):
        reminders.queue_due(now + timedelta(minutes=2 * turn))
        outbox.deliver(now + timedelta(minutes=2 * turn), last_look=reminders.last_look)
    letter = Letter.CORRECTION if act == "move" else Letter.ROUND_CANCELLED
    assert {message.user for message in Message.objects.filter(letter=letter, state="sent")} >= set(people)
    assert not Message.objects.filter(state="queued").exists()
