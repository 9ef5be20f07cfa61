"""How far a pilot is on a day: as its log tells, and the same in Python and in SQL."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client

from pilots.models import NOT_BEGUN, UNCONFIRMED, Pilot, Stage
from registry.lib.dates import reading
from tests.factories import make_pilot, make_programme

pytestmark = pytest.mark.django_db

SPRING = (date(2018, 3, 1), date(2018, 5, 31))


def log(pilot: Pilot, stage: str, when: tuple[date, date] | None, known_on: tuple[date, date] | None = None) -> Any:
    """Add a line to the stage log."""
    return pilot.stage_log.create(
        position=pilot.stage_log.count() + 1,
        stage=stage,
        when_days=reading(*when) if when else None,
        known_on_days=reading(*known_on) if known_on else None,
    )


def stands(pilot: Pilot, day: date) -> str:
    """Return how far the pilot is on the day; Python and SQL must agree."""
    by_python = Pilot.objects.with_log().get(pk=pilot.pk).on(day).value
    [by_sql] = Pilot.objects.filter(pk=pilot.pk).standings(day)
    assert by_python == by_sql, day
    return by_sql


def test_a_stage_is_confirmed_for_a_year_after_its_last_evidence_and_then_is_not() -> None:
    pilot = make_pilot(stage=Stage.BUILT)
    log(pilot, Stage.BUILT, SPRING)
    assert stands(pilot, date(2018, 3, 15)) == Stage.BUILT
    assert stands(pilot, date(2019, 5, 31)) == Stage.BUILT
    assert stands(pilot, date(2019, 6, 1)) == UNCONFIRMED


def test_a_programme_may_have_another_limit() -> None:
    pilot = make_pilot(stage=Stage.BUILT, programme=make_programme(confirm_months=24))
    log(pilot, Stage.BUILT, SPRING)
    assert stands(pilot, date(2020, 5, 31)) == Stage.BUILT
    assert stands(pilot, date(2020, 6, 1)) == UNCONFIRMED


@pytest.mark.parametrize("stage", [Stage.ENDED, Stage.LAPSED])
def test_a_final_stage_does_not_grow_old(stage: Stage) -> None:
    pilot = make_pilot(stage=stage)
    log(pilot, stage, (date(2018, 12, 31), date(2018, 12, 31)))
    assert stands(pilot, date(2099, 1, 1)) == stage


def test_a_day_in_the_past_shows_the_stage_of_that_day() -> None:
    pilot = make_pilot(stage=Stage.ENDED, start_days=reading(date(2018, 8, 1), date(2018, 8, 1)))
    end = (date(2020, 1, 1), date(2020, 12, 31))
    log(pilot, Stage.RUNNING, (date(2018, 8, 1), date(2018, 8, 1)), known_on=end)
    log(pilot, Stage.ENDED, end)
    assert stands(pilot, date(2018, 3, 15)) == NOT_BEGUN
    assert stands(pilot, date(2018, 8, 1)) == Stage.RUNNING
    assert stands(pilot, date(2020, 6, 1)) == Stage.RUNNING  # it surely ended on the last day of the reading only
    assert stands(pilot, date(2020, 12, 31)) == Stage.ENDED


def test_before_the_first_evidence_nothing_is_known() -> None:
    pilot = make_pilot(stage=Stage.PLANNED)
    log(pilot, Stage.PLANNED, SPRING)
    assert stands(pilot, date(2017, 1, 1)) == Stage.UNKNOWN


def test_a_pilot_without_a_log_is_at_its_stage() -> None:
    assert stands(make_pilot(stage=Stage.RUNNING), date(2018, 3, 15)) == Stage.RUNNING


def test_python_and_sql_agree_on_random_logs() -> None:
    chance = Random(5)
    first = date(2016, 1, 1)
    pilots = []
    for _ in range(40):
        programme = make_programme(confirm_months=chance.choice([1, 12, 18]))
        start = first + timedelta(days=chance.randrange(1500))
        pilot = make_pilot(programme=programme, start_days=chance.choice([None, reading(start, start)]))
        for _ in range(chance.randrange(4)):
            begin = first + timedelta(days=chance.randrange(1500))
            when = (begin, begin + timedelta(days=chance.choice([0, 30, 365])))
            log(pilot, chance.choice(Stage.values), chance.choice([when, when, None]), chance.choice([None, when]))
        pilots.append(pilot)
    for number in range(0, 2600, 97):
        day = first + timedelta(days=number)
        for pilot in Pilot.objects.with_log():
            assert Pilot.objects.standing_at([pilot.on(day).value], day).filter(pk=pilot.pk).exists(), (day, pilot.pk)


def test_what_is_not_confirmed_counts_neither_as_running_nor_as_ended(client: Client) -> None:
    pilot = make_pilot(stage=Stage.RUNNING)
    log(pilot, Stage.RUNNING, SPRING)
    assert client.get("/en/pilots/?stage=running").context["page"].paginator.count == 0
    assert client.get("/en/pilots/?stage=ended").context["page"].paginator.count == 0
    assert client.get("/en/pilots/?stage=unconfirmed").context["page"].paginator.count == 1
    assert client.get("/en/pilots/?stage=running&pvm=2018-06-01").context["page"].paginator.count == 1
    assert "last evidence is more than a year old" in client.get("/en/pilots/?stage=running").text
