"""Many histories at once: a server of PostgreSQL of our own, and processes beside each other with a database each."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from registry.embedded import portal
from registry.embedded.portal import ROOT
from tests.faults import servers

SIDE_BY_SIDE = 2
STOPS = (signal.SIGINT, signal.SIGTERM)
PLACE = {
    "DJANGO_SETTINGS_MODULE": "registry.settings",
    "SECRET_KEY": "histories",
    "DEPLOYMENT_KEY": "histories",
    "BASE_URL": "http://localhost:8000",
    "DEBUG": "0",
    "LOG_LEVEL": "ERROR",
    "OPERATIONS_EMAIL": "",
}


def play(kind: str, runs: int) -> int:
    """Let ``runs`` of ``tests.faults.kind`` happen in several processes, add up their figures; return the status.

    Each part gets its number of runs and its own number, and ends its output with a line of JSON: its figures. A part
    that is stopped gives those of the runs that it has ended.
    """
    began, total, broken = time.monotonic(), Counter[str](), 0
    environment = {**os.environ, **PLACE, "DATABASE_URL": "postgres://portal@/nowhere"}
    folder = Path(tempfile.mkdtemp(prefix="histories-"))
    server = servers.copy_of(servers.seed(portal.state() / "faults", environment), folder / "server", fast=True)
    parts: list[subprocess.Popen[str]] = []
    stopped: list[int] = []

    def stop(number: int, _frame: Any) -> None:
        stopped.append(number)
        for part in parts:
            part.terminate()

    for number in STOPS:
        signal.signal(number, stop)
    try:
        for number in range(SIDE_BY_SIDE):
            url = servers.make_database(server, f"histories_{number}")
            share = runs // SIDE_BY_SIDE + (number < runs % SIDE_BY_SIDE)
            command = [sys.executable, "-m", "tests.faults.histories", "--part", kind, str(share), str(number)]
            env = {**environment, "DATABASE_URL": url}
            parts.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True))
        for part in parts:
            *said, figures = (part.communicate()[0].strip() or "{}").splitlines()
            print("\n".join(said), end="\n" if said else "")
            broken += part.returncode != 0
            total.update(json.loads(figures) if figures.startswith("{") else {})
    finally:
        for part in parts:
            part.kill()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    counted = " ".join(f"{name}={number}" for name, number in total.items())
    took = f"{'stopped after ' if stopped else ''}{time.monotonic() - began:.0f} s"
    print(f"{kind}: {counted} broken={broken} ({took})", flush=True)
    if stopped:
        sys.exit(1)
    return 1 if broken else 0


def let_be_stopped() -> None:
    """Let a part end by KeyboardInterrupt, once, where it is asked to stop."""

    def interrupt(*_: Any) -> None:
        for number in STOPS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOPS:
        signal.signal(number, interrupt)
