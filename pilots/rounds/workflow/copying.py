"""A new round that begins as a copy of another."""

from datetime import date, datetime, timedelta

from django.db import transaction

from pilots.models import Round
from regions.models import User
from registry.lib.dates import finnish_time, on_the_finnish_clock, today

from . import criteria, questions
from .rounds import COLUMNS, StepValues, stored, write_steps

AHEAD = timedelta(days=14)  # a copy opens no sooner


@transaction.atomic
def copy(round_: Round, slug: str, user: User, at: datetime) -> Round:
    """Make an unpublished round at ``slug`` with all that another one says and asks, and return it.

    The steps keep their distances and their times of the day on the Finnish clock; the first one opens on the same day
    of the week, two weeks on at the earliest.
    """
    values = stored(round_)
    made = Round.objects.create(
        slug=slug, kind=round_.kind, asks=round_.asks, **{name: values[name] for name in COLUMNS}
    )
    made.invited.set(values["invited"])
    criteria.copy(round_, made)
    steps = [StepValues.of(step) for step in round_.steps.all()]
    write_steps(made, _moved(steps, today(at)))
    questions.copy(round_, made, user, at)
    return made


def _moved(steps: list[StepValues], day: date) -> list[StepValues]:
    if not steps:
        return []
    first = finnish_time(min(step.opens_at for step in steps)).date()
    weeks = max(0, -((first - day - AHEAD).days // 7))
    return [_later(step, timedelta(weeks=weeks)) for step in steps]


def _later(step: StepValues, by: timedelta) -> StepValues:
    def moved(at: datetime) -> datetime:
        there = finnish_time(at)
        return on_the_finnish_clock(there.date() + by, there.time())

    until = moved(step.edits_until) if step.edits_until else None
    return step._replace(opens_at=moved(step.opens_at), closes_at=moved(step.closes_at), edits_until=until)
