"""Sessions before two pools: one look-up, and a stranger goes to the readers' pool with all that was sent."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from regions.models import User

pytestmark = pytest.mark.django_db
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


def test_the_readers_pool_deletes_the_cookie_of_no_session() -> None:
    answer = with_cookie("made-up").get(HERE)
    assert answer.status_code == 200
    assert answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 0


def test_a_reader_without_a_cookie_costs_no_look_up(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(HERE, headers=PEOPLE)["X-Accel-Redirect"] == "@stranger"
    assert look_ups(queries) == []
