"""Other sessions of the database: what they hold, and how long ours waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections

from regions.models import User


@contextmanager
def held(user: User, how: str = "NO KEY UPDATE") -> Iterator[None]:
    """Let another session hold the person's account while the block runs."""
    session = connections.create_connection("default")
    try:
        session.set_autocommit(False)
        with session.cursor() as cursor:
            cursor.execute(f"SELECT FROM regions_user WHERE id = %s FOR {how}", [user.pk])
        yield
    finally:
        session.close()


@contextmanager
def impatient() -> Iterator[None]:
    """Let our own session wait for no lock longer than a moment: then an error ends what waits."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '500ms'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")
