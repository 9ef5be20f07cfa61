"""The Finnish calendar and clock, counted by hand: the portal's own are not asked."""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta

HOLIDAYS = {
    date(year, month, day)
    for year, days in {
        2025: "1.1 6.1 18.4 20.4 21.4 1.5 29.5 8.6 20.6 21.6 1.11 6.12 24.12 25.12 26.12",
        2026: "1.1 6.1 3.4 5.4 6.4 1.5 14.5 24.5 19.6 20.6 31.10 6.12 24.12 25.12 26.12",
        2027: "1.1 6.1 26.3 28.3 29.3 1.5 6.5 16.5 25.6 26.6 6.11 6.12 24.12 25.12 26.12",
        2028: "1.1 6.1 14.4 16.4 17.4 1.5 25.5 4.6 23.6 24.6 4.11 6.12 24.12 25.12 26.12",
    }.items()
    for day, month in ((int(part) for part in words.split(".")) for words in days.split())
}
NINE = time(9, 0)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def offset(moment: datetime) -> timedelta:
    """Return how far Finnish clocks are before UTC at the aware moment: the clocks change at 1.00 UTC."""
    moment = moment.astimezone(UTC)
    change = time(1, 0, tzinfo=UTC)
    begins = datetime.combine(_last_sunday(moment.year, 3), change)
    ends = datetime.combine(_last_sunday(moment.year, 10), change)
    return timedelta(hours=3 if begins <= moment < ends else 2)


def wall(moment: datetime) -> datetime:
    """Return what Finnish clocks show at the moment, without a zone."""
    return (moment.astimezone(UTC) + offset(moment)).replace(tzinfo=None)


def finnish(day: date, clock: time = NINE) -> datetime:
    """Return the first moment when Finnish clocks show ``clock`` on the day."""
    for ahead in (timedelta(hours=3), timedelta(hours=2)):
        moment = datetime.combine(day, clock, tzinfo=UTC) - ahead
        if offset(moment) == ahead:
            return moment
    raise ValueError("the clocks skip this time")


def works(day: date) -> bool:
    """Whether the day is a working day."""
    return day.weekday() < 5 and day not in HOLIDAYS


def due(closes_at: datetime, days_before: int) -> datetime:
    """Return when a rule is due: nine o'clock, on a working day, before the deadline or (negative days) after it."""
    day = wall(closes_at).date() - days_before * DAY
    step = -DAY if days_before >= 0 else DAY
    while not works(day) or (days_before >= 0 and finnish(day) >= closes_at):
        day += step
    return finnish(day)


MONTHS = list(calendar.month_name)[1:]
FIGURES = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}) kl(?:o|\.) (\d{1,2})\.(\d{2})(?![\d.])")
ENGLISH = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}}) at (\d{{1,2}}):(\d{{2}})(?![\d:])")


def told(words: str) -> set[datetime]:
    """Return every date with a clock time that a text tells, as Finnish clocks show it."""
    found = {
        datetime(int(year), int(month), int(day), int(hour), int(minute))  # noqa: DTZ001 - what clocks show
        for day, month, year, hour, minute in FIGURES.findall(words)
    }
    return found | {
        datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute))  # noqa: DTZ001
        for day, month, year, hour, minute in ENGLISH.findall(words)
    }
