"""What an officer types on the pages that move, extend and cancel."""

import re
from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import Round
from regions.models import Organisation
from registry.lib.dates import finnish_time, is_working_day

WHY = {"reason_fi": "Sähkökatko.", "reason_sv": "Strömavbrott.", "reason_en": "Power cut."}


def a_working_day(days: int) -> date:
    """Return a working day at least so many days ahead."""
    day = finnish_time(timezone.now()).date() + timedelta(days=days)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def where(name: str, round_: Round) -> str:
    return reverse(name, args=[round_.slug] if name == "cancel_round" else [round_.slug, 1])


def typed(days: int = 20, clock: str = "16.15", **changes: Any) -> dict[str, Any]:
    day = a_working_day(days)
    return {"edition": "1", "closes_day": f"{day:%d.%m.%Y}", "closes_clock": clock, "act": "preview", **WHY, **changes}


def extension(organisation: Organisation, **changes: Any) -> dict[str, Any]:
    return typed(**{"organisations": [organisation.pk], "reason": "Tietoliikenne katkesi.", **changes})


def shown(page: Any) -> str:
    """Return the fingerprint of the difference that the page shows."""
    fingerprint = re.search(r'name="seen" value="([0-9a-f]{64})"', page.content.decode())
    assert fingerprint is not None
    return fingerprint[1]


def confirm(client: Client, address: str, form: dict[str, Any], **changes: Any) -> Any:
    """See the difference, then confirm it."""
    return client.post(address, {**form, "act": "confirm", "seen": shown(client.post(address, form)), **changes})
