"""Sessions before two pools: one look-up, and a stranger goes to the readers' pool with all that was sent."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from regions.models import User
from registry.lib import session_times
from registry.lib.formats import moment_words
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HERE = "/fi/tietoa/"
PEOPLE = {"X-Pool": "people"}


def with_cookie(value: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = value
    return client


def look_ups(queries: Any) -> list[str]:
    return [query["sql"] for query in queries if "django_session" in query["sql"]]


@pytest.mark.parametrize("value", ["made-up", "x" * 32, "y" * 4000, "å", "'; --"])
def test_a_made_up_session_goes_back_to_the_proxy_after_one_look_up(value: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = with_cookie(value).get(HERE, headers=PEOPLE)
    assert answer["X-Accel-Redirect"] == "@stranger"
    assert len(queries) == len(look_ups(queries)) == (len(value) >= 8)  # what is shorter names none for the library
    assert not answer.cookies


def test_a_session_that_has_expired_or_holds_no_account_is_a_stranger_s(preparer: User) -> None:
    nobody = SessionStore()
    nobody["theme"] = "x"
    nobody.create()
    expired = Client()
    expired.force_login(preparer)
    session = expired.session
    session.set_expiry(-1)
    session.save()
    for client in (with_cookie(str(nobody.session_key)), expired):
        assert client.get(HERE, headers=PEOPLE)["X-Accel-Redirect"] == "@stranger"


def test_a_living_session_is_answered_and_looked_up_once(as_user: Any, preparer: User) -> None:
    client = as_user(preparer)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(HERE, headers=PEOPLE)
    assert answer.status_code == 200
    assert "X-Accel-Redirect" not in answer
    assert len(look_ups(queries)) == 1


def signed_in_at(preparer: User, begun: datetime, extended: datetime) -> Client:
    """Return the browser of somebody who signed in, and opened the last page, at these moments."""
    client = Client()
    client.force_login(preparer)
    session = client.session
    session_times.begin(session, begun)
    session[session_times.EXTENDED] = extended.timestamp()
    session.save()
    return client


@pytest.mark.parametrize(("hours", "status"), [(3.9, 200), (4.1, 302)])
def test_a_session_ends_hours_after_its_last_page_and_a_page_extends_it(
    preparer: User, hours: float, status: int
) -> None:
    now = timezone.now()
    client = signed_in_at(preparer, now - 5 * HOUR, now - hours * HOUR)
    assert client.get("/fi/oma-sivu/").status_code == status
    if status == 200:
        assert client.session[session_times.EXTENDED] >= now.timestamp()
        assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 4 * 3600


@pytest.mark.parametrize(("hours", "status"), [(9.9, 200), (10.1, 302)])
def test_a_session_is_over_ten_hours_after_the_sign_in(preparer: User, hours: float, status: int) -> None:
    now = timezone.now()
    assert signed_in_at(preparer, now - hours * HOUR, now).get("/fi/oma-sivu/").status_code == status


def test_a_session_is_written_once_in_half_an_hour(preparer: User) -> None:
    now = timezone.now()
    client = signed_in_at(preparer, now - HOUR, now - HOUR / 3)
    assert settings.SESSION_COOKIE_NAME not in client.get("/fi/oma-sivu/").cookies


@pytest.mark.parametrize(
    ("language", "words"),
    [("fi", "Olet kirjautuneena"), ("sv", "Du är inloggad till"), ("en", "You are signed in until")],
)
def test_every_page_says_when_the_session_ends(preparer: User, language: str, words: str) -> None:
    now = timezone.now()
    client = signed_in_at(preparer, now - 7 * HOUR, now)
    with translation.override(language):
        end = moment_words(now + 3 * HOUR, language)
        assert f"{words} {end}" in client.get(reverse("about")).text
    assert words not in Client().get(f"/{language}/").text


def test_a_sign_in_begins_a_session(preparer: User) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": preparer.email, "password": PASSWORD})
    assert session_times.ends_at(client.session) is not None


def test_the_readers_pool_deletes_the_cookie_of_no_session() -> None:
    answer = with_cookie("made-up").get(HERE)
    assert answer.status_code == 200
    assert answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 0


def test_a_reader_without_a_cookie_costs_no_look_up(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(HERE, headers=PEOPLE)["X-Accel-Redirect"] == "@stranger"
    assert look_ups(queries) == []
