"""`make run` in a folder of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from registry.embedded.mail import free_port
from registry.embedded.portal import ROOT, _free
from registry.embedded.processes import becoming
from tests.waiting import wait_until

NEEDED = 3  # ports in a row: portal, letters' page, incoming letters


def ports_in_a_row() -> int:
    """Return the first of three free ports."""
    while True:
        first = free_port()
        if first < 65533 and all(_free(first + n) for n in range(NEEDED)):
            return first


class Launcher:
    """`make run`, or with ``--dev`` `make dev`, in a folder of its own."""

    def __init__(self, state: Path, port: int, *options: str, checkout: Path = ROOT) -> None:
        self.state, self.port, self.options, self.checkout = state, port, options, checkout
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The launcher's process, once begun."""
        assert self.running is not None
        return self.running

    def is_running(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def begin(self) -> subprocess.Popen[bytes]:
        """Start it and return at once; it ends with the tests, however those end."""
        env = {**os.environ, "STATE": str(self.state), "PORT": str(self.port), "DEMO_PASSWORD": "", "PYTHONPATH": ""}
        env.pop("DEMO", None)  # the tests are without the demo; who types `make run` gets it
        command = [sys.executable, "-m", "registry.embedded.run", *self.options]
        with (self.state / "out").open("ab") as out, (self.state / "err").open("wb") as err:
            return subprocess.Popen(
                becoming(command, end_with=signal.SIGTERM), cwd=self.checkout, env=env, stdout=out, stderr=err
            )

    def start(self) -> None:
        """Start it and wait for its last line."""
        (self.state / "out").write_text("")
        self.running = self.begin()
        wait_until(lambda: "Portal:" in self.said() or not self.is_running(), 400)
        assert self.is_running(), self.wait()

    def wait(self) -> tuple[int, str]:
        """Wait until it ends; return the exit status and what it said of trouble."""
        return self.process.wait(60), (self.state / "err").read_text().strip()

    def refused(self) -> str:
        """Start it where it must refuse; return what it says."""
        process = self.begin()
        assert process.wait(60) == 1
        return (self.state / "err").read_text()

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Send a signal; return the exit status and what it said of trouble."""
        self.process.send_signal(number)
        return self.wait()

    def said(self) -> str:
        """Return what it has printed."""
        return (self.state / "out").read_text()

    def children(self) -> dict[int, str]:
        """Return the processes, by number, whose command or folder is of this portal."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            ours = f"STATE={self.state}".encode() in environment.split(b"\0") or str(self.state) in command
            if ours and command and int(folder.name) != self.process.pid:
                found[int(folder.name)] = command
        return found
