"""What a moved deadline does to the plan: older reminders are superseded, who was told another date is told the new."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from pilots import outbox
from pilots.models import Editor, Letter, Message, Reminder, Step, Told
from regions.models import User
from registry.lib.dates import today

from .claim import UNSENT
from .plan import plan, preparers


def supersede(step: Step, at: datetime) -> int:
    """Supersede what is planned for older versions of the step's deadline; return how many reminders it was."""
    return Reminder.objects.filter(
        step=step, state=Reminder.State.PLANNED, deadline_version__lt=step.deadline_version
    ).update(state=Reminder.State.SUPERSEDED, settled_at=at)


def _to_be_told(step: Step, at: datetime) -> list[User]:
    """Return who must hear of the step's present deadline: who was told another one, and every editor of a draft."""
    wrongly = Told.objects.filter(step=step, user=OuterRef("pk")).exclude(closes_at=step.closes_at)
    drafting = Editor.objects.filter(proposal__round=step.round, proposal__state="draft", user=OuterRef("pk"))
    told = Exists(wrongly.exclude(message__state__in=UNSENT))
    return list(
        User.objects.working(today(at)).filter(told | (Q(pk__in=preparers(at)) & Exists(drafting))).order_by("pk")
    )


@transaction.atomic
def deadline_moved(step: Step, at: datetime) -> list[Message]:
    """Bring plan and people up to the step's new deadline, in the transaction that moved it; return the corrections.

    The caller has raised ``deadline_version`` and written the ``DeadlineChange``. Reminders of the old date that are
    queued but not sent are found untrue and cancelled when they would be sent (``still_true``). An extension of an
    organisation is not touched by this, nor the letters that told of it.
    """
    supersede(step, at)
    corrections = [
        outbox.post(Letter.CORRECTION, user, at=at, context={"closes_at": step.closes_at}, step=step)
        for user in _to_be_told(step, at)
    ]
    plan(step, at)
    return corrections
