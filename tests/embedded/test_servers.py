"""PostgreSQL and Valkey from wheels: who they run as, what they keep, what they refuse."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import environ
import psycopg2
import pytest
import redis

from registry.embedded import identity, processes
from registry.embedded.broker import Broker
from registry.embedded.postgres import Postgres
from registry.embedded.processes import Child, Refusal

pytestmark = pytest.mark.slow


def connect(server: Postgres) -> psycopg2.extensions.connection:
    facts = environ.Env.db_url_config(server.url())
    return psycopg2.connect(
        host=facts["HOST"], dbname=facts["NAME"], user=facts["USER"], password=facts["PASSWORD"], port=facts["PORT"]
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a folder with ä and %20")


@pytest.fixture
def server(folder: Path) -> Iterator[Postgres]:
    """A server on the cluster of this file."""
    server = Postgres(folder / "pg").start()
    yield server
    server.stop()


def test_the_settings_read_the_address_of_a_socket_in_any_folder(server: Postgres) -> None:
    connection = connect(server)
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ÄÖÅ'), current_setting('data_checksums')")
        assert cursor.fetchone() == ("äöå", "on")
    connection.close()


def test_the_portals_role_reads_no_file_and_starts_no_program(server: Postgres) -> None:
    connection = connect(server)
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute("COPY (SELECT 1) TO PROGRAM 'true'")
    connection.rollback()
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute("SELECT pg_read_file('postgresql.conf')")
    connection.close()


def test_a_second_server_on_the_same_folder_is_refused(server: Postgres) -> None:
    with pytest.raises(Refusal, match="Another PostgreSQL runs on"):
        Postgres(server.kept_in).start()


def test_a_pidfile_that_names_another_program_is_no_hindrance(server: Postgres) -> None:
    server.stop()
    pidfile = server.data / "postmaster.pid"
    pidfile.write_text(f"{os.getpid()}\n{server.data}\n0\n5432\n\n\n\n\n")
    server.start()
    assert connect(server).closed == 0


def test_data_of_another_version_are_not_touched(server: Postgres) -> None:
    server.stop()
    version = server.data / "PG_VERSION"
    have = version.read_text()
    version.write_text("14\n")
    with pytest.raises(Refusal, match="is of PostgreSQL 14, the server is 18"):
        server.prepare()
    server.lock.close()
    version.write_text(have)
    server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another")
def test_root_without_user_namespaces_becomes_nobody_and_opens_no_folder(tmp_path: Path) -> None:
    closed = tmp_path / "root's home"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "pg", mode="account").start()
    connect(server).close()
    server.stop()
    assert server.identity.mode == "account"
    assert closed.stat().st_mode & 0o777 == 0o700
    subprocess.run(["rm", "-rf", server.state], check=True)


def test_an_ordinary_user_stays_who_they_are(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        assert identity.choose(Path("/usr/bin"), tmp_path).identity.mode in {"userns", "account"}
    else:
        assert identity.choose(Path("/usr/bin"), tmp_path).identity.mode == "same"


def test_a_killed_broker_keeps_its_queue(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "b").start()
    client = redis.Redis(unix_socket_path=str(broker.socket))
    client.rpush("celery", *range(200))
    time.sleep(1.2)  # the file is synced every second
    broker.process.send_signal(signal.SIGKILL)
    broker.process.wait()
    broker.begin()
    broker.wait()
    assert client.llen("celery") == 200
    client.close()
    broker.stop()


def test_a_second_broker_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "b").start()
    with pytest.raises(Refusal, match="Another Valkey runs on"):
        Broker(tmp_path / "b").start()
    broker.stop()


def test_a_process_that_has_ended_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = processes.start(["/bin/sh", "-c", "echo before; echo why >&2; exit 3"], log=log)
    process.wait(20)
    with pytest.raises(Refusal) as refusal:
        Child("web", process, log).must_live()
    assert refusal.value.text == (
        f"web has ended (exit status 3), so the portal is stopped. The end of {log}:\nbefore\nwhy\n"
    )


def test_a_deep_folder_gets_a_short_one_for_its_sockets(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / "s"
    short = processes.socket_folder(deep, ".s.PGSQL.65535")
    assert len(str(short)) < 80
    assert short.stat().st_mode & 0o777 == 0o700
    short.rmdir()
