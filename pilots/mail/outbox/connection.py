"""The connection to the mail server: one for a whole run, one recipient at a time, every answer understood."""

import re
import select
import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings

from registry.lib.failpoints import reach
from registry.lib.letters import ascii_address
from registry.lib.plaintext import clean

from .protocols import MayContinue

STOPPING = 20.0  # seconds that an answer is awaited once the run is told to stop
AT_MOST_BEFORE_THE_BODY = 5.0  # seconds from the beginning of the fence to the first byte of the body
LOOK_UP = 0.5  # seconds between two looks whether the run is to stop
DOTS = re.compile(rb"(?m)^\.")
NOT_LET_IN = {530, 534, 535, 538}


class SendingError(Exception):
    """A try failed; staff see the words.

    ``broke``: the connection ended in the middle. ``doubt``: whether the server may have taken the mail all the same;
    None: the body was not sent, which says nothing of an earlier try.
    """

    def __init__(self, words: str, *, broke: bool = False, doubt: bool | None = None) -> None:
        super().__init__(clean(words)[:500])
        self.broke, self.doubt = broke, doubt


class NotNowError(SendingError):
    """The server says "not now", the connection broke, or the letter has to wait: the same bytes later."""


class RefusedError(SendingError):
    """The server said "never" to this message."""


class ClosedError(SendingError):
    """The server takes nothing from us: it was not reached, or refuses us or our sender. No message is at fault."""


class TooLateError(Exception):
    """This process stood still between the fence and the body: the body was not sent."""


def _words(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('utf-8', 'replace')}"


def _wanted(code: int, answer: bytes, good: set[int], *, doubt: bool | None = None) -> None:
    """Raise the error that an answer means which is not ``good``: 4xx later, 5xx never, 53x nothing for now."""
    if code in good:
        return
    kind: type[SendingError] = RefusedError if 500 <= code < 600 else NotNowError
    raise (ClosedError if code in NOT_LET_IN else kind)(_words(code, answer), doubt=doubt)


def ticking() -> float:
    """Return the seconds of a clock that runs on while this process, or the whole machine, stands still."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class _Patient(smtplib.SMTP):
    """The client of smtplib, which awaits each answer in small steps, and not for long once the run is to stop."""

    def __init__(self, host: str, port: int, *, may_continue: MayContinue, **options: object) -> None:
        self.may_continue, self.patience = may_continue, float(settings.EMAIL_TIMEOUT)
        super().__init__(host, port, timeout=settings.EMAIL_TIMEOUT, **options)  # type: ignore[arg-type]

    def getreply(self) -> tuple[int, bytes]:
        """Return the server's next answer. Raises ``TimeoutError`` after ``patience`` seconds."""
        sock = self.sock
        if sock is not None and not (isinstance(sock, ssl.SSLSocket) and sock.pending()):
            poll, end = select.poll(), time.monotonic() + self.patience
            poll.register(sock, select.POLLIN)
            while not poll.poll(LOOK_UP * 1000):
                if not self.may_continue():
                    end = min(end, time.monotonic() + STOPPING)
                    self.may_continue = lambda: True  # the end is set
                if time.monotonic() > end:
                    self.close()
                    raise TimeoutError("the mail server did not answer in time")
        return super().getreply()


