"""Other sessions of the database: what they hold, how long ours waits for it, and what they do at once."""

import threading
from collections.abc import Callable, Iterator
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


def together(*works: Callable[[], object]) -> list[object]:
    """Run the works at once, each on a connection of its own; return what each gave or raised."""
    gate = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(place: int) -> None:
        try:
            gate.wait(10)
            results[place] = works[place]()
        except Exception as fault:
            results[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
