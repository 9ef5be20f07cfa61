"""``manage.py watch``: looks whether reminders and mail go, and tells operations; a process of its own."""

import signal
import threading
import time
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection, connections, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pilots.mail import watch
from pilots.mail.watch.alarms import AGAIN
from registry.lib.database import clock
from registry.lib.formats import moment_words

MINUTE = 60.0  # seconds
PATIENCE = 180.0  # seconds for one look, its letters included; a server that hangs answers never
GONE_AT = 2  # looks in a row that fail: one alone may be a restart


class Look(threading.Thread):
    """One look, in a thread of its own: a database that hangs must not keep us from telling."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.reasons: list[str] = []
        self.fault: Exception | None = None

    def run(self) -> None:
        """Look and tell; keep what was seen, or why nothing was."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '30s'")
                seen = watch.look(clock())
            watch.keep(seen)
            self.reasons = seen.reasons
        except Exception as fault:
            self.fault = fault
        finally:
            connections.close_all()


class Memory:
    """What is known of a database that does not answer: it cannot be kept there."""

    def __init__(self) -> None:
        self.failed, self.what = 0, ""
        self.since: datetime | None = None
        self.told_at: datetime | None = None

    def gone(self, fault: Exception, at: datetime) -> None:
        """Note that a look failed; tell operations when it was not the first, and again while it stands."""
        self.failed += 1
        self.since = self.since or at
        self.what = (
            _("the database does not answer") if isinstance(fault, Error | TimeoutError) else _("the watch fails")
        )
        if self.failed < GONE_AT or (self.told_at is not None and at - self.told_at < AGAIN):
            return
        since = moment_words(self.since, settings.LANGUAGE_CODE, seconds=True)
        lines = [
            _("Nothing is seen of the reminders since %(since)s: %(what)s.") % {"since": since, "what": self.what},
            f"{type(fault).__name__}: {fault}",
            _("Whatever is due stands in the database and goes out when all works again."),
        ]
        if watch.mail(_("Alarm: %(what)s") % {"what": self.what}, lines):
            self.told_at = at

    def back(self, at: datetime) -> None:
        """Note that a look succeeded; tell operations if they were told of the trouble."""
        if self.told_at is not None:
            when = moment_words(at, settings.LANGUAGE_CODE, seconds=True)
            over = [_("It was seen to be over on %(when)s.") % {"when": when}]
            if not watch.mail(_("Over: %(what)s") % {"what": self.what}, over):
                return
        self.failed, self.since, self.told_at = 0, None, None


class Command(BaseCommand):
    """Looks once, or every minute until it is told to stop."""

    help = "See whether reminders and mail go; tell OPERATIONS_EMAIL what is wrong. With --loop every minute."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take ``--loop``, its pace, and the file whose age shows that it goes on."""
        parser.add_argument("--loop", action="store_true", help="look every minute until SIGTERM or Ctrl-C")
        parser.add_argument("--every", type=float, default=MINUTE, help="seconds before each look in the loop")
        parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds that one look may take")
        parser.add_argument("--alive", type=Path, help="a file that is touched at each look")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look; the first look of the loop comes after a pause, for what is started together needs a moment."""
        self.memory, self.looking, self.stop = Memory(), Look(), threading.Event()
        with translation.override(settings.LANGUAGE_CODE):
            if options["loop"]:
                self._loop(options)
            else:
                self._look(options["patience"])

    def _loop(self, options: dict[str, Any]) -> None:
        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            self.stop.set()

        before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not self.stop.wait(options["every"]):
                self._look(options["patience"])
                if options["alive"]:
                    options["alive"].touch()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self.stdout.write("Stopped.")

    def _look(self, patience: float) -> None:
        """Look once within ``patience`` seconds; a look that hangs is waited for, never doubled."""
        if not self.looking.is_alive():
            self.looking = Look()
            self.looking.start()
        end = time.monotonic() + patience
        while self.looking.is_alive() and time.monotonic() < end and not self.stop.is_set():
            self.looking.join(0.1)
        fault = self.looking.fault
        if self.looking.is_alive():
            if self.stop.is_set():
                return
            fault = TimeoutError(f"no answer in {patience:.0f} s")
        if fault is not None:
            self.stderr.write(f"Nothing could be seen: {type(fault).__name__}: {fault}")
            self.memory.gone(fault, timezone.now())
        else:
            self.stdout.write(", ".join(self.looking.reasons) or "All is well.")
            self.memory.back(timezone.now())
