"""The mail catcher: a real SMTP server that keeps letters, and its page."""

import smtplib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from pilots.mail.outbox import reports
from registry.embedded import mail
from registry.embedded.mail import MailCatcher


def letter(subject: str = "Aihe", text: str = "Hei") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@rekisteri.example", "b@liitto.example", subject
    message.set_content(text)
    return message


def send(catcher: MailCatcher, message: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=10) as line:
        line.send_message(message)


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[MailCatcher]:
    with MailCatcher(tmp_path / "mail") as catcher:
        yield catcher


@pytest.fixture
def address(catcher: MailCatcher) -> Iterator[str]:
    with mail.page_server(catcher.folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def test_a_letter_is_kept_whole_with_its_envelope(catcher: MailCatcher) -> None:
    send(catcher, letter("Määräaika lähestyy", "Ehdotustasi ei ole vielä lähetetty.\n.\nPiste rivillä."))
    (kept,) = catcher.letters()
    assert kept["Subject"] == "Määräaika lähestyy"
    assert kept["X-Envelope-To"] == "b@liitto.example"
    assert mail.body(kept).splitlines() == ["Ehdotustasi ei ole vielä lähetetty.", ".", "Piste rivillä."]


def test_letters_are_listed_newest_first_and_by_address(catcher: MailCatcher, address: str) -> None:
    for n in (1, 2, 3):
        send(catcher, letter(f"Kirje {n}"))
    page = read(address)
    assert page.index("Kirje 3") < page.index("Kirje 2") < page.index("Kirje 1")
    assert "Kirje" not in read(f"{address}?to=other@liitto.example")
    assert "Kirje 1" in read(f"{address}?to=b@liitto.example")


def test_an_empty_catcher_says_what_it_is_for(address: str) -> None:
    assert "No letters yet" in read(address)


def test_links_can_be_followed_and_markup_is_shown_as_text(catcher: MailCatcher, address: str) -> None:
    send(catcher, letter("<script>1</script>", 'Jatka: http://localhost:8000/fi/x?a=1&b=2. <img src=x onerror="1">'))
    (path,) = catcher.folder.glob("*.eml")
    page = read(address + path.name)
    assert '<a href="http://localhost:8000/fi/x?a=1&amp;b=2">' in page
    assert "<script>" not in page + read(address)
    assert "<img" not in page


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: =?nowhere?q?=FF?=\r\nContent-Type: text/plain; charset=nowhere\r\n\r\n\xff",
        b'From: <<>>,,\r\nDate: never\r\nTo: "\r\nContent-Type: multipart/mixed\r\n\r\nx',
        b"Content-Type: text/html\r\n\r\n<b>x</b>",
    ],
)
def test_a_broken_letter_is_shown_all_the_same(catcher: MailCatcher, address: str, raw: bytes) -> None:
    (catcher.folder / "00000000000000000001-000001.eml").write_bytes(raw)
    assert "<h1>Mail catcher</h1>" in read(address)
    assert "<h1>" in read(f"{address}00000000000000000001-000001.eml")


def test_the_pages_allow_no_script_and_are_not_stored(address: str) -> None:
    with urllib.request.urlopen(address, timeout=10) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    assert "font:" in read(f"{address}style.css")


@pytest.mark.parametrize("path", ["../secret-key", "..%2fsecret-key", "x.eml", "1-1.eml"])
def test_nothing_but_letters_is_served(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        read(address + path)
    refusal.value.close()
    assert refusal.value.code == 404


def kept(catcher: MailCatcher, sender: str = "palautus+7-00@pilotit.example") -> Path:
    """Return the file of a letter that came from an envelope's sender."""
    with smtplib.SMTP("127.0.0.1", catcher.port) as smtp:
        smtp.sendmail(sender, ["joku@kunta.example"], b"Subject: Aihe\r\nTo: joku@kunta.example\r\n\r\nHei\r\n")
    return sorted(catcher.folder.glob("*.eml"))[-1]


@pytest.fixture
def returning(catcher: MailCatcher, tmp_path: Path) -> Iterator[str]:
    """The address of a catcher whose letters can come back."""
    with mail.page_server(catcher.folder, 0, tmp_path / "returned") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def press(address: str, path: str, origin: str = "") -> int:
    """Press a button of a letter's page; return the status of the answer."""
    request = urllib.request.Request(f"{address}{path}", data=b"", headers={"Origin": origin or address})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


@pytest.mark.parametrize(("fate", "action", "status"), [("return", "failed", "5.1.1"), ("delay", "delayed", "4.2.2")])
def test_a_letter_comes_back_as_a_report_of_delivery(
    catcher: MailCatcher, returning: str, tmp_path: Path, fate: str, action: str, status: str
) -> None:
    assert press(returning, f"/{kept(catcher).name}/{fate}") == 200
    (report,) = (tmp_path / "returned" / "new").iterdir()
    returned = reports.read(report.read_bytes())
    assert "palautus+7-00@pilotit.example" in returned.addresses
    assert returned.blocks
    assert returned.blocks[0].recipients == {"joku@kunta.example"}
    assert status in returned.blocks[0].words
    assert f"Action: {action}" in report.read_text()


def test_the_buttons_are_there_where_letters_can_come_back(catcher: MailCatcher, returning: str, address: str) -> None:
    name = kept(catcher).name
    assert "Return it as undeliverable" in read(f"{returning}/{name}")
    with urllib.request.urlopen(f"{returning}/{name}", timeout=10) as answer:
        assert answer.headers["Referrer-Policy"] == "same-origin", "else a browser does not say where a form was"
    assert "<button" not in read(f"{address}{name}")
    assert press(address.rstrip("/"), f"/{name}/return") == 404


def test_another_site_returns_nothing(catcher: MailCatcher, returning: str, tmp_path: Path) -> None:
    name = kept(catcher).name
    assert press(returning, f"/{name}/return", "https://muu.example") == 403
    assert press(returning, f"/{name}/burn") == 404
    assert press(returning, "/../../etc/passwd/return") == 404
    assert not list((tmp_path / "returned").rglob("new/*"))


def test_a_letter_without_a_sender_comes_back_to_nobody(catcher: MailCatcher, returning: str) -> None:
    path = kept(catcher)
    path.write_bytes(b"Subject: Aihe\r\n\r\nHei\r\n")
    assert press(returning, f"/{path.name}/return") == 409
