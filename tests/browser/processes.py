"""Real processes beside the portal under test: broker, worker, beat, sweep, all on the test's own database."""

import email
import email.policy
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import connection

T = TypeVar("T")


def environment(*, broker: str, mail: str, base_url: str) -> dict[str, str]:
    """Return the environment of a process that works on the test's database."""
    place = connection.settings_dict
    at = f"{place['HOST']}:{place['PORT']}" if place["PORT"] else f"/{place['HOST']}"
    return {
        **os.environ,
        "DATABASE_URL": f"postgres://{place['USER']}:{place['PASSWORD']}@{at}/{place['NAME']}",
        "BROKER_URL": broker,
        "EMAIL_URL": mail,
        "BASE_URL": base_url,
        "DEPLOYMENT_KEY": settings.DEPLOYMENT_KEY,
        "SECRET_KEY": settings.SECRET_KEY,
        "SWEEP_SECONDS": "2",
        "PYTHONUNBUFFERED": "1",
    }


def ahead(seconds: float, *command: str) -> list[str]:
    """Return the command line of a Python module or file in a process whose clock is ``seconds`` ahead."""
    return [sys.executable, "-m", "tests.browser.at_another_time", str(seconds), *command]


@contextmanager
def worker_and_beat(seconds: float, env: dict[str, str], folder: Path) -> Iterator[None]:
    """Run a real Celery worker and a real beat whose clocks are ahead; both are stopped at the end."""
    folder.mkdir(exist_ok=True)
    app = ("celery", "-A", "registry.celery")
    worker = ahead(seconds, *app, "worker", "-c", "1", "-l", "INFO", "--without-gossip", "--without-mingle")
    beat = ahead(seconds, *app, "beat", "-l", "INFO", "-s", str(folder / "schedule"), "--pidfile=")
    running = []
    try:
        for name, command in (("worker", worker), ("beat", beat)):
            with (folder / f"{name}.log").open("ab") as log:
                running.append(subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stdout=log, stderr=log))
        yield
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until(ask: Callable[[], T], seconds: float = 60) -> T:
    """Ask until the answer is true, and return it; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s")


def letters(folder: Path, address: str) -> list[EmailMessage]:
    """Return the letters that the mail server took for an address, oldest first."""
    taken = []
    for file in sorted(folder.glob("*.eml")):
        letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        if address in (letter["X-Envelope-To"] or ""):
            taken.append(letter)
    return taken
