"""What a form is: sections of questions. A form is a value: ``known_forms`` has those of all, ``own`` a round's."""

from __future__ import annotations

from dataclasses import dataclass

from pilots.models import Round

from .kinds import Content, Kind
from .vocabulary import Words

NEVER: frozenset[Round.Asks] = frozenset()


@dataclass(frozen=True)
class Question:
    """One question: its key in the content, its words, its kind of answer, and which kinds of proposals require it.

    ``only_if``: the key of another question and the answer that makes this one to answer; None: it always is.
    ``retired``: it is no longer asked, and shown for the answer that there is.
    """

    key: str
    label: Words
    answer: Kind
    help: Words = ""
    required: frozenset[Round.Asks] = NEVER
    only_if: tuple[str, str] | None = None
    retired: bool = False

    def is_asked(self, content: Content) -> bool:
        """Whether the question is one to answer, with the other answers as they are."""
        return self.only_if is None or content.get(self.only_if[0]) == self.only_if[1]


@dataclass(frozen=True)
class Section:
    """A part of a proposal that is written and saved on a page of its own."""

    slug: str
    title: Words
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Form:
    """The questions that a proposal answers. A form that was ever in use never changes: its successor is a new one."""

    version: int
    sections: tuple[Section, ...]

    def section(self, slug: str) -> Section | None:
        """Return the section at ``slug``; None: the form has no such section."""
        return next((section for section in self.sections if section.slug == slug), None)

    def place_of(self, slug: str) -> int:
        """Return the section's place in the form, from 1; behind the last where it has no such section any more."""
        slugs = [section.slug for section in self.sections]
        return slugs.index(slug) + 1 if slug in slugs else len(slugs) + 1

    def after(self, slug: str) -> Section | None:
        """Return the next section; None after the last."""
        return next(iter(self.sections[self.place_of(slug) :]), None)
