"""Delivery: queued messages are claimed one by one under a lease, sent as they were frozen, and settled."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from pilots.models import DeliveryEvent, Message
from registry.lib.failpoints import reach

from .connection import ClosedError, Connection, LeaseLostError, NotLetInError, NotNowError, RefusedError, SendingError
from .envelopes import sender_of

LEASE = timedelta(seconds=900)  # longer than SMTP's ten-minute wait after the final dot, with the commands before it
DELAYS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60)]  # the last one repeats
CIRCUIT = timedelta(minutes=1)  # how long nothing is tried after the server let nothing in
BREAKS_IN_A_ROW = 3  # a server that hangs up this often in one run is left alone until the next

Kind = DeliveryEvent.Kind
State = Message.State


@dataclass
class Outcome:
    """How many messages of one run ended how."""

    sent: int = 0
    put_off: int = 0
    dead: int = 0
    expired: int = 0
    cancelled: int = 0
    lost: int = 0  # another sender had taken the message over


class _Run:
    """One run: its connection, its lease, its clock that goes on from ``at``."""

    def __init__(self, at: datetime, still_true: Callable[[Message, datetime], bool]) -> None:
        self._at, self._began = at, time.monotonic()
        self._still_true = still_true
        self.lease = uuid.uuid4()
        self.connection = Connection()
        self.outcome = Outcome()

    def now(self) -> datetime:
        """Return ``at`` and what has passed since: a run may last longer than a lease."""
        return self._at + timedelta(seconds=time.monotonic() - self._began)

    @transaction.atomic
    def claim(self) -> Message | None:
        """Lease the next due message that nobody else holds; return it, or None where none is due.

        A lease that ran out belonged to a sender that died: nobody knows whether the server had taken the mail, so it
        is sent again, the same bytes, and marked.
        """
        now = self.now()
        message = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(Q(lease=None) | Q(leased_until__lte=now), state=State.QUEUED, next_try_at__lte=now)
            .filter(deployment=settings.DEPLOYMENT_KEY)
            .order_by("next_try_at", "pk")
            .first()
        )
        if message is None:
            return None
        if message.lease is not None:
            message.perhaps_twice = True
            message.events.create(kind=Kind.LEASE_LOST, at=now)
        message.lease, message.leased_until = self.lease, now + LEASE
        message.save(update_fields=["lease", "leased_until", "perhaps_twice"])
        return message

    def _held(self, message: Message) -> models.QuerySet[Message]:
        return Message.objects.filter(pk=message.pk, state=State.QUEUED, lease=self.lease)

    def fence(self, message: Message) -> bool:
        """Whether the message is still ours; if so, the lease begins anew."""
        now = self.now()
        return bool(self._held(message).filter(leased_until__gt=now).update(leased_until=now + LEASE))

    @transaction.atomic
    def settle(self, message: Message, state: str, kind: str, words: str = "") -> bool:
        """Write how the message ended; return whether it was still ours to end."""
        now = self.now()
        ours = self._held(message).update(
            state=state,
            settled_at=now,
            lease=None,
            leased_until=None,
            tries=F("tries") + (1 if kind in {Kind.HANDED_OVER, Kind.REFUSED} else 0),
        )
        DeliveryEvent.objects.create(message=message, kind=kind, at=now, words=words)
        self.outcome.lost += 0 if ours else 1
        return bool(ours)

    @transaction.atomic
    def put_off(self, message: Message, trouble: SendingError, *, counted: bool = True) -> None:
        """Let the message wait for its next try."""
        now = self.now()
        delay = DELAYS[min(message.tries, len(DELAYS) - 1)] if counted else CIRCUIT
        ours = self._held(message).update(
            next_try_at=now + delay,
            tries=F("tries") + (1 if counted else 0),
            lease=None,
            leased_until=None,
            perhaps_twice=message.perhaps_twice or trouble.maybe_accepted,
        )
        DeliveryEvent.objects.create(message=message, kind=Kind.PUT_OFF, at=now, words=str(trouble))
        self.outcome.put_off += ours
        self.outcome.lost += 0 if ours else 1

    def put_all_off(self) -> None:
        """Let everything that is due wait a minute: the server takes nothing now. Nothing is marked dead."""
        now = self.now()
        due = Message.objects.filter(state=State.QUEUED, lease=None, next_try_at__lte=now)
        due.filter(deployment=settings.DEPLOYMENT_KEY).update(next_try_at=now + CIRCUIT)

    def try_one(self, message: Message) -> None:
        """Send one claimed message and settle it; raises ``NotNowError`` or ``ClosedError`` once it is put off."""
        now = self.now()
        if message.useless_after is not None and message.useless_after < now:
            self.outcome.expired += self.settle(message, State.EXPIRED, Kind.EXPIRED)
            return
        if not self._still_true(message, now):
            self.outcome.cancelled += self.settle(message, State.CANCELLED, Kind.CANCELLED, "no longer true")
            return
        try:
            answer = self.connection.send(
                message.address,
                bytes(message.mime),
                sender=sender_of(message.pk),
                fence=lambda: self.fence(message),
            )
        except LeaseLostError:
            self.outcome.lost += 1
        except RefusedError as trouble:
            self.outcome.dead += self.settle(message, State.DEAD, Kind.REFUSED, str(trouble))
        except NotNowError as trouble:
            self.put_off(message, trouble)
            raise
        except ClosedError as trouble:
            self.put_off(message, trouble, counted=not isinstance(trouble, NotLetInError))
            raise
        else:
            reach("after_answer")
            self.outcome.sent += self.settle(message, State.SENT, Kind.HANDED_OVER, answer)
            reach("after_settle")


def always_true(message: Message, at: datetime) -> bool:
    """Whether what the letter says is still so; letters that tell of the past always are."""
    return True


def deliver(
    at: datetime,
    *,
    still_true: Callable[[Message, datetime], bool] = always_true,
    go_on: Callable[[], bool] = lambda: True,
) -> Outcome:
    """Send what is due at ``at``; return how many messages ended how.

    Any number of these may run at once: a message is claimed by one. Runs outside transactions: what was sent is
    written at once. ``still_true`` is asked before each message is sent, ``go_on`` before each is claimed.
    """
    run, breaks = _Run(at, still_true), 0
    try:
        reach("before_claim")
        while go_on() and breaks < BREAKS_IN_A_ROW and (message := run.claim()) is not None:
            reach("after_claim")
            try:
                run.try_one(message)
            except ClosedError:
                run.put_all_off()
                break
            except NotNowError as trouble:
                breaks = breaks + 1 if trouble.broke else 0
            else:
                breaks = 0
    finally:
        run.connection.close()
    return run.outcome
