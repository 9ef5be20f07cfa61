"""The short cut of the state machine: always the same histories; new ones each time are for `make histories`."""

import pytest

from tests.faults import machine
from tests.faults.histories.world import here


@pytest.mark.slow
def test_no_promise_is_broken_in_the_known_histories(transactional_db: None) -> None:
    with here() as world:
        counts = machine.run(world, 20, 30, number=None)
    assert counts["runs"] >= 20
    assert counts["mails"] > 0
