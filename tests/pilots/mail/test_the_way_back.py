"""The whole way: a letter goes out, comes back from a real mail server's page, and its deputy gets it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from pilots.mail import sweep
from pilots.models import DeliveryEvent, Message
from regions.models import User
from registry.embedded import returns
from registry.embedded.mail import MailCatcher, body
from tests.posted import posted

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
Kind = DeliveryEvent.Kind


def test_a_letter_that_comes_back_reaches_the_deputy(
    tmp_path: Path, settings: Any, preparer: User, colleague: User
) -> None:
    User.objects.filter(pk=preparer.pk).update(deputy=colleague)
    settings.BOUNCE_ADDRESS, settings.BOUNCE_MAILBOX = "palautus@pilotit.example", str(tmp_path / "returned")
    returns.maildir(tmp_path / "returned")
    with MailCatcher(tmp_path / "mail") as catcher:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", catcher.port
        message = posted(preparer, at=NOW)
        sweep.run(NOW + timedelta(minutes=0))
        (kept,) = catcher.folder.glob("*.eml")
        assert returns.send_back(kept.read_bytes(), "delay", tmp_path / "returned")
        sweep.run(NOW + timedelta(minutes=1))
        message.refresh_from_db()
        assert message.state == Message.State.SENT
        assert returns.send_back(kept.read_bytes(), "return", tmp_path / "returned")
        sweep.run(NOW + timedelta(minutes=2))
        sweep.run(NOW + timedelta(minutes=3))
        first, second = catcher.letters()
    message.refresh_from_db()
    preparer.refresh_from_db()
    kinds = [event.kind for event in message.events.all()]
    assert kinds == [Kind.HANDED_OVER, Kind.DELAYED, Kind.BOUNCED, Kind.FORWARDED]
    assert message.state == Message.State.BOUNCED
    assert preparer.address_fault.startswith("550 5.1.1")
    assert colleague.email in str(second["To"])
    assert "ei mennyt perille" in body(second).splitlines()[0]
    assert str(first["Subject"]) in " ".join(body(second).split())
