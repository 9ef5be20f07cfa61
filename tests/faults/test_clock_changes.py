"""The clocks change on 25.10.2026 and 28.3.2027: every rule at its wall time, nothing twice, nothing lost."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from pilots.models import Message, ReminderRule
from tests.faults.histories import days, truth
from tests.faults.histories.judge import Judge
from tests.faults.histories.world import World, here

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
CHANGES = [date(2026, 10, 25), date(2027, 3, 28)]
FIRST, LAST = date(2026, 7, 1), date(2028, 6, 30)
CLOCKS = [time(0, 1), time(2, 59), time(8, 0), time(9, 0), time(9, 1), time(16, 15), time(23, 59)]


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    with here() as world:
        world.begin(preparers=4, silent=False, relay_log=True)
        yield world
        world.end()


def closing_moments(clock: time) -> list[datetime]:
    """Every day of two years, whatever weekday or holiday it is."""
    return [days.finnish(FIRST + n * DAY, clock) for n in range((LAST - FIRST).days + 1)]


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
@pytest.mark.parametrize("days_before", [days_before for _, days_before in truth.RULES])
def test_every_rule_fires_for_every_closing_day_of_two_years(days_before: int, clock: time) -> None:
    rule = ReminderRule(days_before=days_before)
    for closes_at in closing_moments(clock):
        due = rule.due_at(closes_at)
        wall = days.wall(due)
        assert due == days.due(closes_at, days_before)
        assert wall.time() == time(9, 0)
        assert days.works(wall.date())
        if days_before >= 0:
            assert due < closes_at
            assert wall.date() <= days.wall(closes_at).date() - days_before * DAY
        else:
            assert due > closes_at
            assert wall.date() >= days.wall(closes_at).date() - days_before * DAY


def test_the_doubled_hour_has_a_first_and_a_second_half_past_three() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert days.wall(first) == days.wall(second)
    for days_before in (14, 7, 5, 1, 0, -1):
        rule = ReminderRule(days_before=days_before)
        assert rule.due_at(first) == rule.due_at(second) == days.due(first, days_before)


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_point_around_a_change_is_told_at_nine_and_once(world: World, change: date) -> None:
    world.go_to(days.finnish(change - 20 * DAY, time(12, 0)))
    closing = [days.finnish(change + n * DAY, time(16, 15 + n)) for n in range(-1, 6)]
    for number, closes_at in enumerate(closing):
        round_ = world.write_round(number % 2, [], [(world.at - HOUR, closes_at)])
        assert world.publish(round_)
        for person in list(world.truth.people.values())[2:]:
            world.start(round_, person)
    world.sweep()
    judge = Judge(world)
    judge.look(swept=True)
    points = sorted({due for key, due in world.truth.plan.items() if key not in world.truth.past})
    night = [datetime.combine(change, time(), tzinfo=UTC) + n * MINUTE for n in range(121)]
    for moment in sorted({*points, *(due - MINUTE for due in points), *night}):
        world.go_to(moment)
        world.sweep()
        judge.look(swept=True)
    wanted = {(key.person, days.due(world.truth.step(key.step).closes_at, key.days_before)) for key in world.truth.plan}
    wanted -= {(key.person, world.truth.plan[key]) for key in world.truth.past}
    letters = Message.objects.order_by("pk").values_list("user", "created_at")
    assert sorted(letters) == sorted(wanted)
    assert {days.wall(at).time() for _, at in letters} == {time(9, 0)}
    assert len(world.sink.taken) == len(wanted)


@pytest.mark.slow
def test_what_the_quiet_hours_hold_until_the_doubled_hour_is_told_in_it_once(world: World) -> None:
    """A letter of Friday is put off and sent on Saturday; the next one waits until the first half past three."""
    world.go_to(datetime(2026, 10, 14, 9, tzinfo=UTC))
    person = list(world.truth.people.values())[2]
    opens = [world.at - HOUR, datetime(2026, 10, 24, 9, tzinfo=UTC)]
    for opens_at, last in zip(opens, (29, 30), strict=True):
        round_ = world.write_round(0, [], [(opens_at, days.finnish(date(2026, 10, last), time(16, 15)))])
        world.publish(round_)
        world.start(round_, person)
    world.sink.make_trouble("rcpt", "451 later", 9)
    sent, told_at = [], datetime(2026, 10, 24, 4, 30, tzinfo=UTC)
    doubled = [datetime(2026, 10, 25, tzinfo=UTC) + n * MINUTE for n in range(121)]
    for moment in (datetime(2026, 10, 23, 6, tzinfo=UTC), told_at, opens[1], *doubled):
        world.go_to(moment)
        world.sink.make_trouble("rcpt", "451 later", 9 if moment < told_at else 0)
        world.sweep()
        theirs = [mail for mail in world.sink.taken if mail.recipient == person.email]
        sent += [moment] * (len(theirs) - len(sent))
    assert sent == [told_at, told_at + 20 * HOUR + MINUTE]  # the mail was taken moments after its minute began


@pytest.mark.slow
@pytest.mark.parametrize("hour", [0, 1], ids=["the first", "the second"])
def test_a_deadline_in_the_doubled_hour_is_kept_to_the_second(world: World, hour: int) -> None:
    closes_at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    world.go_to(closes_at - 3 * DAY)
    round_ = world.write_round(0, [], [(world.at - HOUR, closes_at)])
    world.publish(round_)
    people = list(world.truth.people.values())[2:]
    drafts = [world.start(round_, person) for person in people[:4]]
    for proposal, moment in zip(drafts, (-HOUR, timedelta(), SECOND, HOUR), strict=True):
        world.go_to(closes_at + moment)
        world.submit(proposal)  # refuses to differ from the model
        assert proposal.state == ("submitted" if moment <= timedelta() else "draft")
