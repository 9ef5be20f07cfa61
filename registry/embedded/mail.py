"""A mail catcher: takes every letter, keeps it as a file, shows it on a page. Sends nothing anywhere.

``python -m registry.embedded.mail FOLDER SMTP_PORT HTTP_PORT [LOG [MAILDIR]]``. The log tells of each
letter as Postfix does; letters can come back into the Maildir.
"""

import email
import email.policy
import html
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from registry.embedded import returns

HOST = "127.0.0.1"
SHOWN = 200  # letters on the page
RETURNS = "palautuu."  # a demo address that does not work begins so
MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(<[!-~]+>)")
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
STYLE = """
body { font: 1rem/1.5 "Source Sans 3", system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  color: #222; background: #fff; color-scheme: light dark; overflow-wrap: anywhere; }
a { color: #2a6ebb; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid #c8cdd0; }
form { display: inline-block; margin: 1rem 1rem 0 0; } button { font: inherit; padding: .25rem .75rem; }
pre { white-space: pre-wrap; font: inherit; border-top: 1px solid #c8cdd0; padding-top: 1rem; }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #16181a; } a { color: #8ab6e8; } }
"""


class Keeper:
    """Writes each letter that SMTP brings into its own file, whole or not at all.

    A letter to an address that begins with ``RETURNS`` comes back into the Maildir: there is no such mailbox.
    """

    def __init__(self, folder: Path, log: Path | None = None, box: Path | None = None) -> None:
        """Take the folder and the log, made if there are none, and the Maildir that letters come back to."""
        self.folder, self.log, self.box = folder, log, box
        folder.mkdir(parents=True, exist_ok=True)
        if log is not None:
            log.touch()
        self.numbers = count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the letter (aiosmtpd's name) and answer the sender; the envelope goes into two header lines."""
        name = f"{time.time_ns():020d}-{next(self.numbers):06d}"
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        lines = [f"X-Envelope-From: {envelope.mail_from}", *(f"X-Envelope-To: {to}" for to in envelope.rcpt_tos)]
        new = self.folder / f".{name}"
        new.write_bytes("".join(f"{line}\r\n" for line in lines).encode() + raw)
        kept = new.rename(self.folder / f"{name}.eml")
        if self.box is not None and any(to.startswith(RETURNS) for to in envelope.rcpt_tos):
            returns.send_back(kept.read_bytes(), "return", self.box)
        self.tell(f"{time.time_ns():X}", raw, envelope)
        return "250 OK: kept"

    def tell(self, queue_id: str, raw: bytes, envelope: Envelope) -> None:
        """Write into the log, in Postfix's two lines, that the letter has been taken: before the sender hears of it."""
        message_id = MESSAGE_ID.search(raw.partition(b"\r\n\r\n")[0])
        if self.log is None or message_id is None:
            return
        begin, number = f"{datetime.now(UTC).isoformat()} {HOST} postfix/", f"[{os.getpid()}]: {queue_id}: "
        size = f"size={len(raw)}, nrcpt={len(envelope.rcpt_tos)}"
        lines = [
            f"{begin}cleanup{number}message-id={message_id[1].decode()}\n",
            f"{begin}qmgr{number}from=<{envelope.mail_from}>, {size} (queue active)\n",
        ]
        with self.log.open("a") as log:
            log.write("".join(lines))


class MailCatcher:
    """A real SMTP server on the loopback; ``port`` 0 takes a free one. Use as a context manager in tests."""

    def __init__(self, folder: Path, port: int = 0, log: Path | None = None, box: Path | None = None) -> None:
        """Take the folder of the letters, the log that tells of them, and the Maildir that letters come back to."""
        self.folder = folder
        self.controller = Controller(
            Keeper(folder, log, box), hostname=HOST, port=port or free_port(), data_size_limit=30_000_000
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.controller.port)

    @property
    def url(self) -> str:
        """EMAIL_URL of this server."""
        return f"smtp://{HOST}:{self.port}"

    def __enter__(self) -> "MailCatcher":
        self.controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.stop()

    def letters(self) -> list[EmailMessage]:
        """Return the letters that have come, oldest first."""
        return [read(path) for path in sorted(self.folder.glob("*.eml"))]


def free_port() -> int:
    """Return a loopback port that nobody uses at this moment."""
    with ThreadingHTTPServer((HOST, 0), BaseHTTPRequestHandler) as server:
        return int(server.server_address[1])


def read(path: Path) -> EmailMessage:
    """Return a kept letter."""
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(letter, EmailMessage)  # noqa: S101 (the policy makes it so)
    return letter


def field(letter: EmailMessage, name: str) -> str:
    """Return a header as text; a broken one is shown as it came."""
    try:
        return str(letter.get(name, ""))
    except (ValueError, LookupError, IndexError, AttributeError):  # what the parser raises on hostile headers
        return next((str(value) for key, value in letter.raw_items() if key.lower() == name.lower()), "")


def body(letter: EmailMessage) -> str:
    """Return the plain text of a letter."""
    part = letter.get_body(("plain",))
    if part is None:
        return "(This letter has no plain text.)"
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # an unknown or a wrong character set
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload)


def linked(text: str) -> str:
    """Return ``text`` escaped, its addresses as links."""
    return "".join(_linked(text))


