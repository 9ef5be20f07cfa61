"""Letters called back from the queue: they are cancelled, and what they were to tell is planned again."""

from collections.abc import Sequence
from datetime import datetime

from pilots.models import DeliveryEvent, Message, Reminder


def call_back(messages: Sequence[Message], at: datetime, words: str) -> None:
    """Cancel locked letters, with an event each; their reminders are planned again."""
    pks = [message.pk for message in messages]
    Message.objects.filter(pk__in=pks).update(
        state=Message.State.CANCELLED, settled_at=at, lease=None, leased_until=None
    )
    kind = DeliveryEvent.Kind.CANCELLED
    DeliveryEvent.objects.bulk_create(DeliveryEvent(message_id=pk, kind=kind, at=at, words=words) for pk in pks)
    theirs = Reminder.objects.filter(message__in=pks, state=Reminder.State.QUEUED)
    theirs.update(state=Reminder.State.PLANNED, settled_at=None, message=None)
