"""Processes that we start and stop; the lock that keeps two launchers apart; short socket folders."""

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

SOCKET_PATH_MAX = 107  # Linux: sizeof(sun_path) - 1
BECOME = Path(__file__).with_name("become.py")


class Refusal(SystemExit):
    """A fault that the user has to mend: told in plain words, without a traceback."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Identity:
    """The account of a server: the ``same`` as ours, ours in a ``userns``, or another ``account``."""

    mode: str = "same"
    uid: int = 0
    gid: int = 0


def start(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    env: Mapping[str, str] | None = None,
    cwd: Path | str = "/",
    identity: Identity | None = None,
    end_with: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in its own session; the kernel sends it ``end_with`` when this process ends.

    Its output is appended to ``log``; without a log it goes where ours goes.
    """
    with log.open("ab") if log else contextlib.nullcontext() as output:
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
    identity = identity or Identity()
    arguments = [identity.mode, identity.uid, identity.gid, int(end_with), os.getpid(), *command]
    return [sys.executable, "-I", "-S", str(BECOME), *map(str, arguments)]


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
    """Return the last whole lines of a log, so many characters at most."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return text if len(text) <= characters else text[-characters:].partition("\n")[2]


def hold(path: Path) -> TextIO:
    """Lock ``path`` for as long as this process lives; raise BlockingIOError if another holds it.

    The kernel frees the lock however this process ends. The file holds the text of its holder.
    """
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    return file


def note(lock: TextIO, text: str) -> None:
    """Write ``text`` into a lock file, for the next process that finds it locked."""
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


@dataclass(frozen=True)
class Child:
    """A running process of the portal."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path | None  # None: it writes to the terminal
    end: Callable[[subprocess.Popen[bytes]], None] = stop

    def must_live(self) -> None:
        """Raise Refusal with the end of the log if the process has ended."""
        code = self.process.poll()
        if code is None:
            return
        said = f" The end of {self.log}:\n{tail(self.log)}" if self.log else ""
        raise Refusal(f"{self.name} has ended ({reason(code)}), so the portal is stopped.{said}")

    def stop(self) -> None:
        """Stop the process, and whatever is left of its group."""
        self.end(self.process)
        kill_group(self.process)


def reason(code: int) -> str:
    """Return in words how a process ended."""
    return f"signal {-code}" if code < 0 else f"exit status {code}"
