"""Editing, publishing and hiding a pilot; every change of stage is a line in its log."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from pilots.models import Pilot, StageEntry
from regions.models import User
from registry.lib.dates import reading, today
from registry.lib.refusals import Refused, Stale


class NotTranslated(Refused):
    """Publishing was refused: the name or the summary is missing in Finnish or Swedish."""


@transaction.atomic
def change(pilot: Pilot, edition: int, columns: dict[str, Any], many: dict[str, Any], user: User, at: datetime) -> None:
    """Write ``columns`` and the many-to-many choices ``many`` if the pilot still has the edition that was opened.

    Raises Stale otherwise, and NotTranslated when a published pilot would lose its Finnish or Swedish.
    """
    before = Pilot.objects.select_for_update().get(pk=pilot.pk)
    try:
        with transaction.atomic():
            changed = Pilot.objects.filter(pk=pilot.pk, edition=edition).update(
                edition=F("edition") + 1, changed_at=at, **columns
            )
    except IntegrityError as error:
        if "a_pilot_is_published_in_finnish_and_swedish_at_once" in str(error):
            raise NotTranslated from error
        raise
    if not changed:
        raise Stale(before)
    for name, chosen in many.items():
        getattr(before, name).set(chosen)
    if columns.get("stage", before.stage) != before.stage:
        _log_stage(before, columns["stage"], user, at)


def _log_stage(pilot: Pilot, stage: str, user: User, at: datetime) -> None:
    last = pilot.stage_log.aggregate(last=Max("position"))["last"] or 0
    day = today(at)
    StageEntry.objects.create(
        pilot=pilot, position=last + 1, stage=stage, when_days=reading(day, day), entered_by=user, entered_at=at
    )


@transaction.atomic
def publish(pilot: Pilot, at: datetime) -> None:
    """Show the pilot on the site. Raises NotTranslated unless name and summary are there in Finnish and Swedish.

    The edition rises, as at every edit: the import of reference data then leaves the choice as it is.
    """
    try:
        with transaction.atomic():
            Pilot.objects.filter(pk=pilot.pk, published_at=None).update(
                published_at=at, changed_at=at, edition=F("edition") + 1
            )
    except IntegrityError as error:
        raise NotTranslated from error


def hide(pilot: Pilot, at: datetime) -> None:
    """Take the pilot off the site; staff still see it. The edition rises, so that no import shows it again."""
    Pilot.objects.filter(pk=pilot.pk).exclude(published_at=None).update(
        published_at=None, changed_at=at, edition=F("edition") + 1
    )
