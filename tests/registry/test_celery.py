"""Beat: one tick at its start, then one a minute; nothing is kept in files, and two beats are one tick more."""

from datetime import timedelta
from pathlib import Path

import pytest
from celery.utils.imports import symbol_by_name
from django.conf import settings

from registry.celery import SOON, app

Scheduler = symbol_by_name(app.conf.beat_scheduler)


class Beat(Scheduler):
    """Keeps what it would send."""

    def apply_async(self, entry, producer=None, advance=True, **options):
        self.sent = [*getattr(self, "sent", []), (entry.task, entry.options)]


@pytest.fixture
def beat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Beat:
    monkeypatch.chdir(tmp_path)
    return Beat(app=app, schedule_filename=str(tmp_path / "schedule"))


def turn(beat: Beat) -> float:
    """Let a beat tick until it would wait; return the seconds that it waits."""
    while (seconds := beat.tick()) == 0:
        pass
    return float(seconds)


def test_a_beat_that_starts_asks_for_a_sweep_at_once_and_then_each_minute(beat: Beat) -> None:
    every = settings.SWEEP_SECONDS
    for soon in ("sign_in_letters", "scan_attachments"):
        del beat.schedule[soon]
    assert every - 2 < turn(beat) <= every
    assert beat.sent == [("pilots.tasks.sweep", {"expires": every - 1})]
    turn(beat)
    assert len(beat.sent) == 1
    for entry in beat.schedule.values():
        entry.last_run_at -= timedelta(seconds=every)
    beat._heap = None
    turn(beat)
    assert len(beat.sent) == 2


@pytest.mark.parametrize(
    ("entry", "task"), [("sign_in_letters", "send_sign_in_letters"), ("scan_attachments", "scan_attachments")]
)
def test_letters_and_files_that_somebody_waits_for_are_asked_for_every_five_seconds(
    beat: Beat, entry: str, task: str
) -> None:
    assert 3 < turn(beat) <= SOON == 5
    beat.schedule[entry].last_run_at -= timedelta(seconds=SOON)
    beat._heap = None
    turn(beat)
    assert beat.sent[-1] == (f"pilots.tasks.{task}", {"expires": SOON - 1})


def test_a_beat_keeps_no_file(beat: Beat, tmp_path: Path) -> None:
    turn(beat)
    beat.close()
    assert list(tmp_path.iterdir()) == []
