"""The database's clock, turned: every session that asks for the time hears another one, and the code is unchanged.

A schema ``turned`` has ``clock_timestamp()``, ``now()`` and their kin of its own. Named before ``pg_catalog`` in the
search path, they are what ``SELECT clock_timestamp()`` finds. How far the clock is turned stands in one row for all
sessions; a session may be turned by itself. ``CURRENT_TIMESTAMP`` is a word of SQL, no function, and stays true.
"""

from datetime import datetime, timedelta
from typing import Any

SEARCH_PATH = "turned, public, pg_catalog"
SCHEMA = """
    CREATE SCHEMA IF NOT EXISTS turned;
    CREATE TABLE IF NOT EXISTS turned.clock (
        id boolean PRIMARY KEY DEFAULT true CHECK (id),
        ahead interval NOT NULL DEFAULT '0',
        stands_at timestamptz
    );
    INSERT INTO turned.clock DEFAULT VALUES ON CONFLICT DO NOTHING;
    CREATE OR REPLACE FUNCTION turned.turn(moment timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
        SELECT coalesce(
            nullif(current_setting('turned.stands_at', true), '')::timestamptz,
            moment + nullif(current_setting('turned.offset', true), '')::interval,
            (SELECT coalesce(stands_at, moment + ahead) FROM turned.clock)
        )
    $$;
"""
FUNCTION = """
    CREATE OR REPLACE FUNCTION turned.{name}() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
        SELECT turned.turn(pg_catalog.{name}())
    $$;
"""
NAMES = ["clock_timestamp", "now", "transaction_timestamp", "statement_timestamp"]


def install(connection: Any) -> None:
    """Put the turned clock, not yet turned, before the true one: in this session and in all later ones.

    ``connection`` is Django's or psycopg2's, of the database's owner; outside autocommit the caller commits.
    """
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA + "".join(FUNCTION.format(name=name) for name in NAMES))
        cursor.execute("SELECT current_database()")
        cursor.execute(f'ALTER DATABASE "{cursor.fetchone()[0]}" SET search_path = {SEARCH_PATH}')
        cursor.execute(f"SET search_path = {SEARCH_PATH}")


def turn(connection: Any, by: timedelta) -> None:
    """Turn the clock of all sessions ``by`` so much against the true one (negative: back); it goes on from there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE turned.clock SET ahead = make_interval(secs => %s), stands_at = NULL", [by.total_seconds()]
        )


def turn_to(connection: Any, at: datetime) -> None:
    """Turn the clock of all sessions to the aware moment ``at``; it goes on from there."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE turned.clock SET ahead = %s - pg_catalog.clock_timestamp(), stands_at = NULL", [at])


def stop(connection: Any, at: datetime) -> None:
    """Let the clock of all sessions stand still at the aware moment ``at``."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE turned.clock SET stands_at = %s", [at])


def turn_session(connection: Any, by: timedelta | None) -> None:
    """Turn this session's clock alone ``by`` so much against the true one; None: it hears what all hear."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('turned.stands_at', '', false), set_config('turned.offset', %s, false)",
            ["" if by is None else f"{by.total_seconds():.6f} seconds"],
        )


def stop_session(connection: Any, at: datetime) -> None:
    """Let this session's clock alone stand still at the aware moment ``at``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('turned.stands_at', %s, false)", [at.isoformat()])


def back(connection: Any) -> None:
    """Let all sessions hear the true time again."""
    turn(connection, timedelta())
    turn_session(connection, None)


def remove(connection: Any) -> None:
    """Take the turned clock away from the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        cursor.execute(f'ALTER DATABASE "{cursor.fetchone()[0]}" RESET search_path')
        cursor.execute("RESET search_path")
        cursor.execute("DROP SCHEMA IF EXISTS turned CASCADE")
