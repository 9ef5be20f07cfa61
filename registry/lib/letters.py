"""Letters: templates in three languages made into a subject and a body, and frozen as the bytes of one mail."""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template import Context, Engine, Template, TemplateSyntaxError, engines
from django.utils import translation
from django.utils.encoding import punycode

from registry.lib.mail_headers import POLICY
from registry.lib.plaintext import one_line, paragraphs

log = logging.getLogger(__name__)

UNKNOWN_LANGUAGE = ("fi", "sv")  # a reader of unknown language gets both national languages in one mail
SUBJECT_LENGTH = 200
NAME_LENGTH = 80
BETWEEN = "\n\n— — —\n\n"
SUBJECT_LINE = "Subject:"


@dataclass(frozen=True)
class Written:
    """A letter as text: its language (``fi``, ``sv``, ``en`` or ``fi+sv``), a subject of one line, a plain body."""

    language: str
    subject: str
    body: str


@lru_cache(maxsize=8)
def _engine(folders: tuple[str, ...]) -> Engine:
    """Return the template engine of mails: the engine of the pages, without HTML escaping."""
    pages: Engine = engines["django"].engine  # type: ignore[attr-defined]
    return Engine(dirs=list(folders), autoescape=False, libraries=pages.libraries, builtins=pages.builtins)


@lru_cache(maxsize=256)
def _parts(folders: tuple[str, ...], language: str, letter: str) -> tuple[Template, Template]:
    """Return the templates of subject and body. They are rendered apart: no name with a line end ends the subject."""
    name = f"mail/{language}/{letter}.txt"
    engine = _engine(folders)
    source = engine.get_template(name).source
    first, _, body = str(source).partition("\n")
    if not first.startswith(SUBJECT_LINE):
        raise TemplateSyntaxError(f"{name}: the first line is not “{SUBJECT_LINE} …”")
    return engine.from_string(first.removeprefix(SUBJECT_LINE)), engine.from_string(body)


def _in_one_language(letter: str, language: str, context: Mapping[str, Any]) -> Written:
    folders = tuple(str(Path(folder)) for folder in engines["django"].dirs)
    with translation.override(language):
        subject, body = _parts(folders, language, letter)
        given = {"base_url": settings.BASE_URL, "language": language, **context}
        return Written(
            language,
            one_line(subject.render(Context(given, autoescape=False)), SUBJECT_LENGTH, isolates=True),
            paragraphs(body.render(Context(given, autoescape=False))),
        )


def write(letter: str, language: str, context: Mapping[str, Any]) -> Written:
    """Return the letter of the templates ``mail/<language>/<letter>.txt``; ``language`` empty: Finnish and Swedish.

    A template has the ``context``, ``base_url`` (links: ``{{ base_url }}{% url … %}``) and ``language``. A template
    that is broken is logged and gives way to another language: a letter in the wrong language is better than none, and
    holds up no other. If all are broken, the last error is raised.
    """
    wanted = (language,) if language else UNKNOWN_LANGUAGE
    written: list[Written] = []
    error: Exception | None = None
    for code in (*wanted, *(code for code, _ in settings.LANGUAGES if code not in wanted)):
        if len(written) == len(wanted) or (written and code not in wanted):
            break
        try:
            written.append(_in_one_language(letter, code, context))
        except Exception as fault:
            error = fault
            log.exception("The letter %s cannot be written in %s", letter, code)
    if not written:
        raise error or LookupError(letter)
    if len(written) == 1:
        return written[0]
    half = SUBJECT_LENGTH // 2 - 2
    return Written(
        "+".join(part.language for part in written),
        " / ".join(one_line(part.subject, half, isolates=True) for part in written),
        BETWEEN.join(part.body.strip() for part in written) + "\n",
    )


def ascii_address(address: str) -> str:
    """Return the address with its domain in ASCII, for mail servers without extensions."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{punycode(domain)}"


def _mailbox(name: str, address: str) -> Address:
    return Address(display_name=one_line(name, NAME_LENGTH), addr_spec=ascii_address(address))


def new_message_id(key: str = "") -> str:
    """Return a Message-ID of our own host: always the same for a ``key``, unique without one."""
    place = uuid.uuid5(uuid.NAMESPACE_URL, settings.DEPLOYMENT_KEY)
    return f"<{uuid.uuid5(place, key) if key else uuid.uuid4()}@{urlsplit(settings.BASE_URL).hostname}>"


def freeze(
    written: Written,
    *,
    to: tuple[str, str],
    at: datetime,
    message_id: str,
    reply_to: tuple[str, str] | None = None,
    unsubscribe: str = "",
) -> bytes:
    """Return the whole mail as bytes with CRLF line ends; ``to`` and ``reply_to`` are (name, address)."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _mailbox(*parseaddr(settings.DEFAULT_FROM_EMAIL))
    mail["To"] = _mailbox(*to)
    if reply_to:
        mail["Reply-To"] = _mailbox(*reply_to)
    mail["Subject"] = written.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    mail.set_content(written.body, charset="utf-8", cte="quoted-printable")
    mail["Content-Language"] = written.language.replace("+", ", ")  # after the content, which clears such headers
    return mail.as_bytes()
