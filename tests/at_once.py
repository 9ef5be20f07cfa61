"""Works done at once, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from registry.lib.refusals import Refused

THREADS = 24


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """Run the works on so many threads; return what each gave or why it was refused."""

    def run(work: Callable[[], object]) -> object:
        try:
            return work()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, works))
