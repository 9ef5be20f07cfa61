"""Delivery: what is due is sent by one sender or several at once, each message by one of them."""

import threading
from datetime import datetime

from django.db import connection

from . import circuit_breaker, leases
from .protocols import LastLook, MayContinue, always_send
from .sender import Outcome, Run, Sender

__all__ = ["Outcome", "deliver"]

FEW = 10  # due messages for which another connection is not worth opening


def deliver(
    at: datetime,
    *,
    last_look: LastLook = always_send,
    may_continue: MayContinue = lambda: True,
    connections: int = 1,
) -> Outcome:
    """Send what is due at ``at`` over at most ``connections`` connections; return how many messages ended how.

    Any number of these may run at once: a message is one sender's, and all together have ``MAIL_CONNECTIONS``
    connections. Runs outside transactions: what was sent is written at once. The first sender works in this thread, on
    this thread's connection to the database; every other in a thread and on a connection of its own.
    """
    run = Run(at, last_look, may_continue)
    leases.release_dead(at)
    if circuit_breaker.is_open(at):
        return Outcome()
    due = leases.queued().filter(lease=None, next_try_at__lte=at)[: FEW * connections].count()
    run.senders = [Sender(run) for _ in range(max(1, min(connections, -(-due // FEW))))]
    first, *others = run.senders
    faults: list[BaseException] = []
    threads = [threading.Thread(target=_apart, args=(sender, faults)) for sender in others]
    for thread in threads:
        thread.start()
    try:
        first.work()
    except BaseException:
        run.stopped.set()
        raise
    finally:
        for thread in threads:
            thread.join()
    if faults:
        raise faults[0]
    outcome = Outcome()
    for sender in run.senders:
        outcome.add(sender.outcome)
    return outcome


def _apart(sender: Sender, faults: list[BaseException]) -> None:
    """Let a sender work in a thread of its own; what ends it ends the run."""
    try:
        sender.work()
    except BaseException as fault:
        sender.run.stopped.set()
        faults.append(fault)
    finally:
        connection.close()
