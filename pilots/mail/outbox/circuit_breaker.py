"""The circuit: while the mail server takes nothing from us, nobody tries for a moment, and no message is counted."""

from datetime import datetime, timedelta

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from pilots.models import Sweep

WAIT = timedelta(seconds=50)  # a little less than a minute: the next sweep tries again


def waits(at: datetime) -> bool:
    """Whether nothing is to be tried at ``at``. An end further off than the wait comes from a clock that was wrong."""
    return Sweep.objects.filter(mail_waits_until__gt=at, mail_waits_until__lte=at + WAIT).exists()


def open_(words: str, at: datetime) -> None:
    """Keep everyone from trying for a moment; ``words`` are the server's own, for staff."""
    Sweep.objects.get_or_create(pk=1, defaults={"swept_at": at})
    Sweep.objects.filter(pk=1).update(
        mail_waits_until=at + WAIT, mail_trouble_since=Coalesce(F("mail_trouble_since"), Value(at)), mail_trouble=words
    )


def close() -> None:
    """The server takes mail: there is no trouble any more."""
    Sweep.objects.filter(mail_waits_until__isnull=False).update(
        mail_waits_until=None, mail_trouble_since=None, mail_trouble=""
    )
