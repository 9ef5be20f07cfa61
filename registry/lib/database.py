"""What we ask of PostgreSQL beyond the ORM: its own clock, Finnish order, ranges."""

from datetime import date, datetime

from django.contrib.postgres.fields import DateRangeField
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, NullIf

from registry.lib.languages import reader_language


class FiSort(Func):
    """Finnish alphabetical order of a text (å, ä, ö after z), the same on every server (``regions`` 0001)."""

    function = "fi_sort"
    output_field = models.TextField()


def name_order() -> FiSort:
    """Return the order of the names that the reader sees: in their language, or in Finnish where that is missing."""
    language = reader_language()
    if language == "fi":
        return FiSort("name_fi")
    return FiSort(Coalesce(NullIf(F(f"name_{language}"), Value("")), F("name_fi")))


def clock() -> datetime:
    """Return the database's clock now (aware, UTC): what decides whether a submission is in time.

    ``clock_timestamp()``, not ``now()``: the latter stands still at the start of the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def holds_on(day: date, *, field: str = "validity") -> Q:
    """Return the condition that the daterange ``field`` contains ``day``."""
    return Q(**{f"{field}__contains": day})


class RangeFrom(Func):
    """``daterange(a, b)`` of two columns."""

    function = "daterange"
    output_field = DateRangeField()


def since(day: date | None, last: date | None = None) -> DateRange:
    """Return the validity from ``day`` to ``last`` (included); None leaves a side open."""
    end = date.fromordinal(last.toordinal() + 1) if last else None
    return DateRange(day, end)
