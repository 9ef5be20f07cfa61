"""What someone typed into a form that could not be done as it stood: kept, so that it can be shown again.

A form that comes after its session had ended is kept until its writer is back. It stands in the session of the browser
it came from, and ends with that. Such a form carries a ticket: to whom it was given and where it is saved, signed.
Nothing is kept without a ticket, so that nobody fills the database from outside.

What a signed-in user sends, and what is not done as it stands, is kept otherwise (``answered_forms``). Nobody is shown
what another one typed.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest, QueryDict

FIELD = "ticket"
SALT = "registry.unsaved"
KEY = "unsaved"
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
    typed = typed_of(request).urlencode()
    request.session[KEY] = {"user": user_pk, "path": path, "query": request.GET.urlencode(), "posted": typed}
    return True


def kept(request: HttpRequest) -> Unsaved | None:
    """Return what was kept for the account that is signed in now, or None."""
    stored = request.session.get(KEY)
    if not stored or stored["user"] != request.user.pk:
        return None
    return Unsaved(stored["path"], QueryDict(stored["posted"]), stored.get("query", ""))


def forget(request: HttpRequest) -> None:
    """Keep nothing any more."""
    request.session.pop(KEY, None)
