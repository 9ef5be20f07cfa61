"""What we ask of PostgreSQL beyond the ORM: its own clock, Finnish order, ranges."""

import random
import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Func, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, NullIf

from registry.lib.languages import reader_language

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Row = TypeVar("Row", bound=models.Model)
VICTIM = {"40001", "40P01"}  # the database ended the transaction for another's sake: serialization, deadlock
LOCK_NOT_GOT = "55P03"
TURNS = 10


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
    """Return the database's clock now (aware, UTC): a view that may write takes its time from here.

    A view that only reads asks the web server's clock. ``clock_timestamp()``, not ``now()``: the latter stands still at
    the start of the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def in_transaction(do: Callable[[], Result]) -> Result:
    """Return what ``do`` returns, run in a transaction; again where a deadlock ended it for another one's sake.

    ``do`` may run several times and must keep nothing but rows. Inside an outer transaction it runs once.
    """

    def whole() -> Result:
        with transaction.atomic():
            return do()

    return in_one_statement(whole)


def transacted(verb: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a verb run in a transaction, and again where a deadlock ended it; see ``in_transaction``."""

    @wraps(verb)
    def whole(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return in_transaction(partial(verb, *args, **kwargs))

    return whole


def in_one_statement(do: Callable[[], Result]) -> Result:
    """Return what ``do`` returns, one statement that is its own transaction; again as ``in_transaction``."""
    nested = connection.in_atomic_block
    for turn in range(1, TURNS):
        try:
            return do()
        except OperationalError as error:
            if nested or getattr(error.__cause__, "pgcode", None) not in VICTIM:
                raise
            time.sleep(random.uniform(0.005, 0.02) * turn)  # noqa: S311 - so that the same two do not meet again
    return do()


def locked(rows: models.QuerySet[Row], pk: int, *, no_key: bool = False) -> Row:
    """Lock a row, and return it as it stands then with what ``rows`` reads beside it.

    Two statements: a lock that had to wait sees the row anew, but not the rows that are joined to it.
    """
    rows.model._default_manager.select_for_update(no_key=no_key).get(pk=pk)
    return rows.get(pk=pk)


def share(rows: models.QuerySet[Any]) -> None:
    """Lock the rows against change, and let others lock them so too: many senders stand beside each other."""
    sql, parameters = rows.order_by("pk").values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR SHARE", parameters)


def once_more(verb: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a verb run in a transaction, and once more where a lock or the transactions of others ended it.

    The verb may run twice and must keep nothing but rows. Inside an outer transaction it runs once.
    """

    @wraps(verb)
    def whole(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        nested = connection.in_atomic_block
        try:
            with transaction.atomic():
                return verb(*args, **kwargs)
        except OperationalError as error:
            if nested or getattr(error.__cause__, "pgcode", None) not in VICTIM | {LOCK_NOT_GOT}:
                raise
        with transaction.atomic():
            return verb(*args, **kwargs)

    return whole


def since(day: date | None, last: date | None = None) -> DateRange:
    """Return the validity from ``day`` to ``last`` (included); None leaves a side open."""
    end = date.fromordinal(last.toordinal() + 1) if last else None
    return DateRange(day, end)


def many(keys: list[int]) -> RawSQL:
    """Return the keys as a sub-select: in a list of values Django would look at each of many by itself."""
    return RawSQL("SELECT unnest(%s::bigint[])", [keys], output_field=models.BigIntegerField())


def how_many(rows: models.QuerySet[Any, Any], field: str) -> Coalesce:
    """Return the expression that counts, for each row outside, the ``rows`` whose ``field`` points at it."""
    inside = rows.filter(**{field: models.OuterRef("pk")}).order_by().values(field)
    counted = inside.annotate(how_many=models.Count("pk", distinct=True)).values("how_many")
    return Coalesce(models.Subquery(counted), 0, output_field=models.IntegerField())
