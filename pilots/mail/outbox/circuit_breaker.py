"""The circuit breaker: while the mail server takes nothing from us no sender tries, and no message counts a try."""

from datetime import datetime, timedelta

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from pilots.models import Installation

WAIT = timedelta(seconds=50)  # a little less than a minute: the next sweep tries again


def is_open(at: datetime) -> bool:
    """Whether the circuit breaker is open at ``at``. An end further off than ``WAIT`` is of a clock that was wrong."""
    return Installation.objects.filter(mail_waits_until__gt=at, mail_waits_until__lte=at + WAIT).exists()


def open_(words: str, at: datetime) -> None:
    """Open the circuit breaker for ``WAIT``; ``words``: the server's answer, for staff."""
    Installation.objects.get_or_create(pk=1, defaults={"swept_at": at})
    Installation.objects.filter(pk=1).update(
        mail_waits_until=at + WAIT, mail_trouble_since=Coalesce(F("mail_trouble_since"), Value(at)), mail_trouble=words
    )


def close() -> None:
    """Close the circuit breaker: the server has taken a mail."""
    Installation.objects.filter(mail_waits_until__isnull=False).update(
        mail_waits_until=None, mail_trouble_since=None, mail_trouble=""
    )
