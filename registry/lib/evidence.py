"""Evidence: the days on which a fact was last known, and when it counts as not confirmed any more."""

from calendar import monthrange
from datetime import date
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Func, Q, Value

from registry.lib.dates import Fuzzy, fuzzy

MONTHS = 12  # for so long after its last evidence a fact counts as confirmed, unless a programme says otherwise


def months_before(day: date, months: int) -> date:
    """Return the same day of the month ``months`` earlier, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < 1:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def not_confirmed(known_on: Fuzzy, day: date, months: int = MONTHS) -> bool:
    """Whether the last evidence is older than ``months`` on ``day``; what has no day of evidence does not age."""
    return known_on.latest is not None and known_on.latest < months_before(day, months)


class NotConfirmed(Func):
    """The same in SQL, of a column of days: whether the last evidence is older than ``months`` on ``day``."""

    function = "evidence_is_old"
    output_field = models.BooleanField()

    def __init__(self, days: Any, day: date, months: Any = MONTHS) -> None:
        super().__init__(days, Value(day, models.DateField()), months)


def known_by(day: date, path: str = "") -> Q:
    """Return the condition that the evidence is there on ``day`` and not old; what has no evidence passes.

    ``path`` leads to the row that holds the evidence, like ``organisation__``.
    """
    days = f"{path}known_on_days"
    begun = Q(**{f"{days}__isnull": True}) | Q(**{f"{days}__startswith__isnull": True})
    begun |= Q(**{f"{days}__startswith__lte": day})
    return begun & ~Q(NotConfirmed(F(days), day))


class Known(models.Model):
    """A fact that holds until more is known, with the days of its last evidence."""

    known_on_words = models.CharField(max_length=200, blank=True, default="")
    known_on_days = DateRangeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def known_on(self) -> Fuzzy:
        """When it was last known, as a fuzzy date."""
        return fuzzy(self.known_on_words, self.known_on_days)
