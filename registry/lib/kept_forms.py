"""What someone typed into a form that could not be done as it stood: kept, so that it can be shown again.

A form that comes after its session had ended is kept until its writer is back. It stands in the session of the browser
it came from, and ends with that. Such a form carries a ticket: to whom it was given and where it is saved, signed.
Nothing is kept without a ticket, so that nobody fills the database from outside.

A form of a signed-in user that comes back with faults, with a conflict or with a question is kept in a row of its own,
and the answer leads to an address that shows it: no page of ours asks to send a form again. Nobody is shown what
another one typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core import signing
from django.http import HttpRequest, QueryDict

FIELD = "ticket"
SALT = "registry.unsaved"
KEY = "unsaved"
VALID_FOR = 14 * 24 * 3600  # seconds that a form may lie open in a browser
FROM_KEPT = "_kept"  # in the form that saves what was kept over an ended session
NOT_TYPED = {FIELD, FROM_KEPT, "csrfmiddlewaretoken"}
LANGUAGE = "_language"  # the button that shows a form in another language, with what is typed, and does nothing else
SHOWN_AT = "kept"  # the parameter of an address that shows a kept form
SHOWN_FOR = timedelta(days=1)
WITHHELD = "password"  # in the name of a field: such a form is not kept


@dataclass(frozen=True)
class Unsaved:
    """What was typed, and the address of the form that was to save it."""

    path: str
    posted: QueryDict

    def fields(self) -> list[tuple[str, str]]:
        """Return every name and value as it was sent."""
        return [(name, value) for name, values in self.posted.lists() for value in values]

    def words(self) -> list[str]:
        """Return the values that read as words."""
        return [value for _name, value in self.fields() if len(value.split()) > 1]


def ticket(user_pk: int, path: str) -> str:
    """Return the ticket of a form at ``path`` that is shown to the account ``user_pk``."""
    return signing.dumps([user_pk, path], salt=SALT)


def _stored(request: HttpRequest, user_pk: int, place: Any) -> dict[str, Any]:
    typed = request.POST.copy()
    for name in NOT_TYPED:
        typed.pop(name, None)
    return {"user": user_pk, "path": place, "posted": typed.urlencode()}


def keep(request: HttpRequest) -> bool:
    """Keep what was posted, if it came from a form with a ticket for this very address; return whether it was kept."""
    try:
        user_pk, path = signing.loads(request.POST.get(FIELD, ""), salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return False
    if path != request.path:
        return False
    request.session[KEY] = _stored(request, user_pk, path)
    return True


def kept(request: HttpRequest) -> Unsaved | None:
    """Return what was kept for the account that is signed in now, or None."""
    return _read(request.session.get(KEY), request)


def _read(stored: Any, request: HttpRequest) -> Unsaved | None:
    if not stored or stored["user"] != request.user.pk:
        return None
    return Unsaved(stored["path"], QueryDict(stored["posted"]))


def forget(request: HttpRequest) -> None:
    """Keep nothing any more."""
    request.session.pop(KEY, None)


def keep_answered(request: HttpRequest) -> str:
    """Keep what a signed-in user posted, and return the key by which its address shows it."""
    row = _row()
    row[KEY] = _stored(request, request.user.pk or 0, place(request))
    row.set_expiry(SHOWN_FOR)
    row.create()
    return str(row.session_key)


def answered(request: HttpRequest) -> Unsaved | None:
    """Return the form that the address shows, if it is of this page and of the account that is signed in now."""
    key = request.GET.get(SHOWN_AT, "")
    if not key.isalnum() or not request.user.is_authenticated:
        return None
    found = _read(_row(key).get(KEY), request)
    return found if found is not None and found.path == place(request) else None


def _row(key: str | None = None) -> SessionBase:
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return store


def place(request: HttpRequest) -> str:
    """Return which page an address is, in whatever language."""
    match = request.resolver_match
    return f"{match.view_name} {sorted(match.kwargs.items())}" if match else request.path
