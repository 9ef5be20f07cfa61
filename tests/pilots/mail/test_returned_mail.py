"""Reading what is returned: odd, forged, hostile and foreign mails, and the mailbox that they come to."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from pilots.mail import outbox
from pilots.mail.outbox.envelopes import sender_of
from regions.models import User
from tests.cast import Said
from tests.pilots.mail.returned import NOW, Kind, Outcome, State, arrives, block, kinds, reads, report, sent

pytestmark = pytest.mark.django_db


def test_without_a_mailbox_nothing_is_read(settings: Any) -> None:
    settings.BOUNCE_MAILBOX = ""
    assert not outbox.read_mailbox(NOW)


def test_a_mailbox_that_is_not_there_does_not_hinder_the_sweep(box: Path, settings: Any, said: Said) -> None:
    settings.BOUNCE_MAILBOX = str(box / "elsewhere")
    assert not outbox.read_mailbox(NOW)
    [line] = said()
    assert line.startswith("The mailbox of returned letters cannot be read: [Errno 2] No such file or directory:")


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ("Action: failed\nStatus: 5.0.0 (permanent failure)", Outcome.BOUNCED),
        ("Action: FAILED\nStatus: nonsense\nDiagnostic-Code: smtp; 550 5.1.1 unknown", Outcome.BOUNCED),
        ("Status: 5.1.1", Outcome.BOUNCED),
        ("Status: 4.4.1", Outcome.DELAYED),
        ("Status: 2.1.5", Outcome.DELIVERED),
        ("Action: expanded", Outcome.DELIVERED),
        ("Action: exploded\nStatus: 5.1.1", Outcome.NOT_UNDERSTOOD),
        ("Status: 15.1.1", Outcome.NOT_UNDERSTOOD),
        ("Status: 5.1.1.1", Outcome.NOT_UNDERSTOOD),
        ("X-Nothing: at all", Outcome.NOT_UNDERSTOOD),
    ],
)
def test_reports_in_odd_forms(box: Path, preparer: User, fields: str, outcome: str) -> None:
    message = sent(preparer)
    assert reads(box, report(sender_of(message.pk), f"Final-Recipient: rfc822; {preparer.email}\n{fields}")) == outcome


def test_a_report_with_addresses_beyond_ascii_is_read(box: Path, preparer: User) -> None:
    message = sent(preparer)
    mail = report(sender_of(message.pk), block(preparer.email), part="message/global-delivery-status")
    assert reads(box, mail) == Outcome.BOUNCED


def test_blank_lines_too_many_between_two_recipients_hide_neither(box: Path, preparer: User) -> None:
    message = sent(preparer)
    blocks = [block("other@kunta.example"), "\n" + block(preparer.email, "delivered", "2.0.0")]
    mail = report(sender_of(message.pk), *blocks, part="message/global-delivery-status")
    assert reads(box, mail) == Outcome.DELIVERED


@pytest.mark.parametrize(
    "forge", [lambda to: to.replace("-", "-0"), lambda to: "palautus@pilotit.example", lambda to: ""]
)
def test_a_forged_or_missing_signature_is_ignored_and_counted(
    box: Path, preparer: User, forge: Callable[[str], str]
) -> None:
    message = sent(preparer)
    assert reads(box, report(forge(sender_of(message.pk)), block(preparer.email))) == Outcome.UNSIGNED
    message.refresh_from_db()
    preparer.refresh_from_db()
    assert (message.state, preparer.address_failed_at) == (State.SENT, None)


def test_the_seal_of_one_letter_does_not_return_another(box: Path, preparer: User) -> None:
    first, second = sent(preparer), sent(preparer)
    seal = sender_of(first.pk).partition("-")[2]
    assert reads(box, report(f"palautus+{second.pk}-{seal}", block(preparer.email))) == Outcome.UNSIGNED


def test_a_letter_that_is_no_more_is_not_known(box: Path, preparer: User) -> None:
    message = sent(preparer)
    to = sender_of(message.pk)
    message.delete()
    assert reads(box, report(to, block(preparer.email))) == Outcome.UNSIGNED


@pytest.mark.parametrize("name", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"])
def test_the_envelopes_recipient_is_found_in_every_servers_words(box: Path, preparer: User, name: str) -> None:
    message = sent(preparer)
    mail = report("undisclosed", block(preparer.email)).replace(b"MIME-Version", b"%b: <%b>\nMIME-Version")
    mail = mail.replace(b"%b", name.encode(), 1).replace(b"%b", sender_of(message.pk).encode(), 1)
    assert reads(box, mail) == Outcome.BOUNCED


AUTO_REPLY = "From: {user}\nTo: {to}\nAuto-Submitted: auto-replied\nSubject: Poissa: 5.1.1\n\nOlen lomalla. 550 5.1.1\n"


@pytest.mark.parametrize(
    "text",
    [
        AUTO_REPLY,
        "To: {to}\nX-Autoreply: yes\nPrecedence: bulk\nSubject: Automatic reply\n\nStatus: 5.1.1\nAction: failed\n",
        "To: {to}\nSubject: Undelivered Mail Returned to Sender\n\nFinal-Recipient: rfc822; {user}\nStatus: 5.1.1\n",
        "To: {to}\n\n",
    ],
)
def test_out_of_office_and_words_without_a_report_are_ignored(box: Path, preparer: User, text: str) -> None:
    message = sent(preparer)
    mail = text.format(user=preparer.email, to=sender_of(message.pk)).encode()
    assert reads(box, mail) == Outcome.NO_REPORT
    message.refresh_from_db()
    preparer.refresh_from_db()
    assert (message.state, kinds(message), preparer.address_failed_at) == (State.SENT, [], None)


@pytest.mark.parametrize("kind", ["multipart/report; report-type=disposition-notification", "multipart/report"])
def test_a_report_of_reading_is_no_report_of_delivery(box: Path, preparer: User, kind: str) -> None:
    message = sent(preparer)
    mail = report(sender_of(message.pk), block(preparer.email), kind=kind, part="message/disposition-notification")
    assert reads(box, mail.replace(b"Return-Path: <>\n", b"")) == Outcome.NO_REPORT


@pytest.mark.parametrize("kind", ["multipart/report", "multipart/mixed", "multipart/report; report-type=x"])
def test_the_part_makes_the_report_whatever_the_mail_calls_itself(box: Path, preparer: User, kind: str) -> None:
    message = sent(preparer)
    assert reads(box, report(sender_of(message.pk), block(preparer.email), kind=kind)) == Outcome.BOUNCED


def test_a_report_that_a_gateway_has_wrapped_is_read(box: Path, preparer: User) -> None:
    message = sent(preparer)
    inner = report(sender_of(message.pk), block(preparer.email)).partition(b"Content-Type:")[2]
    head = f"To: {sender_of(message.pk)}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\n"
    notice = b"Content-Type: text/plain\n\nChecked by the gateway.\n--o\n"
    assert reads(box, head.encode() + notice + b"Content-Type:" + inner + b"\n--o--\n") == Outcome.BOUNCED


def test_a_second_line_that_is_not_folded_hides_no_field(box: Path, preparer: User) -> None:
    message = sent(preparer)
    fields = (
        f"Final-Recipient: rfc822; {preparer.email}\nAction: failed\n"
        "Diagnostic-Code: smtp; 550-5.1.1 The account that you tried\nto reach is unknown\nStatus: 5.1.1"
    )
    assert reads(box, report(sender_of(message.pk), fields)) == Outcome.BOUNCED
    preparer.refresh_from_db()
    assert preparer.address_fault == "550-5.1.1 The account that you tried to reach is unknown"


@pytest.mark.parametrize("head", ["", "Auto-Submitted: auto-generated\n"])
def test_what_a_server_says_without_a_report_waits_for_a_human(box: Path, preparer: User, head: str) -> None:
    message = sent(preparer)
    mail = f"Return-Path: <>\n{head}To: {sender_of(message.pk)}\nSubject: Returned mail\n\nUser unknown\n"
    assert reads(box, mail.encode()) == Outcome.NOT_UNDERSTOOD
    assert [one.name[-5:] for one in (box / "cur").iterdir()] == [":2,FS"]


@pytest.mark.parametrize("head", ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: bulk"])
def test_an_automatic_reply_from_nobody_is_none(box: Path, preparer: User, head: str) -> None:
    message = sent(preparer)
    mail = f"Return-Path: <>\n{head}\nTo: {sender_of(message.pk)}\nSubject: Poissa\n\nOlen lomalla\n"
    assert reads(box, mail.encode()) == Outcome.NO_REPORT


def test_a_report_that_somebody_forwards_is_none(box: Path, preparer: User) -> None:
    message = sent(preparer)
    inner = report(sender_of(message.pk), block(preparer.email))
    mail = (
        f"To: {sender_of(message.pk)}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\n".encode()
    )
    assert reads(box, mail + b"Content-Type: message/rfc822\n\n" + inner + b"\n--o--\n") == Outcome.NO_REPORT


def hostile(to: str, user: str) -> dict[str, bytes]:
    """Return mails that nobody should have to read."""
    good = report(to, block(user))
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3000))
    return {
        "nothing": b"",
        "only NUL": b"\x00" * 5000,
        "noise": bytes(range(256)) * 2000,
        "no boundary": good.replace(b"boundary=b", b"x=y"),
        "a wrong boundary": good.replace(b"boundary=b", b'boundary="\x00"'),
        "cut in the middle": good[: len(good) // 2],
        "deep": f"To: {to}\nMIME-Version: 1.0\n".encode() + deep,
        "an endless field": f"To: {to}\nContent-Type: multipart/report".encode() + b";" * 300_000 + b"\n\n",
        "folded without end": f"To: {to}\nContent-Type: multipart/report".encode() + b"\n ;" * 100_000 + b"\n\n",
        "many parts": good.replace(b"--b--", b"--b\nContent-Type: x/y" + b";" * 2900 + b"\n\nz\n" * 80 + b"--b--"),
        "many recipients": (f"To: {'(' * 100_000}{to}\n" * 2).encode() + good,
        "many fields": b"To: a@b.example\n" * 60_000 + good,
    }


@pytest.mark.parametrize("name", hostile("a@b.example", "c@d.example"))
def test_hostile_mails_are_put_away_and_change_no_other(box: Path, preparer: User, name: str) -> None:
    first, second = sent(preparer), sent(preparer)
    arrives(box, hostile(sender_of(first.pk), preparer.email)[name], "1.a.host")
    arrives(box, report(sender_of(second.pk), block(preparer.email)), "2.b.host")
    began = timezone.now()
    assert sum(outbox.read_mailbox(NOW).values()) == 2
    assert timezone.now() - began < timedelta(seconds=10)
    second.refresh_from_db()
    assert second.state == State.BOUNCED
    assert list((box / "new").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (b"550 5.1.1 \x00\x1b[31m k\xe4yt\xf6ss\xe4", "5.1.1"),
        (b"550 5.1.1 =?iso-8859-1?q?k=E4yt?= \xff\xfe", "5.1.1"),
        (b"550 5.1.1 <script>alert(1)</script>", "<script>"),
        (b"550 5.1.1 " + b"long " * 2000, "long"),
    ],
)
def test_the_servers_words_are_kept_as_plain_text(box: Path, preparer: User, words: bytes, kept: str) -> None:
    message = sent(preparer)
    mail = report(sender_of(message.pk), block(preparer.email, words="WORDS")).replace(b"WORDS", words)
    assert reads(box, mail) == Outcome.BOUNCED
    preparer.refresh_from_db()
    assert kept in preparer.address_fault
    assert preparer.address_fault.isprintable()
    assert len(preparer.address_fault) <= 500


def test_a_report_with_a_huge_letter_behind_it_is_read(box: Path, preparer: User) -> None:
    message = sent(preparer)
    assert reads(box, report(sender_of(message.pk), block(preparer.email)) + b"x" * 20_000_000) == Outcome.BOUNCED


def test_a_mail_that_was_read_is_seen_and_one_not_understood_is_flagged(box: Path, preparer: User, said: Said) -> None:
    message = sent(preparer)
    arrives(box, report(sender_of(message.pk), block(preparer.email)), "1.good.host")
    arrives(box, report(sender_of(message.pk), "X-Nothing: at all"), "2.odd.host")
    arrives(box, b"To: a@b.example\n\n", "3.flagged.host:2,T")
    outbox.read_mailbox(NOW)
    assert sorted(os.listdir(box / "cur")) == ["1.good.host:2,S", "2.odd.host:2,FS", "3.flagged.host:2,S"]
    assert said() == ["A returned mail was not understood: no recipient with a status"]
    assert not outbox.read_mailbox(NOW)


def test_a_sweep_that_died_after_writing_it_down_reads_it_again_without_effect(box: Path, preparer: User) -> None:
    message = sent(preparer)
    reads(box, report(sender_of(message.pk), block(preparer.email)))
    seen = next((box / "cur").iterdir())
    seen.rename(box / "new" / "1.a.host")
    assert outbox.read_mailbox(NOW)[Outcome.BOUNCED] == 1
    assert kinds(message) == [Kind.BOUNCED]


def test_only_files_are_read_and_a_sweep_may_end_between_two(box: Path, preparer: User) -> None:
    (box / "new" / "folder").mkdir()
    (box / "new" / "link").symlink_to("/etc/hostname")
    arrives(box, b"To: a@b.example\n\n", "1.a.host")
    assert not outbox.read_mailbox(NOW, may_continue=lambda: False)
    assert sum(outbox.read_mailbox(NOW).values()) == 1
    assert {path.name for path in (box / "new").iterdir()} == {"folder", "link"}


def test_a_mail_that_cannot_be_moved_is_left_and_the_others_are_read(box: Path, preparer: User, said: Said) -> None:
    arrives(box, b"To: a@b.example\n\n", "1.a.host")
    arrives(box, b"To: c@d.example\n\n", "2.b.host")
    (box / "cur" / "1.a.host:2,S").mkdir()
    assert sum(outbox.read_mailbox(NOW).values()) == 1
    assert (box / "new" / "1.a.host").exists()
    [line] = said()
    assert line.startswith("A returned mail was not read: [Errno 21] Is a directory:")


def test_what_was_read_a_month_ago_is_removed_and_what_was_kept_aside_is_not(box: Path) -> None:
    old = (NOW - timedelta(days=31)).timestamp()
    for name in ("1.old:2,S", "2.odd:2,FS", "3.new:2,S"):
        (box / "cur" / name).write_bytes(b"")
        if not name.startswith("3"):
            os.utime(box / "cur" / name, (old, old))
    arrives(box, b"To: a@b.example\n\n", "4.a.host")
    outbox.read_mailbox(NOW)
    assert sorted(os.listdir(box / "cur")) == ["2.odd:2,FS", "3.new:2,S", "4.a.host:2,S"]
