"""The short cut of the state machine: always the same histories, and a few new ones each time."""

import time

import pytest

from tests.faults import machine
from tests.faults.histories.world import here


@pytest.mark.slow
@pytest.mark.parametrize("number", [None, int(time.time())], ids=["known", "new"])
def test_no_promise_is_broken_in_any_history(transactional_db: None, number: int | None) -> None:
    runs = 20 if number is None else 5
    with here() as world:
        counts = machine.run(world, runs, 30, number=number)
    assert counts["runs"] >= runs
    assert counts["mails"] > 0
