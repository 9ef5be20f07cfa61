"""Answers to the questions of a form: what may be stored, what is wrong or missing, how a proposal is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from pilots.models import Proposal, Round, Version
from registry.lib import editions

from .asked import Question, Section
from .kinds import Content
from .known_forms import form_of
from .vocabulary import Vocabulary, Words


@dataclass(frozen=True)
class Fault:
    """Why a proposal cannot be sent yet: the question, and what to do."""

    section: Section
    question: Question
    words: str
    missing: bool


@dataclass(frozen=True)
class Shown:
    """An answer as people read it: its items, each in words; a question without an answer has no items.

    An answer that is not right is shown as well, as it was typed: no template may make a link of an item.
    """

    question: Question
    items: list[Words]

    @property
    def template(self) -> str:
        """The template that shows the items."""
        return self.question.answer.template


def comparable(section: Section, content: Content) -> dict[str, Any]:
    """Return the answers to the section's questions as ``editions`` compares them."""
    return {question.key: question.answer.comparable(content.get(question.key)) for question in section.questions}


def merge(
    section: Section,
    answers: Content,
    current: Proposal,
    shown: editions.Shown,
    vocabulary: Vocabulary,
) -> editions.Merged:
    """Return the answers that a form sent, merged with those that are stored now; ``shown`` is what the form carried.

    Answers to questions of other sections are left out; a question without an answer in ``answers`` stays as it is.
    """
    sent = {key: value for key, value in comparable(section, answers).items() if key in answers}
    merged = editions.merge(shown, sent, comparable(section, current.content), current.edition)
    for question in section.questions:
        if question.key in merged.values:
            merged.values[question.key] = question.answer.read(merged.values[question.key], vocabulary).value
    return merged


def faults(sections: Iterable[Section], kind: str, content: Content, vocabulary: Vocabulary) -> list[Fault]:
    """Return why a proposal of ``kind`` with ``content`` cannot be sent, in the order of the questions."""
    every = [(section, question) for section in sections for question in section.questions]
    judged = [_fault(section, question, kind, content, vocabulary) for section, question in every]
    return [fault for fault in judged if fault is not None]


def _fault(section: Section, question: Question, kind: str, content: Content, vocabulary: Vocabulary) -> Fault | None:
    if not question.is_asked(content):
        return None
    reading = question.answer.read(content.get(question.key), vocabulary)
    if not reading.value and Round.Asks(kind) in question.required:
        return Fault(section, question, _("The answer is missing."), missing=True)
    words = reading.fault or question.answer.clash(reading.value, content)
    return Fault(section, question, words, missing=False) if words else None


def shown(row: Proposal | Version, vocabulary: Vocabulary) -> list[tuple[Section, list[Shown]]]:
    """Return every section of the row's form with the answers as people read them.

    A question that another answer made needless is left out, unless it is answered.
    """
    return [
        (section, [shown_answer(question, row.content, vocabulary) for question in asked])
        for section in form_of(row).sections
        if (asked := _asked(section, row.content))
    ]


def _asked(section: Section, content: Content) -> list[Question]:
    return [one for one in section.questions if one.is_asked(content) or content.get(one.key)]


def shown_answer(question: Question, content: Content, vocabulary: Vocabulary) -> Shown:
    """Return the answer to a question as people read it."""
    value = content.get(question.key)
    return Shown(question, question.answer.shown(value, vocabulary) if value else [])


def differences(
    section: Section, keys: Collection[str], mine: Content, theirs: Content, vocabulary: Vocabulary
) -> list[tuple[Question, Shown, Shown]]:
    """Return the section's questions of these keys, each with the answers of both contents."""
    return [
        (question, shown_answer(question, mine, vocabulary), shown_answer(question, theirs, vocabulary))
        for question in section.questions
        if question.key in keys
    ]


@dataclass(frozen=True)
class Progress:
    """How far the draft of a section is: how many questions it asks, and how many are answered, missing, wrong."""

    section: Section
    asked: int
    answered: int
    missing: int
    wrong: int


def progress(proposal: Proposal, at: datetime, vocabulary: Vocabulary) -> list[Progress]:
    """Return how far each section of the draft is, for the step in which it is sent next at ``at``."""
    form = form_of(proposal, proposal.step_at(at))
    return [_progress(section, proposal, vocabulary) for section in form.sections]


def _progress(section: Section, proposal: Proposal, vocabulary: Vocabulary) -> Progress:
    missing = [fault.missing for fault in faults([section], proposal.kind, proposal.content, vocabulary)]
    asked = _asked(section, proposal.content)
    answered = sum(1 for question in asked if proposal.content.get(question.key))
    return Progress(section, len(asked), answered, missing=missing.count(True), wrong=missing.count(False))