def _linked(text: str) -> Iterator[str]:
    at = 0
    for match in LINK.finditer(text):
        address = html.escape(match[0])
        yield html.escape(text[at : match.start()])
        yield f'<a href="{address}">{address}</a>'
        at = match.end()
    yield html.escape(text[at:])


def page(title: str, content: str) -> bytes:
    """Return a whole page; ``title`` is escaped here, ``content`` by whoever made it."""
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    )
    style = '<link rel="stylesheet" href="/style.css">'
    return f'<!doctype html><html lang="en"><head>{head}{style}</head><body>{content}</body></html>'.encode()


def list_page(folder: Path, only_to: str = "") -> bytes:
    """Return the page of the newest letters, or of those to one address."""
    rows = []
    for path in sorted(folder.glob("*.eml"), reverse=True):
        letter = read(path)
        if only_to and only_to.lower() not in field(letter, "To").lower():
            continue
        subject = html.escape(field(letter, "Subject") or "(no subject)")
        cells = "".join(f"<td>{html.escape(field(letter, name))}</td>" for name in ("From", "To", "Date"))
        rows.append(f'<tr><th scope="row"><a href="/{path.name}">{subject}</a></th>{cells}</tr>')
        if len(rows) == SHOWN:
            break
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Subject", "From", "To", "Date"))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    text = table if rows else "<p>No letters yet. Letters that the portal sends come here and go nowhere else.</p>"
    return page("Mail catcher", f"<main><h1>Mail catcher</h1>{text}</main>")


def buttons(name: str) -> str:
    """Return the forms that let a letter come back."""
    acts = {"return": "Return it as undeliverable", "delay": "Say that it is delayed"}
    return "".join(
        f'<form method="post" action="/{name}/{fate}"><button>{words}</button></form>' for fate, words in acts.items()
    )


def letter_page(path: Path, *, returnable: bool = False) -> bytes:
    """Return the page of one letter, with buttons where it may come back."""
    letter = read(path)
    subject = field(letter, "Subject") or "(no subject)"
    names = ("From", "To", "Date")
    rows = "".join(f'<tr><th scope="row">{n}</th><td>{html.escape(field(letter, n))}</td></tr>' for n in names)
    acts = buttons(path.name) if returnable else ""
    text = f"<table>{rows}</table>{acts}<pre>{linked(body(letter))}</pre>"
    return page(subject, f'<main><p><a href="/">All letters</a></p><h1>{html.escape(subject)}</h1>{text}</main>')


class Pages(BaseHTTPRequestHandler):
    """Two pages: the letters, and one letter, which can be sent back."""

    folder: ClassVar[Path]
    box: ClassVar[Path | None]  # the Maildir that reports go to

    def do_GET(self) -> None:
        """Answer a page (the library's name)."""
        address = urlsplit(self.path)
        name = address.path.removeprefix("/")
        if name == "":
            self.answer(list_page(self.folder, parse_qs(address.query).get("to", [""])[0]))
        elif name == "style.css":
            self.answer(STYLE.encode(), kind="text/css")
        elif re.fullmatch(r"\d+-\d+\.eml", name) and (self.folder / name).exists():
            self.answer(letter_page(self.folder / name, returnable=self.box is not None))
        else:
            self.answer(page("Not found", "<main><h1>There is no such letter</h1></main>"), status=404)

    def do_POST(self) -> None:
        """Let a letter come back, if the button was on our own page (the library's name)."""
        wanted = re.fullmatch(r"/(\d+-\d+\.eml)/(return|delay)", self.path)
        if urlsplit(self.headers.get("Origin", "")).netloc != self.headers.get("Host"):
            self.answer(page("Refused", "<main><h1>Another site asked for this</h1></main>"), status=403)
        elif self.box is None or wanted is None or not (self.folder / wanted[1]).exists():
            self.answer(page("Not found", "<main><h1>There is no such letter</h1></main>"), status=404)
        elif not returns.send_back((self.folder / wanted[1]).read_bytes(), wanted[2], self.box):
            self.answer(page("No sender", "<main><h1>The letter names nobody to tell</h1></main>"), status=409)
        else:
            told = "A report is on its way. The portal reads it at its next sweep, within a minute."
            back = f'<p><a href="/{wanted[1]}">Back to the letter</a></p>'
            self.answer(page("Told", f"<main><h1>Told</h1><p>{told}</p>{back}</main>"))

    def answer(self, content: bytes, kind: str = "text/html", status: int = 200) -> None:
        """Send ``content`` with headers that allow nothing but our style sheet."""
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "same-origin")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
        """Keep the log for letters."""


def page_server(folder: Path, port: int, box: Path | None = None) -> ThreadingHTTPServer:
    """Return the web server of the pages, not yet serving; ``box``: the Maildir for letters that come back."""
    return ThreadingHTTPServer((HOST, port), type("PagesOfFolder", (Pages,), {"folder": folder, "box": box}))


def main(folder: str, smtp_port: str, http_port: str, log: str = "", box: str = "") -> None:
    """Serve until told to end."""
    maildir = returns.maildir(Path(box)) if box else None
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    done = threading.Event()
    catcher = MailCatcher(Path(folder), int(smtp_port), Path(log) if log else None, maildir)
    with catcher, page_server(Path(folder), int(http_port), maildir) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done.wait()
        server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
