"""``manage.py sweep``: the work of worker and beat without a broker."""

import signal
import threading
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections

from pilots.mail import sweep
from pilots.proposals import scanning
from registry.lib.database import clock

MINUTE = 60.0  # seconds
SOON = 5.0  # seconds between two looks for letters that somebody waits for


class Command(BaseCommand):
    """Sweeps once, or every minute until it is told to stop."""

    help = "Plan reminders, hand over what is due, send what is queued: once, or with --loop every minute."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take ``--loop`` and its pace."""
        parser.add_argument("--adopt", action="store_true", help="take over the database of another installation")
        parser.add_argument("--loop", action="store_true", help="sweep every minute until SIGTERM or Ctrl-C")
        parser.add_argument("--every", type=float, default=MINUTE, help="seconds between sweeps in the loop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep; in the loop a letter that is being sent is finished before the end."""
        if options["adopt"] and sweep.adopt():
            self.stdout.write("This installation sends from now on. Letters that the other one had queued stay unsent.")
        if not options["loop"]:
            self._sweep(threading.Event())
            return
        stop = threading.Event()

        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            stop.set()

        before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._loop(stop, options["every"])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self.stdout.write("Stopped.")

    def _loop(self, stop: threading.Event, pause: float) -> None:
        while not stop.is_set():
            try:
                self._sweep(stop)
            except Error as fault:  # the database is away: the rows wait, and so do we
                self.stderr.write(f"The sweep waits for the database: {fault}")
            close_old_connections()
            self._wait(stop, pause)

    def _wait(self, stop: threading.Event, pause: float) -> None:
        """Wait for the next sweep; meanwhile send the letters and scan the files that somebody waits for."""
        end = time.monotonic() + pause
        while (left := end - time.monotonic()) > 0 and not stop.wait(min(SOON, left)):
            if left <= SOON:
                continue
            try:
                sweep.send_sign_in_letters(clock(), may_continue=lambda: not stop.is_set())
                scanning.scan_waiting(may_continue=lambda: not stop.is_set())
            except Error as fault:
                self.stderr.write(f"The sign-in letters wait for the database: {fault}")
            close_old_connections()

    def _sweep(self, stop: threading.Event) -> None:
        swept = sweep.run(clock(), may_continue=lambda: not stop.is_set(), connections=settings.MAIL_CONNECTIONS)
        scanning.scan_waiting(may_continue=lambda: not stop.is_set())
        sent, failed = swept.delivered.sent, swept.queued.failed
        self.stdout.write(f"{swept.planned} planned, {swept.queued.posted} posted, {sent} sent, {failed} failed.")
