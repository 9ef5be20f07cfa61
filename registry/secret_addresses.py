"""Secret addresses: whoever has one is let in, so no log holds it, and no redirect sends it on unencrypted."""

from collections.abc import Callable
from contextlib import suppress

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.translation import override

from registry.headers import headers
from registry.lib.languages import LANGUAGES

Answer = Callable[[HttpRequest], HttpResponse]
PAGES = {"my_ics", "accept_invitation", "account_reset_password_from_key", "unsubscribe"}


def page_of(path: str) -> str:
    """Return the name of the page that a secret address leads to; empty for any other address.

    An address is secret too where the site would lead to its page: without the last slash, in capital letters, in the
    words of another language.
    """
    first, _, rest = path.lower().lstrip("/").partition("/")
    if first not in LANGUAGES:
        return ""
    for language in [first, *LANGUAGES]:
        for tail in (rest, f"{rest}/"):
            with override(language), suppress(Resolver404):  # addresses are translated
                name = str(resolve(f"/{language}/{tail}").url_name)
                return name if name in PAGES else ""
    return ""


def is_in_the_clear(request: HttpRequest) -> bool:
    """Whether a secret address came without TLS where the site has TLS: somebody may have read it on the way."""
    return settings.SECURE_SSL_REDIRECT and not request.is_secure() and page_of(request.path_info) != ""


class RefuseInTheClear:
    """Middleware before that which leads to TLS: it refuses a secret address that came without it."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response
        self._finish = SecurityMiddleware(get_response).process_response
        self._contain = CSPMiddleware(get_response).process_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return headers(self._refuse)(request) if is_in_the_clear(request) else self._get_response(request)

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        """Return the page that tells of it, in three languages, with the headers of every page."""
        told = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
        page = HttpResponse(render_to_string("in_the_clear.html"), status=403, headers=told)
        self._contain(request, page)
        self._finish(request, page)
        return page
