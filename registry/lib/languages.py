"""The three languages of the pages, and texts that know which of them they are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, overload

from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override

from registry.lib.directions import isolated

LANGUAGES = ("fi", "sv", "en")
NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}


def reader_language() -> str:
    """Return the reader's language: ``fi``, ``sv`` or ``en``; Finnish where none is active."""
    code = (get_language() or "fi")[:2]
    return code if code in LANGUAGES else "fi"


class Text(str):
    """A text of the database that knows its language.

    On a page whose language differs it prints itself inside ``<span lang>`` (WCAG 3.1.2), so a missing
    translation is seen and heard as another language and never passes for a translation.
    In an attribute or a mail use ``plain``.
    """

    lang: str

    def __new__(cls, value: str, lang: str) -> Self:
        """Return ``value``, known to be in ``lang``."""
        text = super().__new__(cls, value)
        text.lang = lang
        return text

    @property
    def plain(self) -> str:
        """The bare words."""
        return str.__str__(self)

    @property
    def foreign(self) -> bool:
        """Whether the text is in another language than the page."""
        return bool(self) and self.lang != reader_language()

    def __html__(self) -> SafeString:
        if self.foreign:
            return format_html('<span lang="{}">{}</span>', self.lang, isolated(self.plain))
        return format_html("{}", isolated(self.plain))


class Translated:
    """Reads ``<name>_fi``, ``<name>_sv`` or ``<name>_en``: the reader's language, else the first that is there.

    The columns are declared by hand: plain SQL, open to constraints, known to the type checker.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, row: None, owner: type[models.Model]) -> Self: ...
    @overload
    def __get__(self, row: models.Model, owner: type[models.Model]) -> Text: ...
    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Self | Text:
        if row is None:
            return self
        return self.read(row, reader_language())

    def read(self, row: models.Model, language: str) -> Text:
        """Return the text in ``language``, else in the first language that has it, else an empty text."""
        return _first(lambda code: getattr(row, f"{self.name}_{code}", ""), language)


def _first(text_in: Callable[[str], str], language: str) -> Text:
    for code in (language, *(code for code in LANGUAGES if code != language)):
        if text := text_in(code):
            return Text(text, code)
    return Text("", language)


@dataclass(frozen=True)
class InThree:
    """One text in the three languages, outside of a row; a language may be missing."""

    fi: str
    sv: str
    en: str = ""

    def read(self) -> Text:
        """Return the text in the reader's language, else in the first language that has it."""
        return _first(lambda code: getattr(self, code), reader_language())

    def columns(self, name: str) -> dict[str, str]:
        """Return the text as the columns ``<name>_fi``, ``<name>_sv`` and ``<name>_en``."""
        return {f"{name}_{code}": getattr(self, code) for code in LANGUAGES}


def name_column(required: bool = False, *, length: int = 200) -> models.CharField[str, str]:
    """Return a column for a short text in one language; only the Finnish one may be required."""
    return models.CharField(max_length=length, blank=not required, default="" if not required else models.NOT_PROVIDED)


def text_column(required: bool = False) -> models.TextField[str, str]:
    """Return a column for a long text in one language; only the Finnish one may be required."""
    return models.TextField(blank=not required, default="" if not required else models.NOT_PROVIDED)


@dataclass(frozen=True)
class Version:
    """The page in one language: its code, its own name, its address with the filters kept."""

    code: str
    name: str
    url: str
    current: bool


def versions(request: HttpRequest, leaving_out: str = "") -> list[Version]:
    """Return the page of ``request`` in the three languages; the home pages where it has no address of its own.

    The parameter ``leaving_out`` goes.
    """
    match, params = request.resolver_match, request.GET.copy()
    params.pop(leaving_out, None)
    asked = params.urlencode()
    found = []
    for code in LANGUAGES:
        with override(code):
            try:
                url = reverse(match.view_name, args=match.args, kwargs=match.kwargs) if match else reverse("home")
            except NoReverseMatch:
                url = reverse("home")
        if asked and match:
            url = f"{url}?{asked}"
        found.append(Version(code, NAMES[code], url, code == reader_language()))
    return found
