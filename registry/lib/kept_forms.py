"""What someone typed into a form but could not save, because the session had ended: kept until they are back.

A form whose words would be missed carries a ticket: to whom the form was given and where it is saved, signed. Nothing
is kept without a ticket, so that nobody fills the database from outside; and nobody is shown what another one typed.
It stands in the session of the browser it came from, and ends with that.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest, QueryDict

FIELD = "ticket"
SALT = "registry.unsaved"
KEY = "unsaved"
VALID_FOR = 14 * 24 * 3600  # seconds that a form may lie open in a browser
NOT_TYPED = {FIELD, "csrfmiddlewaretoken"}


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


def keep(request: HttpRequest) -> bool:
    """Keep what was posted, if it came from a form with a ticket for this very address; return whether it was kept."""
    try:
        user_pk, path = signing.loads(request.POST.get(FIELD, ""), salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return False
    if path != request.path:
        return False
    typed = request.POST.copy()
    for name in NOT_TYPED:
        typed.pop(name, None)
    request.session[KEY] = {"user": user_pk, "path": path, "posted": typed.urlencode()}
    return True


def kept(request: HttpRequest) -> Unsaved | None:
    """Return what was kept for the account that is signed in now, or None."""
    stored = request.session.get(KEY)
    if not stored or stored["user"] != request.user.pk:
        return None
    return Unsaved(stored["path"], QueryDict(stored["posted"]))


def forget(request: HttpRequest) -> None:
    """Keep nothing any more."""
    request.session.pop(KEY, None)
