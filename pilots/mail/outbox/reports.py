"""Delivery reports (RFC 3464, statuses of RFC 3463), read from mails that anybody may have written. Trusts nothing."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Mail
from email.utils import getaddresses
from enum import Enum

from registry.lib.plaintext import one_line

from .status_codes import Blame, blame

READ_AT_MOST = 256_000  # bytes: in a mail the report comes before the letter that it returns
WORDS = 500
ENVELOPE = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# The parser's time grows with the square of this field's length.
LONG_FIELD = re.compile(rb"(?i)(?:^|\n)content-type:(?:[^\n]|\n[ \t]){3000}")
ADDRESSES = 50  # of a mail that are looked at
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
REPLIES = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "Precedence")
BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(.*)")
LONGEST = 2000  # characters of a field


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
    ours: bool = False  # not delivered because we are refused


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
        parts = list(_status_parts(mail))
        blocks = [block for part in parts for fields in _fields(part) if (block := _block(fields)) is not None]
        unclear = not parts and _may_be_report(mail)
    except Exception as fault:
        raise NotUnderstoodError(type(fault).__name__) from fault
    if unclear:
        raise NotUnderstoodError("a mail of a mail server without a report")
    if not parts:
        return Returned(addresses, None)
    if not blocks:
        raise NotUnderstoodError("no recipient with a status")
    return Returned(addresses, blocks)


def _addresses(mail: Mail) -> Iterator[str]:
    """Yield the addresses that the mail may have been sent to, the envelope's first."""
    for name in ENVELOPE:
        for value in mail.get_all(name, [])[:ADDRESSES]:
            for _, address in getaddresses([str(value)[:2000]])[:ADDRESSES]:
                yield address


def _status_parts(mail: Mail) -> Iterator[Mail]:
    """Yield the parts that report a delivery, whatever is around them; not those of a mail that somebody forwards."""
    if mail.get_content_type() in STATUS_PARTS:
        yield mail
    elif mail.get_content_maintype() == "multipart":
        parts = mail.get_payload()
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, Mail):
                yield from _status_parts(part)


def _may_be_report(mail: Mail) -> bool:
    """Whether a mail without such a part came from a mail server all the same, and is no automatic reply."""
    from_nobody = str(mail.get("Return-Path", "")).strip() == "<>"
    replies = str(mail.get("Auto-Submitted", "")).lower().startswith("auto-replied")
    return from_nobody and not replies and not any(name in mail for name in REPLIES)


def of_recipient(blocks: list[Block], address: str) -> Block:
    """Return the block of the letter to ``address``.

    If no block names the address, its mail went on to others: the best of their fates is the letter's.
    """
    own = [block for block in blocks if address.lower() in block.recipients]
    return min(own or blocks, key=lambda block: block.fate.value)


def _fields(part: Mail) -> Iterator[Mail]:
    """Yield the groups of fields of a part that reports a delivery."""
    groups = part.get_payload()
    if isinstance(groups, str):  # a part that the library does not take apart
        yield from map(_tolerant, re.split(BLANK_LINE, groups))
        return
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, Mail):
            rest = group.get_payload()
            if part.get_content_type() == "message/global-delivery-status":  # RFC 6533
                yield group
                yield from map(_tolerant, re.split(BLANK_LINE, rest if isinstance(rest, str) else ""))
            else:
                yield _tolerant("".join(f"{name}: {value}\n" for name, value in group.items()) + str(rest or ""))


def _tolerant(text: str) -> Mail:
    """Return a group of fields; a line that begins no field goes on with the field before it, folded or not."""
    fields, name = Mail(), ""
    for line in text.strip().splitlines():
        begins = FIELD.match(line)
        if begins:
            name = begins[1]
            if name not in fields:
                fields[name] = begins[2].strip()
        elif name in fields and line.strip():
            fields.replace_header(name, f"{fields[name]} {line.strip()}"[:LONGEST])
    return fields


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
    code = status[0] if status else ""
    whose = blame(code, diagnostic)
    fate = _fate(action, int(status[1]) if status else 0, whose)
    if fate is None:
        return None
    said = " ".join(diagnostic.partition(";")[2].split())
    words = said if code and code in said else f"{code} {said}".strip()
    ours = fate is Fate.GAVE_UP and whose is Blame.OURS
    return Block(frozenset(map(_address, named)), fate, one_line(words or action, WORDS, end=""), ours)


def _fate(action: str, status: int, whose: Blame) -> Fate | None:
    """Return the fate that an action with a status class means. Only class 5 and the address's fault make it final."""
    final = Fate.FAILED if status == 5 and whose is Blame.ADDRESS else Fate.GAVE_UP
    if action == "failed":
        return final
    if action == "delayed":
        return Fate.DELAYED
    if action in {"delivered", "relayed", "expanded"}:
        return Fate.DELIVERED
    return {2: Fate.DELIVERED, 4: Fate.DELAYED, 5: final}.get(status) if not action else None
