"""The Monday digest: once a week to whoever wants it, and true when it is sent."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from pilots.mail import reminders, sweep
from pilots.mail.outbox import Verdict
from pilots.mail.reminders.digest_facts import WeekFacts, week_at
from pilots.models import Editor, Installation, Letter, Message, Pilot, Round, Step
from pilots.rounds.workflow import deadlines
from regions.models import Organisation, User
from registry.lib.dates import HELSINKI
from registry.lib.languages import InThree
from tests.cast import Said
from tests.factories import make_pilot, make_proposal, make_submitted, make_user, submit_as_it_stands
from tests.pilots.mail.mondays import CLOSES, LAST, MIDWEEK, MONDAY, make, send

State = Message.State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everyone_wants_it")]


@pytest.mark.parametrize(
    ("monday", "day"),
    [
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2027, 3, 29), date(2027, 3, 30)),  # Easter Monday
        (date(2029, 12, 24), date(2029, 12, 27)),  # Christmas Eve, Christmas, Boxing Day
        (date(2027, 12, 6), date(2027, 12, 7)),  # Independence Day
    ],
)
def test_it_is_due_at_8_on_monday_or_on_the_next_working_day(monday: date, day: date) -> None:
    due = datetime(day.year, day.month, day.day, 8, 0, tzinfo=HELSINKI)
    week = week_at(due)
    assert week is not None
    assert (week.due, week.monday) == (due, monday)
    assert week_at(due - timedelta(seconds=1)) is None
    end = datetime(day.year, day.month, day.day, tzinfo=HELSINKI) + timedelta(days=2)
    assert week.useless_after == end
    assert week_at(end - timedelta(seconds=1)) == week
    assert week_at(end) is None


def test_a_week_follows_a_week_without_a_gap() -> None:
    """Also over holidays and the change of the clocks: what happened is told once."""
    at, weeks = datetime(2026, 1, 1, 0, 30, tzinfo=UTC), []
    while at.year < 2030:
        week = week_at(at)
        if week is not None and (not weeks or week != weeks[-1]):
            weeks.append(week)
        at += timedelta(hours=6)
    assert len(weeks) == 209  # the Mondays of four years
    assert all(after.since == before.due for before, after in pairwise(weeks))
    assert len({week.number for week in weeks}) == len(weeks)
    assert weeks[0].number == "2026-W02"


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=9), timedelta(hours=39)])
def test_a_late_sweep_still_sends_it(preparer: User, late: timedelta) -> None:
    make("Avoin")
    message = send(MONDAY + late)[preparer.email]
    assert message.useless_after == datetime(2026, 11, 25, tzinfo=HELSINKI)


def test_nothing_goes_on_other_days(preparer: User) -> None:
    make("Avoin")
    for days in (-3, -1, 2, 3, 5):
        assert send(MONDAY + timedelta(days=days)) == {}


def test_only_who_wants_it_and_works_gets_it(preparer: User, officer: User, council: Organisation) -> None:
    make("Avoin")
    make_user("preparer", council, email="declines@rekisteri.example")
    make_user("preparer", council, email="ended@rekisteri.example", rights_until=date(2026, 11, 22), wants_digest=True)
    make_user("reader", email="closed@rekisteri.example", is_active=False, wants_digest=True)
    make_user("", email="nobody@rekisteri.example", wants_digest=True)
    failed = make_user("reader", email="failed@rekisteri.example", wants_digest=True)
    User.objects.filter(pk=failed.pk).update(address_failed_at=LAST, address_fault="550")
    make_user("reader", email="lasts@rekisteri.example", rights_until=date(2026, 11, 23), wants_digest=True)
    assert set(send()) == {preparer.email, officer.email, "lasts@rekisteri.example"}


def test_each_gets_it_once_a_week(preparer: User) -> None:
    make("Avoin")
    for minutes in (0, 1, 2, 60, 1_000, 2_000):
        send(MONDAY + timedelta(minutes=minutes))
    assert Message.objects.filter(user=preparer).count() == 1
    send(MONDAY + timedelta(days=7))
    assert Message.objects.filter(user=preparer).count() == 2


def test_it_is_once_even_if_the_memory_of_the_week_is_lost(preparer: User) -> None:
    make("Avoin")
    first = send()[preparer.email]
    Installation.objects.update(digests_until=None)
    assert send()[preparer.email] == first
    first.delete()  # a database that was restored to the moment before
    Installation.objects.update(digests_until=None)
    assert send()[preparer.email].message_id == first.message_id


def test_who_begins_to_want_it_later_gets_the_next_one(preparer: User, colleague: User) -> None:
    make("Avoin")
    send()
    User.objects.filter(pk=colleague.pk).update(wants_digest=True)
    assert colleague.email not in send(MONDAY + timedelta(hours=1))
    assert colleague.email in send(MONDAY + timedelta(days=7))


def test_nothing_to_tell_is_no_letter(preparer: User, officer: User) -> None:
    make("Mennyt", closes_at=MONDAY - timedelta(days=1))
    make_pilot()
    Pilot.objects.update(published_at=LAST - timedelta(days=1), changed_at=LAST - timedelta(days=1))
    assert send() == {}
    assert Installation.objects.get().digests_until == MONDAY.date()


def test_a_run_that_is_stopped_is_taken_up_again(preparer: User, officer: User) -> None:
    make("Avoin")
    asked = iter([True, False])
    reminders.queue_digests(MONDAY, may_continue=lambda: next(asked))
    assert Installation.objects.get().digests_until is None
    reminders.queue_digests(MONDAY)
    assert Installation.objects.get().digests_until == MONDAY.date()
    assert Message.objects.count() == 2


def test_other_letters_do_not_wait_for_thousands_of_digests(preparer: User, officer: User) -> None:
    make("Avoin")
    reminders.queue_digests(MONDAY, at_most=1)  # a bunch of people is not broken up
    assert (Message.objects.count(), Installation.objects.get().digests_until) == (2, None)
    assert reminders.queue_digests(MONDAY, at_most=1).posted == 0
    assert Installation.objects.get().digests_until == MONDAY.date()


def test_one_letter_that_cannot_be_written_hinders_nobody(
    preparer: User, officer: User, settings: Any, tmp_path: Any, said: Said
) -> None:
    make("Avoin")
    make_proposal(make("Luonnos"), preparer)
    for language in ("fi", "sv", "en"):
        (tmp_path / "mail" / language).mkdir(parents=True)
        broken = "Subject: x\n\n{% if unsent %}{% url 'nowhere' %}{% endif %}y\n"
        (tmp_path / "mail" / language / "digest.txt").write_text(broken)
    whole, settings.TEMPLATES = settings.TEMPLATES, [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert set(send()) == {officer.email}
    assert Installation.objects.get().digests_until is None
    assert f"The digest of account {preparer.pk} waits: it cannot be written" in said()
    settings.TEMPLATES = whole
    assert set(send()) == {officer.email, preparer.email}


def test_the_sweep_writes_and_a_digest_is_no_reminder(preparer: User) -> None:
    """It does not count for the 20 quiet hours."""
    round_ = make("Avoin", closes_at=datetime(2026, 11, 28, 16, 15, tzinfo=HELSINKI))
    make_proposal(round_, preparer)
    Editor.objects.update(added_at=LAST)
    reminders.default_rules(round_, LAST)
    reminders.plan(round_, LAST)
    swept = sweep.run(MONDAY + timedelta(minutes=70))
    assert swept.digests.posted == 2
    assert swept.queued.posted == 1
    assert set(Message.objects.filter(user=preparer).values_list("letter", flat=True)) == {"digest", "draft_not_sent"}


def test_what_is_true_is_sent_and_what_changed_is_written_anew(preparer: User) -> None:
    draft = make_proposal(make("Avoin"), preparer)
    first = send()[preparer.email]
    later = MONDAY + timedelta(hours=2)
    assert reminders.last_look(first, later) is Verdict.SEND
    submit_as_it_stands(draft, later)
    assert reminders.last_look(Message.objects.get(pk=first.pk), later) is Verdict.CANCEL
    Message.objects.filter(pk=first.pk).update(state=State.CANCELLED, settled_at=later)
    second = send(later)[preparer.email]
    assert second.pk != first.pk
    assert second.message_id != first.message_id
    assert "VIELÄ LÄHETTÄMÄTTÄ" not in second.body
    assert reminders.last_look(second, later) is Verdict.SEND
    assert send(later + timedelta(minutes=1))[preparer.email] == second


@pytest.mark.parametrize(
    "change",
    [
        {"wants_digest": False},
        {"is_active": False},
        {"rights_until": date(2026, 11, 20)},
        {"email": "other@satakunta.example"},
    ],
)
def test_who_no_longer_wants_or_may_read_it_does_not_get_it(preparer: User, change: dict[str, Any]) -> None:
    make("Avoin")
    message = send()[preparer.email]
    User.objects.filter(pk=preparer.pk).update(**change)
    assert reminders.last_look(Message.objects.get(pk=message.pk), MONDAY + timedelta(minutes=5)) is Verdict.CANCEL


def test_a_digest_whose_rounds_have_closed_meanwhile_is_not_sent(preparer: User) -> None:
    make("Avoin", closes_at=MONDAY + timedelta(hours=3))
    message = send()[preparer.email]
    assert reminders.last_look(message, MONDAY + timedelta(hours=3)) is Verdict.SEND
    assert reminders.last_look(message, MONDAY + timedelta(hours=3, seconds=1)) is Verdict.CANCEL
    assert reminders.last_look(message, MONDAY + timedelta(days=3)) is Verdict.CANCEL


def moved(step: Step, officer: User, at: datetime) -> None:
    deadlines.move_deadline(step, CLOSES + timedelta(days=1), InThree("Syy", "Orsak"), officer, at, 1)


def test_a_deadline_that_moves_before_the_digest_is_sent_calls_it_back(preparer: User, officer: User) -> None:
    step = make("Avoin", owner=officer).steps.get()
    first = send()[preparer.email]
    moved(step, officer, MONDAY + timedelta(minutes=1))
    first.refresh_from_db()
    assert first.state == State.CANCELLED
    second = send(MONDAY + timedelta(minutes=2))[preparer.email]
    assert second.pk != first.pk
    assert "keskiviikko 9.12.2026" in second.body
    assert not Message.objects.filter(letter=Letter.CORRECTION).exists()  # nobody has read the old date


def test_a_deadline_that_moves_after_it_was_sent_is_corrected(preparer: User, officer: User) -> None:
    step = make("Avoin", owner=officer).steps.get()
    send()
    Message.objects.update(state=State.SENT, settled_at=MONDAY)
    moved(step, officer, MONDAY + timedelta(hours=1))
    corrected = set(Message.objects.filter(letter=Letter.CORRECTION).values_list("address", flat=True))
    assert corrected == {preparer.email, officer.email}
    assert len(send(MONDAY + timedelta(hours=2))) == 2


@pytest.mark.parametrize("many", [1, 3])
def test_the_facts_of_many_take_as_many_queries_as_those_of_one(
    many: int, council: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    User.objects.update(wants_digest=False)
    for _ in range(many):
        user = make_user("preparer", council, wants_digest=True)
        make_proposal(make("Avoin"), user)
        make_submitted(make("Toinen"), user, MIDWEEK, title="x")
        gone = {"cancelled_at": MIDWEEK, "cancelled_because_fi": "a", "cancelled_because_sv": "b"}
        Round.objects.filter(pk=make("Peruttu", invited=[council]).pk).update(cancelled_by=user, **gone)
    week, people = week_at(MONDAY), list(User.objects.filter(wants_digest=True))
    assert week is not None
    with django_assert_num_queries(15):
        facts = WeekFacts(people, week, MONDAY)
        assert [facts.told_to(user).tells_anything for user in people] == [True] * many
    people += [make_user("reader") for _ in range(many)]
    with django_assert_num_queries(17):  # what did not arrive is asked where somebody of the staff is told
        facts = WeekFacts(people, week, MONDAY)
        assert [facts.told_to(user).tells_anything for user in people] == [True] * 2 * many


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_time_write_each_letter_once(council: Organisation) -> None:
    make("Avoin")
    User.objects.bulk_create(
        User(email=f"{n}@rekisteri.example", role="preparer", organisation=council, language="fi", wants_digest=True)
        for n in range(12)
    )
    posted, start = [], Barrier(4)

    def run() -> None:
        start.wait()
        posted.append(reminders.queue_digests(MONDAY))
        connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.posted for one in posted) == Message.objects.count() == 14
    assert [one.failed for one in posted] == [0] * 4
    assert Message.objects.values("user").distinct().count() == 14


def test_a_sweep_that_may_write_no_more_writes_none() -> None:
    make("Avoin")
    assert reminders.queue_digests(MONDAY, at_most=0).posted == 0
    assert not Message.objects.exists()
