"""The acts that point at an actor, reached by their relation back: the actors never name the acts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from .accounts import User


def acts(
    actor: type[models.Model], relation: str, viewer: User | AnonymousUser, at: datetime
) -> models.QuerySet[Any, Any]:
    """Return what ``viewer`` may read at ``at`` of the model that points at ``actor`` by ``relation``."""
    field: Any = actor._meta.get_field(relation)
    readable: models.QuerySet[Any, Any] = field.related_model._default_manager.visible_to(viewer, at)
    return readable


def how_many(rows: models.QuerySet[Any, Any], field: str) -> Coalesce:
    """Return the expression that counts, for each row outside, the ``rows`` whose ``field`` points at it."""
    inside = rows.filter(**{field: models.OuterRef("pk")}).order_by().values(field)
    counted = inside.annotate(how_many=models.Count("pk", distinct=True)).values("how_many")
    return Coalesce(models.Subquery(counted), 0, output_field=models.IntegerField())
