"""Alarms: operations are told once, again while it stands, and when it is over; past the outbox, by real mail."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from pilots.mail import watch
from pilots.mail.watch.alarms import AGAIN
from pilots.management.commands import watch as command
from pilots.models import Alarm, Message, Reconciliation
from registry.embedded.mail import MailCatcher, body, free_port
from tests.pilots.mail.watched import MINUTE, letter, mail_stopped, open_round, reminder, somebody, swept

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
HOUR = timedelta(hours=1)
LATE = "Hälytys: muistutusten läpikäynti ei kulje"
OVER = "Ohi: muistutusten läpikäynti ei kulje"


@pytest.fixture
def caught(tmp_path: Path, settings: Any) -> Iterator[MailCatcher]:
    """A real mail server for operations."""
    settings.OPERATIONS_EMAIL = "operations@watch.example"
    with MailCatcher(tmp_path / "mail") as catcher:
        settings.OPERATIONS_MAIL = smtp(catcher.port)
        yield catcher


def smtp(port: int, **more: Any) -> dict[str, Any]:
    """Return what OPERATIONS_EMAIL_URL would say."""
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": "",
        "EMAIL_HOST_PASSWORD": "",
        **more,
    }


def subjects(caught: MailCatcher) -> list[str]:
    """Return the subjects that have come, the address of the portal left out."""
    return [str(one["Subject"]).split(" – ")[0].strip() for one in caught.letters()]


def look(at: Any) -> int:
    """Look at a moment; return how many letters went."""
    return watch.keep(watch.look(at))


def test_an_alarm_is_told_once_again_after_four_hours_and_when_it_is_over(caught: MailCatcher) -> None:
    swept(NOW - HOUR)
    assert [look(NOW), look(NOW + MINUTE), look(NOW + AGAIN - MINUTE)] == [1, 0, 0]
    assert [look(NOW + AGAIN), look(NOW + AGAIN + MINUTE)] == [1, 0]
    swept(NOW + AGAIN + 2 * MINUTE)
    assert [look(NOW + AGAIN + 2 * MINUTE), look(NOW + AGAIN + 3 * MINUTE)] == [1, 0]
    assert subjects(caught) == [LATE, LATE, OVER]
    alarm = Alarm.objects.get()
    assert (alarm.opened_at, alarm.told_at, alarm.cleared_at) == (NOW, NOW + AGAIN, NOW + AGAIN + 2 * MINUTE)
    assert not Message.objects.exists()  # not by the outbox


def test_the_letter_says_what_since_when_and_where_and_names_no_person(caught: MailCatcher, settings: Any) -> None:
    user = somebody()
    mail_stopped(NOW - HOUR, NOW - 2 * HOUR)
    reminder(open_round(NOW).steps.get(), NOW - HOUR, user=user)
    letter(user, NOW - HOUR, letter="receipt")
    assert look(NOW) == 3
    found: dict[str, EmailMessage] = {
        str(one["Subject"]).split(": ")[1].split(" – ")[0]: one for one in caught.letters()
    }
    assert set(found) == {
        "muistutusten läpikäynti ei kulje",
        "jotain on jäänyt lähtemättä",
        "sähköpostipalvelin ei ota viestejä vastaan",
    }
    said = body(found["sähköpostipalvelin ei ota viestejä vastaan"])
    assert "1 viesti odottaa." in said
    assert "535 5.7.8 authentication failed" in said
    assert f"{settings.BASE_URL}/fi/tyopoyta/" in said
    assert "1 muistutus ei ole siirtynyt lähetettäväksi." in body(found["jotain on jäänyt lähtemättä"])
    for one in found.values():
        assert one["To"] == "operations@watch.example"
        assert one["Auto-Submitted"] == "auto-generated"
        assert user.email not in body(one)


def test_an_alarm_that_comes_back_is_a_new_one(caught: MailCatcher) -> None:
    swept(NOW - HOUR)
    look(NOW)
    swept(NOW)
    look(NOW + MINUTE)
    assert look(NOW + HOUR) == 1
    assert subjects(caught) == [LATE, OVER, LATE]
    assert Alarm.objects.count() == 2


def test_a_copy_tells_operations_nothing_of_the_alarms_that_it_was_restored_with(caught: MailCatcher) -> None:
    swept(NOW - HOUR, deployment="the real one")
    alarm = Alarm.objects.create(kind="sweep_late", words="Sanat", opened_at=NOW - HOUR, told_at=NOW - HOUR)
    assert [look(NOW), look(NOW + AGAIN)] == [0, 0]
    assert subjects(caught) == []
    alarm.refresh_from_db()
    assert alarm.cleared_at is None


def test_without_an_address_alarms_are_kept_and_nobody_is_told(settings: Any, mailoutbox: list[Any]) -> None:
    settings.OPERATIONS_EMAIL = ""
    swept(NOW - HOUR)
    assert look(NOW) == 0
    swept(NOW)
    assert look(NOW) == 0
    assert mailoutbox == []
    assert Alarm.objects.get().cleared_at == NOW


def test_without_a_server_of_their_own_operations_are_told_by_the_portals(settings: Any, mailoutbox: list[Any]) -> None:
    settings.OPERATIONS_EMAIL = "operations@watch.example"
    swept(NOW - HOUR)
    assert look(NOW) == 1
    assert mailoutbox[0].subject.startswith(LATE)


def test_while_the_mail_server_is_gone_each_look_tries_again_and_logs(
    caught: MailCatcher, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    working, settings.OPERATIONS_MAIL = settings.OPERATIONS_MAIL, smtp(free_port())
    swept(NOW - HOUR)
    assert [look(NOW), look(NOW + MINUTE)] == [0, 0]
    assert caplog.text.count("The letter to operations waits (Hälytys") == 2
    assert Alarm.objects.get().told_at is None
    swept(NOW + MINUTE)
    assert look(NOW + 2 * MINUTE) == 0  # it is over, and nobody has heard of it yet
    settings.OPERATIONS_MAIL = working
    assert look(NOW + 3 * MINUTE) == 1
    assert subjects(caught) == [OVER]


def test_a_server_that_speaks_no_tls_is_a_trouble_of_sending(caught: MailCatcher, settings: Any) -> None:
    settings.OPERATIONS_MAIL = smtp(caught.port, EMAIL_USE_SSL=True)
    assert watch.mail("Aihe", ["Rivi"]) is False
    settings.OPERATIONS_MAIL = smtp(caught.port)
    assert watch.mail("Aihe", ["Rivi"]) is True


def together(act: Callable[[], int], n: int) -> list[int]:
    """Run an act in ``n`` threads at once, each on its own connection; return what they returned."""
    start, done = threading.Barrier(n), []

    def run() -> None:
        start.wait()
        try:
            done.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def test_two_watchers_at_once_tell_once(caught: MailCatcher) -> None:
    swept(NOW - HOUR)
    for round_ in range(5):
        at = NOW + round_ * AGAIN
        assert sum(together(lambda at=at: look(at), 4)) == 1
    swept(NOW + 5 * AGAIN)
    assert sum(together(lambda: look(NOW + 5 * AGAIN), 4)) == 1
    assert subjects(caught) == [LATE] * 5 + [OVER]


# --- The command ----------------------------------------------------------------------------------------------------


def said(**options: Any) -> tuple[str, str]:
    """Look once by the command; return what it printed and what it complained of."""
    out, err = StringIO(), StringIO()
    call_command("watch", stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_the_command_looks_once_and_says_what_it_saw(caught: MailCatcher) -> None:
    assert said() == ("All is well.\n", "")
    swept(timezone.now() - HOUR)
    assert said() == ("sweep_late\n", "")
    assert subjects(caught) == [LATE]


def test_the_loop_goes_on_until_it_is_told_to_stop(tmp_path: Path) -> None:
    out, before = StringIO(), signal.getsignal(signal.SIGTERM)
    stop = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
    stop.start()
    call_command("watch", "--loop", "--every", "0.1", "--alive", str(tmp_path / "alive"), stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) > 2
    assert lines[-1] == "Stopped."
    assert (tmp_path / "alive").exists()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_database_that_fails_twice_in_a_row_is_told_once_and_again_after_four_hours(caught: MailCatcher) -> None:
    memory, fault = command.Memory(), TimeoutError("no answer in 180 s")
    memory.gone(fault, NOW)
    memory.back(NOW)
    assert subjects(caught) == []
    for minutes in range(4):
        memory.gone(fault, NOW + minutes * MINUTE)
    gone = "Hälytys: tietokanta ei vastaa"
    assert subjects(caught) == [gone]
    assert "no answer in 180 s" in body(caught.letters()[0])
    memory.gone(fault, NOW + MINUTE + AGAIN)
    memory.back(NOW + 5 * HOUR)
    memory.back(NOW + 6 * HOUR)
    assert subjects(caught) == [gone, gone, "Ohi: tietokanta ei vastaa"]
    memory.gone(ValueError("a fault of ours"), NOW)
    memory.gone(ValueError("a fault of ours"), NOW)
    assert subjects(caught)[3:] == ["Hälytys: valvonta ei toimi"]


def test_while_no_mail_goes_the_end_of_a_gone_database_is_not_forgotten(caught: MailCatcher, settings: Any) -> None:
    memory, fault = command.Memory(), TimeoutError()
    memory.gone(fault, NOW)
    memory.gone(fault, NOW)
    working, settings.OPERATIONS_MAIL = settings.OPERATIONS_MAIL, smtp(free_port())
    memory.back(NOW)
    settings.OPERATIONS_MAIL = working
    memory.back(NOW)
    assert subjects(caught) == ["Hälytys: tietokanta ei vastaa", "Ohi: tietokanta ei vastaa"]


def test_a_look_that_fails_says_why(caught: MailCatcher) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pilots_installation RENAME TO pilots_gone")
        try:
            out, err = said()
        finally:
            cursor.execute("ALTER TABLE pilots_gone RENAME TO pilots_installation")
    assert out == ""
    assert 'Nothing could be seen: ProgrammingError: relation "pilots_installation" does not exist' in err
    assert subjects(caught) == []  # one look alone may fall into a restart


def test_sweeps_at_once_make_a_receipt_once() -> None:
    made = together(lambda: len(watch.reconcile(NOW)), 4)
    assert sum(made) == Reconciliation.objects.count() == 1


def test_a_look_that_hangs_is_given_up_and_not_doubled(caught: MailCatcher) -> None:
    swept(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE pilots_installation IN ACCESS EXCLUSIVE MODE")
        out, err = said(patience=0.5)
        cursor.execute("ROLLBACK")
    assert out == ""
    assert "TimeoutError: no answer in" in err
    for thread in threading.enumerate():
        if isinstance(thread, command.Look):
            thread.join(30)
    assert said() == ("All is well.\n", "")
