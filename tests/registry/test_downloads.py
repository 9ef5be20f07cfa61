"""Files that are downloaded: few at once over all processes, and signed-in people do not wait for readers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from regions.models import User
from registry.lib.downloads import ANYONE, SIGNED_IN, few_at_once

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = (ANYONE, SIGNED_IN)


@pytest.fixture(autouse=True)
def _new_session(transactional_db: None) -> None:
    """Begin with a session of its own: a test that read a part of a file may have left its slot in the last one."""
    connection.close()


@contextmanager
def taken(kind: int, *numbers: int) -> Iterator[None]:
    """Hold slots in a session of another process."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            for number in numbers:
                cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [kind, number])
                assert cursor.fetchone()[0]
            yield
    finally:
        other.close()


def slots_held() -> int:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid IN (%s, %s)"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                KINDS,
            )
            return int(cursor.fetchone()[0])
    finally:
        other.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/fi/pilotit.csv?q=työ&sort=name", "Tiedosto odottaa vuoroaan"),
        ("/sv/piloter.csv", "Filen väntar på sin tur"),
        ("/en/pilots.csv", "The file waits for its turn"),
    ],
)
def test_the_file_too_many_waits_with_words_in_the_reader_s_language(client: Client, address: str, words: str) -> None:
    with taken(ANYONE, 1, 2, 3):
        answer = client.get(address)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert words in answer.text
    assert answer.wsgi_request.get_full_path().replace("&", "&amp;") in answer.text


def test_the_last_free_slot_is_given_and_comes_back(client: Client) -> None:
    with taken(ANYONE, 1, 3):
        first = client.get("/fi/pilotit.csv")
        assert (first.status_code, slots_held()) == (200, 3)
        assert first.getvalue()
        assert slots_held() == 2
    with taken(ANYONE, 1, 2, 3):
        assert client.get("/fi/pilotit.csv").status_code == 429


def test_a_reader_who_goes_away_gives_the_slot_back(client: Client) -> None:
    answer = client.get("/fi/pilotit.csv")
    next(iter(answer.streaming_content))
    assert slots_held() == 1
    answer.close()
    assert slots_held() == 0


def test_people_who_have_signed_in_do_not_wait_for_readers(as_user: Any, officer: User, client: Client) -> None:
    with taken(ANYONE, 1, 2, 3):
        staff = as_user(officer)
        assert staff.get("/fi/pilotit.csv").getvalue()
    with taken(SIGNED_IN, 1, 2, 3):
        assert client.get("/fi/pilotit.csv").getvalue()
        assert as_user(officer).get("/fi/pilotit.csv").status_code == 429


def test_an_installation_may_send_more(client: Client, settings: Any) -> None:
    settings.FILES_AT_ONCE = 4
    with taken(ANYONE, 1, 2, 3):
        assert client.get("/fi/pilotit.csv").getvalue()


def test_the_headers_alone_need_no_slot_and_read_no_row(client: Client) -> None:
    with taken(ANYONE, 1, 2, 3):
        answer = client.head("/fi/pilotit.csv")
    assert (answer.status_code, answer.getvalue()) == (200, b"")
    assert 'filename="pilots-' in answer["Content-Disposition"]


class Broken(Exception):
    """What breaks a file off."""


def _half(request: HttpRequest) -> StreamingHttpResponse:
    def portions() -> Iterator[bytes]:
        yield b"the first half"
        raise Broken

    return StreamingHttpResponse(portions())


def test_a_file_that_breaks_off_says_so_to_the_server_and_gives_the_slot_back(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = User()
    answer: Any = few_at_once(_half)(request)
    portions = iter(answer)
    assert next(portions) == b"the first half"
    with pytest.raises(Broken):  # the web server cuts the connection: no last chunk is sent
        next(portions)
    answer.close()
    assert slots_held() == 0


def test_an_answer_without_a_file_gives_the_slot_back(rf: RequestFactory) -> None:
    def missing(request: HttpRequest) -> HttpResponse:
        raise Http404

    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("no file")

    request = rf.get("/")
    request.user = User()
    with pytest.raises(Http404):
        few_at_once(missing)(request)
    assert few_at_once(page)(request).status_code == 200
    assert slots_held() == 0
