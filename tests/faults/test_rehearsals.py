"""The short cut of the rehearsals: a few random worlds, the same ones each time."""

import pytest

from tests.faults import rehearsals
from tests.faults.histories.world import here


@pytest.mark.slow
def test_what_is_rehearsed_in_a_random_world_is_what_is_sent(transactional_db: None) -> None:
    with here() as world:
        figures = [rehearsals.compare(world, number) for number in range(4)]
    assert sum(one["letters"] for one in figures) > 10
    assert sum(one["different"] for one in figures) == 0
