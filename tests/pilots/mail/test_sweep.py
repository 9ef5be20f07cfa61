"""The sweep: everything that is due, in one go, with or without a broker."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots import tasks
from pilots.mail import reminders, sweep, watch
from pilots.models import Installation, Message, Reminder
from regions.models import Organisation, User
from tests.factories import make_round

SignIn = Callable[[User | None], Client]


@pytest.mark.django_db
def test_the_last_sweep_is_one_row_and_never_goes_back() -> None:
    now = timezone.now()
    sweep.run(now)
    sweep.run(now - timedelta(hours=1))
    assert Installation.objects.get().swept_at == now


@pytest.mark.django_db
def test_the_task_and_the_command_sweep_alike() -> None:
    tasks.sweep()
    first = Installation.objects.get().swept_at
    out = StringIO()
    call_command("sweep", stdout=out)
    assert Installation.objects.get().swept_at > first
    assert out.getvalue() == "0 planned, 0 posted, 0 sent, 0 failed.\n"


class StopAfterThree(StringIO):
    """What the loop prints; the third sweep's line tells this process to stop, as an operator would."""

    def write(self, words: str) -> int:
        written = super().write(words)
        if "posted" in words and self.getvalue().count("posted") == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return written


@pytest.mark.django_db(transaction=True)
def test_the_loop_sweeps_again_and_again_until_it_is_told_to_stop() -> None:
    out = StopAfterThree()
    before = signal.getsignal(signal.SIGTERM)
    call_command("sweep", "--loop", "--every", "0.1", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[-1] == "Stopped."
    assert signal.getsignal(signal.SIGTERM) == before


def due(council: Organisation, officer: User) -> None:
    """Make a round with a reminder that is due."""
    now = timezone.now()
    round_ = make_round(owner=officer, opens_at=now - timedelta(days=20), published_at=now - timedelta(days=20))
    round_.steps.update(closes_at=now + timedelta(days=1))
    reminders.default_rules(round_, now - timedelta(days=20))


@pytest.mark.django_db
def test_a_copy_with_another_key_plans_nothing_and_sends_nothing_until_it_is_adopted(
    settings: Any, as_user: SignIn, council: Organisation, officer: User
) -> None:
    now = timezone.now()
    sweep.run(now - timedelta(days=19))
    due(council, officer)
    settings.DEPLOYMENT_KEY = "https://copy.example"
    assert sweep.run(now).planned == 0
    assert not Reminder.objects.exists()
    assert not Message.objects.exists()
    assert watch.look(now).reasons == []
    assert "toisen asennuksen kopio" in as_user(officer).get(reverse("desk")).content.decode()
    out = StringIO()
    call_command("sweep", "--adopt", stdout=out)
    assert "This installation sends from now on." in out.getvalue()
    assert Reminder.objects.exists()
    assert not watch.look(now).copy


@pytest.mark.django_db
def test_a_database_that_nobody_swept_belongs_to_the_first_who_does(settings: Any) -> None:
    Installation.objects.create(swept_at=timezone.now())
    sweep.run(timezone.now())
    assert Installation.objects.get().deployment == settings.DEPLOYMENT_KEY
    assert not sweep.adopt()
