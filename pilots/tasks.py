"""The clock's way in: Celery says "tick", the database says what is due."""

import mmap
from typing import Any

from celery import shared_task, signals
from django.conf import settings

from pilots.mail import sweep as sweeping
from pilots.proposals import scanning
from registry.lib.database import clock

# Only the worker hears that it is to stop, and the sweeps run in processes that it forks. A variable would be copied at
# the fork, so a child would never see it change; an anonymous map, made before the fork, is the same memory in all of
# them. One byte is written once and read between two letters: no lock is needed. Without it the worker would wait until
# a run of four minutes is over, or be killed in the middle of a letter.
_stopping = mmap.mmap(-1, 1)


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    """End the sweeps of all the worker's processes: letters that are being sent are finished, no more are begun."""
    _stopping[0] = 1


@shared_task
def sweep() -> None:
    """Sweep once; see ``pilots.mail.sweep``."""
    sweeping.run(clock(), may_continue=lambda: not _stopping[0], connections=settings.MAIL_CONNECTIONS)


@shared_task
def send_sign_in_letters() -> None:
    """Send the sign-in letters that were asked for; see ``pilots.mail.sweep``."""
    sweeping.send_sign_in_letters(clock(), may_continue=lambda: not _stopping[0], connections=settings.MAIL_CONNECTIONS)


@shared_task
def scan_attachments() -> None:
    """Show the attachments that wait to the virus scanner; see ``pilots.proposals.scanning``."""
    scanning.scan_waiting(may_continue=lambda: not _stopping[0])