class _PatientOverTLS(_Patient, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class Connection:
    """A connection that opens itself when it is needed, and again after it broke."""

    def __init__(self, may_continue: MayContinue = lambda: True) -> None:
        self._smtp: _Patient | None = None
        self._may_continue = may_continue

    @property
    def is_open(self) -> bool:
        """Whether the connection is open."""
        return self._smtp is not None

    def close(self) -> None:
        """Close the connection, with a farewell that the server need not hear."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _open(self) -> _Patient:
        """Return the open connection. Raises ``ClosedError`` if there is none to have."""
        if self._smtp is not None:
            return self._smtp
        me = urlsplit(settings.BASE_URL).hostname or "localhost"
        host, port = settings.EMAIL_HOST or "localhost", settings.EMAIL_PORT
        smtp: _Patient | None = None
        try:
            if settings.EMAIL_USE_SSL:
                safely = ssl.create_default_context()
                smtp = _PatientOverTLS(host, port, may_continue=self._may_continue, local_hostname=me, context=safely)
            else:
                smtp = _Patient(host, port, may_continue=self._may_continue, local_hostname=me)
            if settings.EMAIL_USE_TLS:
                smtp.starttls(context=ssl.create_default_context())
            if settings.EMAIL_HOST_USER:
                smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            smtp.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as fault:  # ssl errors are OSErrors
            if smtp is not None:
                smtp.close()
            raise ClosedError(f"{type(fault).__name__}: {fault}") from fault
        self._smtp = smtp
        return smtp

    def send(self, recipient: str, mail: bytes, *, sender: str, fence: Callable[[], None]) -> str:
        """Send the frozen bytes from the envelope's ``sender`` to one recipient; return the server's answer.

        ``fence`` is called after the server is ready for the body and before its first byte; whatever it raises ends
        the try without a body. Raises ``TooLateError`` if this process stood still there, else a ``SendingError``.
        """
        smtp = self._with_sender(sender)
        self._offer(smtp, recipient)
        at_most = min(AT_MOST_BEFORE_THE_BODY, settings.MAIL_LEASE / 2)
        began = ticking()
        try:
            fence()
            reach("before_body")
            if ticking() - began > at_most:
                raise TooLateError
        except BaseException:
            self._drop()  # the server waits for a body: only hanging up says that none comes
            raise
        return self._hand_over(smtp, mail)

    def _with_sender(self, sender: str) -> _Patient:
        """Return the connection once the server has taken our sender; if an open connection has ended, try another."""
        fresh = self._smtp is None
        smtp = self._open()
        try:
            code, answer = smtp.mail(sender)
        except (OSError, smtplib.SMTPException) as fault:
            self._drop()
            if fresh:
                raise ClosedError(f"{type(fault).__name__}: {fault}") from fault
            return self._with_sender(sender)
        if code == 250:
            return smtp
        self._start_over(code)
        if code == 421 and not fresh:
            return self._with_sender(sender)
        raise ClosedError(_words(code, answer))

    def _offer(self, smtp: _Patient, recipient: str) -> None:
        """Name the recipient and ask to send the body."""
        try:
            _wanted(*smtp.rcpt(ascii_address(recipient)), {250, 251})
            reach("after_rcpt")
            _wanted(*smtp.docmd("DATA"), {354})
        except (OSError, smtplib.SMTPException) as fault:
            self._drop()
            raise NotNowError(f"{type(fault).__name__}: {fault}", broke=True) from fault
        except ValueError as fault:  # an address that no command can hold
            self._start_over(0)
            raise RefusedError(f"{type(fault).__name__}: {fault}") from fault
        except SendingError as trouble:
            self._start_over(int(str(trouble)[:3]))
            raise

    def _hand_over(self, smtp: _Patient, mail: bytes) -> str:
        """Send the body and return the answer to it."""
        end = b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            assert smtp.sock is not None  # noqa: S101 - the command before was answered
            smtp.sock.settimeout(settings.SMTP_DOT_WAIT)
            smtp.patience = settings.SMTP_DOT_WAIT
            smtp.sock.sendall(DOTS.sub(b"..", mail) + end)
            reach("after_dot")
            code, answer = smtp.getreply()
            smtp.sock.settimeout(settings.EMAIL_TIMEOUT)
            smtp.patience = settings.EMAIL_TIMEOUT
        except Exception as fault:  # whatever it was, nobody heard the answer
            self._drop()
            raise NotNowError(f"{type(fault).__name__}: {fault}", broke=True, doubt=True) from fault
        if code != 250:
            self._start_over(code)
        _wanted(code, answer, {250}, doubt=False)
        return _words(code, answer)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _start_over(self, code: int) -> None:
        """Ready the connection for the next message after the server said no; hang up where it says goodbye (421)."""
        if code == 421 or self._smtp is None:
            self._drop()
            return
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()
