"""Where one fault happens: a database of its own, a mail server, the portal's processes, and what is expected."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from registry.embedded import processes
from registry.embedded.broker import Broker
from registry.embedded.mail import free_port
from registry.embedded.portal import ROOT
from registry.embedded.postgres import Postgres

from . import clock
from .checker import Log, Manifest
from .children import CELERY, PATIENCE, Child, Forker, until
from .servers import connect, copy_of, make_database

SWEEP = [sys.executable, "manage.py", "sweep"]
RETRY = timedelta(seconds=65)  # a little more than the first pause of a letter that was put off

LEFT = """
    SELECT state, lease IS NOT NULL, body_at IS NOT NULL, in_doubt, min(next_try_at), max(leased_until), count(*),
        clock_timestamp()
    FROM pilots_message WHERE state = 'queued' GROUP BY 1, 2, 3, 4
"""
LOCKED = """
    SELECT state, wait_event, pg_catalog.now() - state_change, left(query, 150) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Relay:
    """The mail server of one fault, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, at a later time on the same port."""
        (self.folder / "port").unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.faults.smtp", str(self.folder), str(self.port)]
        self.process = processes.start(command, log=self.folder / "relay.log", env=dict(os.environ), cwd=ROOT)
        until((self.folder / "port").exists, 20, "the mail server did not start")
        self.port = int((self.folder / "port").read_text())

    def stop(self) -> None:
        """End it: nobody listens any more."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class Place:
    """One fault's own world."""

    def __init__(self, name: str, folder: Path, seed: Postgres, shared: Postgres, *, relay: bool) -> None:
        self.name, self.folder, self.seed, self.server, self.relay = name, folder, seed, shared, relay
        self.manifest, self.log = Manifest(), Log(folder / "accepted.jsonl")
        self.mail_server = Relay(folder)
        self.mail_log = folder / "mail.log"
        self.kills = 0
        self.notes: list[str] = []
        self.forgets = False  # set where the database forgets what it knew, and with it the marks
        self._closing: list[Callable[[], object]] = []
        self._ahead = timedelta()
        self._children = 0

    # --- the beginning and the end ---------------------------------------------------------------------------------
    def begin(self) -> None:
        """Make the database and start the mail server."""
        self.script()
        if self.relay:
            self.mail_log.touch()
        self.mail_server.start()
        self._closing.append(self.mail_server.stop)
        self.use(self.server, make_database(self.server, f"fault_{os.getpid()}"))

    def use(self, server: Postgres, url: str) -> None:
        """Let this process and all that are started from now on work on a database."""
        self.server, self.url = server, url
        facts = server.url(url.rpartition("/")[2])
        connection.close()
        connection.settings_dict.update(NAME=facts.rpartition("/")[2], HOST=str(server.socket), PORT="")
        connection.settings_dict.update(USER="portal", PASSWORD=server.password)
        clock.install(connection)

    def own_server(self, *, fast: bool = False, settings: str = "") -> Postgres:
        """Start a PostgreSQL of the fault's own, durable unless ``fast``; the world is made in it."""
        server = copy_of(self.seed, self.folder / "postgres", fast=fast, settings=settings)
        self._closing.append(lambda: server.stop())
        self.use(server, server.url("template_faults"))
        return server

    def close(self) -> None:
        """End everything, the last one first."""
        for step in reversed(self._closing):
            try:
                step()
            except Exception as fault:
                self.notes.append(f"not closed: {fault!r}")
        self._closing.clear()
        connection.close()

    # --- the script, the clock, the rows ---------------------------------------------------------------------------
    def script(self, *rules: dict[str, Any], **facts: Any) -> None:
        """Give the mail server its script."""
        facts["relay"] = str(self.mail_log) if self.relay else ""
        new = self.folder / "script.new"
        new.write_text(json.dumps({"rules": rules, **facts}))
        new.rename(self.folder / "script.json")

    def turn_to(self, at: datetime) -> None:
        """Turn the database's clock to a moment; it goes on from there."""
        clock.turn_to(connection, at)

    def turn(self, by: timedelta) -> None:
        """Turn the database's clock on (or back) from where it is."""
        self.sql("UPDATE turned.clock SET ahead = ahead + %s", [by])

    def sql(self, statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement outside all processes of the portal; return its rows."""
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall()) if cursor.description else []

    def session(self) -> Any:
        """Return a further session of our own."""
        session = connect(self.url, autocommit=False)
        self._closing.append(session.close)
        return session

    def trouble(self) -> str:
        """Return what the portal knows of trouble with the mail server."""
        rows = self.sql("SELECT mail_trouble FROM pilots_installation")
        return rows[0][0] if rows else ""

    # --- processes -------------------------------------------------------------------------------------------------
    def env(self, **more: str) -> dict[str, str]:
        """Return the environment of the portal's processes."""
        return {
            **os.environ,
            "DATABASE_URL": self.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail_server.port}",
            "BROKER_URL": "redis://127.0.0.1:1/0",
            "DEPLOYMENT_KEY": "faults",
            "RELAY_LOG": str(self.mail_log) if self.relay else "",
            "RELAY_SETTLES": "2",
            "MAIL_RATE": "1000",
            "EMAIL_TIMEOUT": "20",
            "SMTP_DOT_WAIT": "10",
            "SWEEP_SECONDS": "2",
            "FAILPOINTS": "",
            **more,
        }

    def once(self, failpoints: str) -> str:
        """Return failpoints of which each happens once in this fault, whoever comes by first."""
        parts = failpoints.split(",")
        return ",".join(f"{part}/once:{self.folder / part.replace('=', '-').replace(':', '-')}" for part in parts)

    def child(self, name: str, command: list[str], **env: str) -> Child:
        """Start a process; it is ended with the fault."""
        self._children += 1
        made = Child(f"{name}-{self._children}", command, self.env(**env), self.folder)
        self._closing.append(made.close)
        return made

    def sweeper(self, *, every: float = 0.2, **env: str) -> Child:
        """Start a real ``manage.py sweep --loop``."""
        return self.child("sweeper", [*SWEEP, "--loop", "--every", str(every)], **env)

    def forker(self, **env: str) -> Forker:
        """Start a parent of many sweepers."""
        made = Forker(self.env(**env), self.folder)
        self._closing.append(made.close)
        return made

    def broker(self) -> Broker:
        """Start a real broker."""
        made = Broker(self.folder / "broker").start()
        self._closing.append(made.stop)
        return made

    def worker(self, *, processes_: int = 1, **env: str) -> Child:
        """Start a real Celery worker; ``BROKER_URL`` is given."""
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        return self.child("worker", [*CELERY, "worker", "-c", str(processes_), "-l", "INFO", *quiet], **env)

    def beat(self, **env: str) -> Child:
        """Start a real beat; ``BROKER_URL`` is given."""
        return self.child("beat", [*CELERY, "beat", "-l", "INFO", "--pidfile="], **env)

    def web(self, workers: int = 1, **env: str) -> str:
        """Start a web server; return its address."""
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", "registry.wsgi", "--config", "python:registry.web_server"]
        command += ["--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
        web = self.child("web", command, DEBUG="1", **env)
        until(lambda: "Listening at" in web.said(), 30, "the web server did not start")
        return f"http://127.0.0.1:{port}"

    # --- waiting ---------------------------------------------------------------------------------------------------
    def missing(self) -> int:
        """Return how many letters have still to come."""
        return len(self.manifest.missing(self.log.read()))

    def accepted(self) -> int:
        """Return how many mails the server has taken."""
        return len(self.log.read())

    def until_accepted(self, number: int, within: float = 60) -> None:
        """Wait until the server has taken so many mails."""
        until(lambda: self.accepted() >= number, within, f"{number} mails were not taken within {within} s")

    def until_all_came(self, within: float = 60, *, patience: float = 2.5) -> None:
        """Wait until nothing is missing; where nothing has come for a while, turn the clock on to the next try."""
        end = time.monotonic() + within * PATIENCE
        last, since = self.missing(), time.monotonic()
        while last and time.monotonic() < end:
            time.sleep(0.2)
            now = self.missing()
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > patience:
                self.turn(RETRY)
                since = time.monotonic()
        if last:
            self.notes.append(f"missing after {within:.0f} s: {last}; the portal: {self.sql(LEFT)} {self.sql(LOCKED)}")

    def until_swept(self) -> None:
        """Wait until a sweep has begun and ended at the clock of now."""
        at = self.sql("SELECT clock_timestamp()")[0][0]
        swept = "SELECT 1 FROM pilots_installation WHERE swept_at >= %s"
        until(lambda: self.sql(swept, [at]), 20, "it does not sweep")
        time.sleep(0.05)

    def linger(self, seconds: float = 1.5) -> None:
        """Give what should not come the time to come: the tries of the next hours pass."""
        for by in (RETRY, timedelta(minutes=16), timedelta(minutes=65)):
            time.sleep(seconds / 3)
            self.turn(by)
        time.sleep(seconds / 3)

    def finish(self, within: float = 60) -> None:
        """Wait until all came; then see that nothing comes twice."""
        self.until_all_came(within)
        self.linger()

    def unmarked(self) -> list[str]:
        """Return the Message-IDs that came twice and that the portal does not call possibly twice."""
        twice = sorted(set(self.manifest.judge(self.log.read()).same))
        rows = self.sql("SELECT message_id FROM pilots_message WHERE perhaps_twice AND message_id = ANY(%s)", [twice])
        return sorted(set(twice) - {row[0] for row in rows})
