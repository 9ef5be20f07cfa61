"""SMTP: letters that come back after they were taken."""

from datetime import timedelta
from pathlib import Path

from regions.models import User

from .children import until
from .place import Place
from .register import fault
from .world import CLOSES, simple, told

ADDRESS = "palautus@pilotit.example"
REPORT = """Return-Path: <>
Delivered-To: {sender}
From: MAILER-DAEMON@relay.example
To: {sender}
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b--
"""


def _comes_back(box: Path, sender: str, to: str) -> None:
    """Put a report into the mailbox as a mail server does."""
    name = f"{len(list(box.glob('*/*')))}.a.host"
    (box / "tmp" / name).write_text(REPORT.format(sender=sender, to=to))
    (box / "tmp" / name).rename(box / "new" / name)


@fault("SMTP")
def letters_come_back_afterwards(place: Place) -> None:
    """The address is marked, the deputy told of it and of the next reminder, which all get; a forged one is nothing."""
    world, round_, writers = simple(place, 20)
    gone, forged, deputy = writers[3], writers[4], writers[5]
    User.objects.filter(pk=gone.pk).update(deputy=deputy)
    box = place.folder / "Maildir"
    for folder in ("new", "cur", "tmp"):
        (box / folder).mkdir(parents=True)
    for _ in range(2):
        place.sweeper(BOUNCE_ADDRESS=ADDRESS, BOUNCE_MAILBOX=str(box))
    until(lambda: place.missing() == 0, 30, "not all were sent")
    senders = {mail.to: mail.sender for mail in place.log.read()}
    forwarded = ("ei mennyt perille", gone.name, "Lähetä ehdotus", round_.name_fi, *told(CLOSES))
    place.manifest.expect(deputy.email, *forwarded)
    _comes_back(box, senders[gone.email], gone.email)
    _comes_back(box, senders[gone.email], gone.email)
    _comes_back(box, senders[forged.email][:-8] + "00000000" + ADDRESS[8:], forged.email)
    until(lambda: place.missing() == 0, 30, "the deputy was not told")
    for writer in writers:
        if writer != gone:
            place.manifest.expect(writer.email, "Lähetä ehdotus", round_.name_fi, *told(CLOSES))
    place.manifest.expect(deputy.email, *forwarded)
    place.manifest.expect(world.officer.email, "Kierros päättyy", round_.name_fi, may=True, copies=2)
    place.turn_to((CLOSES - timedelta(days=3)).replace(hour=9, minute=1))  # the Friday before
    until(lambda: place.missing() == 0, 30, "the others were not reminded again")
    place.linger()
    assert place.sql("SELECT email FROM regions_user WHERE address_failed_at IS NOT NULL") == [(gone.email,)]
