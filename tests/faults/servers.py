"""Real servers for the faults: PostgreSQL clusters made from one that was migrated once, stopped hard, set back."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import environ
import psycopg2

from registry.embedded import processes
from registry.embedded.portal import ROOT
from registry.embedded.postgres import Postgres

TEMPLATE = "template_faults"


def connect(url: str, *, autocommit: bool = True) -> psycopg2.extensions.connection:
    """Return a session of our own, outside Django's."""
    facts = environ.Env.db_url_config(url)
    session = psycopg2.connect(
        host=facts["HOST"], port=facts["PORT"] or None, dbname=facts["NAME"], user=facts["USER"],
        password=facts["PASSWORD"],
    )  # fmt: skip
    session.autocommit = autocommit
    return session


def migrate(server: Postgres, env: dict[str, str]) -> None:
    """Make the database that every fault's own is copied from."""
    session = connect(server.url())
    with session.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {TEMPLATE}")
    session.close()
    env = {**env, "DATABASE_URL": server.url(TEMPLATE)}
    for command in (["migrate", "-v0", "--noinput"], ["createcachetable", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)


def seed(folder: Path, env: dict[str, str]) -> Postgres:
    """Return a cluster, stopped, with the migrated database; made once for the migrations as they are."""
    digest = hashlib.sha256()
    for file in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(file.read_bytes())
    place = folder / f"seed-{digest.hexdigest()[:12]}"
    ready = place / "ready"
    if place.exists() and not ready.exists():
        shutil.rmtree(place)
    server = Postgres(place, fast=True)
    server.prepare()
    if not ready.exists():
        server.begin()
        server.wait()
        migrate(server, env)
        server.stop()
        ready.touch()
    server.lock.close()
    return server


def make_database(server: Postgres, name: str, template: str = TEMPLATE) -> str:
    """Make a database like the template; return its address."""
    session = connect(server.url())
    with session.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    session.close()
    return server.url(name)


def drop_database(server: Postgres, name: str) -> None:
    """Drop a database, whoever is in it."""
    session = connect(server.url())
    with session.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    session.close()


def of_server(server: Postgres) -> list[int]:
    """Return the numbers of all processes of a PostgreSQL server, the first one first."""
    assert server.process is not None
    found = [server.process.pid]
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == server.process.pid:
                found.append(int(folder.name))
    return found


def signal_all(server: Postgres, number: signal.Signals) -> None:
    """Send a signal to every process of the server."""
    for pid in of_server(server):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def stop_hard(server: Postgres) -> None:
    """Kill every process of the server at once: no checkpoint, no goodbye."""
    assert server.process is not None
    signal_all(server, signal.SIGKILL)
    server.process.wait(20)
    time.sleep(0.3)  # the last ones let go of the shared memory


@contextlib.contextmanager
def standing_still(server: Postgres) -> Iterator[None]:
    """Hold all processes of the server: its files do not change meanwhile."""
    signal_all(server, signal.SIGSTOP)
    try:
        yield
    finally:
        signal_all(server, signal.SIGCONT)


def snapshot(server: Postgres, to: Path) -> None:
    """Copy the server's files as they are at one moment, as a snapshot of its disk would be."""
    with standing_still(server):
        shutil.copytree(server.data, to, symlinks=True, copy_function=shutil.copy)


def set_back(server: Postgres, snapshot_of_it: Path) -> None:
    """Put a snapshot in the place of the files of a server that is stopped."""
    shutil.rmtree(server.data)
    snapshot_of_it.rename(server.data)
    (server.data / "postmaster.pid").unlink(missing_ok=True)


def copy_of(server: Postgres, folder: Path, *, fast: bool, settings: str = "") -> Postgres:
    """Return a server of its own, started, with the files of one that is stopped."""
    folder.mkdir(parents=True)
    if server.state == server.kept_in:
        shutil.copytree(server.data, folder / "data", symlinks=True)
        shutil.copy(server.kept_in / "password", folder / "password")
    copy = Postgres(folder, fast=fast)
    copy.prepare()
    if settings:
        with (copy.data / "postgresql.auto.conf").open("a") as file:
            file.write(settings)
    copy.begin()
    copy.wait()
    return copy


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process of ours with all that it started, whatever state it is in."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
        processes.stop(process, patience=15)
    processes.kill_group(process)
