"""`make run`, whole: started, met by a second copy, hurt in every part, stopped, started again."""

import contextlib
import os
import signal
import socket
import stat

import psycopg2
import pytest

from registry.embedded import processes
from tests.embedded.launcher import Launcher
from tests.waiting import answers, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def running(launcher: Launcher) -> Launcher:
    if launcher.process is None or launcher.process.poll() is not None:
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
    for name in ("secret-key", "postgres/password"):
        assert stat.S_IMODE((running.state / name).stat().st_mode) == 0o600


def test_a_second_copy_says_where_the_first_one_runs(running: Launcher) -> None:
    said = running.refused()
    assert f"already runs from this folder: http://localhost:{running.port}." in said
    assert "Traceback" not in said
    assert answers(running.port)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("web", "gunicorn"),
        ("worker", "registry.celery worker"),
        ("beat", "registry.celery beat"),
        ("watch", "manage.py watch"),
        ("mail catcher", "registry.embedded.mail"),
        ("Valkey", "valkey-server"),
    ],
)
def test_a_killed_process_is_started_again(running: Launcher, name: str, words: str) -> None:
    killed = pid_of(running, words)
    before = running.said().count(f"{name}: starting again")
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: running.said().count(f"{name}: starting again") > before)
    wait_until(lambda: any(words in command for pid, command in running.children().items() if pid != killed))
    wait_until(lambda: answers(running.port) and answers(running.port + 1))


def test_a_killed_database_comes_back_with_every_committed_row(running: Launcher) -> None:
    with database(running) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        cursor.execute("INSERT INTO kept SELECT generate_series(1, 500)")
    os.kill(pid_of(running, "bin/postgres -D"), signal.SIGKILL)

    def rows() -> int:
        with contextlib.suppress(psycopg2.OperationalError), database(running) as lines, lines.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kept")
            return cursor.fetchone()[0]
        return 0

    wait_until(lambda: rows() == 500)
    assert answers(running.port)


def test_nothing_outlives_a_killed_launcher_and_the_data_are_there_at_the_next_start(running: Launcher) -> None:
    running.process.kill()
    running.process.communicate(timeout=30)
    wait_until(lambda: running.children() == {}, 30)
    key = (running.state / "secret-key").read_text()
    running.start()
    with database(running) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kept")
        assert cursor.fetchone() == (500,)
    assert (running.state / "secret-key").read_text() == key


def test_ctrl_c_stops_everything_cleanly(running: Launcher) -> None:
    assert running.end(signal.SIGINT) == 0
    assert "Stopped in" in running.said()
    assert running.children() == {}
    assert "database system is shut down" in processes.tail(running.state / "postgres" / "postgres.log", 300)


def test_a_busy_port_is_named_before_anything_starts(launcher: Launcher) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", launcher.port + 1))
        other.listen()
        said = launcher.refused()
    assert f"Port {launcher.port + 1} (the letters' page) is in use by another program" in said
    assert f"make run PORT={launcher.port + 80}" in said


def test_a_port_that_is_none_is_refused_in_words(launcher: Launcher) -> None:
    assert "PORT=65535 is not a port" in launcher.refused(65535)
