"""Editing, publishing and hiding a pilot; every change of stage is a line in its log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from pilots.models import Pilot, StageEntry
from regions.models import User
from registry.lib.database import locked
from registry.lib.dates import fuzzy, reading, today
from registry.lib.editions import Merged, Shown, merge, write_if
from registry.lib.refusals import Refused, Stale

# What the form of a pilot has, in its order; the days of start and end come beside.
FIELDS = (
    *("name_fi", "name_sv", "name_en", "summary_fi", "summary_sv", "summary_en"),
    *("description_fi", "description_sv", "description_en"),
    *("stage", "regions", "lead", "client_type", "themes", "production", "whole_process"),
    *("target_text_fi", "target_text_sv", "target_text_en"),
    *("legal_conditions_fi", "legal_conditions_sv", "legal_conditions_en", "needs_change_of_law"),
    *("start_words", "end_words", "budget_eur"),
)
MANY = ("regions", "themes")
COLUMNS = tuple(name for name in FIELDS if name not in {*MANY, "production"})


class BeforeTheOutcome(Refused):
    """Publishing was refused: the outcome of the round that the pilot comes from is not published."""


class NotTranslated(Refused):
    """Publishing was refused: the name or the summary is missing in Finnish or Swedish."""


def stored(pilot: Pilot) -> dict[str, Any]:
    """Return what a form of the pilot shows and changes, in the shape in which ``change`` takes it."""
    start, end = fuzzy("", pilot.start_days), fuzzy("", pilot.end_days)
    return {
        **{name: getattr(pilot, name) for name in COLUMNS},
        **{name: set(getattr(pilot, name).all()) for name in MANY},
        "production": set(pilot.production),
        "period": (start.earliest, start.latest, end.earliest, end.latest),
    }


@transaction.atomic
def change(pilot: Pilot, shown: Shown, typed: Mapping[str, Any], user: User, at: datetime) -> Merged:
    """Write what was ``typed`` into a form that showed ``shown``, merged with what others wrote since.

    Raises Stale where both changed the same field, and NotTranslated where a published pilot would lose its Finnish or
    Swedish; then nothing is written.
    """
    before = locked(Pilot.objects.select_related("lead", "changed_by"), pilot.pk)
    merged = merge(shown, typed, stored(before), before.edition, who=before.changed_by)
    if merged.conflicts:
        raise Stale(before, merged)
    try:
        with transaction.atomic():
            written = {"changed_at": at, "changed_by": user, **_columns(merged.values)}
            write_if(Pilot.objects.filter(pk=pilot.pk), before.edition, **written)
    except IntegrityError as error:
        if "a_pilot_is_published_in_finnish_and_swedish_at_once" in str(error):
            raise NotTranslated from error
        raise
    for name in MANY:
        getattr(before, name).set(merged.values[name])
    if merged.values["stage"] != before.stage:
        log_stage(before, merged.values["stage"], user, at)
    return merged


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    start_earliest, start_latest, end_earliest, end_latest = values["period"]
    return {
        **{name: values[name] for name in COLUMNS},
        "production": [producer for producer in Pilot.Production.values if producer in values["production"]],
        "start_days": reading(start_earliest, start_latest),
        "end_days": reading(end_earliest, end_latest),
    }


def log_stage(pilot: Pilot, stage: str, user: User, at: datetime) -> None:
    """Write a line into the stage log: the stage from the Finnish day of ``at``."""
    last = pilot.stage_log.aggregate(last=Max("position"))["last"] or 0
    day = today(at)
    StageEntry.objects.create(
        pilot=pilot, position=last + 1, stage=stage, when_days=reading(day, day), entered_by=user, entered_at=at
    )


@transaction.atomic
def publish(pilot: Pilot, at: datetime) -> None:
    """Show the pilot on the site. Raises NotTranslated unless name and summary are there in Finnish and Swedish.

    A pilot that comes from a proposal waits for the outcome of its round: raises BeforeTheOutcome.

    The edition rises, as at every edit: the import of reference data then leaves the choice as it is.
    """
    try:
        with transaction.atomic():
            Pilot.objects.filter(pk=pilot.pk, published_at=None).update(
                published_at=at, changed_at=at, edition=F("edition") + 1
            )
    except IntegrityError as error:
        early = "a_pilot_is_published_after_the_outcome_of_its_round" in str(error)
        raise (BeforeTheOutcome if early else NotTranslated) from error


def hide(pilot: Pilot, at: datetime) -> None:
    """Take the pilot off the site; staff still see it. The edition rises, so that no import shows it again."""
    Pilot.objects.filter(pk=pilot.pk).exclude(published_at=None).update(
        published_at=None, changed_at=at, edition=F("edition") + 1
    )
