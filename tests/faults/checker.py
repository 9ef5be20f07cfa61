"""The verdict: what was expected, held against the mail server's own log. It reads nothing of the portal's."""

import base64
import email
import email.policy
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Expected:
    """One letter that somebody should get: known by its receiver and by words that it has.

    ``may``: it may come or not, for a fact changed while it was on its way, but once at most. ``false_at``: when what
    it says stopped being true (seconds since 1970): a body that was asked for later than that is untrue.
    """

    to: str
    words: tuple[str, ...]
    may: bool = False
    false_at: float | None = None
    true_again: float | None = None  # when what it says became true again
    true_from: float | None = None
    copies: int = 1


@dataclass
class Mail:
    """One mail that the server took."""

    to: str
    id: str
    sha256: str
    go: float  # when the server asked for the body, seconds since 1970
    at: float
    text: str  # subject and body
    sender: str
    headers: dict[str, str]
    longest: int  # bytes of the longest line


@dataclass
class Verdict:
    """How many letters were lost, doubled, untrue; and how many copies had the same bytes."""

    expected: int = 0
    accepted: int = 0
    lost: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)  # Message-IDs that were taken again with the same bytes
    distinct: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def _read(line: bytes) -> Mail:
    fact = json.loads(line)
    raw = base64.b64decode(fact["raw"])
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    body = letter.get_body(("plain",))
    words = f"{letter['Subject']}\n{body.get_content() if body else ''}"
    headers = {name.lower(): str(value) for name, value in letter.items()}
    longest = max(len(line) for line in raw.split(b"\n"))
    return Mail(
        fact["to"][0], fact["id"], fact["sha256"], fact["go"], fact["at"], words, fact["from"], headers, longest
    )


class Log:
    """The server's log of accepted mails, read on from where one was."""

    def __init__(self, file: Path) -> None:
        self.file, self.offset = file, 0
        self.mails: list[Mail] = []

    def read(self) -> list[Mail]:
        """Return all mails until now."""
        if self.file.exists():
            with self.file.open("rb") as log:
                log.seek(self.offset)
                for line in log:
                    if not line.endswith(b"\n"):
                        break
                    self.offset += len(line)
                    self.mails.append(_read(line))
        return self.mails


class Manifest:
    """What was expected, written down by the test when it made the facts."""

    def __init__(self) -> None:
        self.expected: list[Expected] = []

    def expect(self, to: str, *words: str, **facts: Any) -> None:
        """Expect a letter."""
        self.expected.append(Expected(to, words, **facts))

    def replace(self, to: str, *words: str, **facts: Any) -> None:
        """Say something else of the one letter to ``to`` that has these words."""
        (number,) = [n for n, one in enumerate(self.expected) if one.to == to and set(words) <= set(one.words)]
        self.expected[number] = Expected(**{**asdict(self.expected[number]), **facts})

    def _sorted(self, mails: list[Mail]) -> tuple[dict[int, list[Mail]], list[Mail]]:
        """Return the mails by expectation (the one with the most words that fits), and those nobody expected."""
        by_address: dict[str, list[int]] = {}
        for number, one in enumerate(self.expected):
            by_address.setdefault(one.to, []).append(number)
        found: dict[int, list[Mail]] = {number: [] for number in range(len(self.expected))}
        strange = []
        for mail in mails:
            fits = [n for n in by_address.get(mail.to, []) if all(w in mail.text for w in self.expected[n].words)]
            fits.sort(key=lambda n: (len(found[n]) >= self.expected[n].copies, -len(self.expected[n].words)))
            found[fits[0]].append(mail) if fits else strange.append(mail)
        return found, strange

    def missing(self, mails: list[Mail]) -> list[Expected]:
        """Return what has to come and has not."""
        found, _ = self._sorted(mails)
        return [one for n, one in enumerate(self.expected) if not one.may and len(found[n]) < one.copies]

    def judge(self, mails: list[Mail]) -> Verdict:
        """Return the verdict."""
        found, strange = self._sorted(mails)
        verdict = Verdict(len(self.expected), len(mails))
        verdict.lost = [f"{one.to} {one.words}" for one in self.missing(mails)]
        verdict.untrue = [f"nobody expected: {mail.to} {mail.text[:90]!r}" for mail in strange]
        for number, one in enumerate(self.expected):
            copies = found[number]
            identical = Counter((mail.id, mail.sha256) for mail in copies)
            verdict.same += [identity for (identity, _), count in identical.items() for _ in range(count - 1)]
            extra = len(identical) - one.copies
            if extra > 0:
                verdict.distinct += [f"{one.to} {one.words} {list(identical)}"] * extra
            late = [mail for mail in copies if (one.false_at or inf) < mail.go < (one.true_again or inf)]
            verdict.untrue += [f"{one.to} {one.words} {mail.go - (one.false_at or 0):.3f} s late" for mail in late]
            early = [mail for mail in copies if one.true_from is not None and mail.go < one.true_from]
            verdict.untrue += [f"{one.to} {one.words} {(one.true_from or 0) - mail.go:.3f} s early" for mail in early]
        return verdict
