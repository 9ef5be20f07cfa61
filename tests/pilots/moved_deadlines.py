"""The deadline of the autumn round as it moves, and the mail that goes of it."""

from datetime import datetime
from typing import Any

from pilots.mail import reminders
from pilots.mail.outbox import Verdict
from pilots.models import Message, Round, Step, ToldDeadline
from pilots.rounds.workflow import deadlines as workflow
from regions.models import User
from registry.lib.languages import InThree
from tests.pilots.autumn_round import finnish

WHY = InThree("Rekisteri oli poissa käytöstä.", "Registret var ur bruk.", "The registry was out.")
LATER = finnish(2026, 12, 4, 16, 15)
SOONER = finnish(2026, 11, 25, 16, 15)
FIRST = finnish(2026, 11, 13)  # 14 days before CLOSES
NOW = finnish(2026, 11, 16, 12)


def the_step(round_: Round) -> Step:
    return round_.steps.get()


def move(round_: Round, closes_at: datetime, user: User, at: datetime = NOW, **more: Any) -> reminders.Difference:
    step = the_step(round_)
    more.setdefault("edition", step.deadline_version)
    return workflow.move_deadline(step, closes_at, WHY, user, at, **more)


def deliver(at: datetime) -> None:
    """Send what is queued and still true, as a mail server would take it."""
    for message in Message.objects.filter(state="queued", next_try_at__lte=at).order_by("pk"):
        state = "sent" if reminders.last_look(message, at) is Verdict.SEND else "cancelled"
        Message.objects.filter(pk=message.pk, state="queued").update(state=state, settled_at=at)


def dates_sent_to(user: User) -> list[datetime]:
    rows = ToldDeadline.objects.filter(user=user, message__state="sent").order_by("message_id")
    return list(rows.values_list("closes_at", flat=True))


def remind(round_: Round, at: datetime = FIRST) -> None:
    """Plan, hand over and send what is due at ``at``."""
    reminders.plan(round_, at)
    reminders.queue_due(at)
    deliver(at)
