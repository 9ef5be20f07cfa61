"""What someone typed into a form that could not be done as it stood: kept, so that it can be shown again.

A form that comes after its session had ended is kept until its writer is back. It stands in the session of the browser
it came from, beside those of other windows, and ends with that. Such a form carries a ticket: to whom it was given and
where it is saved, signed. Nothing is kept without a ticket, so that nobody fills the database from outside.

What a signed-in user sends, and what is not done as it stands, is kept otherwise (``answered_forms``). Nobody is shown
what another one typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.crypto import get_random_string

FIELD = "ticket"
SALT = "registry.unsaved"
KEY, MOST_KEPT = "unsaved", 5  # of a browser
VALID_FOR = 14 * 24 * 3600  # seconds that a form may lie open in a browser
FROM_KEPT = "_kept"  # in the form that saves what was kept over an ended session
NOT_TYPED = {FIELD, FROM_KEPT, "csrfmiddlewaretoken"}
LANGUAGE = "_language"  # the button that shows a form in another language, with what is typed, and does nothing else


@dataclass(frozen=True)
class Unsaved:
    """What was typed, and the address of the form that was to save it."""

    path: str
    posted: QueryDict
    query: str = ""
    key: str = ""  # tells it from what other windows sent

    @property
    def address(self) -> str:
        """Return the address to which the form is sent."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def fields(self) -> list[tuple[str, str]]:
        """Return every name and value as it was sent."""
        return [(name, value) for name, values in self.posted.lists() for value in values]

    def words(self) -> list[str]:
        """Return the values that read as words."""
        return [value for _name, value in self.fields() if len(value.split()) > 1]


def ticket(user_pk: int, path: str) -> str:
    """Return the ticket of a form at ``path`` that is shown to the account ``user_pk``."""
    return signing.dumps([user_pk, path], salt=SALT)


def typed_of(request: HttpRequest) -> QueryDict:
    """Return what was posted, without what serves one sending only."""
    typed = request.POST.copy()
    for name in NOT_TYPED:
        typed.pop(name, None)
    return typed


def keep(request: HttpRequest) -> bool:
    """Keep what was posted, if it came from a form with a ticket for this very address; return whether it was kept."""
    try:
        user_pk, path = signing.loads(request.POST.get(FIELD, ""), salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return False
    if path != request.path:
        return False
    form = {"user": user_pk, "path": path, "query": request.GET.urlencode(), "posted": typed_of(request).urlencode()}
    others = [one for one in _all(request) if {**one, "key": ""} != {**form, "key": ""}]
    request.session[KEY] = [*others, {**form, "key": get_random_string(8)}][-MOST_KEPT:]
    return True


def _all(request: HttpRequest) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = request.session.get(KEY, [])
    return stored


def kept(request: HttpRequest) -> Unsaved | None:
    """Return what was kept first for the account that is signed in now, or what the button names; else None."""
    named = request.POST.get(FROM_KEPT)
    for one in _all(request):
        if one["user"] == request.user.pk and named in {None, one["key"]}:
            return Unsaved(one["path"], QueryDict(one["posted"]), one["query"], one["key"])
    return None


def forget(request: HttpRequest, key: str) -> None:
    """Keep the form of this key no more."""
    request.session[KEY] = [one for one in _all(request) if one["key"] != key]
