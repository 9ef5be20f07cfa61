"""Subjects and names of mails are read back as they were written, by every way of reading them."""

import random
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from registry.lib.letters import SUBJECT_LENGTH, Written, freeze
from registry.lib.plaintext import one_line

TEXT = """Etelä-Pohjanmaan työllistymisen palveluallianssin ensimmäinen markkinavuoropuhelu Tillväxttjänster på två
språk Mottaget kl. 03.15: ehdotus maakuntien yhteistyöstä €5 – “lainaus” =?utf-8?q?x?= a å äö öö 16.15 (Suomen aikaa) 😀
日本"""
WORDS = TEXT.split()
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def made(subject: str, name: str) -> bytes:
    return freeze(Written("fi", subject, "x\n"), to=(name, "a@kunta.example"), at=AT, message_id="<1@x.example>")


def texts(many: int) -> list[str]:
    chance = random.Random(7)
    return [one_line(" ".join(chance.choices(WORDS, k=chance.randint(1, 25))), SUBJECT_LENGTH) for _ in range(many)]


def test_a_subject_is_read_back_as_it_was_written() -> None:
    for subject in texts(1000):
        mail = made(subject, "")
        new, old = message_from_bytes(mail, policy=policy.default), message_from_bytes(mail)
        assert new["Subject"] == subject
        assert str(make_header(decode_header(old["Subject"]))) == subject
        assert b"?==?" not in mail


def test_a_name_is_read_back_as_it_was_written() -> None:
    for text in texts(500):
        name = one_line(text, 80)
        mail = message_from_bytes(made("x", text))
        phrase, address = parseaddr(str(mail["To"]).replace("\r\n", ""))
        assert (str(make_header(decode_header(phrase))), address) == (name, "a@kunta.example")


@pytest.mark.parametrize("subject", texts(50))
def test_no_line_of_a_header_beyond_ascii_is_too_long(subject: str) -> None:
    head = made(subject + " ä", subject + " ä").partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 84
