"""The relay's log: what the mail server says it has taken is sent, whatever our own tables know of it.

``postfix.log`` was written by a real Postfix 3.7.11 that was sent two good mails, a refused and a greylisted recipient,
a refused content, a body that was cut, and a whole body whose answer nobody waited for.
"""

import os
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pilots.mail import outbox
from pilots.mail.outbox.relay import PostfixLog
from pilots.models import DeliveryEvent, Message
from regions.models import User
from registry.embedded.mail import MailCatcher
from tests.pilots.mail.mail_server import NOW, Relay, kinds, post

HOST = "rekisteri.example"
TRUE = Path(__file__).with_name("postfix.log")
State, Kind = Message.State, DeliveryEvent.Kind


def lines(*numbers: int) -> str:
    """Return lines of a log that tells of these mails as taken."""
    return "".join(
        f"Nov 22 05:52:28 relay postfix/cleanup[1]: 4jXJ{n}: message-id=<{n}@{HOST}>\n"
        f"Nov 22 05:52:28 relay postfix/qmgr[2]: 4jXJ{n}: from=<a@{HOST}>, size=338, nrcpt=1 (queue active)\n"
        for n in numbers
    )


def taken(log: PostfixLog, *numbers: object) -> list[object]:
    return [number for number in numbers if log.accepted(f"<{number}@{HOST}>")]


def test_a_real_postfix_s_log_tells_what_was_taken_and_nothing_else() -> None:
    log = PostfixLog(TRUE, HOST)
    assert taken(log, "taken-1", "no-such", "later", "content", "taken-2", "cut", "unheard") == [
        "taken-1",
        "taken-2",
        "unheard",
    ]


@pytest.mark.parametrize(
    ("pattern", "other"),
    [
        (r"^Nov 22 05:52:28 relay", "2026-11-22T05:52:28.123456+02:00 relay.example"),
        (r"postfix/", "postfix-out/"),
        (r"postfix/", "postfix-in/smtps/"),
        (r"4jXJBN(\w+)", "F00BA12"),
    ],
)
def test_other_clocks_instances_and_queue_ids_are_understood(tmp_path: Path, pattern: str, other: str) -> None:
    path = tmp_path / "mail.log"
    path.write_text(re.sub(pattern, other, TRUE.read_text(), flags=re.MULTILINE))
    log = PostfixLog(path, HOST)
    assert taken(log, "taken-1", "cut", "content", "unheard") == ["taken-1", "unheard"]


def test_a_short_queue_id_that_is_used_again_takes_nothing_with_it(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    cleanup, queue = lines(1).splitlines(keepends=True)
    path.write_text(cleanup + cleanup.replace(f"1@{HOST}", "else@other.example") + queue)
    assert taken(PostfixLog(path, HOST), 1) == []


def test_what_is_written_later_is_read_later_also_half_lines(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_text("")
    log = PostfixLog(path, HOST)
    assert taken(log, 1) == []
    text = lines(1)
    with path.open("a") as file:
        for part in (text[:30], text[30:-20], text[-20:]):
            assert taken(log, 1) == []
            file.write(part)
            file.flush()
    assert taken(log, 1) == [1]


def test_a_log_that_is_moved_away_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_text(lines(1))
    log = PostfixLog(path, HOST)
    assert taken(log, 1) == [1]
    with path.open("a") as file:
        file.write(lines(2))
    path.rename(tmp_path / "mail.log.1")
    path.write_text(lines(3))
    assert taken(log, 1, 2, 3, 4) == [1, 2, 3]


def test_a_log_that_is_cut_short_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_text(lines(1, 2))
    log = PostfixLog(path, HOST)
    assert taken(log, 1) == [1]
    path.write_text(lines(3))
    assert taken(log, 1, 2, 3) == [1, 2, 3]


def test_the_log_before_is_read_too_unless_it_is_old(tmp_path: Path) -> None:
    path, before = tmp_path / "mail.log", tmp_path / "mail.log.1"
    path.write_text(lines(2))
    before.write_text(lines(1))
    assert taken(PostfixLog(path, HOST), 1, 2) == [1, 2]
    long_ago = time.time() - 8 * 24 * 3600
    os.utime(before, (long_ago, long_ago))
    assert taken(PostfixLog(path, HOST), 1, 2) == [2]


def test_a_log_that_is_not_there_is_an_error_and_not_a_no(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PostfixLog(tmp_path / "mail.log", HOST).accepted("<1@rekisteri.example>")


def written(message: Message) -> str:
    return lines(1).replace(f"<1@{HOST}>", message.message_id)


@pytest.mark.django_db(transaction=True)
def test_what_the_log_has_is_sent_and_does_not_go_again(
    relay: Relay, preparer: User, settings: Any, tmp_path: Path
) -> None:
    doubted, restored, new = post(preparer), post(preparer), post(preparer)
    Message.objects.filter(pk=doubted.pk).update(in_doubt=True)
    settings.RELAY_LOG = str(tmp_path / "mail.log")
    (tmp_path / "mail.log").write_text(written(doubted) + written(restored))
    outcome = outbox.deliver(NOW)
    assert (outcome.found, outcome.sent) == (2, 1)
    assert len(relay.accepted) == 1
    for message in (doubted, restored):
        message.refresh_from_db()
        assert (message.state, message.in_doubt, message.perhaps_twice) == (State.SENT, False, False)
        assert kinds(message) == [Kind.FOUND]
    assert kinds(new) == [Kind.HANDED_OVER]


@pytest.mark.django_db(transaction=True)
def test_a_doubt_that_the_log_does_not_confirm_is_sent_again_without_a_mark(
    relay: Relay, preparer: User, settings: Any, tmp_path: Path
) -> None:
    message = post(preparer)
    Message.objects.update(in_doubt=True)
    settings.RELAY_LOG = str(tmp_path / "mail.log")
    (tmp_path / "mail.log").touch()
    assert outbox.deliver(NOW).sent == 1
    message.refresh_from_db()
    assert (message.in_doubt, message.perhaps_twice) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_a_log_that_cannot_be_read_counts_as_none(relay: Relay, preparer: User, settings: Any, tmp_path: Path) -> None:
    message = post(preparer)
    Message.objects.update(in_doubt=True)
    settings.RELAY_LOG = str(tmp_path / "away.log")
    assert outbox.deliver(NOW).sent == 1
    message.refresh_from_db()
    assert message.perhaps_twice


@pytest.mark.django_db(transaction=True)
def test_the_mail_catcher_s_log_tells_what_it_has_kept(preparer: User, settings: Any, tmp_path: Path) -> None:
    with MailCatcher(tmp_path / "mail", log=tmp_path / "mail.log") as catcher:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", catcher.port
        settings.RELAY_LOG = str(tmp_path / "mail.log")
        message = post(preparer)
        assert outbox.deliver(NOW).sent == 1
        Message.objects.filter(pk=message.pk).delete()  # as if the database had been restored to a moment before
        message.save()
        assert outbox.deliver(NOW + timedelta(minutes=1)).found == 1
        assert len(catcher.letters()) == 1
