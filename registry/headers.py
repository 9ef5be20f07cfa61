"""Response headers that no library sets: isolation, what may be kept and for how long, what the browser may use."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]

POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"

# A picture, opened alone, is a page of its own: it loads nothing and stands in no frame.
NOTHING = ("default-src", "base-uri", "form-action", "frame-ancestors")
STATIC_POLICY = "; ".join([*(f"{name} 'none'" for name in NOTHING), "require-trusted-types-for 'script'"])
RETRY_AFTER = "60"  # seconds, where a limit says nothing of its own


def _personal(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the answer may be someone's own: they brought a session, sent a form, are given a cookie, or sign in."""
    brought = settings.SESSION_COOKIE_NAME in request.COOKIES
    match = request.resolver_match
    signs_in = match is not None and (match.url_name or "").startswith("account_")
    return brought or bool(response.cookies) or request.method not in ("GET", "HEAD") or signs_in


def _ends_session(response: HttpResponse) -> bool:
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie is not None and cookie["max-age"] == 0


def of_a_static_file(headers: Any, path: str, url: str) -> None:
    """Add to a static file the headers that pages have: it is served before the middleware that adds them there."""
    headers["Content-Security-Policy"] = STATIC_POLICY
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = POLICY


def headers(get_response: Answer) -> Answer:
    """Return middleware that adds the isolation headers and says what may be kept.

    A public page may be kept by anybody and is asked for again by its ETag, so that what was withdrawn is gone at
    once; what a signed-in person was shown is never stored; signing out clears what the browser has of the site.
    The user is not asked for here: the answer to a fault of the database needs these headers too.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", POLICY)
        if _personal(request, response) or response.status_code >= 500:
            response.headers["Cache-Control"] = "no-store"
        else:
            response.headers.setdefault("Cache-Control", "public, no-cache")
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", RETRY_AFTER)
        if _ends_session(response):
            response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return response

    return middleware
