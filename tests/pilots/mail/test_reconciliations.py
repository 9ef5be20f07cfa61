"""Reconciliation: planned = sent + skipped + missing, once each morning and before each deadline, and its pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import Error, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.mail import sweep, watch
from pilots.models import Extension, Installation, Message, Reconciliation, Reminder, Step
from regions.models import Organisation, User
from registry.lib.dates import finnish_time
from tests.pilots.mail.watched import MINUTE, letter, mail_stopped, open_round, reminder, rule_of, swept, told

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
AT = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # a Saturday, 9.00 in Finland
EIGHT = AT - HOUR
Kind, State = Reconciliation.Kind, Message.State


def figures(reconciliation: Reconciliation) -> tuple[int, int, int, int]:
    """Return planned, sent, skipped, missing."""
    of = reconciliation
    return of.planned, of.sent, of.skipped, of.missing


def only(at: datetime = AT) -> Reconciliation:
    """Reconcile; return the one that was made."""
    (made,) = watch.reconcile(at)
    return made


def test_each_morning_at_eight_counts_the_day_before_it_also_on_saturdays() -> None:
    assert only(EIGHT + timedelta(seconds=1)).until == EIGHT
    made = Reconciliation.objects.get()
    assert (made.kind, made.step, made.since) == (Kind.MORNING, None, EIGHT - 24 * HOUR)
    assert figures(made) == (0, 0, 0, 0)
    assert watch.reconcile(AT) == []


def test_before_eight_the_last_morning_is_yesterdays() -> None:
    assert only(EIGHT - timedelta(seconds=1)).until == EIGHT - 24 * HOUR


@pytest.mark.parametrize(("day", "hours"), [((2026, 10, 25), 25), ((2027, 3, 28), 23), ((2026, 10, 26), 24)])
def test_the_day_is_the_calendars_when_the_clocks_change(day: tuple[int, int, int], hours: int) -> None:
    made = only(datetime(*day, 12, tzinfo=UTC))
    assert [finnish_time(moment).hour for moment in (made.since, made.until)] == [8, 8]
    assert made.until.astimezone(UTC) - made.since.astimezone(UTC) == hours * HOUR  # not on the walls' clocks


def test_every_end_is_counted_once_and_they_add_up() -> None:
    step, due = open_round(AT).steps.get(), AT - 5 * HOUR
    for state in (State.SENT, State.DELIVERED, State.BOUNCED, State.EXPIRED, State.CANCELLED, State.DEAD):
        told(step, due, state)
    told(step, due, State.DEAD, mime=b"")  # the address was known to be none when the letter was written
    told(step, due, State.QUEUED)
    reminder(step, due)
    reminder(step, due, reason=Reminder.Reason.SUBMITTED)
    reminder(step, due, state=Reminder.State.SUPERSEDED)
    waits = reminder(step, due)
    letter(waits.user, due - HOUR, State.SENT)
    assert figures(only()) == (12, 3, 7, 2)
    lines = {(line.end, line.why): line.count for line in watch.lines(Reconciliation.objects.get(), AT)}
    assert lines == {
        ("sent", "message_sent"): 1,
        ("sent", "message_delivered"): 1,
        ("sent", "message_bounced"): 1,
        ("skipped", "message_expired"): 1,
        ("skipped", "message_cancelled"): 1,
        ("skipped", "message_dead"): 1,
        ("skipped", "no_address"): 1,
        ("skipped", "submitted"): 1,
        ("skipped", "superseded"): 1,
        ("skipped", "quiet"): 1,
        ("missing", "message_queued"): 1,
        ("missing", "planned"): 1,
    }


def test_a_letter_that_the_mail_server_refused_for_good_is_no_alarm() -> None:
    swept(AT)
    step = open_round(AT).steps.get()
    told(step, AT - 5 * HOUR, State.DEAD)
    assert only().missing == 0
    assert watch.look(AT).reasons == []
    told(step, AT - 4 * HOUR, State.QUEUED, next_try_at=AT)
    Reconciliation.objects.all().delete()
    assert only().missing == 1
    assert watch.look(AT).reasons == ["missing"]


def test_the_window_is_open_at_its_beginning_and_closed_at_its_end() -> None:
    step = open_round(AT).steps.get()
    for due in (EIGHT - 24 * HOUR, EIGHT - 24 * HOUR + MINUTE, EIGHT, EIGHT + MINUTE):
        reminder(step, due, reason=Reminder.Reason.SUBMITTED)
    assert figures(only()) == (2, 0, 2, 0)


def test_a_reminder_is_counted_on_the_day_its_step_opened_and_not_before() -> None:
    round_ = open_round(AT)
    late = reminder(round_.steps.get(), AT - 72 * HOUR, reason=Reminder.Reason.SUBMITTED)
    round_.steps.update(opens_at=EIGHT + MINUTE)
    assert figures(only()) == (0, 0, 0, 0)
    Step.objects.filter(pk=late.step_id).update(opens_at=EIGHT - MINUTE)
    Reconciliation.objects.all().delete()
    assert figures(only()) == (1, 0, 1, 0)


def test_what_was_handed_over_just_now_is_waited_for_before_it_is_called_missing() -> None:
    late = told(open_round(AT).steps.get(), AT - 5 * HOUR, State.QUEUED)
    Message.objects.filter(pk=late.message_id).update(created_at=AT - 9 * MINUTE)
    assert watch.reconcile(AT) == []
    assert figures(only(AT + 2 * MINUTE)) == (1, 0, 0, 1)


def test_mornings_that_were_missed_are_made_up_for_seven_days_at_most() -> None:
    only(AT - timedelta(days=3))
    assert [made.until for made in watch.reconcile(AT)] == [EIGHT - timedelta(days=n) for n in range(3)]
    assert len(watch.reconcile(AT + timedelta(days=30))) == 7


def test_a_first_sweep_makes_no_mornings_of_a_time_before_the_registry() -> None:
    assert only().until == EIGHT


def test_two_hours_before_a_deadline_all_that_was_due_of_the_step_is_counted() -> None:
    only()
    step = open_round(AT).steps.get()
    told(step, AT - timedelta(days=4), State.SENT)
    other = open_round(AT).steps.get()
    told(other, AT - timedelta(days=4), State.SENT)
    Step.objects.filter(pk=step.pk).update(closes_at=AT + 2 * HOUR + MINUTE)
    assert watch.reconcile(AT) == []
    made = only(AT + MINUTE)
    assert (made.kind, made.step, made.since, made.until) == (Kind.BEFORE_DEADLINE, step, step.opens_at, AT + MINUTE)
    assert figures(made) == (1, 1, 0, 0)
    assert watch.reconcile(AT + 2 * MINUTE) == []


def test_an_organisations_own_deadline_has_a_reconciliation_of_its_own(council: Organisation, officer: User) -> None:
    only()
    step = open_round(AT, days=1).steps.get()
    Step.objects.filter(pk=step.pk).update(closes_at=AT + HOUR)
    Extension.objects.create(
        step=step, organisation=council, closes_at=AT + 5 * HOUR, reason="Sairaus", granted_at=AT, granted_by=officer
    )
    assert only().until == AT - HOUR
    assert only(AT + 3 * HOUR).until == AT + 3 * HOUR
    assert watch.reconcile(AT + 4 * HOUR) == []


def test_a_cancelled_round_and_one_published_at_the_last_hour_have_none() -> None:
    only()
    open_round(AT, days=0, cancelled_at=AT)
    open_round(AT, published_at=None)
    Step.objects.update(closes_at=AT + HOUR)
    late = open_round(AT, published_at=AT - HOUR)
    late.steps.update(closes_at=AT + HOUR)
    assert watch.reconcile(AT) == []


def test_the_sweep_reconciles_and_takes_sessions_away_that_have_run_out() -> None:
    Session.objects.create(session_key="old", session_data="", expire_date=AT - MINUTE)
    Session.objects.create(session_key="new", session_data="", expire_date=AT + MINUTE)
    assert sweep.run(AT).reconciled == 1
    assert [session.session_key for session in Session.objects.all()] == ["new"]
    assert sweep.run(AT + MINUTE).reconciled == 0


def test_a_sweep_that_is_told_to_stop_calls_nothing_missing() -> None:
    assert sweep.run(AT, may_continue=lambda: False).reconciled == 0
    assert not Reconciliation.objects.exists()


def test_a_long_sweep_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "HEARTBEAT", -1.0)
    asked: list[bool] = []

    def may_continue() -> bool:
        asked.append(bool(watch.look(AT).swept_at))
        return True

    sweep.run(AT, may_continue=may_continue)
    assert asked[0]  # before the sweep had ended


def test_a_sign_of_life_that_cannot_be_written_does_not_end_the_wait_for_the_mail_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweep, "HEARTBEAT", -1.0)

    def refuse(*args: object) -> None:
        raise Error("the database is away")

    asked = sweep._with_heartbeat(lambda: True, AT)
    with connection.execute_wrapper(refuse):
        assert asked() is True
    assert not Installation.objects.exists()


# --- The pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
def staff(as_user: Any, reader: User) -> Client:
    """A reader of the ministry, and a sweep of now."""
    swept(timezone.now())
    client: Client = as_user(reader)
    return client


def page(client: Client, name: str = "reconciliations", *args: Any, **query: str) -> str:
    """Return a page's text."""
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.text


