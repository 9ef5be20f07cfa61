"""A sender: one connection and one lease. It takes due messages in batches, sends each once and settles it."""

import logging
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, OperationalError, connection, models, transaction

from pilots.models import DeliveryEvent, Message
from registry.lib.database import in_one_statement, in_transaction
from registry.lib.failpoints import reach

from . import circuit_breaker, leases, sign_in
from .bounces import refused
from .connection import ClosedError, Connection, NotNowError, RefusedError, SendingError, TooLateError, ticking
from .envelopes import sender_of
from .protocols import LastLook, MayContinue, Verdict
from .relay import RelayLog, relay_log

log = logging.getLogger(__name__)

RUN = timedelta(minutes=4)  # how long a run begins new messages: the next sweep plans first, then goes on
DELAYS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60)]  # between two tries; the last repeats
BREAKS_IN_A_ROW = 3  # after so many hang-ups in a row the circuit breaker opens
LOCKED_AT_MOST = "3s"  # how long a letter, and all behind it, waits for a change of what it tells of
LOCKED = "55P03"  # the database's code for that
A_WHILE = 5.0  # seconds' worth of letters that a sender leases at a time: no other sender can send them
BURST = 2.0  # seconds' worth of mails that may go at once before the rate holds

Kind = DeliveryEvent.Kind
State = Message.State

# One statement: one trip to the database and one commit. The event is kept even if the message is another sender's by
# now, because the mail server said so. A late answer settles a message that no sender holds. If the mail server's log
# knows what was sent, the commit need not wait for the disk: should the database's machine die in that instant, the
# message is in doubt, and the log is asked.
SETTLE = """
    WITH ours AS (
        UPDATE pilots_message SET state = %(state)s, settled_at = %(at)s, lease = NULL, leased_until = NULL,
            body_at = NULL, in_doubt = in_doubt AND NOT %(heard)s, tries = tries + %(counted)s
        WHERE id = %(id)s AND state = 'queued' AND (lease = %(lease)s OR lease IS NULL AND %(heard)s)
        RETURNING id),
    lazily AS (SELECT set_config('synchronous_commit', 'off', true) WHERE %(lazy)s)
    INSERT INTO pilots_deliveryevent (message_id, kind, at, words) VALUES (%(id)s, %(kind)s, %(at)s, %(words)s)
    RETURNING (SELECT count(*) FROM ours), (SELECT count(*) FROM lazily)
"""
FENCE = """
    UPDATE pilots_message SET body_at = %(at)s, leased_until = %(until)s,
        perhaps_twice = perhaps_twice OR in_doubt AND %(unlogged)s
    WHERE id = %(id)s AND state = 'queued' AND lease = %(lease)s AND leased_until > %(at)s
"""


class LeaseLostError(Exception):
    """Another sender has taken the message over: the body was not sent."""


class CancelledError(Exception):
    """The last look has cancelled the letter: the body was not sent, and the message is settled."""


@dataclass
class Outcome:
    """How many messages of one run ended how."""

    sent: int = 0
    put_off: int = 0
    dead: int = 0
    expired: int = 0
    cancelled: int = 0
    found: int = 0  # the mail server had them already
    lost: int = 0  # another sender had taken the message over

    def add(self, other: "Outcome") -> None:
        """Add the outcome of another sender of the same run."""
        for count in fields(self):
            setattr(self, count.name, getattr(self, count.name) + getattr(other, count.name))


@dataclass
class Run:
    """What the senders of a run share: the clock, the last look, the moment to stop."""

    at: datetime
    last_look: LastLook
    may_continue: MayContinue
    relay: RelayLog | None = field(default_factory=relay_log)
    senders: list["Sender"] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _began: float = field(default_factory=ticking)
    _freed: float = field(default_factory=ticking)

    def now(self) -> datetime:
        """Return ``at`` plus the time since then: a run may last longer than a lease."""
        return self.at + timedelta(seconds=ticking() - self._began)

    def goes_on(self) -> bool:
        """Whether another message may be begun."""
        return self.may_continue() and not self.stopped.is_set() and self.now() < self.at + RUN

    def free_the_dead(self) -> None:
        """Now and then free the messages of senders that have died."""
        if ticking() - self._freed > min(15.0, settings.MAIL_LEASE / 3):
            self._freed = ticking()
            leases.release_dead(self.now())

    def known_to_the_relay(self, message: Message) -> bool | None:
        """Whether the mail server's log says that it has the mail; None if there is no log to ask."""
        if self.relay is None:
            return None
        try:
            return self.relay.accepted(message.message_id)
        except OSError as fault:
            log.error("The mail server's log cannot be read: %s", fault)
            return None


