"""The parts of one kind that belong to a round, such as its questions: merged with what others wrote, and in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from pilots.models import Round
from registry.lib.database import locked
from registry.lib.editions import Conflict, Merged, Shown, merge, same
from registry.lib.languages import InThree
from registry.lib.refusals import Refused, Stale

NEW = "new-"  # how the name of a part begins that is not stored yet
PLACE = "place-"  # how the name begins by which the place of a part is merged
NOTHING_CHANGED = _("Nothing was changed.")


@dataclass(frozen=True)
class PartsChange:
    """The parts of a locked round before a change and after it, by key."""

    round: Round
    was: dict[str, Any]
    now: dict[str, Any]
    merged: Merged

    @property
    def is_published(self) -> bool:
        """Whether the round is published."""
        return self.round.published_at is not None

    @property
    def changes_nothing(self) -> bool:
        """Whether the parts stay as they are."""
        return same(self.now, self.was)


def lock_and_merge(
    round_: Round,
    shown: Shown,
    typed: Mapping[str, Any],
    stored: Callable[[Round], dict[str, Any]],
    reason: InThree | None,
) -> PartsChange:
    """Lock the round, and return what becomes of its parts: ``typed`` merged with what others wrote since ``shown``.

    ``stored`` reads the parts of a round. Raises ``Stale`` where both changed a part, ``Refused`` where the round is
    cancelled, or is published and has no ``reason`` or no change.
    """
    before = locked(Round.objects.select_related("changed_by"), round_.pk)
    published = before.published_at is not None
    if before.cancelled_at is not None or (published and (reason is None or not reason.fi)):
        raise Refused
    was = stored(before)
    merged = _together(merge(shown, apart(typed), apart(was), before.edition, who=before.changed_by), {**was, **typed})
    if merged.conflicts:
        raise Stale(before, merged)
    change = PartsChange(before, was, in_order({**was, **merged.values}), merged)
    if published and change.changes_nothing:
        raise Refused(NOTHING_CHANGED)
    return change


def apart(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts without their places, and each place by a name of its own: the two are merged apart.

    A part that is taken away or added moves the others. That changes none of their words.
    """
    there = {key: values for key, values in parts.items() if values is not None}
    places = {f"{PLACE}{key}": values.position for key, values in there.items()}
    return {**parts, **{key: values._replace(position=0) for key, values in there.items()}, **places}


def _together(merged: Merged, parts: Mapping[str, Any]) -> Merged:
    """Return what was merged apart as parts with their places. Of two places that were typed, the later one stands.

    A part that somebody else took away meanwhile has the place that it has in ``parts``.
    """
    places = {name: value for name, value in merged.values.items() if name.startswith(PLACE)}

    def placed(key: str, values: Any) -> Any:
        there = parts.get(key)
        place = places.get(f"{PLACE}{key}") or (there.position if there is not None else values and values.position)
        return values if values is None else values._replace(position=place)

    return Merged(
        {key: placed(key, values) for key, values in merged.values.items() if key not in places},
        [
            Conflict(one.name, placed(one.name, one.mine), placed(one.name, one.theirs))
            for one in merged.conflicts
            if one.name not in places
        ],
        [name for name in merged.taken if name not in places],
        merged.who,
    )


def in_order(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that stay, in the order of their places, with places from 1. None: a part is taken away."""
    kept = [(key, values) for key, values in parts.items() if values is not None]
    kept.sort(key=lambda pair: pair[1].position)
    return {key: values._replace(position=number) for number, (key, values) in enumerate(kept, start=1)}
