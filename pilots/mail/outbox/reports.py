"""Delivery reports (RFC 3464, statuses of RFC 3463), read from mails that anybody may have written. Trusts nothing."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Mail
from email.utils import getaddresses
from enum import Enum

from registry.lib.plaintext import one_line

READ_AT_MOST = 256_000  # bytes: in a mail the report comes before the letter that it returns
WORDS = 500
ENVELOPE = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# The parser's time grows with the square of this field's length.
LONG_FIELD = re.compile(rb"(?i)(?:^|\n)content-type:(?:[^\n]|\n[ \t]){3000}")
ADDRESSES = 50  # of a mail that are looked at


class Fate(Enum):
    """The fate of a letter by a report; the better first."""

    DELIVERED = 1
    DELAYED = 2
    GAVE_UP = 3  # not delivered, but not for a reason that stays: a full mailbox, a server away for days
    FAILED = 4  # not delivered, and never will be


@dataclass(frozen=True)
class Block:
    """What a report says of one recipient."""

    recipients: frozenset[str]
    fate: Fate
    words: str


class NotUnderstoodError(Exception):
    """A mail that calls itself a delivery report says nothing that can be understood."""


@dataclass(frozen=True)
class Returned:
    """A mail that came back: the addresses it may have been sent to, and the blocks of its report; None: no report."""

    addresses: list[str]
    blocks: list[Block] | None


def read(raw: bytes) -> Returned:
    """Return what the mail is; its beginning is enough.

    Raises ``NotUnderstoodError`` for a report that says nothing, and for a mail on which the parser gives up: on a
    hostile mail it may raise anything.
    """
    if LONG_FIELD.search(raw):
        raise NotUnderstoodError("an endless field")
    try:
        mail = email.message_from_bytes(raw[:READ_AT_MOST])
        addresses = list(_addresses(mail))
        if not _is_report(mail):
            return Returned(addresses, None)
        blocks = [block for fields in _fields(mail) if (block := _block(fields)) is not None]
    except Exception as fault:
        raise NotUnderstoodError(type(fault).__name__) from fault
    if not blocks:
        raise NotUnderstoodError("no recipient with a status")
    return Returned(addresses, blocks)


def _addresses(mail: Mail) -> Iterator[str]:
    """Yield the addresses that the mail may have been sent to, the envelope's first."""
    for name in ENVELOPE:
        for value in mail.get_all(name, [])[:ADDRESSES]:
            for _, address in getaddresses([str(value)[:2000]])[:ADDRESSES]:
                yield address


def _is_report(mail: Mail) -> bool:
    """Whether the mail as a whole is a delivery report; a forwarded report is not."""
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return False
    kind = mail.get_param("report-type", "")
    return str(kind[-1] if isinstance(kind, tuple) else kind).lower().strip() == "delivery-status"


def of_recipient(blocks: list[Block], address: str) -> Block:
    """Return the block of the letter to ``address``.

    If no block names the address, its mail went on to others: the best of their fates is the letter's.
    """
    own = [block for block in blocks if address.lower() in block.recipients]
    return min(own or blocks, key=lambda block: block.fate.value)


def _fields(mail: Mail) -> Iterator[Mail]:
    """Yield the groups of fields of the report's own part."""
    parts = mail.get_payload()
    for part in parts if isinstance(parts, list) else []:
        if not isinstance(part, Mail):
            continue
        groups = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(groups, list):
            yield from (group for group in groups if isinstance(group, Mail))
        elif part.get_content_type() == "message/global-delivery-status" and isinstance(groups, list):  # RFC 6533
            for first in groups:
                if isinstance(first, Mail):
                    rest = first.get_payload()
                    yield first
                    for text in re.split(r"\r?\n\r?\n", rest if isinstance(rest, str) else ""):
                        yield email.message_from_string(text.lstrip())


def _address(field: object) -> str:
    """Return the address of a recipient's field: ``rfc822; name@host``."""
    return str(field).partition(";")[2].strip().strip("<>").lower()


def _block(fields: Mail) -> Block | None:
    """Return a group of fields as the block of a recipient; None for the group about the whole mail, or nonsense."""
    named = [fields[name] for name in ("Original-Recipient", "Final-Recipient") if name in fields]
    if not named:
        return None
    action = str(fields.get("Action", "")).split("(")[0].strip().lower()
    diagnostic = str(fields.get("Diagnostic-Code", ""))
    status = STATUS.search(str(fields.get("Status", ""))) or STATUS.search(diagnostic)
    fate = _fate(action, int(status[1]) if status else 0)
    if fate is None:
        return None
    code = status[0] if status else ""
    said = " ".join(diagnostic.partition(";")[2].split())
    words = said if code and code in said else f"{code} {said}".strip()
    return Block(frozenset(map(_address, named)), fate, one_line(words or action, WORDS, end=""))


def _fate(action: str, status: int) -> Fate | None:
    """Return the fate that an action with a status class means. Only class 5 makes a failure final."""
    if action == "failed":
        return Fate.FAILED if status == 5 else Fate.GAVE_UP
    if action == "delayed":
        return Fate.DELAYED
    if action in {"delivered", "relayed", "expanded"}:
        return Fate.DELIVERED
    return {2: Fate.DELIVERED, 4: Fate.DELAYED, 5: Fate.FAILED}.get(status) if not action else None
