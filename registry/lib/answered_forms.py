"""Forms of signed-in users that came back to them: with faults, with a conflict, with a question, in another language.

What was posted is kept for a day in a row of the account (``user.kept_forms``), and the answer leads to an address that
shows it: no page of ours asks to send a form again. Until its words are saved or thrown away, the page of the form
tells of it and leads to that address: a writer who has left it, or signs in anew, finds it again. Nobody is shown what
another one typed.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.crypto import get_random_string

from registry.lib.editions import EDITION, KEEP, SHOWN, unchanged
from registry.lib.kept_forms import LANGUAGE, typed_of

SHOWN_AT = "kept"  # the parameter of an address that shows a kept form
DISCARD = "_discard"  # the button that throws a kept form away
SHOWN_FOR = timedelta(days=1)
MOST_LEFT = 10  # are told of on a page at a time, the last ones first
WITHHELD = "password"  # in the name of a field: such a form is not kept
KEY_LENGTH = 32
NO_WORDS = {  # hidden inputs and buttons: what nobody has typed
    *(EDITION, SHOWN, LANGUAGE, "seen", "version", "own_form", "criteria", "questions"),
    *("accept", "act", "action", "declare", "decline", "do_not_let_join", "give", "go", "let_join", "next"),
    *("refuse", "send", "stay", "sure", "withdraw", "write"),
}


def mark_saved(request: HttpRequest) -> None:
    """Note that all that was posted is stored, though the answer shows the form again: nothing of it was left."""
    request.is_saved = True  # type: ignore[attr-defined]


def is_saved(request: HttpRequest) -> bool:
    """Whether the view has said so."""
    return getattr(request, "is_saved", False)


def keep(request: HttpRequest, at: datetime) -> str:
    """Keep what a signed-in user posted, and return the key by which its address shows it."""
    typed, key = typed_of(request), get_random_string(KEY_LENGTH)
    row = {"place": place(request), "query": other_parameters(request), "posted": typed.urlencode()}
    settled = at if is_saved(request) else None
    _rows(request).create(key=key, kept_at=at, settled_at=settled, has_words=any(_words(typed)), **row)
    return key


def keep_for_script(request: HttpRequest, at: datetime) -> str:
    """Keep what a script could not save, in the row that its page names where it has one; return the key."""
    key = request.GET.get(SHOWN_AT, "")
    if key.isalnum():
        again = {"posted": typed_of(request).urlencode(), "has_words": True, "kept_at": at, "settled_at": None}
        if _rows(request).of_page(place(request), at).filter(key=key).update(**again):
            return key
    return keep(request, at)


def answered(request: HttpRequest, at: datetime) -> Any:
    """Return the kept form that the address shows, if it is of this page and of the account that is signed in now."""
    key = request.GET.get(SHOWN_AT, "")
    if not key.isalnum() or not request.user.is_authenticated:
        return None
    return _rows(request).of_page(place(request), at).filter(key=key).first()


def left(request: HttpRequest, at: datetime) -> Any:
    """Return the kept forms of this page whose words are neither saved nor thrown away, but for the one it shows."""
    if not request.user.is_authenticated:
        return ()
    shown = request.GET.get(SHOWN_AT, "")
    rows = _rows(request).of_page(place(request), at).unsettled()
    return (rows.exclude(key=shown) if shown.isalnum() else rows)[:MOST_LEFT]


def settle(request: HttpRequest, at: datetime) -> None:
    """Settle the kept form whose address was posted to, and each one of this page whose words were all posted."""
    own = request.GET.get(SHOWN_AT, "")
    if not own and not any(_words(request.POST)):
        return
    rows = _rows(request).of_page(place(request), at).unsettled()
    settled = [row.key for row in rows if row.key == own or _stand_in(QueryDict(row.posted), request.POST)]
    if settled:
        rows.filter(key__in=settled).update(settled_at=at)


def discard(request: HttpRequest, at: datetime) -> None:
    """Delete the kept form that a button names."""
    key = request.POST[DISCARD]
    if key.isalnum():
        _rows(request).of_page(place(request), at).filter(key=key).delete()


def _rows(request: HttpRequest) -> Any:
    """Return the kept forms of the account: nobody reaches another's."""
    user: Any = request.user
    return user.kept_forms


def other_parameters(request: HttpRequest) -> str:
    """Return the parameters of the address but for the one that shows a kept form."""
    asked = request.GET.copy()
    asked.pop(SHOWN_AT, None)
    return asked.urlencode()


def _words(typed: QueryDict) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each field that its writer changed, as far as the form can tell."""
    same = unchanged(typed)
    for name, values in typed.lists():
        if name not in same and name not in NO_WORDS and not name.startswith(KEEP):
            yield from ((name, text) for value in values if (text := " ".join(value.split())))


def _stand_in(kept: QueryDict, posted: QueryDict) -> bool:
    """Whether every text of a kept form stands, whole, in the same field of what was posted."""
    return all(
        any(f" {text} " in f" {' '.join(value.split())} " for value in posted.getlist(name))
        for name, text in _words(kept)
    )


def place(request: HttpRequest) -> str:
    """Return which page an address is, in whatever language: a hash, as an address may let somebody in."""
    match = request.resolver_match
    page = f"{match.view_name} {sorted(match.kwargs.items())}" if match else request.path
    return hashlib.sha256(page.encode()).hexdigest()
