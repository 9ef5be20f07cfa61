"""Days and moments: fuzzy dates in their own words, Finnish time, working days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange

HELSINKI = ZoneInfo("Europe/Helsinki")
YEARS = range(1900, 2200)  # the years of the days that somebody may type: any other is a slip of the pen


@dataclass(frozen=True)
class Fuzzy:
    """A date as a source tells it: its own words, our reading (both days included), the day it is counted from."""

    words: str
    earliest: date | None
    latest: date | None
    counted_from: date | None = None

    def __bool__(self) -> bool:
        return bool(self.words or self.earliest or self.latest)

    @property
    def exact(self) -> bool:
        """Whether the reading is one day."""
        return self.earliest is not None and self.earliest == self.latest


def reading(earliest: date | None, latest: date | None) -> DateRange | None:
    """Return the half-open range PostgreSQL keeps for a reading with both days included; None if nothing is known."""
    if earliest is None and latest is None:
        return None
    return DateRange(earliest, latest + timedelta(days=1) if latest else None)


def fuzzy(words: str, days: Any, counted_from: date | None = None) -> Fuzzy:
    """Return the fuzzy date of a row's columns: its words and its half-open range of days."""
    if days is None or days.isempty:
        return Fuzzy(words, None, None, counted_from)
    return Fuzzy(words, days.lower, days.upper - timedelta(days=1) if days.upper else None, counted_from)


class Fuzzily(models.Model):
    """Something that happened, or was to happen, at a fuzzy date."""

    when_words = models.CharField(max_length=200, blank=True, default="")
    when_days = DateRangeField(null=True, blank=True)
    when_counted_from = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def when(self) -> Fuzzy:
        """The fuzzy date."""
        return fuzzy(self.when_words, self.when_days, self.when_counted_from)


class Valid(models.Model):
    """Something that holds for a time. The range is half-open: its end is the first day after."""

    validity = DateRangeField(default=DateRange)

    class Meta:
        abstract = True

    @property
    def first_day(self) -> date | None:
        """The first day it held, if known."""
        first: date | None = self.validity.lower
        return first

    @property
    def last_day(self) -> date | None:
        """The last day it held; None while it goes on."""
        end: date | None = self.validity.upper
        return end - timedelta(days=1) if end else None

    def held(self, day: date) -> bool:
        """Whether it held on ``day``."""
        return day in self.validity


def finnish_time(moment: datetime) -> datetime:
    """Return the aware moment on the Finnish clock."""
    return moment.astimezone(HELSINKI)


def today(at: datetime) -> date:
    """Return the Finnish calendar day of the aware moment ``at``."""
    return finnish_time(at).date()


@lru_cache(maxsize=8)
def _holidays(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("FI", years=year)


def is_working_day(day: date) -> bool:
    """Whether ``day`` is neither a weekend nor a Finnish public holiday (nor Midsummer or Christmas Eve)."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def working_day_on_or_before(day: date) -> date:
    """Return ``day`` or the nearest earlier working day: a reminder comes earlier, never later."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def next_midnight(at: datetime) -> datetime:
    """Return the moment at which the next day begins in Finland."""
    return on_the_finnish_clock(today(at) + timedelta(days=1), time.min)


def on_the_finnish_clock(day: date, clock: time) -> datetime:
    """Return the aware moment when Finnish clocks show ``clock`` on ``day``; the first of a doubled hour."""
    return datetime.combine(day, clock, tzinfo=HELSINKI)


def exists_on_the_finnish_clock(wall: datetime) -> bool:
    """Whether the naive wall time happens in Finland (an hour is left out in March)."""
    moment = wall.replace(tzinfo=HELSINKI)
    return moment.astimezone(ZoneInfo("UTC")).astimezone(HELSINKI).replace(tzinfo=None) == wall


def is_doubled_on_the_finnish_clock(wall: datetime) -> bool:
    """Whether the naive wall time happens twice in Finland (an hour is repeated in October)."""
    first = wall.replace(tzinfo=HELSINKI, fold=0)
    return exists_on_the_finnish_clock(wall) and first.utcoffset() != wall.replace(tzinfo=HELSINKI, fold=1).utcoffset()
