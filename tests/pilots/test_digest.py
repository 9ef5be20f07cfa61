"""The Monday digest: once a week to whoever wants it, true, and only if there is something to tell."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pilots import reminders, sweep
from pilots.models import (
    DeadlineChange,
    Editor,
    Extension,
    Letter,
    Message,
    NewsItem,
    Pilot,
    Proposal,
    Round,
    Step,
    Sweep,
    Told,
    Version,
    fingerprint,
)
from pilots.reminders.week import WeekFacts, week_at
from pilots.workflow import deadlines
from regions.models import Organisation, User
from registry.lib.dates import HELSINKI
from tests.factories import make_pilot, make_programme, make_proposal, make_round, make_user

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=HELSINKI)  # at 8, in week 48
LAST = MONDAY - timedelta(days=7)
MIDWEEK = MONDAY - timedelta(days=4)
CLOSES = datetime(2026, 12, 8, 16, 15, tzinfo=HELSINKI)
State = Message.State

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def everyone_wants_it(preparer: User, officer: User) -> None:
    User.objects.update(wants_digest=True)
    Sweep.objects.create(swept_at=MIDWEEK)


def make(name: str, **fields: Any) -> Round:
    """Return a round that has been open for a month and closes in December."""
    fields = {"opens_at": MONDAY - timedelta(days=30), "closes_at": CLOSES, "name_fi": name, **fields}
    round_ = make_round(**fields)
    Round.objects.filter(pk=round_.pk).update(published_at=fields["opens_at"])
    return round_


def send(at: datetime = MONDAY) -> dict[str, Message]:
    """Queue what is due and return the digests of all weeks by address."""
    reminders.queue_digests(at)
    return {message.address: message for message in Message.objects.filter(letter=Letter.DIGEST).order_by("pk")}


def body(user: User, at: datetime = MONDAY) -> str:
    return send(at)[user.email].body


# --- When ----------------------------------------------------------------------------------------------------------


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


# --- Who and how often ---------------------------------------------------------------------------------------------


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
    Sweep.objects.update(digests_until=None)
    assert send()[preparer.email] == first
    first.delete()  # a database that was restored to the moment before
    Sweep.objects.update(digests_until=None)
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
    assert Sweep.objects.get().digests_until == MONDAY.date()


def test_a_run_that_is_stopped_is_taken_up_again(preparer: User, officer: User) -> None:
    make("Avoin")
    asked = iter([True, False])
    reminders.queue_digests(MONDAY, go_on=lambda: next(asked))
    assert Sweep.objects.get().digests_until is None
    reminders.queue_digests(MONDAY)
    assert Sweep.objects.get().digests_until == MONDAY.date()
    assert Message.objects.count() == 2


def test_other_letters_do_not_wait_for_thousands_of_digests(preparer: User, officer: User) -> None:
    make("Avoin")
    reminders.queue_digests(MONDAY, at_most=1)  # a bunch of people is not broken up
    assert (Message.objects.count(), Sweep.objects.get().digests_until) == (2, None)
    assert reminders.queue_digests(MONDAY, at_most=1).posted == 0
    assert Sweep.objects.get().digests_until == MONDAY.date()


def test_one_letter_that_cannot_be_written_hinders_nobody(
    preparer: User, officer: User, settings: Any, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make("Avoin")
    make_proposal(make("Luonnos"), preparer)
    for language in ("fi", "sv", "en"):
        (tmp_path / "mail" / language).mkdir(parents=True)
        broken = "Subject: x\n\n{% if unsent %}{% url 'nowhere' %}{% endif %}y\n"
        (tmp_path / "mail" / language / "digest.txt").write_text(broken)
    whole, settings.TEMPLATES = settings.TEMPLATES, [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert set(send()) == {officer.email}
    assert Sweep.objects.get().digests_until is None
    assert f"The digest of account {preparer.pk} waits" in caplog.text
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


# --- What it tells -------------------------------------------------------------------------------------------------


def test_what_is_open_and_until_when(preparer: User, council: Organisation, other_council: Organisation) -> None:
    make("Kaikille avoin")
    make("Meille avoin", invited=[council], opens_at=MIDWEEK)
    make("Muille avoin", invited=[other_council])
    make("Mennyt", closes_at=MONDAY - timedelta(minutes=1))
    text = body(preparer)
    assert "AUKI NYT" in text
    assert "Kaikille avoin\nMääräaika: tiistai 8.12.2026 klo 16.15 (Suomen aikaa)\nhttp://localhost:8000/fi/" in text
    assert "Meille avoin (uusi) – organisaatiosi on kutsuttu\n" in text
    assert "Muille avoin" not in text
    assert "Mennyt" not in text
    assert "\n\n\n" not in text
    assert Message.objects.get(user=preparer).subject == "Viikon 48 kooste: 2 määräaikaa edessä"


def test_one_s_own_deadline_is_told(preparer: User, officer: User) -> None:
    step, later = make("Pidennetty", closes_at=MONDAY - timedelta(days=1)).steps.get(), CLOSES + timedelta(days=2)
    fields = {"reason": "xqreason", "granted_by": officer, "granted_at": LAST}
    Extension.objects.create(step=step, organisation=preparer.organisation, closes_at=later, **fields)
    text = body(preparer)
    assert "Pidennetty\nMääräaika: torstai 10.12.2026 klo 16.15 (Suomen aikaa) – organisaatiosi oma määräaika" in text
    assert "xqreason" not in text
    told = Told.objects.get(user=preparer)
    assert (told.step, told.closes_at, told.letter) == (step, later, Letter.DIGEST)
    assert officer.email not in send()


def test_drafts_that_are_not_sent_come_first_and_without_their_words(preparer: User, colleague: User) -> None:
    """Staff read what was sent to whom, and never the words of a draft."""
    round_ = make("Avoin")
    draft = make_proposal(round_, preparer, content={"title": "xqdraft"})
    make_proposal(make("Kollegan"), colleague)
    message = send()[preparer.email]
    assert message.subject == "Lähetä ehdotuksesi viimeistään 8.12. klo 16.15: viikon 48 kooste"
    assert message.body.startswith("Ehdotustasi ei ole vielä lähetetty.")
    assert f"Jatka tästä: http://localhost:8000/fi/ehdotukset/{draft.pk}/" in message.body
    assert message.body.index("VIELÄ LÄHETTÄMÄTTÄ") < message.body.index("AUKI NYT") < message.body.index("Kollegan")
    assert message.body.count("Avoin\n") == 1
    assert "xqdraft" not in message.body


def submitted(round_: Round, user: User, at: datetime, **content: Any) -> Proposal:
    proposal = make_proposal(round_, user, state="submitted", submitted_at=at, content=content)
    Version.objects.create(
        proposal=proposal,
        step=round_.steps.get(),
        number=1,
        content=content,
        sha256=fingerprint(content),
        submitted_at=at,
        submitted_by=user,
    )
    return proposal


def test_what_one_s_organisation_sent_in_the_week(preparer: User, colleague: User, stranger: User) -> None:
    round_ = make("Avoin")
    submitted(round_, colleague, MIDWEEK, title="Meidän ehdotus")
    submitted(round_, colleague, LAST - timedelta(minutes=1), title="Vanha ehdotus")
    submitted(round_, stranger, MIDWEEK, title="Vieras ehdotus")
    text = body(preparer)
    assert "ORGANISAATIOSI LÄHETTI VIIKON AIKANA\n\nMeidän ehdotus, versio 1, 19.11.2026 klo 08.00" in text
    assert "Vanha ehdotus" not in text
    assert "Vieras ehdotus" not in text


def test_changes_after_sending_are_named_as_what_they_are(preparer: User) -> None:
    proposal = submitted(make("Avoin"), preparer, LAST - timedelta(days=3), title="Ehdotus")
    assert "VIELÄ LÄHETTÄMÄTTÄ" not in body(preparer)
    Proposal.objects.filter(pk=proposal.pk).update(content={"title": "Ehdotus 2"}, edition=2)
    text = body(preparer, MONDAY + timedelta(days=7))
    assert "lähetetty, mutta sen jälkeen tehtyjä muutoksia ei ole lähetetty" in text


def test_moved_and_cancelled_and_later_rounds(preparer: User, officer: User) -> None:
    step = make("Siirtynyt").steps.get()
    change = {"reason_fi": "syy", "changed_by": officer, "version": 2, "changed_at": MIDWEEK}
    before = datetime(2026, 12, 1, 16, 15, tzinfo=HELSINKI)
    DeadlineChange.objects.create(step=step, closed_at=before, closes_at=CLOSES, **change)
    make("Tuleva", opens_at=MONDAY + timedelta(days=3))
    make("Kauan tiedetty", opens_at=MONDAY + timedelta(days=3))
    Round.objects.filter(name_fi="Tuleva").update(published_at=MIDWEEK)
    Round.objects.filter(name_fi="Kauan tiedetty").update(published_at=LAST - timedelta(days=1))
    gone = {"cancelled_at": MIDWEEK, "cancelled_because_fi": "syy", "cancelled_because_sv": "orsak"}
    Round.objects.filter(pk=make("Peruttu kierros").pk).update(cancelled_by=officer, **gone)
    text = body(preparer)
    assert "klo 16.15 (Suomen aikaa) – siirtynyt, aiempi oli tiistai 1.12.2026 klo 16.15 (Suomen aikaa)" in text
    assert "AVAUTUU MYÖHEMMIN\n\nTuleva (uusi)\nAvautuu: 26.11.2026 klo 08.00" in text
    assert "Kauan tiedetty" not in text
    assert "PERUTTU VIIKON AIKANA\n\nPeruttu kierros" in text
    assert text.count("Peruttu kierros") == 1
    again = body(preparer, MONDAY + timedelta(days=7))
    assert "siirtynyt" not in again
    assert "Peruttu" not in again


def test_pilots_and_news_of_the_week(preparer: User) -> None:
    new, changed = make_pilot(name_fi="Uusi pilotti"), make_pilot(name_fi="Muuttunut pilotti")
    old, secret = make_pilot(name_fi="Vanha pilotti"), make_pilot(published=False, name_fi="xqpilot")
    early = LAST - timedelta(days=1)
    for pilot, published, touched in ((new, MIDWEEK, MIDWEEK), (changed, early, MIDWEEK), (old, early, early)):
        Pilot.objects.filter(pk=pilot.pk).update(published_at=published, changed_at=touched)
    Pilot.objects.filter(pk=secret.pk).update(changed_at=MIDWEEK)
    words = {"title_sv": "Nyhet", "body_fi": "a", "body_sv": "b"}
    NewsItem.objects.create(slug="uutinen", title_fi="Uutinen", published_at=MIDWEEK, **words)
    NewsItem.objects.create(slug="xqnews", title_fi="xqnews", **words)
    text = body(preparer)
    assert f"UUDET PILOTIT\n\nUusi pilotti\nhttp://localhost:8000/fi/pilotit/{new.code}/" in text
    assert "MUUTTUNEET PILOTIT\n\nMuuttunut pilotti\n" in text
    assert "UUTISET\n\nUutinen\nhttp://localhost:8000/fi/ajankohtaista/uutinen/" in text
    for absent in ("Vanha pilotti", "xqpilot", "xqnews"):
        assert absent not in text


def test_of_many_the_first_are_named_and_the_rest_counted(preparer: User) -> None:
    programme = make_programme()
    for _ in range(23):
        make_pilot(programme=programme)
    Pilot.objects.update(published_at=MIDWEEK, changed_at=MIDWEEK)
    text = body(preparer)
    assert text.count("/fi/pilotit/") == 21
    assert "Lisäksi 3 muuta: http://localhost:8000/fi/pilotit/" in text


def test_staff_are_told_of_rounds_with_counts_and_of_letters_that_did_not_arrive(
    officer: User, preparer: User, council: Organisation, other_council: Organisation
) -> None:
    round_ = make("Avoin", invited=[council, other_council])
    make_proposal(round_, preparer)
    submitted(round_, preparer, MIDWEEK, title="x")
    lost = {"letter": Letter.RECEIPT, "user": preparer, "address": preparer.email, "language": "fi", "subject": "x"}
    lost |= {"body": "x", "deployment": "x", "created_at": MIDWEEK, "next_try_at": MIDWEEK, "mime": b""}
    for number, (state, settled_at) in enumerate([(State.DEAD, MIDWEEK), (State.DEAD, LAST - timedelta(days=1))]):
        Message.objects.create(state=state, settled_at=settled_at, message_id=f"<{number}@x>", **lost)
    text = send()[officer.email].body
    assert "Lähetetty: 1. Luonnoksia: 1. Kutsuttuja, jotka eivät ole aloittaneet: 1." in text
    assert f"http://localhost:8000{reverse('round_desk', args=[round_.slug])}\n" in text
    assert "Palautui: 0. Ei voitu lähettää: 1. Vanheni: 0." in text
    theirs = send()[preparer.email].body
    assert "Luonnoksia:" not in theirs
    assert "EIVÄT MENNEET PERILLE" not in theirs


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "sv",
            ["Ditt förslag har ännu inte skickats.", "tisdag 8.12.2026 kl. 16.15 (finsk tid)", "ÖPPET NU"],
        ),
        ("en", ["Your proposal is not sent yet.", "Deadline: Tuesday 8 December 2026 at 16:15", "OPEN NOW"]),
        ("", ["Ehdotustasi ei ole vielä lähetetty.", "Ditt förslag har ännu inte skickats."]),
    ],
)
def test_it_comes_in_the_reader_s_language(preparer: User, language: str, words: list[str]) -> None:
    User.objects.update(language=language)
    make_proposal(make("Avoin", name_sv="Öppen", name_en="Open"), preparer)
    make("Toinen")
    message = send()[preparer.email]
    assert [one for one in words if one not in message.body] == []
    assert message.language == (language or "fi+sv")
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in bytes(message.mime)
    assert b".digest~" in bytes(message.mime)
    if language:
        assert "Määräaika" not in message.body


# --- True at the last moment ---------------------------------------------------------------------------------------


def test_what_is_true_is_sent_and_what_changed_is_written_anew(preparer: User) -> None:
    draft = make_proposal(make("Avoin"), preparer)
    first = send()[preparer.email]
    later = MONDAY + timedelta(hours=2)
    assert reminders.still_true(first, later)
    Proposal.objects.filter(pk=draft.pk).update(state="submitted", submitted_at=later)
    assert not reminders.still_true(Message.objects.get(pk=first.pk), later)
    Message.objects.filter(pk=first.pk).update(state=State.CANCELLED, settled_at=later)
    second = send(later)[preparer.email]
    assert second.pk != first.pk
    assert second.message_id != first.message_id
    assert "VIELÄ LÄHETTÄMÄTTÄ" not in second.body
    assert reminders.still_true(second, later)
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
    assert not reminders.still_true(Message.objects.get(pk=message.pk), MONDAY + timedelta(minutes=5))


def test_a_digest_whose_rounds_have_closed_meanwhile_is_not_sent(preparer: User) -> None:
    make("Avoin", closes_at=MONDAY + timedelta(hours=3))
    message = send()[preparer.email]
    assert reminders.still_true(message, MONDAY + timedelta(hours=3))
    assert not reminders.still_true(message, MONDAY + timedelta(hours=3, seconds=1))
    assert not reminders.still_true(message, MONDAY + timedelta(days=3))


def moved(step: Step, officer: User, at: datetime) -> None:
    deadlines.move_deadline(step, CLOSES + timedelta(days=1), deadlines.Reasons("Syy", "Orsak"), officer, at, 1)


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


# --- How fast ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [1, 3])
def test_the_facts_of_many_take_as_many_queries_as_those_of_one(
    many: int, council: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    User.objects.update(wants_digest=False)
    for _ in range(many):
        user = make_user("preparer", council, wants_digest=True)
        make_proposal(make("Avoin"), user)
        submitted(make("Toinen"), user, MIDWEEK, title="x")
    week, people = week_at(MONDAY), list(User.objects.filter(wants_digest=True))
    assert week is not None
    with django_assert_num_queries(14):
        facts = WeekFacts(people, week, MONDAY)
        assert [facts.told_to(user)["anything"] for user in people] == [True] * many


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


def test_a_cancelled_round_is_told_to_those_it_invited_and_to_nobody_else(
    preparer: User, stranger: User, other_council: Organisation, officer: User
) -> None:
    User.objects.filter(pk=stranger.pk).update(wants_digest=True)
    make("Avoin")
    gone = {"cancelled_at": MIDWEEK, "cancelled_because_fi": "syy", "cancelled_because_sv": "orsak"}
    theirs = make("Peruttu kierros", invited=[other_council])
    Round.objects.filter(pk=theirs.pk).update(cancelled_by=officer, **gone)
    letters = send()
    assert "Peruttu kierros" in letters[stranger.email].body
    assert "Peruttu kierros" not in letters[preparer.email].body


def test_a_sweep_that_may_write_no_more_writes_none() -> None:
    make("Avoin")
    assert reminders.queue_digests(MONDAY, at_most=0).posted == 0
    assert not Message.objects.exists()
