"""`make run`, whole: started, met by a second copy, hurt, stopped, started again."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from registry.embedded import processes
from tests.embedded.launcher import Launcher, ports_in_a_row
from tests.waiting import answers, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def running(launcher: Launcher) -> Launcher:
    if not launcher.is_running():
        launcher.start()
    return launcher


def database(launcher: Launcher) -> "contextlib.closing[psycopg2.extensions.connection]":
    state = launcher.state / "postgres"
    password = (state / "password").read_text()
    socket_folder = processes.socket_folder(state / "s", ".s.PGSQL.65535")
    connection = psycopg2.connect(host=str(socket_folder), dbname="portal", user="portal", password=password)
    connection.autocommit = True
    return contextlib.closing(connection)


def pid_of(launcher: Launcher, words: str) -> int:
    """Return the first process of the portal whose command line holds ``words``."""
    return min(pid for pid, command in launcher.children().items() if words in command)


def test_the_last_lines_say_where_the_portal_and_its_letters_are(running: Launcher) -> None:
    last = running.said().rstrip().splitlines()[-2:]
    assert last[0].endswith(f"http://localhost:{running.port + 1}/")
    assert last[1].endswith(f"http://localhost:{running.port}/")
    assert answers(running.port)
    assert answers(running.port + 1)


def test_secrets_are_readable_by_their_owner_alone(running: Launcher) -> None:
    for name in ("secret-key", "postgres/password", "environment.json"):
        assert stat.S_IMODE((running.state / name).stat().st_mode) == 0o600


def test_a_command_of_manage_works_beside_the_portal(running: Launcher) -> None:
    command = [sys.executable, "-m", "registry.embedded.manage", "demo_world"]
    env = {**os.environ, "STATE": str(running.state)}
    done = subprocess.run(command, cwd=running.checkout, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "nothing new"


def test_a_second_copy_says_where_the_first_one_runs(running: Launcher) -> None:
    second = Launcher(running.state, running.port)
    said = second.refused()
    assert f"already runs from this folder: http://localhost:{running.port}." in said
    assert "Traceback" not in said
    assert answers(running.port)


def put_rows(launcher: Launcher) -> None:
    """Commit 500 rows into the portal's database."""
    with database(launcher) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS kept")
        cursor.execute("CREATE TABLE kept AS SELECT generate_series(1, 500) AS n")


def rows(launcher: Launcher) -> int:
    """Return how many of the rows are there."""
    with database(launcher) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kept")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def test_the_portal_ends_with_a_process_that_ends_and_shows_its_log(running: Launcher) -> None:
    os.kill(pid_of(running, "gunicorn"), signal.SIGKILL)
    status, complaint = running.wait()
    assert status == 1
    assert complaint.startswith("web has ended (signal 9), so the portal is stopped.")
    assert "Booting worker" in complaint
    assert running.children() == {}


def test_a_killed_database_has_every_committed_row_at_the_next_start(running: Launcher) -> None:
    put_rows(running)
    os.kill(pid_of(running, "bin/postgres -D"), signal.SIGKILL)
    status, complaint = running.wait()
    assert (status, complaint.split(",")[0]) == (1, "PostgreSQL has ended (signal 9)")
    running.start()
    assert rows(running) == 500


def test_nothing_outlives_a_killed_launcher_and_the_data_are_there_at_the_next_start(running: Launcher) -> None:
    put_rows(running)
    running.process.kill()
    running.wait()
    wait_until(lambda: running.children() == {}, 30)
    key = (running.state / "secret-key").read_text()
    running.start()
    assert rows(running) == 500
    assert (running.state / "secret-key").read_text() == key


def test_ctrl_c_stops_everything_cleanly(running: Launcher) -> None:
    assert running.end(signal.SIGINT) == (0, "")
    assert "Stopped in" in running.said()
    assert running.children() == {}
    assert "database system is shut down" in processes.tail(running.state / "postgres" / "postgres.log", 300)


def test_a_busy_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, ports_in_a_row())
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", launcher.port + 1))
        other.listen()
        said = launcher.refused()
    assert f"Port {launcher.port + 1} (the letters' page) is in use by another program" in said
    assert f"make run PORT={launcher.port + 80}" in said


def test_a_port_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    assert "PORT=65535 is not a port" in Launcher(tmp_path, 65535).refused()
