"""The short cut of the state machine: always the same histories; new ones each time are for `make histories`."""

from datetime import datetime, timedelta

import pytest

from tests.faults import machine
from tests.faults.histories.judge import Judge
from tests.faults.histories.world import BEGIN, World, here

DAY = timedelta(days=1)
BEFORE, SOONER, EXTENDED, BEYOND = BEGIN + 14 * DAY, BEGIN + 6 * DAY, BEGIN + 20 * DAY, BEGIN + 30 * DAY
# A deadline at 14 days that changes while no letter goes: "move" for all, "extend" for the organisation of the draft.
CHANGES = [
    [("move", SOONER), ("extend", EXTENDED)],
    [("move", SOONER), ("extend", EXTENDED), ("move", BEYOND)],
    [("move", SOONER), ("move", BEFORE), ("extend", EXTENDED)],
    [("extend", EXTENDED), ("move", SOONER)],
    [("extend", EXTENDED), ("move", BEYOND), ("move", SOONER)],
    [("extend", EXTENDED), ("move", SOONER), ("extend", BEFORE)],
    [("move", SOONER), ("extend", BEFORE)],
]


@pytest.mark.slow
def test_no_promise_is_broken_in_the_known_histories(transactional_db: None) -> None:
    with here() as world:
        counts = machine.run(world, 20, 30, number=None)
    assert counts["runs"] >= 20
    assert counts["mails"] > 0


@pytest.mark.slow
def test_whoever_had_heard_nothing_yet_hears_the_last_of_several_changes(transactional_db: None) -> None:
    with here() as world:
        for place, changes in enumerate(CHANGES):
            _live_through(world, changes, back=timedelta())
            if place < 2:
                _live_through(world, changes, back=timedelta(hours=1))  # the clock goes back before each change


def _live_through(world: World, changes: list[tuple[str, datetime]], back: timedelta) -> None:
    """Let the deadline of one round change before any letter of it has gone, and see that its writers know the last."""
    world.begin(preparers=5, silent=False, relay_log=True)
    judge = Judge(world)
    round_ = world.write_round(0, [], [(BEGIN - DAY, BEFORE)])
    world.publish(round_)
    writer = world.truth.people[world.taking_part[0].pk]
    world.start(round_, writer)
    judge.look()
    for act, closes_at in changes:
        world.go_to(world.at - back)
        if act == "move":
            world.move(round_.steps[0], closes_at)
        else:
            world.extend(round_.steps[0], world.organisations[0], closes_at)
        judge.look()
    try:
        judge.end()
        assert judge.believed[writer.pk, round_.steps[0].pk] == round_.steps[0].closes_for(writer.organisation)
    finally:
        world.end()
