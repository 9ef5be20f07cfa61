"""Searches are saved, renamed and deleted by the users that they belong to."""

import re
from datetime import datetime

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from registry.lib.plaintext import clean
from registry.lib.refusals import Refused

from .models import SavedSearch, User
from .models.saved_searches import LONGEST_QUERY

MOST = 50  # of a user
PARAMETER = re.compile(r"[a-z]{1,20}")
NOT_KEPT = {"page", "pvm"}  # a saved search is of the first page, and of the day on which it is opened


class TooMany(Refused):
    """The user has as many saved searches as there may be."""


class NameTaken(Refused):
    """The user has another saved search of that name."""


class TooLong(Refused):
    """The address is longer than any search that a page makes."""


def tidy(query: str) -> str:
    """Return the query string of an address as it is saved: its search, filters and looks, in one writing."""
    kept = QueryDict(mutable=True)
    for name, values in QueryDict(query.removeprefix("?")).lists():
        if PARAMETER.fullmatch(name) and name not in NOT_KEPT:
            kept.setlist(name, [clean(value) for value in values if value])
    return kept.urlencode()


def keep(user: User, name: str, page: str, query: str, at: datetime) -> SavedSearch:
    """Save a search of ``user``; the account is locked, so that two at once are counted."""
    query = tidy(query)
    if len(query) > LONGEST_QUERY:
        raise TooLong(_("The search is too long to be saved. Leave some of its choices out."))
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        own = SavedSearch.objects.of(user)
        if own.count() >= MOST:
            raise TooMany(_("You have 50 saved searches already. Delete one of them first."))
        _must_be_free(user, name)
        return SavedSearch.objects.create(user=user, name=name, page=page, query=query, saved_at=at)


def rename(saved: SavedSearch, name: str) -> None:
    """Give a saved search another name."""
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=saved.user_id)
        _must_be_free(saved.user, name, saved.pk)
        SavedSearch.objects.filter(pk=saved.pk).update(name=name)


def _must_be_free(user: User, name: str, but: int = 0) -> None:
    if SavedSearch.objects.of(user).filter(name=name).exclude(pk=but).exists():
        raise NameTaken(_("You have a saved search of this name already."))
