"""Two beats, one tick: the lock of the database's decides who sends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from celery import Celery
from django.db import connection

from registry.beat import LockedScheduler
from registry.embedded.broker import Broker
from registry.embedded.portal import ROOT
from tests.waiting import wait_until


class Sent(LockedScheduler):
    """Counts what it would send."""

    def apply_async(self, entry, producer=None, advance=True, **options):  # type: ignore[no-untyped-def]
        self.sent = [*getattr(self, "sent", []), entry.task]


@pytest.fixture
def beats(tmp_path: Path, db: None) -> Iterator[list[Sent]]:
    app = Celery(broker="memory://", set_as_current=False)
    app.conf.update(timezone="UTC", beat_schedule={"sweep": {"task": "sweep", "schedule": timedelta(hours=1)}})
    app.conf.result_expires = None  # else Celery adds an entry of its own
    beats = [Sent(app=app, schedule_filename=str(tmp_path / f"schedule-{n}")) for n in (1, 2)]
    yield beats
    for beat in beats:
        beat.close()


def turn(beat: Sent) -> list[str]:
    """Let a beat tick until it would wait; return all that it has sent."""
    while beat.tick() == 0:
        pass
    return getattr(beat, "sent", [])


def test_the_first_beat_sends_at_once_and_the_second_stands_by(beats: list[Sent]) -> None:
    first, second = beats
    assert turn(first) == ["sweep"]
    assert turn(second) == []
    assert turn(first) == ["sweep"]


def test_a_standby_takes_over_without_sending_what_the_first_one_sent(beats: list[Sent]) -> None:
    first, second = beats
    turn(first)
    turn(second)
    for entry in second.schedule.values():
        entry.last_run_at -= timedelta(hours=2)  # it would be due
    first.close()
    assert turn(second) == []
    assert second.leads


def test_a_lost_session_loses_the_lock_and_is_opened_again(beats: list[Sent]) -> None:
    first, second = beats
    turn(first)
    with first._session.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert first.tick() == first.max_interval
    assert not first.leads
    assert turn(second) == ["sweep"]
    assert first.tick() == first.max_interval


def test_a_beat_shows_that_it_is_alive(beats: list[Sent], tmp_path: Path) -> None:
    turn(beats[0])
    assert (tmp_path / "schedule-1.alive").exists()


@pytest.mark.slow
def test_of_two_real_beats_the_standby_goes_on_when_the_first_is_killed(tmp_path: Path, db: None) -> None:
    broker = Broker(tmp_path / "broker").start()
    url = "postgres://{USER}:{PASSWORD}@/{HOST}/{NAME}".format(**connection.settings_dict)
    env = {**os.environ, "DATABASE_URL": url, "BROKER_URL": broker.url(), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "celery", "-A", "tests.embedded.ticks", "beat", "--pidfile="]
    beats = []
    for n in (1, 2):
        with (tmp_path / f"beat-{n}.log").open("wb") as log:
            schedule = ["-s", str(tmp_path / f"schedule-{n}")]
            beats.append(subprocess.Popen([*command, *schedule], cwd=ROOT, env=env, stdout=log, stderr=log))
    client = redis.Redis(unix_socket_path=str(broker.socket))
    try:
        wait_until(lambda: all((tmp_path / f"schedule-{n}.alive").exists() for n in (1, 2)), 30)
        wait_until(lambda: client.llen("celery") >= 1, 15)
        start, had = time.monotonic(), client.llen("celery")
        time.sleep(4)
        assert client.llen("celery") - had <= time.monotonic() - start + 1  # one a second, not two
        logs = [(tmp_path / f"beat-{n}.log").read_text() for n in (1, 2)]
        assert sum("leads now" in log for log in logs) == 1
        leader = 0 if "leads now" in logs[0] else 1
        beats[leader].send_signal(signal.SIGKILL)
        had = client.llen("celery")
        wait_until(lambda: client.llen("celery") > had + 1, 20)
    finally:
        for beat in beats:
            beat.terminate()
            beat.wait(20)
        client.close()
        broker.stop()
