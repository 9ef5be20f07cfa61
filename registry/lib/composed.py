"""Statements composed once: to build the QuerySets of a public page and their SQL takes longer than to run it.

A function that returns QuerySets is called once for each combination of its arguments. Moments, words and keys differ
from request to request: gaps stand in for them, and what is asked for is put into the gaps of the statement.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache, update_wrapper
from typing import Any, Never, Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from registry.lib.dates import HELSINKI, today
from registry.lib.languages import reader_language
from registry.lib.together import Rows, Statement, statement

MOST = 256  # statements that one function keeps
Build = Callable[..., Mapping[str, QuerySet[Any]]]


@dataclass(frozen=True)
class Gap:
    """An argument that differs from request to request: of a moment its Finnish day is the same."""

    place: int
    day: date | None = None  # of a moment
    of_keys: bool = False


class Moment(datetime):
    """Stands in for a moment of its Finnish day. It can be shifted and be a parameter; nothing is decided by it."""

    place: int
    shift: timedelta

    @classmethod
    def at(cls, gap: Gap, day: date) -> Self:
        """Return what stands in for the argument."""
        moment = cls.combine(day, time(12), HELSINKI)
        moment.place, moment.shift = gap.place, timedelta()
        return moment

    def _shifted(self, by: Any) -> Self:
        if not isinstance(by, timedelta):
            raise TypeError("A moment that is not known is compared with another.")
        moment = self.replace()
        moment.place, moment.shift = self.place, self.shift + by
        return moment

    def __add__(self, by: timedelta) -> Self:
        return self._shifted(by)

    def __sub__(self, by: Any) -> Any:
        return self._shifted(-by if isinstance(by, timedelta) else by)

    def _undecided(self, other: object) -> Never:
        raise TypeError("Something is decided by a moment that is not known.")

    __lt__ = __le__ = __gt__ = __ge__ = _undecided

    def astimezone(self, tz: tzinfo | None = None) -> Self:
        """Return the moment on another clock, from which its day can be read."""
        if self.shift:
            raise TypeError("The day of a moment that is shifted is not known.")
        return super().astimezone(tz)

    def of(self, given: tuple[Any, ...]) -> datetime:
        """Return the moment that was given, shifted as this one is."""
        asked: datetime = given[self.place]
        return asked + self.shift


class Word(str):
    """Stands in for a word: the slug or the code of a page."""

    place: int

    @classmethod
    def at(cls, gap: Gap) -> Self:
        """Return what stands in for the argument."""
        word = cls("word")
        word.place = gap.place
        return word

    def of(self, given: tuple[Any, ...]) -> str:
        """Return the word that was given."""
        return str(given[self.place])


class Keys(list[int]):
    """Keys of rows (see ``registry.lib.database.many``), or what stands in for them."""

    place: int

    @classmethod
    def at(cls, gap: Gap) -> Self:
        """Return what stands in for the argument."""
        keys = cls()
        keys.place = gap.place
        return keys

    def of(self, given: tuple[Any, ...]) -> list[int]:
        """Return the keys that were given."""
        return list(given[self.place])


class ComposedOnce:
    """A function that returns QuerySets by name: called, it reads them by one statement, which it composes once.

    Its arguments are moments, words, ``Keys``, and values that can be a key: each combination of these has its
    statement, as has each language. Where an argument is an account, nothing is kept: what an account may read is
    decided anew.
    """

    def __init__(self, build: Build) -> None:
        """Take the function."""
        self.build = build
        self._kept = lru_cache(maxsize=MOST)(self._compose)
        update_wrapper(self, build)

    def __call__(self, *given: Any) -> dict[str, Rows]:
        """Return the rows."""
        if any(getattr(one, "is_authenticated", False) for one in given):
            composed = statement(**self.build(*given))
            return composed.read(composed.values)
        composed = self.composed(*given)
        return composed.read(filled(composed, given))

    def composed(self, *given: Any) -> Statement:
        """Return the statement, with gaps for the moments, the words and the keys."""
        return self._kept(reader_language(), *(_key(place, one) for place, one in enumerate(given)))

    def _compose(self, _language: str, *keys: Hashable) -> Statement:
        return statement(**self.build(*map(_stand_in, keys)))


def filled(composed: Statement, given: tuple[Any, ...]) -> list[Any]:
    """Return the parameters of the statement, with what was given in its gaps."""
    return [value.of(given) if isinstance(value, Moment | Word | Keys) else value for value in composed.values]


def _key(place: int, given: Any) -> Hashable:
    """Return what stands for the argument in the key; no request is held by the one that first read the page."""
    if isinstance(given, datetime):
        return Gap(place, today(given))
    if getattr(given, "is_authenticated", None) is False:
        return AnonymousUser()
    if isinstance(given, Keys):
        return Gap(place, of_keys=True)
    return Gap(place) if isinstance(given, str) else given


def _stand_in(key: Any) -> Any:
    if not isinstance(key, Gap):
        return key
    if key.of_keys:
        return Keys.at(key)
    return Word.at(key) if key.day is None else Moment.at(key, key.day)
