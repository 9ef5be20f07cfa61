"""Letters that were sent, and the reports that come back of them."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from pilots.mail import outbox
from pilots.models import DeliveryEvent, Message, ReturnedMail
from regions.models import User
from tests.posted import posted

NOW = timezone.now()
State, Kind, Outcome = Message.State, DeliveryEvent.Kind, ReturnedMail.Outcome


def sent(user: User, state: str = State.SENT, **fields: Any) -> Message:
    """Return a message to the user that the mail server has taken."""
    message = posted(user, at=NOW, **fields)
    if state != State.QUEUED:
        Message.objects.filter(pk=message.pk).update(state=state, settled_at=NOW)
    message.refresh_from_db()
    return message


def report(
    to: str,
    *blocks: str,
    kind: str = "multipart/report; report-type=delivery-status",
    part: str = "message/delivery-status",
) -> bytes:
    """Return a delivery report to an envelope's sender, with a block for each recipient."""
    text = "\n\n".join(["Reporting-MTA: dns; mx.kunta.example", *blocks])
    return (
        f"Return-Path: <>\nDelivered-To: {to}\nFrom: MAILER-DAEMON@mx.kunta.example\nTo: {to}\nMIME-Version: 1.0\n"
        f"Subject: report\nContent-Type: {kind};\n boundary=b\n\n--b\nContent-Type: text/plain\n\nSorry.\n"
        f"--b\nContent-Type: {part}\n\n{text}\n\n--b\nContent-Type: text/rfc822-headers\n\nSubject: x\n\n--b--\n"
    ).encode()


def block(address: str, action: str = "failed", status: str = "5.1.1", words: str = "550 5.1.1 no such user") -> str:
    """Return what a report says of one recipient."""
    fields = {"Final-Recipient": f"rfc822; {address}", "Action": action, "Status": status}
    return "\n".join(f"{name}: {value}" for name, value in {**fields, "Diagnostic-Code": f"smtp; {words}"}.items())


def arrives(box: Path, mail: bytes, name: str = "1.a.host") -> None:
    """Put a mail into the mailbox as a mail server does."""
    (box / "tmp" / name).write_bytes(mail)
    (box / "tmp" / name).rename(box / "new" / name)


def reads(box: Path, mail: bytes, at: datetime = NOW) -> str:
    """Let one mail arrive, read the mailbox, and return what the mail was."""
    arrives(box, mail, f"{len(list(box.glob('*/*')))}.a.host")
    counts = outbox.read_mailbox(at)
    assert sum(counts.values()) == 1
    assert list((box / "new").iterdir()) == []
    return next(iter(counts))


def kinds(message: Message) -> list[str]:
    return [event.kind for event in message.events.all()]
