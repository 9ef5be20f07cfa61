"""Files that are downloaded: few at once, so that they never take the site from those who read and write its pages."""

import logging
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

log = logging.getLogger(__name__)
Arguments = ParamSpec("Arguments")
# The first half of the keys of the slots' locks, any numbers that nothing else locks. People who have signed in have
# slots of their own: readers do not stand before them.
ANYONE, SIGNED_IN = 0x66696C65, 0x66696C66
RETRY_AFTER = "30"  # seconds


class Slot:
    """One of the ``FILES_AT_ONCE`` slots: a lock of the database session that reads the file, and falls with it."""

    def __init__(self, kind: int, number: int) -> None:
        self.key = [kind, number]

    @classmethod
    def take(cls, kind: int) -> "Slot | None":
        """Return a slot that was free, over all processes; None where there is none."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT n FROM generate_series(1, %s) AS n WHERE pg_try_advisory_lock(%s, n) LIMIT 1",
                [settings.FILES_AT_ONCE, kind],
            )
            row = cursor.fetchone()
        return cls(kind, row[0]) if row else None

    def free(self) -> None:
        """Give the slot back; a session that was lost has lost its locks."""
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", self.key)


class _Portions:
    """The portions of a file, in a slot until the server closes it: at its end, or where the reader has gone."""

    def __init__(self, portions: Iterator[bytes], slot: Slot, request: HttpRequest) -> None:
        self._portions, self._slot, self._request = portions, slot, request

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._portions
        except Exception:
            # The server cuts the connection before the last chunk: the browser says that the download has failed.
            log.error("A file was broken off: %s", self._request.path)
            cut(self._request.META)
            raise

    def close(self) -> None:
        """Give the slot back."""
        self._slot.free()


def cut(environ: Mapping[str, Any]) -> None:
    """Reset a connection of HTTP/1.0: there the plain end of a connection is the end of a whole file."""
    connected = environ.get("gunicorn.socket")
    if connected is not None and environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        with suppress(OSError):
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connected.close()


def few_at_once(view: Callable[Arguments, HttpResponseBase]) -> Callable[Arguments, HttpResponseBase]:
    """Let a view answer with a file if a slot is free, which it holds until the file is sent; with 429 if none is.

    Whoever asks for the headers alone gets them without a slot, and no row is read.
    """

    @wraps(view)
    def limited(*args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        request: Any = args[0]
        if request.method == "HEAD":
            return _without_content(view(*args, **kwargs))
        slot = Slot.take(SIGNED_IN if request.user.is_authenticated else ANYONE)
        if slot is None:
            return _too_many(request)
        try:
            response = view(*args, **kwargs)
        except BaseException:
            slot.free()
            raise
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _Portions(iter(response), slot, request)
        else:
            slot.free()
        return response

    return limited


def _without_content(response: Any) -> HttpResponseBase:
    """Return the answer without a content to be streamed."""
    if response.streaming:
        response.streaming_content = []
    return response  # type: ignore[no-any-return]


def _too_many(request: HttpRequest) -> HttpResponse:
    """Return the page that asks to come for the file a little later."""
    response = render(request, "429_files.html", {"again": request.get_full_path()}, status=429)
    response.headers["Retry-After"] = RETRY_AFTER
    return response
