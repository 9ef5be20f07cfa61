"""Letters of staff to the organisations of a round."""

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.mail import reminders
from pilots.models import Round, StaffLetter
from regions.models import User

NOW = timezone.now
TEXTS = {
    "subject_fi": "Täydennä 1.12. mennessä",
    "body_fi": "Hei,\n\ntäydennä ehdotusta.",
    "subject_sv": "Komplettera senast 1.12",
    "body_sv": "Hej,\n\nkomplettera förslaget.",
}


def draft(round_: Round, writer: User, audience: str = "editors", **fields: Any) -> StaffLetter:
    """Return a letter that is not sent."""
    known = {"round": round_, "audience": audience, "written_at": NOW(), "written_by": writer}
    return StaffLetter.objects.create(**{**known, **TEXTS, **fields})


def names(letter: StaffLetter) -> set[str]:
    """Return the addresses of those who would get the letter."""
    return {user.email for user in reminders.audience(letter, NOW()).people}


def typed(**fields: str) -> dict[str, str]:
    """Return what the form sends."""
    return {"audience": "editors", "proposal": "", "edition": "0", **TEXTS, "subject_en": "", "body_en": "", **fields}


def shown(client: Client, letter: StaffLetter) -> dict[str, str]:
    """Return the fields of the send button on the page that was read."""
    context = client.get(reverse("letter", args=[letter.pk])).context
    return {"edition": str(context["letter"].edition), "seen": context["audience"].fingerprint}
