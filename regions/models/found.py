"""What a search finds, as rows of a model and as their keys: the best first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce

from .search import SearchDocument
from .searching import MOST_PLACED, MOST_RANKED, Found

Rows = TypeVar("Rows", bound=QuerySet[Any])


def found_rows(rows: Rows, found: Found, kind: str) -> Rows:
    """Return the rows of a kind that are found, with ``relevance`` (more is better)."""
    if found.nothing_asked:
        # a bare number to order by would be the number of a column
        return rows.annotate(relevance=Cast(Value(0), IntegerField()))
    rows = rows.filter(pk__in=found.among(SearchDocument.objects.filter(kind=kind)).values("row"))
    if found.total > MOST_RANKED:
        place = Func(Value(found.best(kind), ArrayField(BigIntegerField())), F("pk"), function="array_position")
        return rows.annotate(relevance=Coalesce(-place, -MOST_PLACED - 1, output_field=IntegerField()))
    return with_relevance(rows, found, kind)


def with_relevance(rows: Rows, found: Found, kind: str) -> Rows:
    """Return rows of a kind, all of them found, with ``relevance`` (more is better)."""
    documents = SearchDocument.objects.filter(kind=kind, row=OuterRef("pk"))
    return rows.annotate(relevance=Subquery(found.scored(documents).values("score")))


def many_keys(found: Found, kind: str, order: Iterable[int]) -> list[int]:
    """Return the keys of more than ``MOST_RANKED`` rows of a kind in the order of ``found_rows``: the best first.

    ``order`` are the keys of all rows; those that are no better than others stay in it.
    """
    worth = dict.fromkeys(found.rows, 0) | {row: MOST_PLACED - place for place, row in enumerate(found.best(kind))}
    return sorted((row for row in order if row in worth), key=worth.__getitem__, reverse=True)
