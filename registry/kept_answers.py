"""Public pages are rendered once for each version of the registry; whether that is needed is decided before the view.

What a reader without a session is shown depends on the address, the registry's version and the moment, and the moment
matters only at *boundaries*: a day begins in Finland (stages, posts and evidence are of a day), a step of a round opens
or closes. So the ETag of a public address is made of the address, the version and the next boundary. A browser that has
that ETag is answered 304; else the answer is taken from memory, or rendered and kept. A change is seen by the very next
reader, for its transaction has raised the version. A request with a cookie of ours is never answered from here.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

import brotli
from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from pilots.models import next_boundary
from registry.lib.dates import next_midnight
from registry.lib.versions import version_for

Answer = Callable[[HttpRequest], HttpResponseBase]
KEEPABLE = "public, no-cache"  # what ``registry.headers`` says of a page that anybody may keep
# An address is kept without parameters, with a page, with a day, or with both, in this order and written like this, or
# with another view of the list alone. The filters and words of readers are too many: those pages have an ETag, and are
# rendered.
DAY, PAGE, VIEW = r"pvm=\d{4}-\d\d-\d\d", r"page=[1-9]\d{0,3}", "view=(cards|map)"
KEPT_QUERY = re.compile(f"({DAY})?|{PAGE}|{DAY}&{PAGE}|{VIEW}")
BROTLI: Callable[..., bytes] = brotli.compress  # it has no types
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda content: BROTLI(content, quality=5),
    "gzip": lambda content: gzip.compress(content, compresslevel=6),
}


@dataclass(frozen=True)
class State:
    """What public pages depend on beside their address: the registry's version, and the time in which it holds."""

    version: int
    since: datetime
    until: datetime

    def holds(self, version: int | None, at: datetime) -> bool:
        """Whether the state is that of ``version`` at ``at``."""
        return version == self.version and self.since <= at < self.until

    def etag(self, request: HttpRequest) -> str:
        """Return the ETag of the address that is asked for; weak, for a compressed answer is the same page."""
        seen = f"{request.get_full_path()}\n{self.version}\n{self.until.isoformat()}"
        return f'W/"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


@dataclass
class Kept:
    """An answer that is kept: its headers, and its content as it is and as it was compressed."""

    headers: dict[str, str]
    content: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many bytes the answer takes."""
        return sum(map(len, self.content.values()))

    def answer(self, encoding: str) -> HttpResponse:
        """Return the answer in an encoding that it has."""
        response = HttpResponse(self.content[encoding], headers=self.headers)
        if encoding:
            response.headers["Content-Encoding"] = encoding
        response.headers["Content-Length"] = str(len(self.content[encoding]))
        return response


def _encoding(request: HttpRequest) -> str:
    """Return the best encoding that the request accepts; "" for none."""
    accepted = {}
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, quality = part.replace(" ", "").partition(";q=")
        accepted[name] = quality.strip("0.") != "" or not quality
    return next((encoding for encoding in COMPRESS if accepted.get(encoding)), "")


class KeptAnswers:
    """Middleware that answers readers without a session by 304 or from memory, where that is the same page.

    It keeps at most ``KEPT_MEGABYTES`` in each process; those that were asked for longest ago go first. With 0 it does
    nothing.
    """

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response
        self._lock = Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._state: State | None = None
        self._bytes = 0

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        state = self._state_for(request)
        if state is None:
            return self._get_response(request)
        etag = state.etag(request)
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            return _not_modified(etag)
        kept = self._find(etag)
        if kept is None:
            response = self._get_response(request)
            if response.status_code != 200 or response.headers.get("Cache-Control") != KEEPABLE:
                return response
            response.headers["ETag"] = etag
            patch_vary_headers(response, ("Cookie", "Accept-Encoding"))
            if not isinstance(response, HttpResponse) or request.method != "GET" or not _may_fill(request):
                return response
            kept = Kept(dict(response.items()), {"": response.content})
            self._keep(etag, kept, state)
        encoding = _encoding(request)
        self._compress(etag, kept, encoding)
        return kept.answer(encoding)

    def _state_for(self, request: HttpRequest) -> State | None:
        """Return the state in which the request is answered; None where it is answered as if nothing were kept."""
        if not settings.KEPT_MEGABYTES or request.method not in {"GET", "HEAD"} or _has_our_cookie(request):
            return None
        request.get_host()  # a host that is not ours is refused
        try:
            version, at = version_for(request), timezone.now()
            if version is None or (self._state and self._state.holds(version, at)):
                return self._state if version else None
            state = State(version, at, min(filter(None, (next_midnight(at), next_boundary(at)))))
        except Error:
            return None  # a page that needs no database is shown without it
        with self._lock:
            self._state, self._bytes = state, 0
            self._kept.clear()
        return state

    def _find(self, etag: str) -> Kept | None:
        with self._lock:
            if etag in self._kept:
                self._kept.move_to_end(etag)
            return self._kept.get(etag)

    def _keep(self, etag: str, kept: Kept, state: State) -> None:
        """Keep an answer that was rendered within the state, if the process is still in it."""
        with self._lock:
            if self._state != state or not state.holds(state.version, timezone.now()) or etag in self._kept:
                return
            self._kept[etag] = kept
            self._grow(kept.size)

    def _compress(self, etag: str, kept: Kept, encoding: str) -> None:
        """Compress an answer as its reader can read it, if that was not done yet."""
        if encoding in kept.content:
            return
        content = COMPRESS[encoding](kept.content[""])
        with self._lock:
            is_new = encoding not in kept.content
            kept.content[encoding] = content
            if is_new and self._kept.get(etag) is kept:
                self._grow(len(content))

    def _grow(self, more: int) -> None:
        """Count the bytes that came, and let the oldest answers go until all fit."""
        self._bytes += more
        while self._bytes > settings.KEPT_MEGABYTES * 1_000_000:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size


def _has_our_cookie(request: HttpRequest) -> bool:
    """Whether the request brings a cookie that may change what is shown: a session, a form's token, a message."""
    ours = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages"}
    return not ours.isdisjoint(request.COOKIES)


def _may_fill(request: HttpRequest) -> bool:
    return KEPT_QUERY.fullmatch(request.META.get("QUERY_STRING", "")) is not None


def _not_modified(etag: str) -> HttpResponse:
    return HttpResponseNotModified(headers={"ETag": etag, "Cache-Control": KEEPABLE, "Vary": "Cookie, Accept-Encoding"})
