"""What a form is: sections of questions. A form is a value; the forms there are stand in ``known_forms``."""

from __future__ import annotations

from dataclasses import dataclass

from pilots.models import Round

from .kinds import Kind
from .vocabulary import Words

NEVER: frozenset[Round.Asks] = frozenset()


@dataclass(frozen=True)
class Question:
    """One question: its key in the content, its words, its kind of answer, and which kinds of proposals require it."""

    key: str
    label: Words
    answer: Kind
    help: Words = ""
    required: frozenset[Round.Asks] = NEVER


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

    def place(self, section: Section) -> int:
        """Return the section's place in the form, from 1."""
        return self.sections.index(section) + 1

    def after(self, section: Section) -> Section | None:
        """Return the next section; None after the last."""
        return next(iter(self.sections[self.place(section) :]), None)
