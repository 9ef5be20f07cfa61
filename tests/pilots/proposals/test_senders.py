"""Senders beside each other, and before a database that is busy or away: tried once more, and no word is lost."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone

from pilots.models import Proposal, Version
from pilots.proposals import workflow
from pilots.rounds.workflow import deadlines
from regions.models import User
from registry.lib import log_lines, security_log
from registry.lib.database import once_more
from registry.lib.languages import InThree
from tests.pilots.interest import address, basics, move_deadline
from tests.pilots.proposals.sessions import impatient

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = "SELECT FROM pilots_step FOR "
WORDS = "Kaikki nämä sanat säilyvät, vaikka tietokanta ei vastaa."


@contextmanager
def other(statement: str) -> Iterator[Any]:
    """Hold in another session what the statement locks; give the session."""
    session = connections.create_connection("default")
    try:
        session.set_autocommit(False)
        with session.cursor() as cursor:
            cursor.execute(statement)
        yield session
    finally:
        session.close()


def test_a_sender_does_not_wait_for_another_one(interest: Proposal, preparer: User) -> None:
    with other(f"{STEPS} SHARE"), impatient():
        assert workflow.submit(interest, interest.edition, preparer).number == 1


def test_a_sender_waits_for_a_deadline_that_is_being_moved(interest: Proposal, preparer: User) -> None:
    with other(f"{STEPS} NO KEY UPDATE"), impatient(), pytest.raises(OperationalError):
        workflow.submit(interest, interest.edition, preparer)
    assert not Version.objects.exists()


def test_a_deadline_waits_for_senders(interest: Proposal, officer: User) -> None:
    step, at = interest.round.steps.get(), timezone.now()
    reason = InThree("Katko", "Avbrott", "")
    later = step.closes_at + timedelta(days=1)
    with other(f"{STEPS} SHARE"), impatient(), pytest.raises(OperationalError):
        deadlines.move_deadline(step, later, reason, officer, at, step.deadline_version)
    deadlines.move_deadline(step, later, reason, officer, at, step.deadline_version)


@pytest.mark.parametrize("frees_itself", [True, False])
def test_a_verb_is_tried_once_more_and_then_no_more(interest: Proposal, frees_itself: bool) -> None:
    tries: list[int] = []
    with other(f"{STEPS} UPDATE") as session:

        @once_more
        def verb() -> str:
            tries.append(len(tries))
            if len(tries) == 2 and frees_itself:
                session.rollback()
            with connection.cursor() as cursor:
                cursor.execute(f"{STEPS} UPDATE NOWAIT")
            return "done"

        if frees_itself:
            assert verb() == "done"
        else:
            with pytest.raises(OperationalError):
                verb()
    assert tries == [0, 1]


def test_a_fault_that_trying_again_does_not_mend_is_not_tried_again() -> None:
    tries: list[int] = []

    @once_more
    def verb() -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '10ms'")
            cursor.execute("SELECT pg_sleep(5)")

    with pytest.raises(OperationalError):
        verb()
    assert tries == [1]


def test_a_save_keeps_its_words_where_the_session_itself_cannot_be_read(page: Client, interest: Proposal) -> None:
    page.raise_request_exception = False
    with other("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE"), connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '300ms'")
        answer = page.post(address("edit_section", interest, "basics"), basics(title=WORDS))
        cursor.execute("RESET statement_timeout")
    assert answer.status_code == 503
    assert WORDS in answer.text
    assert int(answer["Retry-After"]) > 0


def test_a_save_keeps_its_words_where_the_database_ends_the_session(page: Client, interest: Proposal) -> None:
    page.raise_request_exception = False
    page.get(address("edit_section", interest, "basics"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with other(f"SELECT pg_terminate_backend({pid}, 5000)"):
        answer = page.post(address("edit_section", interest, "basics"), basics(title=WORDS))
    connection.close()
    assert answer.status_code == 503
    assert WORDS in answer.text


@pytest.fixture
def events() -> Iterator[list[dict[str, Any]]]:
    """The events of the log of security."""
    told: list[dict[str, Any]] = []
    handler = logging.Handler()
    handler.setFormatter(log_lines.JsonLines())
    handler.emit = lambda record: told.append(json.loads(handler.format(record)))
    security_log.log.addHandler(handler)
    yield told
    security_log.log.removeHandler(handler)


@pytest.mark.parametrize(
    ("proxies", "said", "arrived"),
    [
        (1, "1795788000.250 0.125", "2026-11-27T14:00:00.250000+00:00"),
        (1, "nonsense", None),
        (1, "1e300 1", None),
        (1, "nan nan", None),
        (0, "1795788000.250 0.125", None),
    ],
)
def test_what_the_proxy_saw_stands_beside_a_refusal_and_judges_nothing(
    page: Client,
    interest: Proposal,
    events: list[dict[str, Any]],
    settings: Any,
    proxies: int,
    said: str,
    arrived: str | None,
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    move_deadline(interest.round, -60)
    headers = {"X-Arrived": said, "X-Forwarded-For": "192.0.2.9"}
    answer = page.post(address("submit_proposal", interest), {"edition": 1}, headers=headers)
    assert answer.status_code == 409
    (event,) = [event for event in events if event["event"] == "sent_too_late"]
    assert event["proposal"] == interest.pk
    assert event["closed_at"] < event["judged_at"]
    assert event.get("arrived_at") == arrived
    if arrived:
        assert event["began_at"] == "2026-11-27T14:00:00.125000+00:00"
