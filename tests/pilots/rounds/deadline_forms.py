"""What an officer types on the pages that move, extend and cancel, and the round that it concerns."""

import re
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.mail import reminders
from pilots.models import Round
from regions.models import Organisation, User
from registry.lib.dates import on_the_finnish_clock
from tests.factories import make_round
from tests.pilots.rounds.test_round_editing import a_working_day

WHY = {"reason_fi": "Sähkökatko.", "reason_sv": "Strömavbrott.", "reason_en": "Power cut."}


@pytest.fixture
def round_(officer: User, council: Organisation, other_council: Organisation) -> Round:
    """A round that is open and has its rules."""
    closes = on_the_finnish_clock(a_working_day(10), time(16, 15))
    round_ = make_round(owner=officer, invited=[council, other_council], closes_at=closes)
    reminders.default_rules(round_, timezone.now())
    return round_


def where(name: str, round_: Round) -> str:
    return reverse(name, args=[round_.slug] if name == "cancel_round" else [round_.slug, 1])


def typed(days: int = 20, clock: str = "16.15", **changes: Any) -> dict[str, Any]:
    day = a_working_day(days)
    return {"version": "1", "closes_day": f"{day:%d.%m.%Y}", "closes_clock": clock, "act": "preview", **WHY, **changes}


def extension(organisation: Organisation, **changes: Any) -> dict[str, Any]:
    return typed(**{"organisations": [organisation.pk], "reason": "Tietoliikenne katkesi.", **changes})


def seal(page: Any) -> str:
    found = re.search(r'name="seal" value="([0-9a-f]{64})"', page.content.decode())
    assert found is not None
    return found[1]


def confirm(client: Client, address: str, form: dict[str, Any], **changes: Any) -> Any:
    """See the difference, then confirm it."""
    return client.post(address, {**form, "act": "confirm", "seal": seal(client.post(address, form)), **changes})
