"""The portal's own processes: sweepers, worker, beat, web server; and a parent that forks sweepers cheaply."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from registry.embedded import processes
from registry.embedded.portal import ROOT

from .servers import stop

PATIENCE = float(os.environ.get("PATIENCE") or 1)  # how many times longer than on a machine of our own all may take
CELERY = [sys.executable, "-m", "celery", "-A", "registry.celery"]


class Child:
    """A process of the portal in a session of its own; its words are in a log."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], folder: Path) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        self.process = processes.start(command, log=self.log, env=env, cwd=ROOT)

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as the kernel would."""
        self.signal(signal.SIGKILL)
        self.process.wait(20)

    def ends(self, within: float) -> int:
        """Wait for its end; return how it ended."""
        return self.process.wait(within * PATIENCE)

    def stopped(self, within: float = 30) -> None:
        """Wait until it has stopped itself (SIGSTOP)."""
        until(lambda: state_of(self.pid) == "T", within, f"{self.name} did not stop itself")

    def children(self) -> list[int]:
        """Return the numbers of the processes that it started."""
        return children_of(self.pid)

    def said(self) -> str:
        """Return its log."""
        return self.log.read_text(errors="replace")

    def close(self) -> None:
        """End it and all that it started."""
        stop(self.process)


class Forked:
    """A sweeper that the forker made: only its number is ours."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def alive(self) -> bool:
        """Whether it runs."""
        return state_of(self.pid) not in {"", "Z", "X"}

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once and wait until it is gone."""
        self.signal(signal.SIGKILL)
        end = time.monotonic() + 10
        while self.alive() and time.monotonic() < end:
            time.sleep(0.002)


class Forker:
    """The parent of many sweepers: Django is loaded once, no connection is open."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        ours, theirs = socket.socketpair()
        with (folder / "forked.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "tests.faults.forker", str(theirs.fileno())],
                cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[theirs.fileno()],
                start_new_session=True,
            )  # fmt: skip
        theirs.close()
        self.line, self.made = ours.makefile("rw"), list[Forked]()
        ours.close()
        self._ask({})  # until it is ready

    def _ask(self, question: dict[str, object]) -> dict[str, int]:
        self.line.write(json.dumps(question) + "\n")
        self.line.flush()
        return dict(json.loads(self.line.readline()))

    def sweeper(self, *, every: float = 0.1, env: dict[str, str] | None = None) -> Forked:
        """Return a new sweeper that runs ``manage.py sweep --loop``."""
        made = Forked(self._ask({"every": every, "env": env or {}})["pid"])
        self.made.append(made)
        return made

    def close(self) -> None:
        """End all sweepers and their parent."""
        self.line.close()
        stop(self.process)


def until(ask: object, seconds: float, fault: str) -> None:
    """Ask until the answer is true; raise AssertionError with the fault after ``seconds``."""
    end = time.monotonic() + seconds * PATIENCE
    while not ask():
        assert time.monotonic() < end, fault
        time.sleep(0.05)


def state_of(pid: int) -> str:
    """Return the kernel's letter for the state of a process; empty: there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def children_of(pid: int) -> list[int]:
    """Return the numbers of the processes that a process started and that live."""
    try:
        return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def memory_of(pid: int) -> int:
    """Return the highest memory that a process ever had, in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0
