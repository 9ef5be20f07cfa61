"""Leases: each message that is being sent belongs to one sender, and a sender that has died is seen to be dead.

A sender holds two locks of its own database session: one is a slot, which bounds the connections of all processes
together; the key of the other follows from its lease. Both fall with the session, however it ends. A sender needs a
direct connection to the database, not one through a pooler in transaction mode.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connection
from django.db.models import Q, QuerySet

from pilots.models import DeliveryEvent, Message
from registry.lib.database import in_transaction

BATCH = 20  # messages that a sender leases at a time, at most
SLOTS = 0x6D61696C  # the first half of the key of every slot's lock; any number that nothing else locks
State, Kind = Message.State, DeliveryEvent.Kind


def length() -> timedelta:
    """Return how long a lease lasts: longer than a mail server may take to answer after the final dot."""
    return timedelta(seconds=settings.MAIL_LEASE)


def _key(lease: uuid.UUID) -> int:
    return int.from_bytes(lease.bytes[8:], "big", signed=True)


def _lock(question: str, *key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {question}({', '.join(['%s'] * len(key))})", key)
        return bool(cursor.fetchone()[0])


@contextmanager
def _locked(*key: int) -> Iterator[bool]:
    """Try to hold a lock of this session while the block runs; give whether it is held. A lost session has lost it."""
    held = _lock("pg_try_advisory_lock", *key)
    try:
        yield held
    finally:
        if held:
            with suppress(Error):
                _lock("pg_advisory_unlock", *key)


@contextmanager
def slot() -> Iterator[bool]:
    """Hold one of the ``MAIL_CONNECTIONS`` slots while the block runs; give whether a slot was free."""
    for number in range(settings.MAIL_CONNECTIONS):
        with _locked(SLOTS, number) as free:
            if free:
                yield True
                return
    yield False


@contextmanager
def alive(lease: uuid.UUID) -> Iterator[bool]:
    """Show while the block runs that the sender with this ``lease`` lives."""
    with _locked(_key(lease)) as held:
        yield held


def _living() -> set[int]:
    """Return the keys of all locks that the sessions of this database hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return {key for (key,) in cursor}


def queued() -> QuerySet[Message]:
    """Return the messages in the queue that this installation may send."""
    return Message.objects.filter(state=State.QUEUED, deployment=settings.DEPLOYMENT_KEY)


def claim(lease: uuid.UUID, now: datetime, few: int = BATCH, turn: int = 1) -> list[Message]:
    """Lease at most ``few`` due messages that no other sender holds; return them, the longest due first.

    Sign-in letters go first: somebody waits for them. While others are due they take at most half of the batch, so that
    nobody holds up reminders by asking for letters; of a batch of one, every other ``turn``.
    """

    def take() -> list[Message]:
        free = queued().filter(lease=None, next_try_at__lte=now).defer("body")
        free = free.select_for_update(skip_locked=True).order_by("next_try_at", "pk")
        urgent = free.filter(sign_in_letter__isnull=False)
        batch = list(urgent[: (few + turn % 2) // 2])
        had = len(batch)
        batch += free.filter(sign_in_letter=None)[: few - had]
        if had and len(batch) < few:
            batch[had:had] = urgent.exclude(pk__in=[message.pk for message in batch[:had]])[: few - len(batch)]
        if batch:
            Message.objects.filter(pk__in=[message.pk for message in batch]).update(
                lease=lease, leased_until=now + length()
            )
        return batch

    return in_transaction(take)


def release(lease: uuid.UUID) -> int:
    """Give back the messages that the sender has leased and not begun to send; return how many."""
    unsent = Message.objects.filter(state=State.QUEUED, lease=lease, body_at=None)
    return in_transaction(lambda: unsent.update(lease=None, leased_until=None))


def release_dead(now: datetime) -> int:
    """Free the messages of senders that died, and those that are leased for too long; return how many.

    A message is due as before if its body had not begun. If it had, nobody knows whether the mail server has the mail:
    the message is in doubt, and its next try waits until the mail server's log has surely told of it.
    """
    leased = {lease for lease in queued().exclude(lease=None).values_list("lease", flat=True).distinct() if lease}
    if not leased:
        return 0
    living = _living()
    gone = Q(lease__in=[lease for lease in leased if _key(lease) not in living]) | Q(leased_until__lte=now)

    def free() -> int:
        rows = dict(queued().filter(gone).select_for_update(skip_locked=True).values_list("pk", "body_at"))
        begun = [pk for pk, body_at in rows.items() if body_at is not None]
        Message.objects.filter(pk__in=begun).update(in_doubt=True, next_try_at=now + settles())
        Message.objects.filter(pk__in=rows).update(lease=None, leased_until=None, body_at=None)
        DeliveryEvent.objects.bulk_create(DeliveryEvent(message_id=pk, kind=Kind.LEASE_LOST, at=now) for pk in rows)
        return len(rows)

    return in_transaction(free)


def settles() -> timedelta:
    """Return how long after a try that ended unheard the mail server's log has surely told of it."""
    return timedelta(seconds=settings.RELAY_SETTLES)
