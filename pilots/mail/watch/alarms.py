"""Alarms: operations are told once when something goes wrong, again while it stands, and when it is over.

By Django's own mail, not by the outbox: what is wrong may be the outbox.
"""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from pilots.models import Alarm
from registry.lib.formats import moment_words

from .troubles import Seen, Trouble

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=4)  # how often operations are told of an alarm that stands
PATIENCE = 30  # seconds that each answer of the mail server is awaited


def mail(subject: str, lines: list[str]) -> bool:
    """Send operations a plain letter at once; return whether the mail server took it. Without an address: True.

    A failure is logged, never raised: the next look tries again.
    """
    if not settings.OPERATIONS_EMAIL:
        return True
    letter = EmailMessage(
        f"{subject} – {settings.BASE_URL}",
        "\n\n".join(lines) + "\n",
        to=[settings.OPERATIONS_EMAIL],
        headers={"Auto-Submitted": "auto-generated"},
        connection=_connection(),
    )
    try:
        letter.send()
    except (OSError, SMTPException) as fault:  # ssl errors are OSErrors
        log.error("The letter to operations waits (%s): %s: %s", subject, type(fault).__name__, fault)
        return False
    log.warning("Operations were told: %s", subject)
    return True


def _connection() -> BaseEmailBackend:
    """Return the way to operations: a mail server of their own if one is named, else the portal's."""
    own = settings.OPERATIONS_MAIL
    if not own:
        return get_connection(timeout=PATIENCE)
    return get_connection(
        own["EMAIL_BACKEND"],
        host=own["EMAIL_HOST"],
        port=own["EMAIL_PORT"],
        username=own["EMAIL_HOST_USER"],
        password=own["EMAIL_HOST_PASSWORD"],
        use_tls=own.get("EMAIL_USE_TLS", False),
        use_ssl=own.get("EMAIL_USE_SSL", False),
        timeout=PATIENCE,
    )


def keep(seen: Seen) -> int:
    """Open, repeat and clear the alarms by what was seen, and tell operations; return how many letters were sent.

    Any number of watchers may do this at once: an alarm of a kind is open once, and its row is locked while a watcher
    tells operations of it. A letter that cannot be sent leaves the row as it was, and the next look tries again. In a
    copy of another installation's database the alarms stay as they are.
    """
    if seen.copy:
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        troubles = {trouble.kind: trouble for trouble in seen.troubles}
        Alarm.objects.bulk_create(
            [
                Alarm(kind=kind, words=" ".join(trouble.sentences()), opened_at=seen.at)
                for kind, trouble in troubles.items()
            ],
            ignore_conflicts=True,  # it is open already
        )
        still_open = Alarm.objects.filter(cleared_at=None).order_by("pk").values_list("pk", flat=True)
        return sum(_tell(pk, troubles, seen.at) for pk in list(still_open))


@transaction.atomic
def _tell(pk: int, troubles: dict[Alarm.Kind, Trouble], at: datetime) -> bool:
    """Tell operations of one open alarm if it is time to; return whether a letter was sent."""
    alarm = Alarm.objects.select_for_update(skip_locked=True).filter(pk=pk, cleared_at=None).first()
    if alarm is None:  # another watcher tells of it
        return False
    trouble = troubles.get(Alarm.Kind(alarm.kind))
    if trouble is None:
        sent = mail(_("Over: %(what)s") % {"what": alarm.get_kind_display()}, [*_told(alarm), _seen_over(at)])
        if sent:
            Alarm.objects.filter(pk=pk).update(cleared_at=max(at, alarm.opened_at))
    else:
        if alarm.told_at is not None and at - alarm.told_at < AGAIN:
            return False
        sentences = trouble.sentences()
        answer = [_("The mail server said: %(words)s") % {"words": trouble.answer}] if trouble.answer else []
        sent = mail(_("Alarm: %(what)s") % {"what": alarm.get_kind_display()}, [*sentences, *answer, *_closing()])
        if sent:
            Alarm.objects.filter(pk=pk).update(told_at=at, words=" ".join(sentences))
    return sent and bool(settings.OPERATIONS_EMAIL)


def _told(alarm: Alarm) -> list[str]:
    opened = moment_words(alarm.opened_at, settings.LANGUAGE_CODE, seconds=True)
    return [_("It was seen first on %(when)s. Last known:") % {"when": opened}, alarm.words]


def _seen_over(at: datetime) -> str:
    return _("It was seen to be over on %(when)s.") % {"when": moment_words(at, settings.LANGUAGE_CODE, seconds=True)}


def _closing() -> list[str]:
    return [
        settings.BASE_URL + reverse("desk"),
        _(
            "This letter comes again every four hours while it stands, and once when it is over."
            " It does not pass through the registry's own queue of letters."
        ),
    ]
