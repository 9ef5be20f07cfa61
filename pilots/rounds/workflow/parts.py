"""The parts of one kind that belong to a round, such as its questions: new ones, and their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

NEW = "new-"  # how the name of a part begins that is not stored yet
NOTHING_CHANGED = _("Nothing was changed.")


def in_order(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that stay, in the order of their places, with places from 1. None: a part is taken away."""
    kept = [(key, values) for key, values in parts.items() if values is not None]
    kept.sort(key=lambda pair: pair[1].position)
    return {key: values._replace(position=number) for number, (key, values) in enumerate(kept, start=1)}
