"""Makers of what the watch looks at: reminders and letters of any age and end."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.conf import settings

from pilots.models import Installation, Letter, Message, Reminder, ReminderRule, Round, Step
from regions.models import User
from tests.factories import make_round

_number = count(1)
MINUTE = timedelta(minutes=1)


def somebody() -> User:
    """Return an account; that it could not sign in matters to nobody here."""
    return User.objects.create(email=f"somebody.{next(_number)}@watch.example", role=User.Role.READER)


def swept(at: datetime, **trouble: Any) -> Installation:
    """Keep that the last sweep was at ``at``."""
    return Installation.objects.update_or_create(pk=1, defaults={"swept_at": at, **trouble})[0]


def mail_stopped(at: datetime, since: datetime) -> Installation:
    """Keep a sweep of ``at`` for which the mail server has taken nothing since ``since``."""
    words = "535 5.7.8 authentication failed"
    return swept(at, mail_waits_until=at + MINUTE, mail_trouble_since=since, mail_trouble=words)


def open_round(at: datetime, *, days: int = 10, **fields: Any) -> Round:
    """Return a published round that opened twenty days before ``at`` and closes ``days`` after it."""
    fields.setdefault("published_at", at - timedelta(days=20))
    return make_round(opens_at=at - timedelta(days=20), closes_at=at + timedelta(days=days), **fields)


def rule_of(round_: Round, days_before: int = 5) -> ReminderRule:
    """Return the round's rule for preparers so many days before."""
    return ReminderRule.objects.get_or_create(
        round=round_,
        audience=ReminderRule.Audience.PREPARERS,
        days_before=days_before,
        defaults={"active_from": round_.published_at},
    )[0]


def letter(user: User, created_at: datetime, state: str = Message.State.QUEUED, **fields: Any) -> Message:
    """Return a letter of any state."""
    n = next(_number)
    defaults = {
        "letter": Letter.DRAFT_NOT_SENT,
        "address": user.email,
        "language": "fi",
        "subject": f"Viesti {n}",
        "body": "Sanat",
        "mime": b"Sanat",
        "message_id": f"<letter-{n}@watch.example>",
        "deployment": settings.DEPLOYMENT_KEY,
        "created_at": created_at,
        "next_try_at": created_at,
        "settled_at": None if state == Message.State.QUEUED else created_at,
    }
    return Message.objects.create(user=user, state=state, **{**defaults, **fields})


def reminder(
    step: Step, due_at: datetime, *, user: User | None = None, days_before: int = 5, **fields: Any
) -> Reminder:
    """Return a reminder: planned unless told; ``message`` makes it queued, ``reason`` skipped."""
    state = fields.pop("state", None)
    if state is None:
        handed = Reminder.State.QUEUED if "message" in fields else Reminder.State.PLANNED
        state = Reminder.State.SKIPPED if "reason" in fields else handed
    return Reminder.objects.create(
        rule=rule_of(step.round, days_before),
        step=step,
        deadline_version=1,
        user=user or somebody(),
        due_at=due_at,
        state=state,
        settled_at=None if state == Reminder.State.PLANNED else due_at,
        **fields,
    )


def told(step: Step, due_at: datetime, ended: str, **fields: Any) -> Reminder:
    """Return a reminder that was handed over; its letter ended as told."""
    user = somebody()
    return reminder(step, due_at, user=user, message=letter(user, due_at, ended, **fields))
