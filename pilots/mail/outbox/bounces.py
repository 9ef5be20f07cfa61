"""Returned letters: the mailbox of the envelope senders is read, and each report in it is recorded once."""

import hashlib
import logging
import os
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
from .status_codes import Blame, blame

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


def read_mailbox(at: datetime, *, may_continue: MayContinue = lambda: True) -> Counter[str]:
    """Read the new mails of the Maildir BOUNCE_MAILBOX; return how many had each ``ReturnedMail.Outcome``.

    A mail moves from ``new`` to ``cur`` once its report is committed: as seen, and flagged too if it could not be
    understood. Several of these may run at once, and each may die anywhere: the digest of a mail is kept, so the mail
    counts once.
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
    """Move a mail that was read. The flags are Maildir's: seen, and flagged for a human to look at."""
    flags = "FS" if outcome == Outcome.NOT_UNDERSTOOD else "S"
    (box / "new" / name).rename(box / "cur" / f"{name.split(':')[0]}:2,{flags}")


def _clear(box: Path, at: datetime) -> None:
    """Remove the mails that were read long ago; flagged mails stay."""
    for entry in os.scandir(box / "cur"):
        if entry.name.endswith(":2,S") and entry.stat(follow_symlinks=False).st_mtime < (at - KEPT).timestamp():
            Path(entry.path).unlink(missing_ok=True)


def take(raw: bytes, at: datetime) -> Outcome:
    """Record a returned mail and its report; return what it was. A mail that was read before changes nothing."""
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
    """Record the report of a mail; return what the mail is and which message it tells of."""
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
    """Record the fate of a locked message; return whether it is new. A message that has ended stays as it ended."""
    kind = KINDS[block.fate]
    same = message.events.filter(kind=kind)
    if (same.filter(words=block.words) if kind == Kind.DELAYED else same).exists():
        return False
    message.events.create(kind=kind, at=at, words=block.words)
    if block.fate in ENDS:
        # Still queued: its sender died after the server had taken it, and the report comes first.
        # Delivered and then returned: a server on the way was wrong, and the next server knew better.
        changing = [State.SENT, State.QUEUED, *([State.DELIVERED] if kind == Kind.BOUNCED else [])]
        Message.objects.filter(pk=message.pk, state__in=changing).update(
            state=ENDS[block.fate], settled_at=at, lease=None, leased_until=None, body_at=None
        )
    if block.fate == Fate.FAILED:
        address_fails(message, block.words, at)
    elif block.ours:
        _we_are_refused(message, block.words, at)
    return True


def address_fails(message: Message, words: str, at: datetime) -> None:
    """Record that the receiver's address does not work, if it is still the address that the message went to."""
    User.objects.filter(pk=message.user_id or 0, email=message.address, address_failed_at=None).update(
        address_failed_at=at, address_fault=words or str(Kind.BOUNCED.label)
    )


def address_mended(person: User) -> bool:
    """Let mail go to the address again; return whether it had failed. Messages that came back stay as they ended."""
    failed = User.objects.filter(pk=person.pk, address_failed_at__isnull=False)
    return bool(failed.update(address_failed_at=None, address_fault=""))


def refused(message: Message, words: str, at: datetime) -> None:
    """Record whose fault it is that the mail server refused the letter: the address's, or ours."""
    whose = blame("", words)
    if whose is Blame.ADDRESS:
        address_fails(message, words, at)
    elif whose is Blame.OURS:
        _we_are_refused(message, words, at)


def _we_are_refused(message: Message, words: str, at: datetime) -> None:
    """Record that a letter was refused for our sake: operations are told of it."""
    message.events.create(kind=Kind.OURS, at=at, words=words)
    log.error("We are refused, not the address: %s", words)
