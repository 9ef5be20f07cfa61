"""A Celery beat that may be started on every host: only the one that holds a lock of PostgreSQL's sends.

The lock belongs to a session: it falls when the holder's connection ends, however that happens, and a standby takes
over at its next try. It needs a direct connection, not one through a pooler in transaction mode.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler
from celery.utils.log import get_logger
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

LOCK = 0x70696C6F7474  # any constant that nothing else locks
log = get_logger(__name__)


class LockedScheduler(PersistentScheduler):
    """Ticks while it leads, waits while another does."""

    max_interval = 5  # seconds: how often a standby tries
    schedule_filename: str
    _session: BaseDatabaseWrapper | None = None
    leads = stood_by = False

    def tick(self, *args: Any, **options: Any) -> float:
        """Send what is due if we lead; return the seconds to wait. The ``.alive`` file's age shows that we tick."""
        Path(f"{self.schedule_filename}.alive").touch()
        if not self._hold():
            return self.max_interval
        return float(super().tick(*args, **options))

    def close(self) -> None:
        """Give up the lock at once: the server may take a moment to see that a connection has ended."""
        if self._session is not None and self.leads:
            try:
                with self._session.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
            except Error as error:
                log.warning("beat: the lock was not given up: %s", error)
        self._let_go()
        super().close()

    def _hold(self) -> bool:
        """Whether the lock is ours: asked of the database at every tick, since a lost session loses it silently."""
        try:
            if self._session is None:
                self._session = connections.create_connection("default")  # ours alone: Django never closes it
            with self._session.cursor() as cursor:
                if self.leads:
                    cursor.execute("SELECT 1")
                    return True
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
                self.leads = bool(cursor.fetchone()[0])
        except Error as error:
            log.error("beat: no lock: %s", error)
            self._let_go()
            return False
        if self.leads:
            log.warning("beat: this process leads now")
            self._align()
        self.stood_by = not self.leads
        return self.leads

    def _let_go(self) -> None:
        if self._session is not None:
            try:
                self._session.close()
            except Error as error:
                log.warning("beat: the connection did not close: %s", error)
        self._session, self.leads = None, False

    def _align(self) -> None:
        """At a start everything is due at once; what fell due while we stood by was sent by the one who led then."""
        for entry in self.schedule.values():
            now = entry.default_now()
            if not self.stood_by:
                entry.last_run_at = now - timedelta(days=1)
            elif entry.is_due()[0]:
                entry.last_run_at = now
        self._heap = None
