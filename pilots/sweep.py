"""The sweep: once a minute the plan is brought up to date, what is due is handed over, what is queued is sent."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pilots import outbox, reminders
from pilots.models import Sweep
from registry.lib.failpoints import reach

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """What one sweep did: reminders planned or moved, letters posted, messages sent and not."""

    planned: int
    queued: reminders.Queued
    delivered: outbox.Outcome


def run(at: datetime, *, go_on: Callable[[], bool] = lambda: True, connections: int = 1) -> Swept:
    """Read what came back, plan, hand over and send what is due at ``at`` (the database's clock); return what was done.

    Two at once are harmless: every row is taken by one of them. ``go_on`` is asked between letters; False ends the
    sweep where it stands, and the next one takes it up. ``connections``: to the mail server, at most.
    """
    returned = outbox.read_mailbox(at, go_on=go_on)
    forwarded = outbox.forward_returned(at, may_be_told=reminders.may_be_told, go_on=go_on)
    planned = reminders.plan_all(at)
    reach("after_plan")
    queued = reminders.queue_due(at, go_on=go_on)
    reach("after_queue")
    delivered = outbox.deliver(at, still_true=reminders.still_true, go_on=go_on, connections=connections)
    _record(at)
    if planned or queued.posted or queued.failed or any(vars(delivered).values()):
        log.info("Sweep: %s planned, %s, %s", planned, queued, delivered)
    if returned or forwarded:
        log.info("Sweep: mail that came back %s, deputies told %s", dict(returned), forwarded)
    return Swept(planned, queued, delivered)


def _record(at: datetime) -> None:
    """Keep when the last sweep was; a slow one does not set the time back."""
    if not Sweep.objects.get_or_create(pk=1, defaults={"swept_at": at})[1]:
        Sweep.objects.filter(pk=1, swept_at__lt=at).update(swept_at=at)
