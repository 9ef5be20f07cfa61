"""The form of a new round, filled in and sent."""

from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registry.lib.dates import finnish_time
from tests.pilots.rounds.deadline_forms import a_working_day


def posted(closes: date | None = None, clock: str = "16.15", **changes: Any) -> dict[str, Any]:
    """Return what an officer posts for a whole round."""
    closes = closes or a_working_day(20)
    today = finnish_time(timezone.now()).date() - timedelta(days=1)
    return {
        "name_fi": "Alustavat ehdotukset",
        "name_sv": "Preliminära förslag",
        "asks": ["preliminary"],
        "guidance_fi": "Kerro, mitä kokeilette.",
        "guidance_sv": "Berätta vad ni prövar.",
        "contact_fi": "Pilottien postilaatikko",
        "contact_sv": "Pilotförsökens postlåda",
        "steps-TOTAL_FORMS": "3",
        "steps-INITIAL_FORMS": "1",
        "steps-0-kind": "preliminary",
        "steps-0-opens_day": f"{today:%d.%m.%Y}",
        "steps-0-opens_clock": "9.00",
        "steps-0-closes_day": f"{closes:%d.%m.%Y}",
        "steps-0-closes_clock": clock,
        "edition": "1",
        **changes,
    }


def make(client: Client, **changes: Any) -> Any:
    """Post a new round."""
    return client.post(reverse("new_round"), posted(**changes))


def publish(client: Client, slug: str) -> Any:
    """Look at what publishing does, and confirm it; return the page that comes then."""
    address = reverse("publish_round", args=[slug])
    page = client.get(address, follow=True)
    if page.context is None or "publication" not in page.context:
        return page
    seen = page.context["publication"].fingerprint
    return client.post(address, {"act": "confirm", "seen": seen}, follow=True)