def test_before_the_first_receipt_the_page_says_when_it_comes(staff: Client) -> None:
    assert "Täsmäytystä ei ole vielä tehty" in page(staff)


def test_a_quiet_day_is_said_in_words(staff: Client) -> None:
    only()
    text = page(staff)
    assert "Mitään ei ollut lähdössä, joten mitään ei lähetetty" in text
    assert "tag-danger" not in text


def test_a_day_on_which_all_had_a_reason_says_that_nothing_was_sent(staff: Client) -> None:
    reminder(open_round(AT).steps.get(), AT - 5 * HOUR, reason=Reminder.Reason.SUBMITTED)
    only()
    text = page(staff)
    assert "Lähdössä 1 = lähetetty 0 + jätetty syystä lähettämättä 1 + puuttuu 0." in text
    assert "Mitään ei lähetetty." in text


def test_what_is_missing_is_red_and_what_changed_since_is_said(staff: Client) -> None:
    late = told(open_round(AT).steps.get(), AT - 5 * HOUR, State.QUEUED)
    made = only()
    text = page(staff)
    assert "1 muistutus puuttui" in text
    assert '<span class="tag tag-danger">1</span>' in text
    assert "Tilanne on sen jälkeen muuttunut" not in text
    Message.objects.filter(pk=late.message_id).update(state=State.SENT, settled_at=AT)
    text = page(staff, "reconciliation", made.pk)
    assert "1 muistutus puuttui" in text
    assert "Nyt: lähetetty 1, jätetty syystä lähettämättä 0, puuttuu 0." in text


