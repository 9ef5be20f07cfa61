"""The clock's way in: Celery says "tick", the database says what is due."""

from celery import shared_task

from pilots import sweep as sweeping
from registry.lib.database import clock


@shared_task
def sweep() -> None:
    """Sweep once; see ``pilots.sweep``."""
    sweeping.run(clock())
