"""Days and lists that cannot be meant: the form says so and shows them back, whatever they are."""

from typing import Any

import pytest
from django import forms
from django.test import Client

from pilots.models import Round
from pilots.proposals.questions.kinds import Day
from regions.models import User
from registry.lib.clocks import DayField
from tests.pilots.rounds.new_rounds import make

DAYS = ["1.1.0001", "31.12.9999", "31.12.1899", "1.1.2200", "9999-12-31", "0001-01-01"]


@pytest.mark.parametrize("day", DAYS)
def test_a_day_of_a_year_that_cannot_be_meant_is_refused(day: str) -> None:
    with pytest.raises(forms.ValidationError):
        DayField().clean(day)
    assert Day()._understood(day).fault
    assert Day()._understood(day).value == day


@pytest.mark.parametrize("day", ["1.1.1900", "31.12.2199"])
def test_the_first_and_the_last_day_that_can_be_meant_are_taken(day: str) -> None:
    assert DayField().clean(day)
    assert not Day()._understood(day).fault


@pytest.mark.django_db
@pytest.mark.parametrize("day", DAYS)
def test_a_round_with_such_a_day_comes_back_with_it(as_user: Any, officer: User, day: str) -> None:
    client: Client = as_user(officer)
    answer = make(client, **{"steps-0-closes_day": day})
    assert answer.status_code == 422
    assert f'value="{day}"' in answer.text
    assert not Round.objects.exists()
