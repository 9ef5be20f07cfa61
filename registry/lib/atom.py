"""Atom (RFC 4287): entries with their languages and moments, written as one document."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from django.conf import settings

from registry.lib.dates import finnish_time
from registry.lib.languages import Text, reader_language
from registry.lib.plaintext import clean, one_line

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
NAMESPACE = "http://www.w3.org/2005/Atom"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
SINCE = 2026  # the year of the identifiers (RFC 4151): they never change
LONGEST = 600  # characters of a summary
NO_CHARACTERS = dict.fromkeys((0xFFFE, 0xFFFF))  # which XML refuses


@dataclass(frozen=True)
class Entry:
    """What a feed tells of a record. ``key`` and the language identify it for ever: ``pilot/KP-2018-014``."""

    key: str
    title: Text
    summary: Text
    url: str
    updated: datetime
    published: datetime | None = None
    terms: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Feed:
    """A feed: its title, what it is narrowed to, its own address and that of its page, its entries."""

    title: str
    subtitle: str
    url: str
    page: str
    entries: Sequence[Entry]
    updated: datetime  # where it has no entry

    def document(self) -> bytes:
        """Return the document, in the reader's language."""
        root = Element("feed", {"xmlns": NAMESPACE, LANGUAGE: reader_language()})
        _text(root, "id", settings.BASE_URL + self.url)
        _text(root, "title", self.title)
        if self.subtitle:
            _text(root, "subtitle", self.subtitle)
        _text(root, "updated", _moment(max((entry.updated for entry in self.entries), default=self.updated)))
        _link(root, "self", self.url, CONTENT_TYPE.partition(";")[0])
        _link(root, "alternate", self.page, "text/html")
        SubElement(root, "link", {"rel": "license", "href": "https://creativecommons.org/licenses/by/4.0/"})
        _text(SubElement(root, "author"), "name", self.title.rpartition(" – ")[2])
        _text(root, "rights", "CC BY 4.0")
        _add(root, self.entries)
        return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(root: Element, entries: Iterable[Entry]) -> None:
    host = urlsplit(settings.BASE_URL).hostname
    for entry in entries:
        one = SubElement(root, "entry")
        _text(one, "id", f"tag:{host},{SINCE}:{reader_language()}/{entry.key}")
        _text(one, "title", one_line(entry.title.plain, LONGEST), entry.title.lang)
        _text(one, "updated", _moment(entry.updated))
        if entry.published:
            _text(one, "published", _moment(entry.published))
        _link(one, "alternate", entry.url, "text/html")
        for term in entry.terms:
            SubElement(one, "category", {"term": _allowed(term)})
        # An entry without content has a summary (RFC 4287, 4.1.2 asks for it only where content is elsewhere).
        _text(one, "summary", one_line(entry.summary.plain, LONGEST), entry.summary.lang)


def _text(parent: Element, name: str, text: str, language: str = "") -> None:
    """Add an element with a plain text; its language is said where the feed's is another."""
    attributes = {LANGUAGE: language} if language and language != reader_language() else {}
    SubElement(parent, name, attributes).text = _allowed(text)


def _allowed(text: str) -> str:
    return clean(text).translate(NO_CHARACTERS)


def _link(parent: Element, rel: str, url: str, kind: str) -> None:
    SubElement(parent, "link", {"rel": rel, "type": kind, "href": settings.BASE_URL + url})


def _moment(moment: datetime) -> str:
    return finnish_time(moment).isoformat(timespec="seconds")
