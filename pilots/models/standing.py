"""How far a pilot is on a day, as far as its stage log tells: once in Python and once in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Self, TypeVar

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import In
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.lib.dates import Fuzzy, fuzzy
from registry.lib.evidence import NotConfirmed, not_confirmed
from registry.lib.formats import known_words
from registry.lib.languages import reader_language
from registry.lib.together import Together

from .stages import FINAL, Stage

Row = TypeVar("Row", bound=models.Model)
NOT_BEGUN = "not_begun"
UNCONFIRMED = "unconfirmed"
# What a pilot can stand at on a day: a stage, or that it had not begun, or that its last evidence is old.
STANDINGS = [
    *((stage.value, stage.label) for stage in Stage if stage != Stage.UNKNOWN),
    (NOT_BEGUN, _("not begun yet")),
    (UNCONFIRMED, _("not confirmed")),
    (Stage.UNKNOWN.value, Stage.UNKNOWN.label),
]
NOTHING = fuzzy("", None)


@dataclass(frozen=True)
class Standing:
    """How far a pilot is on a day: one of ``STANDINGS``, the last stage that is known, and when that was known."""

    value: str
    stage: str
    known_on: Fuzzy = NOTHING

    @property
    def last_stage(self) -> str:
        """The last stage that is known, in words."""
        return str(Stage(self.stage).label)

    @property
    def caveat(self) -> str:
        """What stands after the last stage where nothing newer confirms it; otherwise nothing."""
        if self.value != UNCONFIRMED:
            return ""
        when = known_words(self.known_on, reader_language())
        return gettext("(known on %(when)s); the present state is not known") % {"when": when}

    def __str__(self) -> str:
        if self.value != UNCONFIRMED:
            return str(dict(STANDINGS)[self.value])
        return f"{self.last_stage} {self.caveat}"


class Line(NamedTuple):
    """A line of a stage log, as far as it tells how far the pilot is."""

    position: int
    stage: str
    since: date | None  # the first day on which the stage surely holds; None if no day is told
    evidence: Fuzzy  # when the stage was last known


def line_of(position: int, stage: str, when: Fuzzy, known_on: Fuzzy | None) -> Line:
    """Return the line of a log from the columns of its row; ``known_on`` is None where they tell nothing."""
    return Line(position, stage, when.latest if stage in FINAL else when.earliest, known_on or when)


def standing_of(log: Sequence[Line], stage: str, start: Fuzzy, confirm_months: int, day: date) -> Standing:
    """Return how far a pilot is on ``day``: by its stage log, its stage, its start and the months of its programme.

    The last line of the log that holds by then counts. A pilot without a log is at its stage.
    """
    begun = [line for line in log if line.since is None or line.since <= day]
    if not log:
        return Standing(stage, stage)
    if not begun:
        later = start.earliest and start.earliest > day
        return Standing(NOT_BEGUN if later else Stage.UNKNOWN, Stage.UNKNOWN)
    last = max(begun, key=lambda line: (line.since or date.min, line.position))
    old = last.stage not in FINAL and not_confirmed(last.evidence, day, confirm_months)
    return Standing(UNCONFIRMED if old else last.stage, last.stage, last.evidence)


def standing_on(day: date, log: models.QuerySet[Any]) -> Coalesce:
    """Return the same in SQL, of a row of pilots: one of ``STANDINGS``; ``log`` are the lines of all pilots."""
    mine = log.filter(pilot=OuterRef("pk"))
    ends = Func(F("when_days"), function="upper", output_field=models.DateField())
    since = Case(
        When(stage__in=FINAL, then=Func(ends, Value(1), arg_joiner=" - ", template="(%(expressions)s)")),
        default=Func(F("when_days"), function="lower"),
        output_field=models.DateField(),
    )
    evidence = Coalesce("known_on_days", "when_days")
    old = ~Q(stage__in=FINAL) & Q(NotConfirmed(evidence, day, F("pilot__programme__confirm_months")))
    begun = mine.annotate(since=since).filter(Q(since__isnull=True) | Q(since__lte=day))
    last = begun.order_by(F("since").desc(nulls_last=True), "-position")
    value = Case(When(old, then=Value(UNCONFIRMED)), default=F("stage"), output_field=models.CharField())
    nothing_yet = Case(
        When(~Exists(mine), then=F("stage")),
        When(start_days__startswith__gt=day, then=Value(NOT_BEGUN)),
        default=Value(Stage.UNKNOWN.value),
        output_field=models.CharField(),
    )
    return Coalesce(Subquery(last.values_list(value)[:1]), nothing_yet)


class StandingQuerySet(Together[Row]):
    """Questions about how far many pilots are."""

    def with_log(self) -> Self:
        """Return them with what ``Pilot.on`` reads."""
        return self.select_related("programme").together("stage_log")

    def standing_at(self, values: Iterable[str], day: date) -> Self:
        """Return those that stand at one of ``values``, which are of ``STANDINGS``, on ``day``."""
        return self.filter(In(self._standing(day), list(values)))

    def standings(self, day: date) -> dict[str, int]:
        """Return how many stand where on ``day``."""
        counted = self.order_by().values_list(self._standing(day)).annotate(how_many=Count("pk"))
        return dict(counted)

    def keys_by_standing(self, day: date) -> models.QuerySet[Any, Any]:
        """Return each value at which some stand on ``day``, with the keys of those."""
        return self.order_by().values_list(self._standing(day)).annotate(keys=ArrayAgg("pk"))

    def _standing(self, day: date) -> Coalesce:
        log: Any = self.model._meta.get_field("stage_log").related_model
        return standing_on(day, log.objects.all())
