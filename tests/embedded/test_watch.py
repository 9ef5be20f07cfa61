"""The watch as a process of its own: it tells operations when the sweep is killed, and when the database is gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from registry.embedded.mail import MailCatcher
from registry.embedded.portal import ROOT
from registry.embedded.postgres import Postgres
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
LATE, GONE = "muistutusten läpikäynti ei kulje", "tietokanta ei vastaa"


class Place:
    """A database, a mail server, and processes of the portal."""

    def __init__(self, folder: Path, postgres: Postgres, mail: MailCatcher) -> None:
        self.folder, self.postgres, self.mail = folder, postgres, mail
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command of manage.py."""
        env = {
            **os.environ,
            "DATABASE_URL": self.postgres.url(),
            "SECRET_KEY": "of this test",
            "EMAIL_URL": "smtp://127.0.0.1:1",  # where nobody answers: operations have a mail server of their own
            "OPERATIONS_EMAIL": "operations@watch.example",
            "OPERATIONS_EMAIL_URL": self.mail.url,
            "BASE_URL": "http://portal.example",
            "PYTHONUNBUFFERED": "1",
        }
        with (self.folder / f"{command[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *command], cwd=ROOT, env=env, stdout=log, stderr=log
            )
        self.running.append(process)
        return process

    def run_sql(self, words: str) -> list[tuple[object, ...]]:
        """Run a statement; return the rows it gives."""
        at = {"host": str(self.postgres.socket), "dbname": "portal", "user": "portal"}
        connection = psycopg2.connect(password=self.postgres.password, **at)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(words)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def make_the_sweep_old(self) -> None:
        """Move the last sweep eleven minutes back: the database's clock decides, and nobody waits so long."""
        self.run_sql("UPDATE pilots_installation SET swept_at = swept_at - interval '11 minutes'")

    def told(self) -> list[str]:
        """Return what operations were told."""
        return [str(letter["Subject"]).split(" – ")[0].strip() for letter in self.mail.letters()]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    postgres = Postgres(tmp_path / "pg", fast=True).start()
    with MailCatcher(tmp_path / "mail") as mail:
        place = Place(tmp_path, postgres, mail)
        assert place.start("migrate", "-v", "0").wait(180) == 0
        yield place
        for process in place.running:
            if process.poll() is None:
                process.kill()
                process.wait()
    postgres.stop()


def test_operations_are_told_of_a_killed_sweep_and_of_a_database_that_stops_or_hangs(place: Place) -> None:
    sweep = place.start("sweep", "--loop", "--every", "0.5")
    watch = place.start("watch", "--loop", "--every", "0.5", "--patience", "4")
    wait_until(lambda: place.run_sql("SELECT 1 FROM pilots_installation"))
    place.make_the_sweep_old()
    wait_until(lambda: place.run_sql("SELECT 1 FROM pilots_installation WHERE swept_at > now() - interval '1 minute'"))

    sweep.kill()
    sweep.wait()
    place.make_the_sweep_old()
    wait_until(lambda: place.told()[-1:] == [f"Hälytys: {LATE}"])
    sweep = place.start("sweep", "--loop", "--every", "0.5")
    wait_until(lambda: place.told()[-1:] == [f"Ohi: {LATE}"])
    before = place.told()

    place.postgres.end(place.postgres.process)  # stopped hard enough for everyone connected
    wait_until(lambda: place.told()[-1:] == [f"Hälytys: {GONE}"])
    place.postgres.begin()
    place.postgres.wait()
    wait_until(lambda: place.told()[-1:] == [f"Ohi: {GONE}"])
    # what was being mailed when the database stopped may be mailed again
    assert [one for one in place.told()[len(before) :] if GONE in one] == [f"Hälytys: {GONE}", f"Ohi: {GONE}"]

    stand_still(place, signal.SIGSTOP)
    wait_until(lambda: place.told()[len(before) + 2 :] == [f"Hälytys: {GONE}"])
    stand_still(place, signal.SIGCONT)
    wait_until(lambda: place.told()[len(before) + 2 :] == [f"Hälytys: {GONE}", f"Ohi: {GONE}"])

    watch.terminate()
    assert watch.wait(30) == 0
    assert (place.folder / "watch.log").read_text().endswith("Stopped.\n")


def stand_still(place: Place, number: signal.Signals) -> None:
    """Send a signal to the server and to each process that serves a connection."""
    parent = place.postgres.process.pid
    server = {parent}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) in server:
            server.add(int(stat.parent.name))
    for pid in server:
        os.kill(pid, number)
