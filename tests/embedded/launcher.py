"""`make run` in a folder of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from registry.embedded.mail import free_port
from registry.embedded.portal import ROOT, _free
from tests.waiting import wait_until

NEEDED = 3  # ports in a row: portal, letters' page, incoming letters


def ports_in_a_row() -> int:
    """Return the first of three free ports."""
    while True:
        first = free_port()
        if first < 65533 and all(_free(first + n) for n in range(NEEDED)):
            return first


class Launcher:
    """`make run` in a folder of its own."""

    def __init__(self, state: Path, port: int) -> None:
        self.state, self.port = state, port
        self.process: subprocess.Popen[str] | None = None

    def begin(self, port: int | None = None) -> subprocess.Popen[str]:
        """Start it and return at once."""
        with (self.state / "out").open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "registry.embedded.run"],
                cwd=ROOT,
                env={**os.environ, "STATE": str(self.state), "PORT": str(port or self.port), "DEMO_PASSWORD": ""},
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
            )

    def start(self) -> None:
        """Start it and wait for its last line."""
        (self.state / "out").write_text("")
        self.process = self.begin()
        wait_until(lambda: "Portal:" in self.said() or self.process.poll() is not None, 120)
        assert self.process.poll() is None, self.process.communicate()

    def refused(self, port: int | None = None) -> str:
        """Start it where it must refuse; return what it says."""
        process = self.begin(port)
        said = process.communicate(timeout=60)[1]
        assert process.returncode == 1
        return said

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal; return the exit status."""
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode

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
