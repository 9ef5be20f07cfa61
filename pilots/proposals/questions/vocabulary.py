"""The choices that live in the database, by the stable codes that answers keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pilots.models import DeliveryModel, TargetGroup, Theme
from regions.models import Region
from registry.lib.languages import Text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Words: TypeAlias = "str | _StrPromise"
Choices: TypeAlias = "Mapping[str, Words]"


@dataclass(frozen=True)
class Vocabulary:
    """The choices of the database in the reader's language; a question names the list that it is answered from."""

    regions: Choices
    themes: Choices
    target_groups: Choices
    delivery_models: Choices


def vocabulary() -> Vocabulary:
    """Return the choices of the database in the reader's language (four queries)."""
    regions: list[tuple[str, Text]] = [(region.code, region.name) for region in Region.objects.order_by("code")]
    themes = [(theme.slug, theme.name) for theme in Theme.objects.all()]
    groups = [(group.slug, group.name) for group in TargetGroup.objects.all()]
    models = [(model.slug, model.name) for model in DeliveryModel.objects.all()]
    return Vocabulary(dict(regions), dict(themes), dict(groups), dict(models))
