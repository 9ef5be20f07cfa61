"""The virus scanner: what it says is noted; where it is not there, slow or senseless, files wait and nobody is late."""

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pilots.mail.outbox import Verdict
from pilots.mail.reminders import last_look
from pilots.models import Attachment, Editor, Message, Proposal
from pilots.proposals import scanning
from pilots.proposals.waiting import waits_on_preparer
from regions.models import User
from registry.embedded import scanner as embedded
from registry.embedded.scanner import EICAR, scanner
from registry.lib import clamd, file_store
from tests.factories import make_attachment
from tests.files import docx, pdf, png
from tests.pilots.interest import address

pytestmark = pytest.mark.django_db


@pytest.fixture
def clam(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A scanner that speaks as clamd does."""
    settings.CLAMD = str(tmp_path / "clamd.sock")
    with scanner(tmp_path / "clamd.sock"):
        yield


@contextmanager
def answering(act: Callable[[Any], None]) -> Iterator[str]:
    """Run a server that does something else than clamd; give its address."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            act(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def waiting(proposal: Proposal, content: bytes, **fields: Any) -> Attachment:
    return make_attachment(proposal, content, scan=Attachment.Scan.WAITING, **fields)


def test_each_file_is_judged_once(clam: None, interest: Proposal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MOST", 1000)
    infected = docx(("word/media/note.txt", b"")) + EICAR
    files = [waiting(interest, content) for content in (pdf(), infected, png(), b"x" * 1001)]
    file_store.remove([files[2].stored])
    assert scanning.scan_waiting() == 4
    assert scanning.scan_waiting() == 0
    results = {one.pk: (one.scan, one.found) for one in Attachment.objects.all()}
    assert [results[one.pk] for one in files] == [
        ("clean", ""),
        ("infected", "Eicar-Test-Signature"),
        ("not_judged", "the file is missing"),
        ("not_judged", "INSTREAM size limit exceeded. ERROR"),
    ]


def test_a_file_that_is_held_back_waits_on_its_writers(clam: None, interest: Proposal, preparer: User) -> None:
    waiting(interest, EICAR, name="virus.pdf")
    scanning.scan_waiting()
    things = waits_on_preparer(preparer, timezone.now())
    assert [one.address for one in things if "virus.pdf" in one.text] == [address("attachments", interest)]


def silent(connection: Any) -> None:
    time.sleep(0.5)


def garbage(connection: Any) -> None:
    connection.sendall(b"\xff\xfe no such thing\0")
    connection.recv(100)


def closing(connection: Any) -> None:
    connection.close()


def dripping(connection: Any) -> None:
    for _ in range(50):
        time.sleep(0.05)
        connection.sendall(b"s")


@pytest.mark.parametrize("act", [silent, garbage, closing, dripping])
def test_a_scanner_that_does_not_work_makes_nobody_late(
    page: Client, interest: Proposal, settings: Any, monkeypatch: pytest.MonkeyPatch, act: Callable[[Any], None]
) -> None:
    monkeypatch.setattr(clamd, "WHOLE", 0.3)
    file = waiting(interest, pdf())
    interest.refresh_from_db()
    with answering(act) as settings.CLAMD:
        assert scanning.scan_waiting() == 0
        assert page.post(address("submit_proposal", interest), {"edition": interest.edition}).status_code == 302
    file.refresh_from_db()
    assert file.scan == "waiting"
    assert file.tried_at is not None


def test_files_wait_until_the_scanner_is_back(clam: None, interest: Proposal, settings: Any) -> None:
    there, settings.CLAMD = settings.CLAMD, "127.0.0.1:1"
    first, second = waiting(interest, pdf()), waiting(interest, png())
    assert scanning.scan_waiting() == 0
    assert [one.pk for one in Attachment.objects.waiting()] == [second.pk, first.pk], "another one is tried next"
    settings.CLAMD = there
    assert scanning.scan_waiting() == 2


def test_without_a_scanner_and_where_a_run_is_stopped_nothing_is_judged(
    clam: None, interest: Proposal, settings: Any
) -> None:
    waiting(interest, pdf())
    assert scanning.scan_waiting(may_continue=lambda: False) == 0
    settings.CLAMD = ""
    assert scanning.scan_waiting() == 0


def test_no_request_asks_the_scanner(page: Client, interest: Proposal, settings: Any) -> None:
    def fail(_connection: Any) -> None:
        raise AssertionError("a request asked the scanner")

    with answering(fail) as settings.CLAMD:
        waiting(interest, pdf())
        for name in ("attachments", "proposal", "check_proposal"):
            assert page.get(address(name, interest)).status_code == 200


def test_health_tells_of_a_scanner_that_is_away_for_an_hour(interest: Proposal, settings: Any, client: Client) -> None:
    where = "/health"
    file = waiting(interest, pdf())
    before = client.get(where).json()["reasons"]
    Attachment.objects.update(added_at=timezone.now() - timedelta(minutes=61))
    assert client.get(where).json()["reasons"] == before, "where no scanner is named, none is away"
    settings.CLAMD = "127.0.0.1:1"
    answer = client.get(where)
    assert (answer.status_code, answer.json()["reasons"]) == (503, [*before, "unscanned"])
    Attachment.objects.filter(pk=file.pk).update(scan="clean", scanned_at=timezone.now())
    assert client.get(where).json()["reasons"] == before


def test_who_added_a_file_that_is_held_back_is_told_without_its_name(
    clam: None, interest: Proposal, preparer: User, colleague: User, caplog: Any
) -> None:
    Editor.objects.create(proposal=interest, user=colleague, added_at=timezone.now(), added_by=preparer)
    for name in ("salainen.pdf", "toinen.pdf"):
        waiting(interest, pdf() + EICAR, name=name, added_by=colleague)
    waiting(interest, pdf())
    scanning.scan_waiting()
    [letter] = Message.objects.filter(letter="file_held_back")  # one a day, however many files
    assert (letter.user, letter.proposal) == (colleague, interest)
    assert "viruksen" in letter.body
    assert address("attachments", interest) in letter.body
    assert "salainen" not in letter.subject + letter.body
    assert last_look(letter, timezone.now()) is Verdict.SEND
    Editor.objects.filter(user=colleague).delete()
    assert last_look(letter, timezone.now()) is Verdict.CANCEL


def test_all_editors_are_told_of_a_file_whose_adder_has_left(
    clam: None, interest: Proposal, preparer: User, colleague: User, caplog: Any
) -> None:
    waiting(interest, pdf() + EICAR, added_by=colleague)
    scanning.scan_waiting()
    assert [letter.user for letter in Message.objects.filter(letter="file_held_back")] == [preparer]
