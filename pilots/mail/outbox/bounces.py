"""Returned letters: the mailbox of the envelope's senders is read, and what its reports say is written down once."""

import hashlib
import logging
import os
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from pilots.models import DeliveryEvent, Message, ReturnedMail
from regions.models import User

from . import reports
from .envelopes import message_of
from .protocols import MayContinue
from .reports import Block, Fate, NotUnderstoodError

log = logging.getLogger(__name__)

AT_ONCE = 500  # mails in one run
KEPT = timedelta(days=30)  # how long a mail that was read stays in the mailbox
Kind, State = DeliveryEvent.Kind, Message.State
Outcome = ReturnedMail.Outcome
OUTCOMES = {
    Fate.FAILED: Outcome.BOUNCED,
    Fate.GAVE_UP: Outcome.BOUNCED,
    Fate.DELAYED: Outcome.DELAYED,
    Fate.DELIVERED: Outcome.DELIVERED,
}
ENDS = {Fate.FAILED: State.BOUNCED, Fate.GAVE_UP: State.BOUNCED, Fate.DELIVERED: State.DELIVERED}
KINDS = {
    Fate.FAILED: Kind.BOUNCED,
    Fate.GAVE_UP: Kind.BOUNCED,
    Fate.DELAYED: Kind.DELAYED,
    Fate.DELIVERED: Kind.DELIVERED,
}
# A server that answers so to our own hand-over knows no such mailbox (RFC 3463, 3.2): the address itself is wrong.
NO_MAILBOX = re.compile(r"5\d\d[ -]5\.1\.(?:1|2|3|6|10)\b")


def read_mailbox(at: datetime, *, may_continue: MayContinue = lambda: True) -> Counter[str]:
    """Read the new mails of the Maildir BOUNCE_MAILBOX; return how many of them were what (``ReturnedMail.Outcome``).

    A mail moves from ``new`` to ``cur`` once what it says is committed: seen, or flagged as well where it could not be
    understood. Several of these may run at once, and each may die anywhere: a mail's digest is kept, so it counts once.
    """
    counts: Counter[str] = Counter()
    if not settings.BOUNCE_MAILBOX:
        return counts
    box = Path(settings.BOUNCE_MAILBOX)
    try:
        names = sorted(entry.name for entry in os.scandir(box / "new") if entry.is_file(follow_symlinks=False))
    except OSError as fault:
        log.error("The mailbox of returned letters cannot be read: %s", fault)
        return counts
    for name in names[:AT_ONCE]:
        if not may_continue():
            break
        try:
            with (box / "new" / name).open("rb") as mail:
                raw = mail.read(reports.READ_AT_MOST)
            outcome = take(raw, at)
            _put_away(box, name, outcome)
        except OSError as fault:  # another sweep has moved it, or nobody may: the others are read
            log.warning("A returned mail was not read: %s", fault)
        else:
            counts[outcome.value] += 1
    if counts:
        _clear(box, at)
    return counts


def _put_away(box: Path, name: str, outcome: Outcome) -> None:
    """Move a mail that was read; the flags are Maildir's: seen, and flagged for a human to look at."""
    flags = "FS" if outcome == Outcome.NOT_UNDERSTOOD else "S"
    (box / "new" / name).rename(box / "cur" / f"{name.split(':')[0]}:2,{flags}")


def _clear(box: Path, at: datetime) -> None:
    """Remove the mails that were read long ago; those kept aside stay."""
    for entry in os.scandir(box / "cur"):
        if entry.name.endswith(":2,S") and entry.stat(follow_symlinks=False).st_mtime < (at - KEPT).timestamp():
            Path(entry.path).unlink(missing_ok=True)


def take(raw: bytes, at: datetime) -> Outcome:
    """Write down what one returned mail says, and that it was read; return what it was. The second time: the same."""
    digest = hashlib.sha256(raw).hexdigest()
    try:
        with transaction.atomic():
            mail = ReturnedMail(sha256=digest, read_at=at, outcome=Outcome.NOT_UNDERSTOOD)
            mail.save(force_insert=True)
            mail.outcome, mail.message = _understand(raw, at)
            mail.save(update_fields=["outcome", "message"])
            return Outcome(mail.outcome)
    except IntegrityError:
        return Outcome(ReturnedMail.objects.get(sha256=digest).outcome)


def _understand(raw: bytes, at: datetime) -> tuple[Outcome, Message | None]:
    """Return what a mail is and which message it tells of, once what it says of it is written down."""
    try:
        returned = reports.read(raw)
    except NotUnderstoodError as fault:
        log.warning("A returned mail was not understood: %s", fault)
        return Outcome.NOT_UNDERSTOOD, None
    numbers = [number for number in map(message_of, returned.addresses) if number is not None]
    message = Message.objects.select_for_update().filter(pk__in=numbers[:1]).first()
    if message is None:
        return Outcome.UNSIGNED, None
    if returned.blocks is None:
        return Outcome.NO_REPORT, message
    block = reports.of_recipient(returned.blocks, message.address)
    return (OUTCOMES[block.fate] if _learn(message, block, at) else Outcome.NOTHING_NEW), message


def _learn(message: Message, block: Block, at: datetime) -> bool:
    """Write what became of a locked message; return whether that was new. A message that ended stays as it ended."""
    kind = KINDS[block.fate]
    known = message.events.filter(kind=kind)
    if (known.filter(words=block.words) if kind == Kind.DELAYED else known).exists():
        return False
    message.events.create(kind=kind, at=at, words=block.words)
    if block.fate in ENDS:
        # Still queued: its sender died after the server had taken it, and the server is heard of here first.
        # Delivered and then returned: a server on the way said so, and the next one knew better.
        going = [State.SENT, State.QUEUED, *([State.DELIVERED] if kind == Kind.BOUNCED else [])]
        Message.objects.filter(pk=message.pk, state__in=going).update(
            state=ENDS[block.fate], settled_at=at, lease=None, leased_until=None, body_at=None
        )
    if block.fate == Fate.FAILED:
        address_fails(message, block.words, at)
    return True


def address_fails(message: Message, words: str, at: datetime) -> None:
    """Keep that the address of a message's receiver does not work, if it is still the one the message went to."""
    User.objects.filter(pk=message.user_id or 0, email=message.address, address_failed_at=None).update(
        address_failed_at=at, address_fault=words or str(Kind.BOUNCED.label)
    )


def address_mended(person: User) -> bool:
    """Let mail go to the address again; return whether it had failed. What came back stays as it ended."""
    failed = User.objects.filter(pk=person.pk, address_failed_at__isnull=False)
    return bool(failed.update(address_failed_at=None, address_fault=""))


def refused(message: Message, words: str, at: datetime) -> None:
    """Keep that the address does not work, where the mail server's refusal says that there is no such mailbox."""
    if NO_MAILBOX.match(words):
        address_fails(message, words, at)
