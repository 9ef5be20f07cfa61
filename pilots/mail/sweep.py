"""The sweep: once a minute it plans reminders, hands over those that are due, and sends the letters in the queue."""

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error

from pilots import retention
from pilots.mail import outbox, reminders, watch
from pilots.models import DeletedDraft, DeletedRound, Installation, Reconciliation
from registry.lib.failpoints import reach

log = logging.getLogger(__name__)

HEARTBEAT = 30.0  # seconds between two records of a sweep that takes long


@dataclass(frozen=True)
class Swept:
    """What one sweep did: reminders planned or moved, letters posted, messages sent or not, reconciliations made."""

    planned: int
    queued: reminders.Queued
    clarifications: reminders.Queued
    digests: reminders.Queued
    delivered: outbox.Outcome
    reconciled: int


def run(at: datetime, *, may_continue: outbox.MayContinue = lambda: True, connections: int = 1) -> Swept:
    """Read returned mail, plan, hand over and send what is due at ``at`` (the database's clock); return what was done.

    Two sweeps at once are harmless: each row is taken by one of them. Where ``may_continue`` ends the sweep, the next
    sweep goes on from there. ``connections``: to the mail server, at most.
    """
    if not _take_home(at):
        log.warning("This database is another installation's: nothing is planned or sent (manage.py sweep --adopt)")
        nothing = reminders.Queued()
        return Swept(0, nothing, nothing, nothing, outbox.Outcome(), 0)
    may_continue = _with_heartbeat(may_continue, at)
    returned = outbox.read_mailbox(at, may_continue=may_continue)
    forwarded = outbox.forward_returned(at, may_tell_deputy=reminders.may_tell_deputy, may_continue=may_continue)
    planned = reminders.plan_all(at)
    reach("after_plan")
    queued = reminders.queue_due(at, may_continue=may_continue)
    clarifications = reminders.queue_clarifications(at, may_continue=may_continue)
    digests = reminders.queue_digests(at, may_continue=may_continue)
    reach("after_queue")
    outbox.collect(at)
    delivered = outbox.deliver(at, last_look=reminders.last_look, may_continue=may_continue, connections=connections)
    DeletedDraft.objects.past(at).delete()
    DeletedRound.objects.past(at).delete()
    _record(at)
    reconciled = _reconcile(at) if may_continue() else 0  # what a stopped sweep has left undone is not missing
    if planned or reconciled or any(any(vars(what).values()) for what in (queued, clarifications, digests, delivered)):
        log.info(
            "Sweep: %s planned, %s, clarifications %s, digests %s, %s, %s reconciled",
            *(planned, queued, clarifications, digests, delivered, reconciled),
        )
    if returned or forwarded:
        log.info("Sweep: mail that came back %s, deputies told %s", dict(returned), forwarded)
    return Swept(planned, queued, clarifications, digests, delivered, reconciled)


def send_sign_in_letters(
    at: datetime, *, may_continue: outbox.MayContinue = lambda: True, connections: int = 1
) -> outbox.Outcome:
    """Send the sign-in letters that were asked for since the last sweep, and what else is due.

    Somebody waits for them, so this is done every few seconds: without such a letter it is one question.
    """
    if not outbox.anything_asked() or not _take_home(at):
        return outbox.Outcome()
    outbox.collect(at)
    return outbox.deliver(at, last_look=reminders.last_look, may_continue=may_continue, connections=connections)


def _take_home(at: datetime) -> bool:
    """Make a database without an installation this installation's own; return whether the database is its own.

    A copy that is restored elsewhere, with another key, does nothing.
    """
    key = settings.DEPLOYMENT_KEY
    installation, _made = Installation.objects.get_or_create(pk=1, defaults={"swept_at": at, "deployment": key})
    if not installation.deployment:
        Installation.objects.filter(pk=1, deployment="").update(deployment=key)
        installation.refresh_from_db()
    return installation.is_of(key)


def adopt() -> bool:
    """Make the database this installation's own; return whether it was another's, whose queue stays unsent."""
    others = Installation.objects.exclude(deployment__in=["", settings.DEPLOYMENT_KEY])
    return bool(others.update(deployment=settings.DEPLOYMENT_KEY))


def _with_heartbeat(may_continue: outbox.MayContinue, at: datetime) -> outbox.MayContinue:
    """Return ``may_continue`` that records now and then that the sweep, begun at ``at``, still works."""
    began = last = time.monotonic()

    def asked() -> bool:
        nonlocal last
        now = time.monotonic()
        if now - last > HEARTBEAT:
            last = now
            with suppress(Error):  # the answer of the mail server, which a sender may be waiting for, is more important
                _record(at + timedelta(seconds=now - began))
        return may_continue()

    return asked


def _reconcile(at: datetime) -> int:
    """Write the reconciliations that are due, the morning's with a clean-up; return how many were written."""
    made = watch.reconcile(at)
    if any(reconciliation.kind == Reconciliation.Kind.MORNING for reconciliation in made):
        retention.clean_up(at)
    return len(made)


def _record(at: datetime) -> None:
    """Record the time of the last sweep; a slow sweep does not set it back."""
    if not Installation.objects.get_or_create(pk=1, defaults={"swept_at": at})[1]:
        Installation.objects.filter(pk=1, swept_at__lt=at).update(swept_at=at)
