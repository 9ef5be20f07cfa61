"""At most one reminder to a person in 20 hours, counted from when they had it, also where mail was late."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db.models import F

from pilots.mail import outbox, reminders
from pilots.mail.outbox import Verdict
from pilots.models import Letter, Message, Reminder, Round, Step
from regions.models import User
from tests.factories import make_round
from tests.pilots.autumn_round import CLOSES, FIVE_BEFORE, PUBLISHED, draft_of, finnish, submit
from tests.pilots.mail.mail_server import Relay
from tests.posted import posted

HOUR = timedelta(hours=1)
DAY_BEFORE = finnish(2026, 11, 26)
LATE = FIVE_BEFORE + 22 * HOUR


def sent(message: Message, at: datetime) -> None:
    Message.objects.filter(pk=message.pk).update(state="sent", settled_at=at)


def other_round(officer: User, preparer: User, due: datetime) -> Reminder:
    """Another round whose reminder to the preparer is due at that moment."""
    other = make_round(opens_at=PUBLISHED, closes_at=CLOSES + 9 * 24 * HOUR, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(other, PUBLISHED)
    draft_of(preparer, other)
    reminders.plan(other, PUBLISHED + 20 * 24 * HOUR)
    theirs = Reminder.objects.filter(user=preparer, step__round=other)
    theirs.exclude(rule__days_before=5).update(state="skipped", reason="submitted", settled_at=PUBLISHED)
    theirs.update(due_at=due)
    return theirs.get(rule__days_before=5)


def handed_over(preparer: User, at: datetime) -> int:
    """Hand over what is due, and return how many letters more the preparer has."""
    before = Message.objects.filter(user=preparer).count()
    reminders.queue_due(at)
    return Message.objects.filter(user=preparer).count() - before


def letter_to(preparer: User, round_: Round) -> Message:
    """The letter of five days before, written when it was due and not sent yet."""
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    return Message.objects.get(user=preparer)


def test_a_letter_that_was_sent_late_is_counted_from_when_it_was_sent(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    sent(letter_to(preparer, autumn_round), LATE)
    waits = other_round(officer, preparer, LATE)
    for at in (LATE, LATE + 19 * HOUR):
        assert handed_over(preparer, at) == 0
        assert Reminder.objects.filter(pk=waits.pk).filter(reminders.waiting(at)).exists()
    assert handed_over(preparer, LATE + 20 * HOUR) == 1


@pytest.mark.parametrize("seconds", [3, 60])
def test_a_letter_that_was_sent_at_once_is_counted_from_when_it_was_written(
    autumn_round: Round, preparer: User, officer: User, seconds: int
) -> None:
    sent(letter_to(preparer, autumn_round), FIVE_BEFORE + timedelta(seconds=seconds))
    other_round(officer, preparer, FIVE_BEFORE + 2 * HOUR)
    rehearsed = reminders.rehearse([preparer.pk], FIVE_BEFORE + HOUR).letters
    assert rehearsed[0].at == FIVE_BEFORE + 20 * HOUR
    assert handed_over(preparer, FIVE_BEFORE + 2 * HOUR) == 0
    assert handed_over(preparer, FIVE_BEFORE + 20 * HOUR) == 1


def test_two_letters_that_would_wait_for_the_mail_server_become_one(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    first = letter_to(preparer, autumn_round)
    other_round(officer, preparer, LATE)
    assert handed_over(preparer, LATE) == 1
    first.refresh_from_db()
    assert first.state == "cancelled"
    assert first.events.get().words == "a later letter says it"
    second = Message.objects.get(user=preparer, state="queued")
    assert second.told.count() == 2
    assert reminders.last_look(second, LATE) is Verdict.SEND


def test_a_point_that_waited_for_the_mail_server_gives_way_to_the_next(autumn_round: Round, preparer: User) -> None:
    first = letter_to(preparer, autumn_round)
    assert handed_over(preparer, DAY_BEFORE) == 1
    first.refresh_from_db()
    assert first.state == "cancelled"
    reasons = Reminder.objects.filter(user=preparer, rule__days_before=5).values_list("state", "reason")
    assert list(reasons) == [("skipped", "collapsed")]


def test_a_letter_that_is_perhaps_there_is_not_called_back(autumn_round: Round, preparer: User, officer: User) -> None:
    first = letter_to(preparer, autumn_round)
    Message.objects.filter(pk=first.pk).update(in_doubt=True)
    reminder = other_round(officer, preparer, LATE)
    assert handed_over(preparer, LATE) == 1
    second = Message.objects.exclude(pk=first.pk).get(user=preparer)
    held = {"lease": "00000000-0000-0000-0000-000000000001", "leased_until": LATE + HOUR, "body_at": LATE}
    Message.objects.filter(pk=first.pk).update(**held)
    assert reminders.last_look(second, LATE) is Verdict.CANCEL
    reminder.refresh_from_db()
    assert (reminder.state, reminder.message) == ("planned", None)


def test_a_letter_that_is_perhaps_there_goes_again_before_the_next(
    autumn_round: Round, preparer: User, officer: User, relay: Relay
) -> None:
    first = letter_to(preparer, autumn_round)
    Message.objects.filter(pk=first.pk).update(in_doubt=True, tries=1, next_try_at=FIVE_BEFORE + HOUR)
    waits = other_round(officer, preparer, LATE)
    assert handed_over(preparer, LATE) == 1
    second = Message.objects.exclude(pk=first.pk).get(user=preparer)
    Message.objects.filter(pk=second.pk).update(next_try_at=FIVE_BEFORE)  # another sender comes to it first
    assert outbox.deliver(LATE, last_look=reminders.last_look).put_off == 1
    assert [mail[2] for mail in relay.accepted if preparer.email in mail[1]] == [bytes(first.mime)]
    first.refresh_from_db()
    assert (first.state, first.perhaps_twice) == ("sent", True)
    assert "in doubt and goes first" in second.events.get().words
    assert outbox.deliver(LATE + HOUR, last_look=reminders.last_look).cancelled == 1
    waits.refresh_from_db()
    assert waits.state == "planned"
    assert handed_over(preparer, LATE + 21 * HOUR) == 1


def test_a_letter_in_doubt_that_another_installation_queued_holds_up_none(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    first = letter_to(preparer, autumn_round)
    Message.objects.filter(pk=first.pk).update(in_doubt=True, deployment="https://before.example")
    other_round(officer, preparer, LATE)
    assert handed_over(preparer, LATE) == 1
    assert reminders.last_look(Message.objects.exclude(pk=first.pk).get(user=preparer), LATE) is Verdict.SEND


def test_of_two_letters_in_doubt_neither_waits_for_the_other(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    letter_to(preparer, autumn_round)
    Message.objects.update(in_doubt=True)
    other_round(officer, preparer, LATE)
    assert handed_over(preparer, LATE) == 1
    Message.objects.update(in_doubt=True, created_at=FIVE_BEFORE, next_try_at=FIVE_BEFORE)
    for letter in Message.objects.all():
        assert reminders.last_look(letter, LATE) is Verdict.SEND


def test_a_letter_of_the_same_date_that_comes_after_another_is_skipped(autumn_round: Round, preparer: User) -> None:
    first = letter_to(preparer, autumn_round)
    Message.objects.filter(pk=first.pk).update(in_doubt=True)
    assert handed_over(preparer, DAY_BEFORE) == 1
    second = Message.objects.exclude(pk=first.pk).get(user=preparer)
    assert reminders.last_look(first, DAY_BEFORE) is Verdict.SEND
    sent(first, DAY_BEFORE)
    assert reminders.last_look(second, DAY_BEFORE + timedelta(seconds=1)) is Verdict.CANCEL
    skipped = Reminder.objects.get(user=preparer, rule__days_before=1)
    assert (skipped.state, skipped.reason) == ("skipped", "recently_told")


def test_a_letter_that_is_being_sent_now_holds_up_the_next(autumn_round: Round, preparer: User) -> None:
    first = letter_to(preparer, autumn_round)  # it has waited for the mail server, and another sender has it
    leased = {"lease": uuid4(), "leased_until": DAY_BEFORE + HOUR, "body_at": DAY_BEFORE - timedelta(seconds=1)}
    Message.objects.filter(pk=first.pk).update(**leased)
    assert handed_over(preparer, DAY_BEFORE) == 1
    assert reminders.last_look(Message.objects.exclude(pk=first.pk).get(user=preparer), DAY_BEFORE) is Verdict.CANCEL


def test_a_correction_is_not_sent_to_someone_whose_rights_have_ended(autumn_round: Round, preparer: User) -> None:
    message = posted(preparer, at=PUBLISHED, step=autumn_round.steps.get())
    assert reminders.last_look(message, PUBLISHED) is Verdict.SEND
    User.objects.filter(pk=preparer.pk).update(is_active=F("is_superuser"))
    message.refresh_from_db()
    assert reminders.last_look(message, PUBLISHED) is Verdict.CANCEL


@pytest.mark.parametrize("tried", [FIVE_BEFORE, LATE], ids=["at once", "22 hours after it was written"])
def test_a_letter_that_was_given_up_and_has_perhaps_arrived_is_counted_from_its_last_try(
    autumn_round: Round, preparer: User, officer: User, tried: datetime
) -> None:
    letter = letter_to(preparer, autumn_round)
    given_up = {"state": "expired", "in_doubt": True, "settled_at": tried + 18 * HOUR}
    Message.objects.filter(pk=letter.pk).update(next_try_at=tried, **given_up)
    waits = other_round(officer, preparer, tried + HOUR)
    assert handed_over(preparer, tried + HOUR) == 0
    assert Reminder.objects.filter(pk=waits.pk).filter(reminders.waiting(tried + HOUR)).exists()
    assert handed_over(preparer, tried + 20 * HOUR) == 1


def test_a_clock_that_was_ahead_makes_no_point_past_that_is_still_to_come(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round, at=FIVE_BEFORE + HOUR)
    reminders.plan(autumn_round, FIVE_BEFORE - HOUR)
    states = Reminder.objects.filter(user=preparer, rule__days_before__in=[14, 5]).order_by("due_at")
    assert [reminder.reason for reminder in states] == ["past", ""]


def owners(officer: User, closes_at: datetime) -> Round:
    """Another round of the officer's, of which nothing was due before the summary."""
    other = make_round(opens_at=PUBLISHED, closes_at=closes_at, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(other, PUBLISHED)
    reminders.plan(other, closes_at - 24 * HOUR)
    Reminder.objects.filter(step__round=other, rule__days_before__gte=0).delete()
    return other


def test_a_summary_never_comes_along_before_its_deadline(autumn_round: Round, officer: User) -> None:
    reminders.plan(autumn_round, PUBLISHED)
    week_before = Reminder.objects.get(user=officer, rule__days_before=7)
    closes_at = week_before.due_at + 7 * HOUR  # its summary is due the next morning, within 24 hours
    owners(officer, closes_at)
    Reminder.objects.filter(user=officer, rule__days_before=-1, step__closes_at=closes_at).update(
        due_at=week_before.due_at + 19 * HOUR
    )
    assert reminders.queue_due(week_before.due_at).posted == 1
    assert {told.letter for told in Message.objects.get(user=officer).told.all()} == {Letter.OWNER_AHEAD}


@pytest.mark.parametrize("hours", [20, 22])
def test_a_letter_that_is_put_off_and_has_not_arrived_is_counted_from_when_it_was_written(
    autumn_round: Round, preparer: User, officer: User, hours: int
) -> None:
    letter = letter_to(preparer, autumn_round)
    Message.objects.filter(pk=letter.pk).update(tries=1, next_try_at=FIVE_BEFORE + 5 * HOUR)
    waits = other_round(officer, preparer, FIVE_BEFORE + 2 * HOUR)
    Step.objects.filter(pk=waits.step_id).update(closes_at=FIVE_BEFORE + hours * HOUR)
    assert handed_over(preparer, FIVE_BEFORE + 2 * HOUR) == 0
    waits.refresh_from_db()
    assert waits.state == "planned", "it can be told when 20 hours have passed, by the deadline"


def test_a_summary_waits_until_the_quiet_hours_are_over(autumn_round: Round, officer: User) -> None:
    reminders.plan(autumn_round, PUBLISHED)
    week_before = Reminder.objects.get(user=officer, rule__days_before=7).due_at
    summary = Reminder.objects.filter(user=officer, step__round=owners(officer, week_before - 20 * HOUR))
    summary.update(due_at=week_before + HOUR)
    assert handed_over(officer, week_before) == 1
    assert handed_over(officer, week_before + 2 * HOUR) == 0
    assert summary.get().state == "planned"
    assert handed_over(officer, week_before + 20 * HOUR) == 1


def test_what_is_not_due_yet_is_not_settled_by_the_quiet_hours(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    sent(letter_to(preparer, autumn_round), FIVE_BEFORE)
    other_round(officer, preparer, FIVE_BEFORE + HOUR)
    soon = other_round(officer, preparer, FIVE_BEFORE + 3 * HOUR)
    Step.objects.filter(pk=soon.step_id).update(closes_at=FIVE_BEFORE + 19 * HOUR)  # before the quiet hours end
    assert handed_over(preparer, FIVE_BEFORE + 2 * HOUR) == 0
    soon.refresh_from_db()
    assert soon.state == "planned"


def test_where_nothing_due_is_told_nothing_comes_before_its_time(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    draft = draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    soon = other_round(officer, preparer, FIVE_BEFORE + 10 * HOUR)
    submit(draft, FIVE_BEFORE - HOUR)
    assert handed_over(preparer, FIVE_BEFORE) == 0
    soon.refresh_from_db()
    assert soon.state == "planned"
    assert handed_over(preparer, soon.due_at) == 1


def test_a_letter_that_was_written_long_ago_and_is_in_doubt_since_now_is_counted(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    letter = letter_to(preparer, autumn_round)
    Message.objects.filter(pk=letter.pk).update(in_doubt=True, tries=1, next_try_at=LATE + timedelta(minutes=5))
    waits = other_round(officer, preparer, LATE)
    assert handed_over(preparer, LATE + timedelta(minutes=2)) == 0
    assert Reminder.objects.filter(pk=waits.pk).filter(reminders.waiting(LATE + timedelta(minutes=2))).exists()
    assert handed_over(preparer, LATE + timedelta(minutes=5) + 20 * HOUR) == 1