def test_a_line_opens_to_its_people_and_their_letters(staff: Client) -> None:
    round_ = open_round(AT)
    late = told(round_.steps.get(), AT - 5 * HOUR, State.DEAD)
    made = only()
    where = reverse("reconciliation", args=[made.pk])
    rule = rule_of(round_)
    link = f"{where}?rule={rule.pk}&amp;end=skipped&amp;why=message_dead#people"
    assert link in page(staff)
    assert "sähköpostipalvelin ei ottanut viestiä vastaan" in page(staff)
    assert reverse("round_desk", args=[round_.slug]) in page(staff)
    text = page(staff, "reconciliation", made.pk, rule=str(rule.pk), end="skipped", why="message_dead")
    assert str(late.user) in text
    assert late.message is not None
    assert f'<a href="{reverse("message", args=[late.message_id])}">{late.message.subject}</a>' in text
    assert str(late.user) not in page(staff, "reconciliation", made.pk)


@pytest.mark.parametrize(
    "query",
    [
        {"rule": "0"},
        {"rule": "x", "end": "missing", "why": "a\0b"},
        {"end": "gone"},
        {"page": "9999999999", "rule": ""},
    ],
)
def test_a_line_that_is_not_there_opens_nobody(staff: Client, query: dict[str, str]) -> None:
    told(open_round(AT).steps.get(), AT - 5 * HOUR, State.DEAD)
    assert 'id="people"' not in page(staff, "reconciliation", only().pk, **query)


