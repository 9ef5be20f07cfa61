"""A Monday of digests, and the rounds that they tell of."""

from datetime import datetime, timedelta
from typing import Any

from pilots.mail import reminders
from pilots.models import Letter, Message, Round
from regions.models import User
from registry.lib.dates import HELSINKI
from tests.factories import make_round

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=HELSINKI)  # at 8, in week 48
LAST = MONDAY - timedelta(days=7)
MIDWEEK = MONDAY - timedelta(days=4)
CLOSES = datetime(2026, 12, 8, 16, 15, tzinfo=HELSINKI)


def make(name: str, **fields: Any) -> Round:
    """Return a round that has been open for a month and closes in December."""
    fields = {"opens_at": MONDAY - timedelta(days=30), "closes_at": CLOSES, "name_fi": name, **fields}
    round_ = make_round(**fields)
    Round.objects.filter(pk=round_.pk).update(published_at=fields["opens_at"])
    return round_


def send(at: datetime = MONDAY) -> dict[str, Message]:
    """Queue what is due and return the digests of all weeks by address."""
    reminders.queue_digests(at)
    return {message.address: message for message in Message.objects.filter(letter=Letter.DIGEST).order_by("pk")}


def body(user: User, at: datetime = MONDAY) -> str:
    return send(at)[user.email].body
