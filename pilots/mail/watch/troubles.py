"""The troubles at a moment: one answer for the desk's red line, the health check and the mail to operations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import get_language, gettext, ngettext

from pilots.mail.reminders import waiting
from pilots.models import Alarm, ClarificationReminder, DeliveryEvent, Installation, Message, Reminder, Round
from regions.models import SignInLetter
from registry.lib.formats import moment_words

from .reconciliation import LATE, still_missing

A_DAY = timedelta(days=1)
SOON_SHOWN = timedelta(minutes=1)  # staff see a mail server that takes nothing for longer
Kind = Alarm.Kind


@dataclass(frozen=True)
class Trouble:
    """A trouble: its kind, since when it stands, how much waits for its end."""

    kind: Alarm.Kind
    since: datetime
    reminders: int = 0  # due, and neither handed over nor explained
    letters: int = 0  # queued, and not sent
    missing: int = 0  # reminders that a reconciliation of the last day counted as missing, and that are so still
    never: bool = False  # no sweep has run at all
    answer: str = ""  # the mail server's own words: for staff and operations

    def sentences(self) -> list[str]:
        """Return the trouble in the active language, with its figures and without personal data."""
        since = moment_words(self.since, (get_language() or settings.LANGUAGE_CODE)[:2])
        if self.kind == Kind.MAIL_STOPPED:
            taken = gettext("The mail server has taken no letters since %(since)s.") % {"since": since}
            return [taken, *([_letters_wait(self.letters)] if self.letters else [])]
        if self.kind == Kind.SWEEP_LATE:
            if self.never:
                return [gettext("Reminders are not running: a round is published, but nothing has been swept yet.")]
            return [gettext("Reminders are not running: the last sweep was on %(since)s.") % {"since": since}]
        if self.kind == Kind.REFUSED:
            refused = gettext("Letters are refused since %(since)s because of our own mail server or sender.")
            return [refused % {"since": since}, gettext("Check SPF, DKIM and the lists of blocked senders.")]
        counts = [
            _reminders_wait(self.reminders) if self.reminders else "",
            _letters_wait(self.letters) if self.letters else "",
            _missing(self.missing) if self.missing else "",
        ]
        overdue = gettext("Something is due since %(since)s and has not gone out.") % {"since": since}
        return [overdue, *filter(None, counts)]


def _letters_wait(n: int) -> str:
    return ngettext("%(n)s letter waits.", "%(n)s letters wait.", n) % {"n": n}


def _reminders_wait(n: int) -> str:
    return ngettext("%(n)s reminder is not handed over.", "%(n)s reminders are not handed over.", n) % {"n": n}


def _missing(n: int) -> str:
    return ngettext("%(n)s is missing in the receipt.", "%(n)s are missing in the receipt.", n) % {"n": n}


@dataclass(frozen=True)
class Seen:
    """What a look saw at a moment: the alarms, and what staff see besides."""

    at: datetime
    swept_at: datetime | None
    troubles: tuple[Trouble, ...]
    mail_stopped: Trouble | None  # after a minute: staff see it before it is an alarm
    retried: int  # letters older than ten minutes that wait for their next try
    next_try_at: datetime | None
    quiet: int  # reminders that wait because their user had another less than twenty hours ago
    copy: bool = False  # the database is another installation's: nothing is sent, and that is right

    @property
    def shown(self) -> tuple[Trouble, ...]:
        """The troubles that are red on the desk: the alarms, and a mail server that stopped a minute ago."""
        alarmed = {trouble.kind for trouble in self.troubles}
        soon = [self.mail_stopped] if self.mail_stopped and self.mail_stopped.kind not in alarmed else []
        return (*self.troubles, *soon)

    @property
    def reasons(self) -> list[str]:
        """The kinds of the alarms, for machines."""
        return [trouble.kind.value for trouble in self.troubles]


def look(at: datetime) -> Seen:
    """Return the troubles at ``at`` (the database's clock), in at most six queries, whatever the number of rows."""
    installation = _installation(at).first()
    if installation is not None and not installation.is_of(settings.DEPLOYMENT_KEY):
        return Seen(at, installation.swept_at, (), None, retried=0, next_try_at=None, quiet=0, copy=True)
    reminders, letters = _reminders(at), _letters(at)
    stopped = _mail_stopped(installation, letters["waiting"], at)
    troubles = [
        _sweep_late(installation, at),
        _overdue(installation, reminders, {} if stopped else letters, at),
        _refused(installation),
    ]
    if stopped is not None and at - stopped.since > LATE:
        troubles.append(stopped)
    return Seen(
        at=at,
        swept_at=installation.swept_at if installation else None,
        troubles=tuple(trouble for trouble in troubles if trouble is not None),
        mail_stopped=stopped if stopped and at - stopped.since > SOON_SHOWN else None,
        retried=letters["retried"],
        next_try_at=letters["next_try_at"],
        quiet=reminders["quiet"],
    )


def _sweep_late(installation: Installation | None, at: datetime) -> Trouble | None:
    """Return the trouble of a late sweep. Before the first sweep, a round published long ago shows that it is late."""
    if installation is not None:
        return Trouble(Kind.SWEEP_LATE, installation.swept_at) if at - installation.swept_at > LATE else None
    living = Round.objects.public().filter(steps__isnull=False, cancelled_at=None)
    since = living.aggregate(first=Min("published_at"))["first"]
    return Trouble(Kind.SWEEP_LATE, since, never=True) if since is not None and at - since > LATE else None


def _reminders(at: datetime) -> dict[str, Any]:
    """Count the reminders that are late and still planned: those that wait for the quiet hours, and the others."""
    limit = at - LATE
    overdue = Reminder.objects.filter(state=Reminder.State.PLANNED, due_at__lt=limit, step__opens_at__lt=limit)
    return overdue.annotate(quietly=ExpressionWrapper(waiting(limit), BooleanField())).aggregate(
        quiet=Count("pk", filter=Q(quietly=True)),
        overdue=Count("pk", filter=Q(quietly=False)),
        since=Min(Greatest("due_at", "step__opens_at"), filter=Q(quietly=False)),
    )


def _letters(at: datetime) -> dict[str, Any]:
    """Count our queued letters: all, those that nobody tries for too long, those that are tried again."""
    limit = at - LATE
    left = Q(next_try_at__lt=limit) & (Q(leased_until=None) | Q(leased_until__lt=limit))
    again = Q(next_try_at__gte=limit, created_at__lt=limit)
    queued = Message.objects.filter(state=Message.State.QUEUED, deployment=settings.DEPLOYMENT_KEY)
    return queued.aggregate(
        waiting=Count("pk"),
        overdue=Count("pk", filter=left),
        since=Min(Greatest("next_try_at", "leased_until"), filter=left),
        retried=Count("pk", filter=again),
        next_try_at=Min("next_try_at", filter=again),
    )


def _mail_stopped(installation: Installation | None, waiting: int, at: datetime) -> Trouble | None:
    """Return the trouble of a mail server that takes nothing, for however short a time.

    It ends when a try succeeds. If nothing waits nobody tries: then it ends ten minutes after the last try.
    """
    if installation is None or installation.mail_trouble_since is None or installation.mail_waits_until is None:
        return None
    if not waiting and at - installation.mail_waits_until > LATE:
        return None
    return Trouble(
        Kind.MAIL_STOPPED, installation.mail_trouble_since, letters=waiting, answer=installation.mail_trouble
    )


def _installation(at: datetime) -> QuerySet[Installation]:
    """Return the installation with what else there is to know of its mail, in the one question.

    ``refused_since`` and ``refused_letters``: letters that were refused for its sake in the last day. ``asked_since``:
    a letter with a link that was asked for too long ago, and that no sweep has collected. ``clarified_since``: a
    reminder of a clarification that was due too long ago, and that no sweep has settled.
    """
    ours = DeliveryEvent.objects.filter(kind=DeliveryEvent.Kind.OURS, at__gt=at - A_DAY, at__lte=at).order_by("at")
    counted = ours.order_by().values("kind").annotate(letters=Count("message", distinct=True)).values("letters")
    asked = SignInLetter.objects.waiting().filter(asked_at__lt=at - LATE).order_by("asked_at")
    clarified = ClarificationReminder.objects.filter(state="planned", due_at__lt=at - LATE).order_by("due_at")
    return Installation.objects.annotate(
        refused_since=Subquery(ours.values("at")[:1]),
        refused_letters=Coalesce(Subquery(counted), 0),
        asked_since=Subquery(asked.values("asked_at")[:1]),
        clarified_since=Subquery(clarified.values("due_at")[:1]),
    )


def _refused(installation: Installation | None) -> Trouble | None:
    """Return the trouble of letters that are refused for our sake."""
    since: datetime | None = getattr(installation, "refused_since", None)
    return Trouble(Kind.REFUSED, since, letters=getattr(installation, "refused_letters", 0)) if since else None


def _overdue(
    installation: Installation | None, reminders: dict[str, Any], letters: dict[str, Any], at: datetime
) -> Trouble | None:
    """Return the trouble of late reminders and letters. Letters that a stopped mail server holds up are its trouble."""
    missing, missing_since = still_missing(at)
    since = [reminders["since"], letters.get("since"), missing_since]
    since += [getattr(installation, name, None) for name in ("asked_since", "clarified_since")]
    if not any(since):
        return None
    return Trouble(
        Kind.MISSING,
        min(filter(None, since)),
        reminders=reminders["overdue"],
        letters=letters.get("overdue", 0),
        missing=missing,
    )
