"""Mail headers as they are written: the library folds words beyond ASCII so that blanks between them are lost.

A text beyond ASCII is written as encoded words (RFC 2047) from its first character to its last, blanks included: what
stands between two encoded words is not read. Lines of ASCII stay unfolded; they are short enough (RFC 5322, 2.1.1).
"""

from base64 import b64encode
from collections.abc import Iterator
from email.headerregistry import (
    Address,
    BaseHeader,
    HeaderRegistry,
    UniqueAddressHeader,
    UniqueUnstructuredHeader,
)
from email.policy import SMTP, Policy
from email.utils import quote
from typing import Any

AT_MOST = 45  # bytes of a text in one encoded word: with its frame it has 72 characters of the 75 that it may have
FOLD = "\r\n "


def _pieces(text: str) -> Iterator[bytes]:
    """Yield the text as UTF-8 in pieces that fit an encoded word; no character is cut."""
    piece = b""
    for character in text:
        added = character.encode()
        if len(piece) + len(added) > AT_MOST:
            yield piece
            piece = b""
        piece += added
    yield piece


def encoded(text: str) -> str:
    """Return a text of one line as encoded words; a text in ASCII that looks like none stays as it is."""
    if text.isascii() and "=?" not in text:
        return text
    return FOLD.join(f"=?utf-8?b?{b64encode(piece).decode()}?=" for piece in _pieces(text))


class _AsWritten(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]
    """A header of text that is read back as it was written."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Take the text as it is: what looks like an encoded word in it is text too."""
        super().parse(value, kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:
        """Return the header as it stands in the mail."""
        return f"{self.name}: {encoded(str(self))}{policy.linesep}"


class _Unfolded(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]
    """A header of one long ASCII word, which no mail program reads as encoded words."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header unfolded."""
        return f"{self.name}: {self}{policy.linesep}"


def _mailbox(address: Address) -> str:
    name = encoded(address.display_name)
    if not name:
        return address.addr_spec
    if name == address.display_name:
        return f'"{quote(name)}" <{address.addr_spec}>'
    return f"{name}{FOLD}<{address.addr_spec}>"


class _Mailboxes(UniqueAddressHeader, BaseHeader):  # type: ignore[misc]
    """A header of mailboxes whose names are read back as they were written."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header as it stands in the mail."""
        return f"{self.name}: {f',{FOLD}'.join(map(_mailbox, self.addresses))}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type("Subject", _AsWritten)
HEADERS.map_to_type("List-Unsubscribe", _Unfolded)
for name in ("From", "To", "Reply-To"):
    HEADERS.map_to_type(name, _Mailboxes)
POLICY = SMTP.clone(header_factory=HEADERS)
