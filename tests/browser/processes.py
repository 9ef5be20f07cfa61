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
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, F

from pilots.models import Version

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


def let_days_pass(days: int) -> None:
    """Make every moment that the acts keep so many days older: the same as if the days had gone by.

    What is due is decided by the database's clock, which a test cannot turn; so the world is moved, not the clock.
    """
    for model in apps.get_app_config("pilots").get_models():
        moments = [field.name for field in model._meta.fields if isinstance(field, DateTimeField)]
        if moments and model is not Version:  # what was submitted never changes, its second neither
            model._default_manager.update(**{name: F(name) - timedelta(days=days) for name in moments})


@contextmanager
def worker_and_beat(env: dict[str, str], folder: Path) -> Iterator[None]:
    """Run a real Celery worker and a real beat; both are stopped at the end."""
    folder.mkdir(exist_ok=True)
    app = [sys.executable, "-m", "celery", "-A", "registry.celery"]
    worker = [*app, "worker", "-c", "1", "-l", "INFO", "--without-gossip", "--without-mingle"]
    beat = [*app, "beat", "-l", "INFO", "--pidfile="]
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
