"""Who hears that a deadline moved: whoever knows another date, once, and what is on its way is called back."""

import uuid
from datetime import datetime, timedelta

import pytest

from pilots.mail import reminders
from pilots.mail.outbox import Verdict
from pilots.models import Letter, Message, Reminder, Round
from regions.models import User
from tests.factories import make_round
from tests.pilots.autumn_round import CLOSES, FIVE_BEFORE, PLANNED, PUBLISHED, SUPERSEDED, draft_of, finnish, of, submit
from tests.pilots.moved_deadlines import FIRST, LATER, NOW, SOONER, WHY, dates_sent_to, deliver, move, remind, the_step

pytestmark = pytest.mark.django_db


def test_who_was_told_another_date_and_who_writes_a_draft_hears_the_new_one(
    autumn_round: Round, preparer: User, stranger: User, colleague: User, officer: User
) -> None:
    proposal = draft_of(preparer, autumn_round)
    remind(autumn_round)
    submit(proposal, NOW, title="Ehdotus")  # told of another date, and nothing left to send
    draft_of(stranger, autumn_round, NOW)  # told nothing yet, and writing
    difference = move(autumn_round, LATER, officer)
    assert [(one.user, one.told, one.was, one.dates) for one in difference.letters] == [
        (preparer, True, (CLOSES,), (LATER,)),
        (stranger, False, (CLOSES,), (LATER,)),
    ]
    letter = Message.objects.get(user=preparer, letter=Letter.CORRECTION)
    assert letter.subject.startswith("Uusi määräaika on 4.12. klo 16.15: Kierros")
    assert letter.body.startswith("Määräaika on nyt perjantai 4.12.2026 klo 16.15 (Suomen aikaa).")
    assert "Aiemmin kerroimme sinulle: perjantai 27.11.2026 klo 16.15 (Suomen aikaa)." in letter.body
    assert f"Syy: {WHY.fi}" in letter.body
    assert "List-Unsubscribe" not in bytes(letter.mime).decode()
    assert letter.useless_after is None
    told = letter.told.get()
    assert (told.user, told.letter, told.deadline_version, told.closes_at) == (preparer, Letter.CORRECTION, 2, LATER)
    assert "Aiempi määräaika: perjantai 27.11.2026" in Message.objects.get(user=stranger).body
    assert not Message.objects.filter(user=colleague).exists()
    assert all(reminders.last_look(one.message, NOW) is Verdict.SEND for one in difference.letters)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "sv",
            ("Den nya tidsfristen är 4.12 kl. 16.15", "Tidigare tidsfrist: fredag", "Orsak: Registret var ur bruk."),
        ),
        (
            "en",
            ("The new deadline is 4 December at 16:15", "Earlier deadline: Friday", "Reason: The registry was out."),
        ),
        ("", ("Uusi määräaika on 4.12.", "Den nya tidsfristen är 4.12", "Registret var ur bruk.")),
    ],
)
def test_a_correction_is_in_its_readers_language(
    autumn_round: Round, preparer: User, officer: User, language: str, words: tuple[str, ...]
) -> None:
    User.objects.filter(pk=preparer.pk).update(language=language)
    draft_of(preparer, autumn_round)
    [one] = move(autumn_round, LATER, officer).letters
    assert all(word in one.message.subject + one.message.body for word in words)


def test_letters_in_the_queue_that_tell_the_old_date_are_cancelled_with_their_event(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIRST)
    reminder = Message.objects.get(user=preparer)
    difference = move(autumn_round, LATER, officer, FIRST)
    reminder.refresh_from_db()
    assert [one.pk for one in difference.cancelled] == [reminder.pk]
    assert (reminder.state, reminder.settled_at) == ("cancelled", FIRST)
    event = reminder.events.get()
    assert (event.kind, event.at, event.words) == ("cancelled", FIRST, "the deadline moved")
    assert (14, SUPERSEDED, "") in of(preparer)
    assert not reminder.reminders.exists()
    [one] = difference.letters
    assert not one.told  # the letter was not sent: the page's date is what they had in mind
    reminders.queue_due(finnish(2026, 11, 20))
    deliver(finnish(2026, 11, 20))
    assert dates_sent_to(preparer) == [LATER, LATER]


def test_a_letter_that_is_being_sent_is_not_called_back_but_corrected(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIRST)
    lease = {"lease": uuid.uuid4(), "leased_until": FIRST + timedelta(minutes=15)}
    Message.objects.update(**lease, body_at=FIRST)
    difference = move(autumn_round, LATER, officer, FIRST)
    assert difference.cancelled == []
    assert [(one.user, one.told, one.was) for one in difference.letters] == [(preparer, True, (CLOSES,))]


