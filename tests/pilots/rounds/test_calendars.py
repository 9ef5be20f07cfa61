"""Deadlines as iCalendar: true, stable, safe against any name, and read back by a library."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from django.test import Client
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from pilots.models import DeadlineChange, Extension, Round, Step
from pilots.rounds import calendars
from regions import preferences
from regions.models import Organisation, Region, User
from tests.factories import make_proposal, make_round, make_step

CLOSES = datetime(2027, 1, 12, 14, 15, tzinfo=UTC)
AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def read(body: bytes) -> list[icalendar.Event]:
    """Return the events of a file, after looking at its outer form."""
    lines = body.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    body.decode()
    found = icalendar.Calendar.from_ical(body)
    assert found.errors == []
    events = list(found.walk("VEVENT"))
    assert [event.errors for event in events] == [[]] * len(events)
    assert body.count(b"BEGIN:VEVENT\r\n") == body.count(b"END:VEVENT\r\n") == len(events)
    return events


def fetch(where: str, client: Client | None = None) -> list[icalendar.Event]:
    answer = (client or Client()).get(where)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return read(answer.content)


def own(user: User) -> list[icalendar.Event]:
    return fetch(f"/fi/oma-kalenteri/{user.pk}/{user.calendar_key()}.ics")


@pytest.fixture
def spring_round(db: None) -> Round:
    """A round that closes on a fixed day."""
    made = make_round(slug="kevat", opens_at=AT, closes_at=CLOSES)
    Round.objects.update(published_at=AT)
    return made


def moved(step: Step, closes_at: datetime, officer: User, **fields: Any) -> None:
    """Move the deadline as the registry does: version, change, date."""
    facts = {"reason_fi": "Järjestelmäkatko", "changed_at": AT + timedelta(days=1), "changed_by": officer, **fields}
    version = step.deadline_version + 1
    DeadlineChange.objects.create(step=step, version=version, closed_at=step.closes_at, closes_at=closes_at, **facts)
    Step.objects.filter(pk=step.pk).update(closes_at=closes_at, deadline_version=version)


def test_an_event_tells_the_act_the_moment_and_whom_to_ask(spring_round: Round) -> None:
    (event,) = fetch("/fi/kierrokset/kevat.ics")
    assert event["SUMMARY"] == f"Lähetä alustava ehdotus: {spring_round.name_fi}"
    assert event["DTSTART"].dt == CLOSES
    assert event["DTSTART"].to_ical() == b"20270112T141500Z"
    assert "Määräaika: tiistai 12.1.2027 klo 16.15 (Suomen aikaa)" in event["DESCRIPTION"]
    assert "Kysy lisää: Kysy virkapostista" in event["DESCRIPTION"]
    assert event["URL"] == "http://localhost:8000/fi/kierrokset/kevat/"
    assert (event["SEQUENCE"], event["STATUS"], event["TRANSP"]) == (0, "CONFIRMED", "TRANSPARENT")
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == AT
    assert "DTEND" not in event
    assert event.subcomponents == []  # no alarm


@pytest.mark.parametrize(
    ("language", "path", "words"),
    [
        ("fi", "kierrokset", "Suomen aikaa"),
        ("sv", "omgangar", "tisdagen den 12.1.2027 kl. 16.15 (finsk tid)"),
        ("en", "rounds", "Tuesday 12 January 2027 at 16:15 (Finnish time)"),
    ],
)
def test_each_language_has_its_own_calendar(spring_round: Round, language: str, path: str, words: str) -> None:
    answer = Client().get(f"/{language}/{path}/kevat.ics")
    (event,) = read(answer.content)
    assert answer.headers["Content-Language"] == language
    assert words in event["DESCRIPTION"]
    assert getattr(spring_round, f"name_{language}") in event["SUMMARY"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Step.Kind.TALKS, "Keskustelut päättyvät: "),
        (Step.Kind.INTEREST, "Lähetä kiinnostuksen ilmaisu: "),
        (Step.Kind.REFINEMENT, "Lähetä tarkennettu ehdotus: "),
    ],
)
def test_the_summary_begins_with_what_is_to_be_done(spring_round: Round, kind: str, words: str) -> None:
    Step.objects.update(kind=kind)
    assert fetch("/fi/kierrokset/kevat.ics")[0]["SUMMARY"].startswith(words)


def test_each_step_has_an_address_and_an_identity_of_its_own(spring_round: Round) -> None:
    make_step(spring_round, opens_at=AT, closes_at=CLOSES + timedelta(days=9))
    first, second = fetch("/fi/kierrokset/kevat.ics")
    assert first["UID"] != second["UID"]
    assert [event["UID"] for event in fetch("/fi/kierrokset/kevat/2.ics")] == [second["UID"]]
    assert [event["UID"] for event in fetch("/sv/omgangar/kevat/1.ics")] == [first["UID"]]
    for missing in ("kevat/3", "kevat/0", f"kevat/{9**40}", "syksy", "syksy/1"):
        assert Client().get(f"/fi/kierrokset/{missing}.ics").status_code == 404


def test_a_moved_deadline_is_the_same_event_with_a_higher_sequence(spring_round: Round, officer: User) -> None:
    (before,) = fetch("/fi/kierrokset/kevat.ics")
    moved(spring_round.steps.get(), CLOSES + timedelta(days=7), officer)
    (after,) = fetch("/fi/kierrokset/kevat.ics")
    assert (after["UID"], after["SEQUENCE"]) == (before["UID"], 1)
    assert after["DTSTART"].dt == CLOSES + timedelta(days=7)
    assert after["LAST-MODIFIED"].dt == AT + timedelta(days=1)
    assert "Määräaika on siirtynyt. Aiempi määräaika: tiistai 12.1.2027" in after["DESCRIPTION"]
    assert "Syy: Järjestelmäkatko" in after["DESCRIPTION"]
    moved(spring_round.steps.get(), CLOSES, officer, changed_at=AT + timedelta(days=2))
    assert fetch("/fi/kierrokset/kevat.ics")[0]["SEQUENCE"] == 2


def test_a_cancelled_round_says_so_in_every_calendar(spring_round: Round, preparer: User) -> None:
    make_proposal(spring_round, preparer)
    Round.objects.update(cancelled_at=AT + timedelta(days=3), cancelled_because_fi="Rahoitus ei toteudu.")
    for where in ("/fi/kierrokset/kevat.ics", "/fi/kierrokset.ics", "/fi/kierrokset/kevat/1.ics"):
        (event,) = fetch(where)
        assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)
        assert event["SUMMARY"] == f"Peruttu: {spring_round.name_fi}"
        assert "Rahoitus ei toteudu." in event["DESCRIPTION"]
        assert "Määräaika" not in event["DESCRIPTION"]
        assert event["DTSTAMP"].dt == AT + timedelta(days=3)
    assert own(preparer)[0]["STATUS"] == "CANCELLED"


def test_an_unpublished_round_is_in_no_calendar(officer: User, preparer: User, satakunta: Region) -> None:
    round_ = make_round(slug="tuleva", published=False, owner=officer, invited=[preparer.organisation])
    make_proposal(round_, preparer)
    for where in ("/fi/kierrokset.ics", f"/fi/maakunnat/{satakunta.slug}.ics"):
        assert fetch(where) == []
    assert own(officer) == own(preparer) == []
    client = Client()
    client.force_login(officer)
    assert client.get("/fi/kierrokset/tuleva.ics").status_code == 404
    assert client.get("/fi/kierrokset/tuleva/1.ics").status_code == 404
    assert fetch("/fi/kierrokset.ics", client) == []


def test_the_common_calendar_forgets_a_deadline_a_month_after_it(db: None) -> None:
    now = timezone.now()
    made = {
        days: make_round(opens_at=now - timedelta(days=90), closes_at=now + timedelta(days=days))
        for days in (-40, -20, 20)
    }
    names = [event["SUMMARY"].partition(": ")[2] for event in fetch("/fi/kierrokset.ics")]
    assert names == [made[-20].name_fi, made[20].name_fi]
    assert len(fetch(f"/fi/kierrokset/{made[-40].slug}.ics")) == 1


def test_a_region_has_the_rounds_that_its_organisations_may_answer(
    satakunta: Region, etela_savo: Region, council: Organisation, other_council: Organisation
) -> None:
    for_all, for_one = make_round(), make_round(invited=[council])
    both = {for_all.name_fi, for_one.name_fi}

    def names(region: Region) -> set[str]:
        return {event["SUMMARY"].partition(": ")[2] for event in fetch(f"/fi/maakunnat/{region.slug}.ics")}

    assert names(satakunta) == both
    assert names(etela_savo) == {for_all.name_fi}
    council.coverages.update(validity=("2000-01-01", "2001-01-01"))
    assert names(satakunta) == {for_all.name_fi}
    assert Client().get("/fi/maakunnat/ei-ole.ics").status_code == 404


def test_one_s_own_calendar_has_drafts_invitations_and_own_rounds(
    preparer: User, colleague: User, stranger: User, officer: User, council: Organisation
) -> None:
    drafted, invited, owned = make_round(), make_round(invited=[council]), make_round(owner=officer)
    make_round()  # open to all, but nobody's
    make_proposal(drafted, preparer)
    make_proposal(owned, stranger, state="withdrawn", withdrawn_at=AT)

    def names(user: User) -> set[str]:
        return {event["SUMMARY"] for event in own(user)}

    mine = f"Lähetä alustava ehdotus: {invited.name_fi}"
    assert names(preparer) == {f"Lähetä alustava ehdotus: {drafted.name_fi}", mine}
    assert names(colleague) == {mine}
    assert names(stranger) == set()
    assert names(officer) == {f"Kierroksesi päättyy: {owned.name_fi}"}


def test_one_s_own_extension_counts_and_is_nobody_else_s(
    spring_round: Round, preparer: User, stranger: User, officer: User
) -> None:
    step, later = spring_round.steps.get(), CLOSES + timedelta(days=3)
    for user in (preparer, stranger):
        make_proposal(spring_round, user)
    fields = {"organisation": preparer.organisation, "reason": "xqreason", "granted_by": officer}
    Extension.objects.create(step=step, closes_at=later, granted_at=AT + timedelta(days=5), **fields)
    (event,) = own(preparer)
    assert (event["DTSTART"].dt, event["SEQUENCE"]) == (later, 1)
    assert event["LAST-MODIFIED"].dt == AT + timedelta(days=5)
    assert "organisaatiosi oma, myöhempi määräaika" in event["DESCRIPTION"]
    assert "xqreason" not in event["DESCRIPTION"]
    (theirs,) = own(stranger)
    assert (theirs["DTSTART"].dt, theirs["SEQUENCE"]) == (CLOSES, 0)
    assert len({event["UID"], theirs["UID"], fetch("/fi/kierrokset/kevat.ics")[0]["UID"]}) == 3
    assert fetch("/fi/kierrokset/kevat.ics")[0]["DTSTART"].dt == CLOSES
    Extension.objects.update(version=2, closes_at=later + timedelta(days=1))
    assert own(preparer)[0]["SEQUENCE"] == 2


def test_with_two_organisations_the_earlier_deadline_counts(
    spring_round: Round, preparer: User, other_council: Organisation, officer: User
) -> None:
    make_proposal(spring_round, preparer)
    make_proposal(spring_round, preparer, organisation=other_council)
    fields = {"reason": "syy", "granted_by": officer, "granted_at": AT, "step": spring_round.steps.get()}
    Extension.objects.create(organisation=other_council, closes_at=CLOSES + timedelta(days=3), **fields)
    assert own(preparer)[0]["DTSTART"].dt == CLOSES


def test_the_secret_address_needs_no_account_and_is_kept_by_nobody_else(spring_round: Round, preparer: User) -> None:
    make_proposal(spring_round, preparer)
    where = f"/fi/oma-kalenteri/{preparer.pk}/{preparer.calendar_key()}.ics"
    answer = Client().get(where)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert not answer.cookies
    assert b"CLASS:PRIVATE" in answer.content
    assert Client().get(where, HTTP_IF_NONE_MATCH=answer.headers["ETag"]).status_code == 304


def test_a_new_address_voids_the_old_one(preparer: User, as_user: Any) -> None:
    old = f"/fi/oma-kalenteri/{preparer.pk}/{preparer.calendar_key()}.ics"
    page = as_user(preparer).get("/fi/oma-sivu/").text
    assert f"http://localhost:8000{old}" in page
    assert as_user(preparer).get("/fi/oma-sivu/kalenteri/").status_code == 405
    answer = as_user(preparer).post("/fi/oma-sivu/kalenteri/", follow=True)
    preparer.refresh_from_db()
    new = f"/fi/oma-kalenteri/{preparer.pk}/{preparer.calendar_key()}.ics"
    assert new in answer.text
    assert old not in answer.text
    assert (Client().get(old).status_code, Client().get(new).status_code) == (404, 200)


def test_a_wrong_address_a_renewed_one_and_an_ended_account_answer_alike(
    preparer: User, colleague: User, ended: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    old = preparer.calendar_key()
    preferences.renew_calendar(preparer)
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    tried = [
        (preparer.pk, old),
        (preparer.pk, "0" * 40),
        (preparer.pk, colleague.calendar_key()),
        (colleague.pk, colleague.calendar_key()),
        (ended.pk, ended.calendar_key()),
        (999_999_999, User(pk=999_999_999).calendar_key()),
        (9**40, "x"),
    ]
    pages = set()
    for pk, key in tried:
        with django_assert_num_queries(1 if pk < 10**12 else 0):
            answer = Client().get(f"/fi/oma-kalenteri/{pk}/{key}.ics")
        assert answer.status_code == 404
        pages.add(answer.text.replace(f"/{pk}/{key}.ics", "/-"))
    assert len(pages) == 1


def test_rights_that_end_end_the_calendar(preparer: User) -> None:
    where = f"/fi/oma-kalenteri/{preparer.pk}/{preparer.calendar_key()}.ics"
    assert Client().get(where).status_code == 200
    User.objects.update(rights_until=date(2020, 1, 1))
    assert Client().get(where).status_code == 404


def test_the_bytes_follow_from_the_data_alone(spring_round: Round, officer: User) -> None:
    first = Client().get("/fi/kierrokset.ics")
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert Client().get("/fi/kierrokset.ics").content == first.content
    assert Client().get("/fi/kierrokset.ics", HTTP_IF_NONE_MATCH=first.headers["ETag"]).status_code == 304
    moved(spring_round.steps.get(), CLOSES + timedelta(days=1), officer)
    assert Client().get("/fi/kierrokset.ics", HTTP_IF_NONE_MATCH=first.headers["ETag"]).status_code == 200


def test_a_copy_elsewhere_makes_events_of_its_own(spring_round: Round, settings: Any) -> None:
    here = fetch("/fi/kierrokset/kevat.ics")[0]["UID"]
    settings.DEPLOYMENT_KEY = "a copy"
    assert fetch("/fi/kierrokset/kevat.ics")[0]["UID"] != here


@pytest.mark.parametrize("many", [1, 3])
def test_a_calendar_takes_a_constant_number_of_queries(
    many: int,
    preparer: User,
    council: Organisation,
    satakunta: Region,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(many):
        make_proposal(make_round(invited=[council]), preparer)
    with django_assert_num_queries(2):
        assert len(fetch("/fi/kierrokset.ics")) == many
    with django_assert_num_queries(3):
        assert len(fetch(f"/fi/maakunnat/{satakunta.slug}.ics")) == many
    with django_assert_num_queries(7):
        assert len(own(preparer)) == many


BAIT = "Kierros\r\nEND:VEVENT\r\nBEGIN:VALARM\nATTACH:x\u2028\u2029\x85\x0b\x0c" + "ä\\;,:\"'" * 300
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=2000)


def described(name: str, contact: str, reason: str) -> bytes:
    """Return the file of a cancelled and moved step whose every text is hostile; NUL cannot come from the database."""
    round_ = Round(
        pk=1, slug="kevat", name_fi=name or "x", contact_fi=contact, cancelled_because_fi=reason, published_at=AT
    )
    step = Step(pk=1, round=round_, kind=Step.Kind.PRELIMINARY, opens_at=AT, closes_at=CLOSES, deadline_version=2)
    change = DeadlineChange(step=step, closed_at=AT, closes_at=CLOSES, reason_fi=reason, changed_at=AT)
    step._prefetched_objects_cache = {"changes": [change]}
    with translation.override("fi"):
        return calendars.calendar(name, calendars.deadlines([step]))


@pytest.mark.parametrize("words", [BAIT, "\0" + BAIT, "x" * 2000, "😀" * 2000, "\\n" * 40, "a\tb"])
def test_no_name_can_add_a_line_or_an_alarm(words: str) -> None:
    body = described(words, words, words)
    (event,) = read(body)
    assert b"BEGIN:VALARM\r\n" not in body
    assert b"\0" not in body
    assert event.subcomponents == []
    assert len(event["SUMMARY"]) <= 200
    assert "\n" not in event["SUMMARY"]


@given(name=WORDS, contact=WORDS, reason=WORDS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_words_one_event_is_read_back_with_them(name: str, contact: str, reason: str) -> None:
    (event,) = read(described(name, contact, reason))
    assert set(event) == {
        *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "SUMMARY", "DESCRIPTION", "URL", "STATUS"),
        "TRANSP",
    }
    assert event["DTSTART"].dt == CLOSES
    assert event["SUMMARY"].startswith("Lähetä alustava ehdotus:")
    for word in contact.split():
        if word.isalnum():
            assert word in event["DESCRIPTION"]


@given(minutes=st.integers(0, 3 * 366 * 24 * 60))
@settings(max_examples=200, deadline=None)
def test_any_minute_of_any_year_is_told_as_itself(minutes: int) -> None:
    """Also those of the hour that comes twice: UTC knows only one of each."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    round_ = Round(pk=1, slug="kevat", name_fi="Kierros", published_at=AT)
    step = Step(pk=1, round=round_, kind=Step.Kind.TALKS, opens_at=AT, closes_at=at)
    step._prefetched_objects_cache = {"changes": []}
    (event,) = read(calendars.calendar("x", calendars.deadlines([step])))
    assert event["DTSTART"].dt == at


def test_a_calendar_without_a_deadline_is_still_a_calendar(client: Client, db: None) -> None:
    found = icalendar.Calendar.from_ical(client.get("/fi/kierrokset.ics").content)
    assert [part.name for part in found.subcomponents] == ["VTIMEZONE"]
    [zone] = found.subcomponents
    assert sorted(str(part["TZOFFSETTO"].to_ical()) for part in zone.subcomponents) == ["+0200", "+0300"]
    make_round()
    again = icalendar.Calendar.from_ical(client.get("/fi/kierrokset.ics").content)
    assert [part.name for part in again.subcomponents] == ["VEVENT"]