class Pace:
    """The share of ``MAIL_RATE`` that each of the ``MAIL_CONNECTIONS`` may use, with a short burst."""

    def __init__(self) -> None:
        self._each = settings.MAIL_CONNECTIONS / settings.MAIL_RATE if settings.MAIL_RATE else 0.0  # seconds
        self._next = 0.0

    def wait(self) -> None:
        """Wait until the next mail may go."""
        now = time.monotonic()
        self._next = max(self._next, now - BURST) + self._each
        if self._next > now:
            time.sleep(self._next - now)


class Sender:
    """One connection, one lease."""

    def __init__(self, run: Run) -> None:
        self.run, self.lease, self.outcome = run, uuid.uuid4(), Outcome()
        self.connection = Connection(run.may_continue)
        self._pace, self._breaks = Pace(), 0
        self._heard = False  # whether the server has taken a mail of this batch
        self._delays = 0  # bodies that came too late: where nothing gets through, the next run is early enough
        self._ended = False
        self._turn = 0  # of the batch

    def work(self) -> None:
        """Send what is due until nothing is, or the run stops. If no slot is free, send nothing."""
        with leases.slot() as free:
            if not free:
                return
            with leases.alive(self.lease):
                try:
                    self._work()
                finally:
                    self.connection.close()
                    with suppress(Error):  # the database is away: our locks have fallen, and others free what we held
                        leases.release(self.lease)

    def _work(self) -> None:
        few = 1  # at first: how fast the server is, is not known yet
        while self.run.goes_on() and not self._ended and self._delays < BREAKS_IN_A_ROW:
            self.run.free_the_dead()
            reach("before_claim")
            sign_in.collect(self.run.now())
            self._turn += 1
            batch, began = leases.claim(self.lease, self.run.now(), few, self._turn), ticking()
            if not batch:
                return
            reach("after_claim")
            self._heard = False
            if not all(self.run.goes_on() and self._send(message) for message in batch):
                leases.release(self.lease)
            few = max(1, min(leases.BATCH, int(len(batch) * A_WHILE / (ticking() - began))))

    def _send(self, message: Message) -> bool:
        """Send one leased message and settle it; return whether the rest of the batch may follow."""
        try:
            self._try(message)
        except LeaseLostError:
            self.outcome.lost += 1
            self._delays += 1
            return False
        except TooLateError:
            self._give_back(message)
            self._delays += 1
            return False
        except CancelledError:
            return True
        except ClosedError as trouble:
            self._give_back(message)
            self._closed(str(trouble))
            return False
        except RefusedError as trouble:
            heard = trouble.doubt is False
            if self._settle(message, State.DEAD, Kind.REFUSED, str(trouble), heard=heard):
                self.outcome.dead += 1
                refused(message, str(trouble), self.run.now())
        except NotNowError as trouble:
            return self._put_off(message, trouble)
        except Error:
            raise
        except Exception as fault:  # a letter that fails holds up no other
            log.exception("Message %s cannot be sent", message.pk)
            self.connection.close()
            return self._put_off(message, NotNowError(f"{type(fault).__name__}: {fault}"))
        return True

    def _try(self, message: Message) -> None:
        logged = self.run.known_to_the_relay(message)
        if logged:
            self.outcome.found += self._settle(message, State.SENT, Kind.FOUND, heard=True)
            return
        if message.useless_after is not None and message.useless_after < self.run.now():
            self.outcome.expired += self._settle(message, State.EXPIRED, Kind.EXPIRED)
            return
        mail = sign_in.mail_of(message)
        if mail is None:
            self._settle_unmade(message)
            return
        self._pace.wait()
        answer = self.connection.send(
            message.address,
            mail,
            sender=sender_of(message.pk),
            fence=lambda: self._fence(message, unlogged=logged is None),
        )
        reach("after_answer")
        self.outcome.sent += self._settle(message, State.SENT, Kind.HANDED_OVER, answer, heard=True)
        reach("after_settle")
        self._breaks = 0
        if not self._heard:
            circuit_breaker.close()
            self._heard = True

    def _settle_unmade(self, message: Message) -> None:
        """End a sign-in letter whose bytes cannot be made again: its link is void, or the key of the site is gone."""
        if sign_in.link_holds(message, self.run.now()):
            words = "the key of the site that makes its link is gone"
            self.outcome.expired += self._settle(message, State.EXPIRED, Kind.EXPIRED, words)
        else:
            self.outcome.cancelled += self._settle(message, State.CANCELLED, Kind.CANCELLED, "no longer true")

    def _fence(self, message: Message, *, unlogged: bool) -> None:
        """Begin the body in one transaction: the last look lets it go, the message is ours, and its lease lives.

        Raises ``LeaseLostError`` if it is not ours, ``CancelledError`` if the last look has cancelled it,
        ``NotNowError`` if another letter goes first or somebody is changing what this letter tells of.
        """

        def pass_through() -> tuple[Verdict, bool]:
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCKED_AT_MOST}'")
            verdict = self.run.last_look(message, self.run.now())
            if verdict is Verdict.WAIT:
                raise NotNowError("another letter to the same person is in doubt and goes first")
            if verdict is Verdict.SEND:
                ours = self._begin_body(message, unlogged=unlogged)
            else:
                ours = self._write(message, State.CANCELLED, Kind.CANCELLED, "no longer true")
            if not ours:
                transaction.set_rollback(True)  # what the last look has written is the other sender's to write
            return verdict, ours

        try:
            verdict, ours = in_transaction(pass_through)
        except OperationalError as fault:
            if getattr(fault.__cause__, "pgcode", None) != LOCKED:
                raise
            raise NotNowError("somebody is changing what the letter tells of") from fault
        if not ours:
            raise LeaseLostError
        if verdict is Verdict.CANCEL:
            self.outcome.cancelled += 1
            raise CancelledError

    def _begin_body(self, message: Message, *, unlogged: bool) -> bool:
        """Write that the body begins now, and prolong the lease; return whether the message is still ours."""
        now = self.run.now()
        columns: dict[str, Any] = {"id": message.pk, "lease": self.lease, "at": now, "until": now + leases.length()}
        with connection.cursor() as cursor:
            cursor.execute(FENCE, columns | {"unlogged": unlogged})
            return bool(cursor.rowcount == 1)

    def _settle(self, message: Message, state: str, kind: str, words: str = "", *, heard: bool = False) -> bool:
        """Write how the message ended; return whether it was still ours.

        ``heard``: the mail server, or its log, has answered the body: there is no doubt.
        """
        ours = in_one_statement(lambda: self._write(message, state, kind, words, heard=heard))
        self.outcome.lost += not ours
        return ours

    def _write(self, message: Message, state: str, kind: str, words: str = "", *, heard: bool = False) -> bool:
        how: dict[str, Any] = {"state": state, "kind": kind, "words": words, "heard": heard}
        how |= {
            "id": message.pk,
            "lease": self.lease,
            "at": self.run.now(),
            "lazy": heard and self.run.relay is not None,
        }
        with connection.cursor() as cursor:
            cursor.execute(SETTLE, how | {"counted": int(kind in {Kind.HANDED_OVER, Kind.REFUSED})})
            return bool(cursor.fetchone()[0])

    def _held(self, message: Message) -> models.QuerySet[Message]:
        return Message.objects.filter(pk=message.pk, state=State.QUEUED, lease=self.lease)

    def _put_off(self, message: Message, trouble: SendingError) -> bool:
        """Let the message, the same bytes, wait for its next try; return whether the rest of the batch may follow."""

        def put_off() -> int:
            now = self.run.now()
            changes = {"next_try_at": self._next_try(message, trouble, now), "tries": message.tries + 1}
            if trouble.doubt is not None:
                changes["in_doubt"] = trouble.doubt
            ours = self._held(message).update(lease=None, leased_until=None, body_at=None, **changes)
            DeliveryEvent.objects.create(message=message, kind=Kind.PUT_OFF, at=now, words=str(trouble))
            return ours

        ours = in_transaction(put_off)
        self.outcome.put_off += ours
        self.outcome.lost += 1 - ours
        self._breaks = self._breaks + 1 if trouble.broke else 0
        if self._breaks < BREAKS_IN_A_ROW:
            return True
        self._closed(str(trouble))
        return False

    def _next_try(self, message: Message, trouble: SendingError, now: datetime) -> datetime:
        """Return the time of the next try: later each time, but once more before the letter is of no use."""
        then = now + DELAYS[min(message.tries, len(DELAYS) - 1)]
        if message.useless_after is not None:
            then = min(then, max(message.useless_after - DELAYS[0], now + DELAYS[0]))
        return max(then, now + leases.settles()) if trouble.doubt else then

    def _give_back(self, message: Message) -> None:
        """Let the message be due as it was: nothing of it was sent, and no try is counted."""
        in_transaction(lambda: self._held(message).update(lease=None, leased_until=None, body_at=None))

    def _closed(self, words: str) -> None:
        """Stop, because the server takes nothing. While it talks to another sender of the run, only this one stops."""
        self._ended = True
        self.connection.close()
        log.warning("The mail server takes nothing: %s", words)
        if not any(sender.connection.is_open for sender in self.run.senders):
            circuit_breaker.open_(words, self.run.now())
            self.run.stopped.set()