def test_a_batch_under_a_lease_is_called_back_where_no_body_has_begun(
    autumn_round: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    draft_of(stranger, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIRST)
    Message.objects.update(lease=uuid.uuid4(), leased_until=FIRST + timedelta(minutes=15))
    Message.objects.filter(user=preparer).update(body_at=FIRST)
    difference = move(autumn_round, LATER, officer, FIRST)
    assert [one.user for one in difference.cancelled] == [stranger]
    assert Message.objects.get(user=stranger, letter=Letter.DRAFT_NOT_SENT).lease is None
    assert [(one.user, one.told) for one in difference.letters] == [(preparer, True), (stranger, False)]


def test_a_letter_that_may_have_arrived_counts_as_told(autumn_round: Round, preparer: User, officer: User) -> None:
    proposal = draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIRST)
    Message.objects.update(in_doubt=True, perhaps_twice=True)
    submit(proposal, FIRST, title="x")
    difference = move(autumn_round, LATER, officer, FIRST)
    assert [one.user for one in difference.cancelled] == [preparer]
    assert [(one.user, one.told) for one in difference.letters] == [(preparer, True)]


def test_moved_sooner_later_and_back_within_one_sweep_nobody_hears_anything(
    autumn_round: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    remind(autumn_round)
    draft_of(stranger, autumn_round, NOW)
    for closes_at in (SOONER, LATER, CLOSES):
        move(autumn_round, closes_at, officer)
    assert the_step(autumn_round).deadline_version == 4
    corrections = Message.objects.filter(letter=Letter.CORRECTION)
    assert set(corrections.values_list("state", flat=True)) == {"cancelled"}
    deliver(NOW)
    assert dates_sent_to(preparer) == [CLOSES]
    assert dates_sent_to(stranger) == []
    planned = Reminder.objects.filter(user=preparer, state=PLANNED)
    assert {(one.deadline_version, one.rule.days_before) for one in planned} == {(4, 5), (4, 1)}


def test_moved_sooner_and_later_within_one_sweep_everyone_hears_the_last_date_once(
    autumn_round: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    remind(autumn_round)
    draft_of(stranger, autumn_round, NOW)
    move(autumn_round, SOONER, officer)
    difference = move(autumn_round, LATER, officer)
    assert [one.was for one in difference.letters] == [(CLOSES,), (CLOSES,)]  # what they know, not what was between
    deliver(NOW)
    assert dates_sent_to(preparer) == [CLOSES, LATER]
    assert dates_sent_to(stranger) == [LATER]
    assert "25.11." not in Message.objects.get(user=stranger, state="sent").body


@pytest.mark.parametrize("moves", [[SOONER, CLOSES], [LATER, CLOSES], [SOONER, LATER, CLOSES], [LATER, SOONER, CLOSES]])
def test_a_point_that_is_due_while_the_deadline_moves_and_comes_back_is_still_told(
    autumn_round: Round, preparer: User, officer: User, moves: list[datetime]
) -> None:
    draft_of(preparer, autumn_round)
    remind(autumn_round)
    reminders.plan(autumn_round, FIVE_BEFORE - timedelta(minutes=1))
    for seconds, closes_at in enumerate(moves, start=5):
        move(autumn_round, closes_at, officer, FIVE_BEFORE + timedelta(seconds=seconds))
    remind(autumn_round, FIVE_BEFORE + timedelta(minutes=1))
    told = Message.objects.filter(user=preparer, letter=Letter.DRAFT_NOT_SENT, state="sent")
    assert told.count() == 2
    assert not Message.objects.filter(user=preparer, letter=Letter.CORRECTION, state="sent").exists()
    remind(autumn_round, FIVE_BEFORE + timedelta(minutes=2))
    assert told.count() == 2


def test_a_point_that_is_due_while_the_deadline_comes_nearer_is_still_told(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    remind(autumn_round)
    reminders.plan(autumn_round, FIVE_BEFORE - timedelta(minutes=1))
    move(
        autumn_round, finnish(2026, 11, 24, 16, 15), officer, FIVE_BEFORE + timedelta(seconds=5)
    )  # its own was yesterday
    remind(autumn_round, FIVE_BEFORE + timedelta(minutes=1))
    assert Message.objects.filter(user=preparer, letter=Letter.DRAFT_NOT_SENT, state="sent").count() == 2


def test_moved_sooner_a_sweep_and_back_is_two_corrections(autumn_round: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, autumn_round)
    remind(autumn_round)
    move(autumn_round, SOONER, officer)
    deliver(NOW)
    move(autumn_round, CLOSES, officer)
    deliver(NOW)
    assert dates_sent_to(preparer) == [CLOSES, SOONER, CLOSES]


def test_a_letter_about_two_rounds_is_called_back_and_the_other_round_goes_anew(
    autumn_round: Round, officer: User, preparer: User
) -> None:
    other = make_round(opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(other, PUBLISHED)
    draft_of(preparer, autumn_round)
    draft_of(preparer, other)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(FIRST)
    difference = move(autumn_round, LATER, officer, FIRST)
    assert [one.user for one in difference.cancelled] == [preparer]
    assert reminders.queue_due(FIRST + timedelta(minutes=1)).posted == 1
    anew = Message.objects.get(user=preparer, letter=Letter.DRAFT_NOT_SENT, state="queued")
    assert [entry.step for entry in anew.told.all()] == [the_step(other)]
