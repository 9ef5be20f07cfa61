"""The end of a round that was never published: deleted, and brought back within a day."""

import json
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, transaction

from pilots.models import DeletedRound, Round
from regions.models import User
from registry.lib.database import locked
from registry.lib.refusals import Refused


class _ToTheMicrosecond(DjangoJSONEncoder):
    """Writes moments whole; Django's encoder cuts them to the millisecond."""

    def default(self, o: Any) -> Any:
        """Return the value as JSON."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


@transaction.atomic
def delete(round_: Round, user: User, at: datetime) -> DeletedRound:
    """Delete a round with all that belongs to it, and return what it can be brought back from for a day.

    Raises ``Refused`` where it has been published, or where something that stays tells of it.
    """
    current = locked(Round.objects.all(), round_.pk)
    parts = NestedObjects(using=DEFAULT_DB_ALIAS)
    parts.collect([current])
    if current.published_at is not None or parts.protected:
        raise Refused
    rows = [row for model, of_model in parts.data.items() if not model._meta.auto_created for row in of_model]
    deleted = DeletedRound.objects.create(
        round=current.pk,
        name=current.name_fi,
        rows=json.loads(serializers.serialize("json", rows, cls=_ToTheMicrosecond)),
        deleted_at=at,
        deleted_by=user,
    )
    current.delete()
    return deleted


@transaction.atomic
def restore(deleted: DeletedRound) -> Round:
    """Bring a deleted round back as it was, at another address where its own is taken by now; return it.

    Raises ``Refused`` where it is back already.
    """
    current = DeletedRound.objects.select_for_update().filter(pk=deleted.pk).first()
    if current is None:
        raise Refused
    for row in serializers.deserialize("json", json.dumps(current.rows)):
        if isinstance(row.object, Round):
            row.object.edition += 1  # what was opened before the round was deleted is stale
            if Round.objects.filter(slug=row.object.slug).exists():
                row.object.slug = f"{row.object.slug[:60]}-{row.object.pk}"
        row.save()
    current.delete()
    return Round.objects.get(pk=deleted.pk)
