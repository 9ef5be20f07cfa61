"""The turned clock turns what the portal hears, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from registry.lib.database import clock as heard
from tests.faults import clock

HOUR = timedelta(hours=1)


@pytest.fixture
def turned(transactional_db: None) -> Iterator[None]:
    clock.install(connection)
    yield
    clock.remove(connection)


def ahead() -> timedelta:
    """How far the clock that the portal hears is before the true one, to the second."""
    return timedelta(seconds=round((heard() - datetime.now(UTC)).total_seconds()))


def in_another_session(question: str = "SELECT clock_timestamp() - pg_catalog.clock_timestamp()") -> timedelta:
    database = settings.DATABASES["default"]
    other = psycopg2.connect(
        host=database["HOST"],
        port=database["PORT"] or None,
        dbname=connection.settings_dict["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
    )
    try:
        with other.cursor() as cursor:
            cursor.execute(question)
            return timedelta(seconds=round(cursor.fetchone()[0].total_seconds()))
    finally:
        other.close()


@pytest.mark.usefixtures("turned")
def test_the_clock_is_turned_for_all_and_back() -> None:
    assert ahead() == in_another_session() == timedelta()
    for by in (26 * HOUR, -HOUR, timedelta(days=200)):
        clock.turn(connection, by)
        assert ahead() == in_another_session() == by
        assert in_another_session("SELECT now() - pg_catalog.now()") == by
    clock.back(connection)
    assert ahead() == in_another_session() == timedelta()


@pytest.mark.usefixtures("turned")
def test_the_clock_is_turned_to_a_moment_and_goes_on() -> None:
    moment = datetime(2026, 10, 25, 0, 59, tzinfo=UTC)
    clock.turn_to(connection, moment)
    assert moment < heard() < heard() < moment + timedelta(minutes=1)


@pytest.mark.usefixtures("turned")
def test_a_stopped_clock_stands() -> None:
    moment = datetime(2026, 10, 25, 0, 59, tzinfo=UTC)
    clock.stop(connection, moment)
    assert heard() == heard() == moment
    clock.turn(connection, HOUR)
    assert ahead() == HOUR


@pytest.mark.usefixtures("turned")
def test_one_session_may_be_turned_alone() -> None:
    clock.turn_session(connection, -HOUR)
    assert (ahead(), in_another_session()) == (-HOUR, timedelta())
    moment = datetime(2027, 3, 28, 1, tzinfo=UTC)
    clock.stop_session(connection, moment)
    assert heard() == moment
    clock.turn_session(connection, None)
    assert ahead() == timedelta()


def test_without_it_the_clock_is_true(db: None) -> None:
    assert ahead() == timedelta()