def test_the_receipt_before_a_deadline_names_its_round(staff: Client) -> None:
    round_ = open_round(AT)
    round_.steps.update(closes_at=AT + HOUR)
    watch.reconcile(AT)
    text = page(staff)
    assert f"Ennen määräaikaa, {round_.name.plain}" in text
    assert "7 päivää" not in text


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_pages_take_the_same_few_queries_however_much_was_due(
    staff: Client, rows: int, django_assert_num_queries: Any
) -> None:
    step = open_round(AT).steps.get()
    first = reminder(step, AT - 5 * HOUR, reason=Reminder.Reason.SUBMITTED)
    people = User.objects.bulk_create(User(email=f"person.{n}@watch.example") for n in range(rows - 1))
    same = {"rule": first.rule, "step": step, "deadline_version": 1, "due_at": first.due_at, "settled_at": AT}
    Reminder.objects.bulk_create(
        Reminder(user=one, state=Reminder.State.SKIPPED, reason=Reminder.Reason.SUBMITTED, **same) for one in people
    )
    made = only()
    Reconciliation.objects.bulk_create(
        Reconciliation(
            kind=Kind.BEFORE_DEADLINE, step=step, since=AT, until=AT + n * HOUR, made_at=AT,
            planned=0, sent=0, skipped=0, missing=0,
        )
        for n in range(rows)
    )  # fmt: skip
    with django_assert_num_queries(12):
        page(staff)
    with django_assert_num_queries(8):
        page(staff, "reconciliation", made.pk, rule=str(first.rule_id), end="skipped", why="submitted")


def test_the_red_line_stands_on_the_staffs_pages_with_the_servers_words(staff: Client, officer: User) -> None:
    at = timezone.now()
    round_ = open_round(at)
    mail_stopped(at, at - 2 * MINUTE)
    letter(officer, at)
    for name, args in (("desk", []), ("messages", []), ("reconciliations", []), ("round_desk", [round_.slug])):
        text = page(staff, name, *args)
        assert 'role="alert"' in text
        assert "Sähköpostipalvelin ei ole ottanut viestejä vastaan" in text
        assert "1 viesti odottaa." in text
        assert "535 5.7.8 authentication failed" in text
        assert "Kerro tekniselle ylläpidolle." in text


def test_the_red_line_names_operations_where_there_are_some(staff: Client, settings: Any) -> None:
    settings.OPERATIONS_EMAIL = "operations@watch.example"
    swept(timezone.now() - HOUR)
    assert "operations@watch.example" in page(staff, "desk")


def test_letters_that_are_tried_again_and_reminders_that_wait_are_said_calmly(staff: Client) -> None:
    at = timezone.now()
    late = reminder(open_round(at).steps.get(), at - HOUR)
    letter(late.user, at - HOUR, next_try_at=at + 5 * MINUTE)
    text = page(staff, "desk")
    assert "1 viestiä ei ole vielä saatu lähetettyä." in text
    assert "1 muistutus odottaa: sen saaja sai toisen alle 20 tuntia sitten." in text
    assert 'role="alert"' not in text
    assert "Muistutukset kulkevat." in text
