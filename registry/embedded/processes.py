"""Processes that we start, watch and stop; the lock that keeps two launchers apart; short socket folders."""

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

SOCKET_PATH_MAX = 107  # Linux: sizeof(sun_path) - 1
BECOME = Path(__file__).with_name("become.py")


class Refusal(SystemExit):
    """Something a person has to know and mend: said in plain words, without a traceback."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Identity:
    """Who a server runs as: ``same`` as we, in a ``userns``, or under another ``account``."""

    mode: str = "same"
    uid: int = 0
    gid: int = 0


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | str = "/",
    identity: Identity | None = None,
    end_with: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in its own session, its output appended to ``log``; it gets ``end_with`` when we die."""
    with log.open("ab") as output:
        return subprocess.Popen(
            becoming(command, identity, end_with),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )


def becoming(
    command: Sequence[str | Path], identity: Identity | None = None, end_with: signal.Signals = signal.SIGKILL
) -> list[str]:
    """Return the command line that turns into ``command`` as ``identity`` (see ``become.py``)."""
    who = identity or Identity()
    facts = [who.mode, str(who.uid), str(who.gid), str(int(end_with)), str(os.getpid())]
    return [sys.executable, "-I", "-S", str(BECOME), *facts, *map(str, command)]


def stop(process: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM, patience: float = 30) -> None:
    """Ask a process of ours to end, wait ``patience`` seconds, then end it and its group."""
    if process.poll() is None:
        process.send_signal(by)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            kill_group(process)
            process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a process's group, such as the workers of a killed web server."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def tail(log: Path, characters: int = 1500) -> str:
    """Return the end of a log."""
    return log.read_text(errors="replace")[-characters:] if log.exists() else ""


def hold(path: Path) -> TextIO:
    """Lock ``path`` for as long as this process lives; raise BlockingIOError if another holds it.

    The kernel frees the lock however we end. The file says what the holder wrote there.
    """
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    return file


def note(lock: TextIO, text: str) -> None:
    """Write into a lock file what the next one who meets it should read."""
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()


def socket_folder(wanted: Path, longest_name: str) -> Path:
    """Return a private folder for sockets: ``wanted``, or a short one where the kernel's limit would be passed."""
    folder = wanted
    if len(str(folder)) + 1 + len(longest_name) > SOCKET_PATH_MAX:
        digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
        folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"pilotit-{os.getuid()}-{digest}"
        if len(str(folder)) + 1 + len(longest_name) > SOCKET_PATH_MAX:
            folder = Path("/tmp") / folder.name  # noqa: S108 (its owner is checked below)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.getuid(), 65534}:
        raise Refusal(f"{folder} belongs to someone else; remove it and try again.")
    return folder


@dataclass
class Kept:
    """A process that is started again whenever it ends."""

    name: str
    begin: Callable[[], subprocess.Popen[bytes]]
    end: Callable[[subprocess.Popen[bytes]], None] = stop
    after_death: Callable[[subprocess.Popen[bytes]], None] = kill_group
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    next_try: float = 0.0
    quick_ends: int = field(default=0)

    def start(self) -> None:
        """Start it."""
        self.process = self.begin()
        self.started = time.monotonic()

    def watch(self, say: Callable[[str], None]) -> None:
        """Start it again if it has ended: at once, then ever more slowly (at most 30 s) if it keeps ending."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.next_try:
                say(f"{self.name}: starting again")
                self.start()
        elif (code := self.process.poll()) is not None:
            self.after_death(self.process)
            self.quick_ends = self.quick_ends + 1 if now - self.started < 10 else 0
            pause = min(30.0, 2.0 ** (self.quick_ends - 1)) if self.quick_ends else 0.0
            say(f"{self.name}: ended ({reason(code)}), starts again in {pause:.0f} s")
            self.process, self.next_try = None, now + pause

    def stop(self) -> None:
        """Stop it for good."""
        if self.process is not None:
            self.end(self.process)


def reason(code: int) -> str:
    """Return in words how a process ended."""
    return f"signal {-code}" if code < 0 else f"exit status {code}"
