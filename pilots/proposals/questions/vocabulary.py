"""The choices that live in the database, by the stable codes that answers keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from django.utils.functional import SimpleLazyObject

from pilots.models import DeliveryModel, TargetGroup, Theme
from regions.models import Region
from registry.lib.facets import NAMES
from registry.lib.together import read_together

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
    """Return the choices of the database in the reader's language: one query, when a choice is looked up first."""
    return cast("Vocabulary", SimpleLazyObject(_read))


def _read() -> Vocabulary:
    read = read_together(
        regions=Region.objects.only("code", *NAMES).order_by("code"),
        themes=Theme.objects.only("slug", *NAMES),
        target_groups=TargetGroup.objects.only("slug", *NAMES),
        delivery_models=DeliveryModel.objects.only("slug", *NAMES),
    )
    regions = {region.code: region.name for region in read.pop("regions")}
    return Vocabulary(regions, **{name: {row.slug: row.name for row in rows} for name, rows in read.items()})
