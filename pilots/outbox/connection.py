"""The line to the mail server: one connection for a whole run, one recipient at a time, every answer understood."""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings

from registry.lib.failpoints import reach

from .letters import ascii_address

WAIT_AFTER_THE_DOT = 600  # seconds: RFC 5321, 4.5.3.2.6


class SendingError(Exception):
    """A try that did not succeed; its words are shown to staff."""

    def __init__(self, words: str, *, broke: bool = False, maybe_accepted: bool = False) -> None:
        super().__init__(words[:500])
        self.broke = broke  # the connection ended in the middle
        self.maybe_accepted = maybe_accepted  # after the body had gone out: the server may have taken the mail


class NotNowError(SendingError):
    """The server said "not now" to this message, or the connection broke in it: the same bytes later."""


class RefusedError(SendingError):
    """The server said "never" to this message."""


class ClosedError(SendingError):
    """The server takes nothing from us: it cannot be reached."""


class NotLetInError(ClosedError):
    """The server takes nothing from us: it does not let us in, or not with our sender address. No message's fault."""


class LeaseLostError(Exception):
    """Another sender has taken the message over: the body was not sent."""


def _words(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('utf-8', 'replace')}"


def _wanted(code: int, answer: bytes, good: set[int]) -> None:
    """Raise what an answer that is not ``good`` means: 4xx later, 5xx never, 421 and 53x nothing for now."""
    if code in good:
        return
    if code in {530, 534, 535, 538}:
        raise NotLetInError(_words(code, answer))
    if 500 <= code < 600:
        raise RefusedError(_words(code, answer))
    raise NotNowError(_words(code, answer))


class Connection:
    """A connection that opens itself when it is first needed and again after it broke."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def close(self) -> None:
        """Take leave of the server, if we are talking; it does not matter whether it hears."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _open(self) -> smtplib.SMTP:
        """Return the open connection; raise ``ClosedError`` where there is none to have."""
        if self._smtp is not None:
            return self._smtp
        me = urlsplit(settings.BASE_URL).hostname or "localhost"
        host, port, wait = settings.EMAIL_HOST or "localhost", settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
        smtp: smtplib.SMTP | None = None
        try:
            if settings.EMAIL_USE_SSL:
                safely = ssl.create_default_context()
                smtp = smtplib.SMTP_SSL(host, port, local_hostname=me, timeout=wait, context=safely)
            else:
                smtp = smtplib.SMTP(host, port, local_hostname=me, timeout=wait)
            if settings.EMAIL_USE_TLS:
                smtp.starttls(context=ssl.create_default_context())
            if settings.EMAIL_HOST_USER:
                smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            smtp.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as fault:  # ssl errors are OSErrors
            if smtp is not None:
                smtp.close()
            kind = NotLetInError if isinstance(fault, smtplib.SMTPAuthenticationError) else ClosedError
            raise kind(f"{type(fault).__name__}: {fault}") from fault
        self._smtp = smtp
        return smtp

    def send(self, recipient: str, mail: bytes, *, sender: str, fence: Callable[[], bool]) -> str:
        """Send the frozen bytes from the envelope's ``sender`` to one recipient; return the server's answer.

        ``fence`` is asked after the server is ready for the body and before its first byte: False means that the
        message is another sender's by now. Raises ``LeaseLostError`` then, and a ``SendingError`` for every other end.
        """
        smtp = self._open()
        body_sent = False
        try:
            _sender_taken(*smtp.mail(sender))
            _wanted(*smtp.rcpt(ascii_address(recipient)), {250, 251})
            reach("after_rcpt")
            _wanted(*smtp.docmd("DATA"), {354})
            if not fence():
                raise LeaseLostError
            reach("before_body")
            assert smtp.sock is not None  # noqa: S101 - the command before was answered
            smtp.sock.settimeout(WAIT_AFTER_THE_DOT)
            body_sent = True
            smtp.send(re.sub(rb"(?m)^\.", b"..", mail) + (b"" if mail.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            reach("after_dot")
            code, answer = smtp.getreply()
            smtp.sock.settimeout(settings.EMAIL_TIMEOUT)
            _wanted(code, answer, {250})
        except (OSError, smtplib.SMTPException) as fault:
            self._drop()
            raise NotNowError(f"{type(fault).__name__}: {fault}", broke=True, maybe_accepted=body_sent) from fault
        except LeaseLostError:
            self._drop()  # the server waits for a body: only hanging up says that none comes
            raise
        except SendingError as trouble:
            self._start_over(str(trouble))
            raise
        return _words(code, answer)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _start_over(self, words: str) -> None:
        """Ready the connection for the next message after the server said no; hang up where it says goodbye (421)."""
        if words.startswith("421") or self._smtp is None:
            self._drop()
            return
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()


def _sender_taken(code: int, answer: bytes) -> None:
    """Raise where the server does not take our own sender address: that is no fault of the message or its reader."""
    if 500 <= code < 600:
        raise NotLetInError(_words(code, answer))
    _wanted(code, answer, {250})
