"""The log of what matters to security: one line of JSON for each event, with the time in UTC, account and request.

An event says what happened, never what was typed: no password, no link, no address of mail.
"""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

log = logging.getLogger("security")
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_number: ContextVar[str] = ContextVar("number", default="")


@contextmanager
def during(request: HttpRequest) -> Iterator[None]:
    """Let the events that happen while the block runs be events of ``request``, under a number of its own."""
    tokens = _request.set(request), _number.set(uuid.uuid4().hex)
    try:
        yield
    finally:
        _request.reset(tokens[0])
        _number.reset(tokens[1])


def client_address(request: HttpRequest) -> str:
    """Return the address that the request came from, as the proxies report it; else that of the connection.

    A number of proxies that does not fit what they report is a fault of the installation, and no reason to answer 500.
    """
    try:
        address = get_client_ip(request)
    except ImproperlyConfigured as fault:
        logging.getLogger(__name__).error("PROXIES does not fit what the proxies report: %s", fault)
        address = None
    return str(address or request.META.get("REMOTE_ADDR") or "unknown")


def note(event: str, **facts: Any) -> None:
    """Write an event. ``facts``: ``account``, the number of the account that it is about, and what else is to know."""
    request = _request.get()
    if request is not None:
        user = getattr(request, "user", None)
        facts = {
            "by": getattr(user, "pk", None),
            "address": client_address(request),
            "request": _number.get(),
            **facts,
        }
    log.info(event, extra={"facts": facts})
