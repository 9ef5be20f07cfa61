"""The sweep: everything that is due, in one go, with or without a broker."""

import os
import signal
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from pilots import sweep, tasks
from pilots.models import Sweep


@pytest.mark.django_db
def test_the_last_sweep_is_one_row_and_never_goes_back() -> None:
    now = timezone.now()
    sweep.run(now)
    sweep.run(now - timedelta(hours=1))
    assert Sweep.objects.get().swept_at == now


@pytest.mark.django_db
def test_the_task_and_the_command_sweep_alike() -> None:
    tasks.sweep()
    first = Sweep.objects.get().swept_at
    out = StringIO()
    call_command("sweep", stdout=out)
    assert Sweep.objects.get().swept_at > first
    assert out.getvalue() == "0 planned, 0 posted, 0 sent, 0 failed.\n"


@pytest.mark.django_db(transaction=True)
def test_the_loop_sweeps_again_and_again_until_it_is_told_to_stop() -> None:
    out = StringIO()
    before = signal.getsignal(signal.SIGTERM)
    stop = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGTERM))
    stop.start()
    call_command("sweep", "--loop", "--every", "0.1", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) > 2
    assert lines[-1] == "Stopped."
    assert signal.getsignal(signal.SIGTERM) == before
