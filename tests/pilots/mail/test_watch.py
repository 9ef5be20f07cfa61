"""What is wrong: nothing due is unseen for more than ten minutes, and nothing is called wrong that is not."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from pilots.mail import watch
from pilots.mail.watch import Trouble
from pilots.models import Alarm, Installation, Message, Reconciliation, Reminder
from regions.models import User
from tests.factories import make_round
from tests.pilots.mail.watched import MINUTE, letter, mail_stopped, open_round, reminder, somebody, swept, told

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
HOUR = timedelta(hours=1)
Kind = Alarm.Kind


def kinds() -> list[str]:
    """Return the alarms of now."""
    return watch.look(NOW).reasons


def only() -> Trouble:
    """Return the one trouble of now."""
    (trouble,) = watch.look(NOW).troubles
    return trouble


def test_a_sweep_is_late_after_ten_minutes_and_not_before() -> None:
    swept(NOW - 10 * MINUTE)
    assert kinds() == []
    swept(NOW - 10 * MINUTE - timedelta(seconds=1))
    assert (only().kind, only().since) == (Kind.SWEEP_LATE, NOW - 10 * MINUTE - timedelta(seconds=1))


def test_without_any_sweep_a_round_published_ten_minutes_ago_is_an_alarm() -> None:
    make_round(published=False)
    make_round(cancelled_at=NOW)
    assert kinds() == []
    round_ = make_round(published_at=NOW - 9 * MINUTE)
    assert kinds() == []
    round_.published_at = NOW - 11 * MINUTE
    round_.save()
    assert (only().kind, only().never, only().since) == (Kind.SWEEP_LATE, True, round_.published_at)


def test_a_round_of_the_past_without_steps_needs_no_sweep() -> None:
    make_round(published_at=NOW - 24 * HOUR).steps.all().delete()
    assert kinds() == []


def test_a_reminder_that_is_planned_ten_minutes_after_it_was_due_is_missing() -> None:
    swept(NOW)
    step = open_round(NOW).steps.get()
    reminder(step, NOW - 9 * MINUTE)
    reminder(step, NOW + HOUR, days_before=4)
    assert kinds() == []
    late = reminder(step, NOW - 11 * MINUTE)
    reminder(step, NOW - 11 * MINUTE, reason=Reminder.Reason.SUBMITTED)
    assert (only().kind, only().reminders, only().since) == (Kind.MISSING, 1, late.due_at)


def test_a_reminder_is_due_only_when_its_step_has_opened() -> None:
    swept(NOW)
    round_ = make_round(opens_at=NOW - 9 * MINUTE, closes_at=NOW + 48 * HOUR)
    reminder(round_.steps.get(), NOW - 24 * HOUR)
    assert kinds() == []
    round_.steps.update(opens_at=NOW - 12 * MINUTE)
    assert only().since == NOW - 12 * MINUTE


def test_a_reminder_that_waits_for_the_quiet_hours_is_explained_until_ten_minutes_after_them() -> None:
    swept(NOW)
    late = reminder(open_round(NOW).steps.get(), NOW - HOUR)
    earlier = letter(late.user, NOW - 20 * HOUR - 9 * MINUTE, Message.State.SENT)
    seen = watch.look(NOW)
    assert (seen.troubles, seen.quiet) == ((), 1)
    before = NOW - 20 * HOUR - 11 * MINUTE
    Message.objects.filter(pk=earlier.pk).update(created_at=before, settled_at=before)
    assert only().reminders == 1


def test_a_letter_that_was_given_up_quiets_nobody() -> None:
    swept(NOW)
    late = reminder(open_round(NOW).steps.get(), NOW - HOUR)
    letter(late.user, NOW - 2 * HOUR, Message.State.EXPIRED)
    assert kinds() == [Kind.MISSING]


def test_a_letter_that_nobody_tries_for_ten_minutes_is_missing(preparer: User) -> None:
    swept(NOW)
    letter(preparer, NOW - 9 * MINUTE)
    letter(preparer, NOW - HOUR, Message.State.SENT)
    assert kinds() == []
    letter(preparer, NOW - HOUR, next_try_at=NOW - 11 * MINUTE)
    assert (only().kind, only().letters, only().since) == (Kind.MISSING, 1, NOW - 11 * MINUTE)


def test_a_letter_under_a_lease_is_in_hand_until_ten_minutes_after_the_lease(preparer: User) -> None:
    swept(NOW)
    lease = {"lease": "6f9619ff-8b86-d011-b42d-00cf4fc964ff"}
    held = letter(preparer, NOW - HOUR, leased_until=NOW - 9 * MINUTE, **lease)
    assert kinds() == []
    Message.objects.filter(pk=held.pk).update(leased_until=NOW - 11 * MINUTE)
    assert only().since == NOW - 11 * MINUTE


def test_a_letter_of_another_installation_is_nobodys_trouble_here(preparer: User) -> None:
    swept(NOW)
    letter(preparer, NOW - HOUR, deployment="elsewhere")
    seen = watch.look(NOW)
    assert (seen.troubles, seen.retried) == ((), 0)


def test_a_letter_that_is_tried_again_is_shown_with_its_next_try_and_is_no_alarm(preparer: User) -> None:
    swept(NOW)
    letter(preparer, NOW - 11 * MINUTE, next_try_at=NOW + 4 * MINUTE)
    letter(preparer, NOW - HOUR, next_try_at=NOW + 30 * MINUTE)
    letter(preparer, NOW - 2 * MINUTE, next_try_at=NOW + 3 * MINUTE)
    seen = watch.look(NOW)
    assert (seen.troubles, seen.retried, seen.next_try_at) == ((), 2, NOW + 4 * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "shown", "alarm"), [(0.9, False, False), (1.1, True, False), (10, True, False), (10.1, True, True)]
)
def test_a_mail_server_that_stopped_is_shown_after_a_minute_and_an_alarm_after_ten(
    preparer: User, minutes: float, shown: bool, alarm: bool
) -> None:
    mail_stopped(NOW, NOW - minutes * MINUTE)
    letter(preparer, NOW - HOUR)
    seen = watch.look(NOW)
    assert [trouble.kind for trouble in seen.shown] == ([Kind.MAIL_STOPPED] if shown else [])
    assert seen.reasons == ([Kind.MAIL_STOPPED] if alarm else [])  # the letter waits for the mail server: explained
    if shown:
        assert (seen.shown[0].letters, seen.shown[0].answer) == (1, "535 5.7.8 authentication failed")


def test_a_mail_server_that_nobody_asks_any_more_is_not_called_stopped_for_ever(preparer: User) -> None:
    mail_stopped(NOW - 12 * MINUTE, NOW - HOUR)
    swept(NOW)
    assert watch.look(NOW).shown == ()
    letter(preparer, NOW)
    assert kinds() == [Kind.MAIL_STOPPED]


def test_what_a_receipt_of_the_last_day_misses_is_an_alarm_while_it_is_missing() -> None:
    swept(NOW)
    step = open_round(NOW).steps.get()
    late = told(step, NOW - 2 * HOUR, Message.State.QUEUED, next_try_at=NOW + MINUTE)
    receipt = Reconciliation.objects.create(
        kind="morning", since=NOW - 25 * HOUR, until=NOW - HOUR, made_at=NOW - HOUR,
        planned=1, sent=0, skipped=0, missing=1,
    )  # fmt: skip
    assert (only().kind, only().missing, only().since) == (Kind.MISSING, 1, late.due_at)
    Message.objects.filter(pk=late.message_id).update(state=Message.State.SENT, settled_at=NOW)
    assert kinds() == []
    told(step, NOW - 3 * HOUR, Message.State.DEAD)
    assert kinds() == []  # the mail server's answer explains it
    told(step, NOW - 3 * HOUR, Message.State.QUEUED, next_try_at=NOW + MINUTE)
    assert only().missing == 1
    Reconciliation.objects.filter(pk=receipt.pk).update(made_at=NOW - 25 * HOUR)
    assert kinds() == []


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_look_takes_the_same_few_queries_however_much_waits(rows: int, django_assert_num_queries: Any) -> None:
    mail_stopped(NOW, NOW - HOUR)
    user, step = somebody(), open_round(NOW).steps.get()
    rule = reminder(step, NOW - HOUR, user=user).rule
    people = User.objects.bulk_create(User(email=f"preparer.{n}@watch.example") for n in range(rows - 1))
    Reminder.objects.bulk_create(
        Reminder(rule=rule, step=step, deadline_version=1, user=one, due_at=NOW - HOUR) for one in people
    )
    for _ in range(min(rows, 30)):
        letter(user, NOW - HOUR, letter="receipt")
    with django_assert_num_queries(4):
        seen = watch.look(NOW)
    assert sum(trouble.reminders for trouble in seen.troubles) == rows
    assert {trouble.kind for trouble in seen.troubles} == {Kind.MISSING, Kind.MAIL_STOPPED}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_trouble_is_told_in_the_readers_language(language: str) -> None:
    troubles = [
        Trouble(Kind.SWEEP_LATE, NOW),
        Trouble(Kind.SWEEP_LATE, NOW, never=True),
        Trouble(Kind.MISSING, NOW, reminders=1, letters=2, missing=3),
        Trouble(Kind.MAIL_STOPPED, NOW, letters=4),
        Trouble(Kind.MAIL_STOPPED, NOW),
    ]
    with translation.override("en"):
        english = [trouble.sentences() for trouble in troubles]
    with translation.override(language):
        told = [trouble.sentences() for trouble in troubles]
    assert [len(sentences) for sentences in told] == [1, 1, 4, 2, 1]
    assert (told == english) == (language == "en")


def test_the_health_check_names_every_reason_and_no_person(client: Client, preparer: User) -> None:
    at = timezone.now()
    mail_stopped(at - 11 * MINUTE, at - HOUR)
    reminder(open_round(at).steps.get(), at - HOUR, user=preparer)
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["sweep_late", "missing"]
    letter(preparer, at, letter="receipt")
    answer = client.get("/health")
    assert answer.json()["reasons"] == ["sweep_late", "missing", "mail_stopped"]
    assert set(answer.json()) == {"status", "reasons", "database", "sweep", "swept_at"}
    assert "535" not in answer.text
    assert client.get("/alive").json() == {"database": "ok"}  # nobody is turned away for it
    Reminder.objects.all().delete()
    Installation.objects.update(swept_at=at, mail_waits_until=None, mail_trouble_since=None, mail_trouble="")
    assert client.get("/health").json()["reasons"] == []


def test_the_health_check_takes_few_queries(client: Client, django_assert_num_queries: Any) -> None:
    swept(timezone.now())
    with django_assert_num_queries(5):
        client.get("/health")
    with django_assert_num_queries(1):
        client.get("/alive")
