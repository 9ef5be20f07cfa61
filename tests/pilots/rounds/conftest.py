"""The round whose deadline the pages move, and the round about which preparers ask."""

from datetime import time

import pytest
from django.utils import timezone

from pilots.mail import reminders
from pilots.models import Round
from regions.models import Organisation, User
from registry.lib.dates import on_the_finnish_clock
from tests.factories import make_round
from tests.pilots.rounds.deadline_forms import a_working_day


@pytest.fixture
def round_with_rules(officer: User, council: Organisation, other_council: Organisation) -> Round:
    """A round that is open and has its rules."""
    closes = on_the_finnish_clock(a_working_day(10), time(16, 15))
    round_ = make_round(owner=officer, invited=[council, other_council], closes_at=closes)
    reminders.default_rules(round_, timezone.now())
    return round_


@pytest.fixture
def open_round(officer: User, council: Organisation, other_council: Organisation) -> Round:
    """A published round that invites two councils."""
    return make_round(slug="kysely", owner=officer, invited=[council, other_council])
