"""Schedule: clock changes, holidays, every weekday as closing day; the days below were counted by hand."""

from datetime import date, datetime, timedelta
from datetime import time as clock_time

from registry.lib.dates import HELSINKI

from .children import until
from .place import Place
from .register import fault
from .world import World

NINE = clock_time(9, 0)
CLOSE = clock_time(16, 15)
NOVEMBER = {  # closing day: the days of the reminders, 14, 5 and 1 days before, on the working day before a free one
    date(2026, 11, 23): [date(2026, 11, 9), date(2026, 11, 18), date(2026, 11, 20)],  # Monday
    date(2026, 11, 24): [date(2026, 11, 10), date(2026, 11, 19), date(2026, 11, 23)],
    date(2026, 11, 25): [date(2026, 11, 11), date(2026, 11, 20), date(2026, 11, 24)],
    date(2026, 11, 26): [date(2026, 11, 12), date(2026, 11, 20), date(2026, 11, 25)],
    date(2026, 11, 27): [date(2026, 11, 13), date(2026, 11, 20), date(2026, 11, 26)],
    date(2026, 11, 28): [date(2026, 11, 13), date(2026, 11, 23), date(2026, 11, 27)],
    date(2026, 11, 29): [date(2026, 11, 13), date(2026, 11, 24), date(2026, 11, 27)],  # Sunday
}
CLOCKS_BACK = {  # the night to Sunday, 25 October 2026
    date(2026, 10, 26): [date(2026, 10, 12), date(2026, 10, 21), date(2026, 10, 23)],
    date(2026, 10, 27): [date(2026, 10, 13), date(2026, 10, 22), date(2026, 10, 26)],
    date(2026, 10, 30): [date(2026, 10, 16), date(2026, 10, 23), date(2026, 10, 29)],
}
CLOCKS_FORWARD = {  # the night to Sunday, 28 March 2027, which is Easter: Friday 26 and Monday 29 are free
    date(2027, 3, 30): [date(2027, 3, 16), date(2027, 3, 25), date(2027, 3, 25)],
    date(2027, 3, 31): [date(2027, 3, 17), date(2027, 3, 25), date(2027, 3, 30)],
    date(2027, 4, 2): [date(2027, 3, 19), date(2027, 3, 25), date(2027, 4, 1)],
}


def _at(day: date, clock: clock_time) -> datetime:
    return datetime.combine(day, clock, tzinfo=HELSINKI)


def _day_by_day(place: Place, closing: dict[date, list[date]]) -> None:
    """Let the days go by: nothing comes before nine, all that is due comes then, and nothing else comes at all."""
    world, due = World(place), dict[date, int]()
    began = _at(min(closing) - timedelta(days=20), clock_time(12, 0))
    for last, days in closing.items():
        round_ = world.round(closes_at=_at(last, CLOSE), began=began)
        writers = world.preparers(3, wants_open_rounds=False)  # nothing of the rounds of the others
        world.drafts(round_, writers, began + timedelta(days=1))
        for day in sorted(set(days)):
            due[day] = due.get(day, 0) + len(writers)
            world.expect(round_, writers, _at(last, CLOSE))
    place.manifest.expect(world.officer.email, "ierro", may=True, copies=99)
    place.turn_to(began + timedelta(days=2))
    place.sweeper(every=0.05)
    came, day = 0, min(due) - timedelta(days=1)
    while day <= max(closing) + timedelta(days=1):
        place.turn_to(_at(day, clock_time(8, 59, 50)))
        place.until_swept()
        assert _to_writers(place) == came, f"something came before nine on {day}"
        place.turn_to(_at(day, clock_time(9, 0, 5)))
        came += due.get(day, 0)
        _come(place, came, day)
        place.until_swept()
        assert _to_writers(place) == came, f"something that was not due came on {day}"
        day += timedelta(days=1)


def _come(place: Place, number: int, day: date) -> None:
    until(lambda: _to_writers(place) >= number, 20, f"of what was due on {day} not all came")


def _to_writers(place: Place) -> int:
    return sum(mail.to.startswith("valmistelija") for mail in place.log.read())


@fault("Schedule", within=200)
def every_weekday_is_a_closing_day(place: Place) -> None:
    _day_by_day(place, NOVEMBER)


@fault("Schedule")
def the_clocks_go_back_on_25_october_2026(place: Place) -> None:
    _day_by_day(place, CLOCKS_BACK)


@fault("Schedule")
def the_clocks_go_forward_on_28_march_2027_at_easter(place: Place) -> None:
    _day_by_day(place, CLOCKS_FORWARD)


@fault("Schedule")
def every_minute_of_the_repeated_hour_is_swept(place: Place) -> None:
    """A deadline at 3.30 of that night, the first of the two; the day before is a Saturday, so Friday at nine it is."""
    world = World(place)
    began, closes = _at(date(2026, 10, 20), NINE), _at(date(2026, 10, 25), clock_time(3, 30))
    round_, writers = world.round(closes_at=closes, began=began), world.preparers(10)
    world.drafts(round_, writers, began + timedelta(minutes=5))
    place.manifest.expect(world.officer.email, "ierro", may=True, copies=9)
    for writer in writers:
        place.manifest.expect(writer.email, "Lähetä ehdotus", "25.10.", "klo 3.30")
    place.turn_to(_at(date(2026, 10, 23), clock_time(9, 0, 5)))
    place.sweeper(every=0.02)
    until(lambda: place.missing() == 0, 30, "the reminders did not come")
    place.turn_to(_at(date(2026, 10, 25), clock_time(2, 58)))
    for _ in range(125):
        place.turn(timedelta(minutes=1))
        place.until_swept()
    place.turn_to(_at(date(2026, 10, 26), clock_time(9, 5)))
    place.until_swept()
