"""What several rooms of the acts share."""

import pytest

from pilots.mail import reminders
from pilots.models import Round
from regions.models import Organisation, User
from tests.factories import make_round
from tests.pilots.autumn_round import CLOSES, PUBLISHED


@pytest.fixture
def autumn_round(officer: User, council: Organisation) -> Round:
    """A round published on 1.10.2026 that closes on Friday 27.11.2026, with its rules."""
    round_ = make_round(
        opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, owner=officer, invited=[council], name_en="Autumn"
    )
    reminders.default_rules(round_, PUBLISHED)
    return round_
