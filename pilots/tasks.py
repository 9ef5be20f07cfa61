"""The clock's way in: Celery says "tick", the database says what is due."""

import mmap
from typing import Any

from celery import shared_task, signals
from django.conf import settings

from pilots.mail import sweep as sweeping
from registry.lib.database import clock

_stopping = mmap.mmap(-1, 1)  # one byte that a worker shares with the processes that it forks


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    """Let the sweeps of all the worker's processes come to an end: what is being sent is finished, no more begun."""
    _stopping[0] = 1


@shared_task
def sweep() -> None:
    """Sweep once; see ``pilots.mail.sweep``."""
    sweeping.run(clock(), go_on=lambda: not _stopping[0], connections=settings.MAIL_CONNECTIONS)
