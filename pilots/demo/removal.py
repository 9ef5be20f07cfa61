"""The world to try is taken away: its rounds and every row that tells of them."""

from typing import Any

from django.db import connection, models, transaction

from pilots.models import Message, Pilot, Round
from regions.models import SearchWord
from regions.models.search import documents_at_the_end

from .world import of_the_world

Rows = dict[type[models.Model], set[Any]]


@transaction.atomic
def remove() -> int:
    """Delete the rounds of the world with all that points at them; return how many rows that was."""
    rows: Rows = {}
    rounds = set(of_the_world().values_list("pk", flat=True))
    _gather(Round, rounds, rows)
    _gather(Pilot, set(Pilot.objects.filter(proposal__round__in=rounds).values_list("pk", flat=True)), rows)
    # A letter that tells of several rounds names none of them; what it tells points at their steps.
    _gather(Message, set(Message.objects.filter(told__step__round__in=rounds).values_list("pk", flat=True)), rows)
    return _delete(rows)


@transaction.atomic
def forget(model: type[models.Model], keys: set[Any]) -> int:
    """Delete the rows of these keys with all that points at them; return how many rows that was."""
    rows: Rows = {}
    _gather(model, keys, rows)
    return _delete(rows)


def _delete(rows: Rows) -> int:
    with connection.cursor() as cursor:
        # Rows of a proposal and of its versions point at each other: the database looks at them only at the end.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    with documents_at_the_end():
        for model, keys in reversed(rows.items()):
            model._base_manager.filter(pk__in=keys)._raw_delete(connection.alias)
    SearchWord.objects.unsaid().delete()
    return sum(map(len, rows.values()))


def _gather(model: type[models.Model], keys: set[Any], rows: Rows) -> None:
    """Add the rows of these keys to ``rows``, and then, for each, the rows that point at them."""
    new = keys - rows.setdefault(model, set())
    if not new:
        return
    rows[model] |= new
    pointing = [field for field in model._meta.get_fields(include_hidden=True) if field.auto_created]
    for relation in pointing:
        if isinstance(relation, models.ForeignObjectRel) and not isinstance(relation, models.ManyToManyRel):
            other: Any = relation.related_model
            found = other._base_manager.filter(**{f"{relation.field.name}__in": new})
            _gather(other, set(found.values_list("pk", flat=True)), rows)
