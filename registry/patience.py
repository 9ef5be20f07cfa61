"""How long a request may keep the database: readers a little, writers longer. What was typed is never lost by it.

A web server's session reads under the short limits of its connection (``STATEMENT_SECONDS``): nobody who reads stands
long before those who write. A request that writes sets longer limits of its own and takes them back.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from registry.request_guard import AS_TYPED

Answer = Callable[[HttpRequest], HttpResponse]
NOT_NOW = (OperationalError, InterfaceError)  # a limit was met, a lock was not got, the database is away
READS = {"GET", "HEAD", "OPTIONS"}
WRITING = {"statement_timeout": "20s", "lock_timeout": "5s"}
RETRY_AFTER = "10"  # seconds
NOT_SHOWN = {"csrfmiddlewaretoken", "ticket"}


class Patience:
    """Middleware that gives writing requests their own limits, and answers 503 where a limit was met."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if not settings.STATEMENT_SECONDS or request.method in READS:
            return self._get_response(request)
        with _longer():
            return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer that the service is busy, if that is what the exception says."""
        return busy(request) if isinstance(exception, NOT_NOW) else None


@contextmanager
def _longer() -> Iterator[None]:
    """Let statements take as long as writing may, while the block runs."""
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = '{most}'" for name, most in WRITING.items()))
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:  # a session that has ended has taken its limits with it
            cursor.execute("; ".join(f"RESET {name}" for name in WRITING))


def show_fault(request: HttpRequest) -> HttpResponse:
    """Answer a fault that no view met, such as a session that could not be read: with 503 if the database is away."""
    if isinstance(sys.exc_info()[1], NOT_NOW):
        return busy(request)
    return server_error(request)


def busy(request: HttpRequest) -> HttpResponse:
    """Return the page that asks to try again, with all that was typed and a button that sends it once more."""
    sent = [(name, value) for name, values in request.POST.lists() for value in map(str, values)]
    secret = any(AS_TYPED in name for name, _ in sent)
    shown = {
        "path": request.get_full_path(),
        "fields": [] if secret else sent,
        "words": [value for name, value in sent if name not in NOT_SHOWN and " " in value and not secret],
    }
    answer = HttpResponse(render_to_string("503.html", shown), status=503)
    answer.headers["Retry-After"] = RETRY_AFTER
    return answer
