"""Delivery reports for trying out: a caught letter comes back as undeliverable, or is said to be late.

Written into a Maildir as a real mail server does it (RFC 3464), so that the portal reads it like any other.
"""

import email
import email.policy
import os
import time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from itertools import count
from pathlib import Path

HOST = "mail-catcher.example"
NUMBERS = count(1)
# What may be told of a letter: action, status and the server's words (RFC 3464, 2.3.3; RFC 3463).
FATES = {
    "return": ("failed", "5.1.1", "550 5.1.1 <{to}>: no such mailbox", "Undelivered Mail Returned to Sender"),
    "delay": ("delayed", "4.2.2", "450 4.2.2 <{to}>: mailbox full", "Delayed Mail (still being retried)"),
}


def maildir(folder: Path) -> Path:
    """Return the Maildir, made if there is none."""
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return folder


def report(letter: bytes, fate: str) -> bytes | None:
    """Return the report of a kept letter's ``fate`` (a key of ``FATES``); None where its envelope is not known."""
    kept = email.message_from_bytes(letter)
    sender, to = (" ".join(str(kept.get(name, "")).split()) for name in ("X-Envelope-From", "X-Envelope-To"))
    if not sender or not to:
        return None
    action, status, words, subject = FATES[fate]
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["X-Original-To"] = mail["Delivered-To"] = mail["To"] = sender
    mail["From"] = f"Mail Delivery System <MAILER-DAEMON@{HOST}>"
    mail["Subject"] = subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=HOST)
    mail["Auto-Submitted"] = "auto-replied"
    mail["Content-Type"] = "multipart/report; report-type=delivery-status"
    notice = EmailMessage(policy=email.policy.SMTP)
    notice.set_content(f"Your letter to {to}: {words.format(to=to)}\n")
    mail.attach(notice)
    fields = (
        f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; {HOST}\r\n\r\n"
        f"Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {words.format(to=to)}\r\n"
    )
    mail.attach(email.message_from_string(fields, policy=email.policy.SMTP))
    return mail.as_bytes()


def send_back(letter: bytes, fate: str, box: Path) -> bool:
    """Put the report of a letter's fate into the Maildir; return whether there was one to put."""
    mail = report(letter, fate)
    if mail is None:
        return False
    name = f"{time.time_ns()}.P{os.getpid()}Q{next(NUMBERS)}.{HOST}"
    (maildir(box) / "tmp" / name).write_bytes(mail)
    (box / "tmp" / name).rename(box / "new" / name)
    return True
