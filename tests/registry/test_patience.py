"""How long a request may keep the database: a reader is put off with 503, a writer too, and keeps what was typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from pilots.models import Proposal
from regions.models import User
from registry import patience
from tests.factories import make_proposal, make_round

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Kaikki nämä sanat säilyvät, vaikka palvelu on ruuhkainen <b>."


@contextmanager
def held(statement: str, *values: Any) -> Iterator[None]:
    """Hold what a statement locks in a session of another process."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(statement, values)
            yield
    finally:
        other.close()


@contextmanager
def limits(**most: str) -> Iterator[None]:
    """Give our session limits as a web server's has them."""
    with connection.cursor() as cursor:
        for name, value in most.items():
            cursor.execute(f"SET {name} = '{value}'")
    yield
    connection.close()


def test_a_reader_who_takes_too_long_is_put_off_in_three_languages(client: Client) -> None:
    with held("LOCK TABLE pilots_pilot IN ACCESS EXCLUSIVE MODE"), limits(statement_timeout="200ms"):
        answer = client.get("/fi/pilotit/")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Cache-Control"] == "no-store"
    for words in ("Palvelu on ruuhkainen", "Tjänsten är överbelastad", "The service is busy"):
        assert words in answer.text


@pytest.fixture
def draft(preparer: User) -> Proposal:
    return make_proposal(make_round(invited=[preparer.organisation]), preparer)


def test_a_writer_who_takes_too_long_keeps_what_was_typed(
    as_user: Any, preparer: User, draft: Proposal, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATEMENT_SECONDS = 3
    monkeypatch.setattr(patience, "WRITING", {"statement_timeout": "5s", "lock_timeout": "200ms"})
    page = reverse("edit_section", args=[draft.pk, "basics"])
    with held("SELECT * FROM pilots_proposal WHERE id = %s FOR UPDATE", draft.pk):
        answer = as_user(preparer).post(page, {"title": WORDS})
    assert answer.status_code == 503
    assert f'action="{page}"' in answer.text
    assert WORDS.replace("<b>", "&lt;b&gt;") in answer.text


def test_what_is_typed_into_a_form_of_passwords_is_not_shown(rf: Any) -> None:
    answer = patience.busy(rf.post("/fi/tili/login/", {"login": "a@b.example", "password": "my own secret"}))
    assert "my own secret" not in answer.text
    assert "a@b.example" not in answer.text


def test_a_request_that_writes_has_longer_limits_and_gives_them_back(rf: Any, settings: Any) -> None:
    settings.STATEMENT_SECONDS = 3
    seen: list[str] = []

    def limit(_request: Any = None) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            seen.append(cursor.fetchone()[0])

    middleware = patience.Patience(limit)
    middleware(rf.get("/"))
    middleware(rf.post("/"))
    limit()
    assert seen == ["0", "20s", "0"]


def test_a_web_server_s_session_has_the_limits_of_a_reader() -> None:
    assert site.STATEMENT_SECONDS == 0
    text = (site.BASE_DIR / "registry" / "wsgi.py").read_text()
    assert 'setdefault("STATEMENT_SECONDS", "3")' in text


@pytest.mark.django_db
def test_the_planner_takes_the_pages_of_an_index_for_as_cheap_as_they_are() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW random_page_cost")
        assert cursor.fetchone() == ("1.1",)
