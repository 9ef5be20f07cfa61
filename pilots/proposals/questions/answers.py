"""Answers to a proposal's questions: what is stored of what was typed, what is wrong or missing in it, how it is shown.

An answer that is not right is stored as it was typed and named as a fault until it is mended: nothing typed is lost.
Three things are never stored: a personal identity code, an answer of more than ``KEPT_AT_MOST`` characters, and
characters that no one types (controls, halves of pairs). Stored: lines, texts and addresses as strings; money and
numbers as decimals with a point; days as ISO 8601; choices as codes; delivery models as ``{code: degree}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pilots.models import Proposal, Round
from registry.lib.editions import fingerprint
from registry.lib.identity_codes import holds_identity_code
from registry.lib.plaintext import lines

from .asked import DEGREES, SECTIONS, Answer, Question, Section, Vocabulary, Words

KEPT_AT_MOST = 100_000  # characters of one answer
_AMOUNT = re.compile(r"[0-9]{1,10}([.,][0-9]{1,2})?")
_FINNISH_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
Content = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """How an answer was understood: what to store, what is wrong with it, and whether it may be stored at all."""

    value: Any
    fault: str = ""
    kept: bool = True


@dataclass(frozen=True)
class Fault:
    """Why a proposal cannot be sent yet: the question, and what to do."""

    section: Section
    question: Question
    words: str
    missing: bool


@dataclass(frozen=True)
class Shown:
    """An answer as people read it: its items, each in words; texts keep their paragraphs."""

    question: Question
    items: list[Words]
    fault: str = ""

    @property
    def is_text(self) -> bool:
        """Whether the answer is a text with paragraphs."""
        return self.question.answer == Answer.TEXT

    @property
    def is_list(self) -> bool:
        """Whether the answer is a list of choices."""
        return self.question.answer in {Answer.MANY, Answer.DEGREES}


def read(question: Question, answer: Any, vocabulary: Vocabulary) -> Reading:
    """Return the reading of an answer, typed just now or stored before: reading what was stored gives it again."""
    if question.answer == Answer.MANY:
        given = set(answer if isinstance(answer, list) else [])
        return Reading([code for code in question.choices(vocabulary) if code in given])
    if question.answer == Answer.DEGREES:
        degrees = answer if isinstance(answer, dict) else {}
        codes = question.choices(vocabulary)
        return Reading({code: degrees[code] for code in codes if degrees.get(code) in DEGREES})
    if question.answer == Answer.ONE:
        return Reading(answer if answer in question.choices(vocabulary) else "")
    return _read_words(question, lines(answer if isinstance(answer, str) else ""))


def _read_words(question: Question, typed: str) -> Reading:
    if not typed.strip():
        return Reading("")
    if len(typed) > KEPT_AT_MOST:
        return Reading(typed, _("This is too long to be saved. Shorten it."), kept=False)
    if holds_identity_code(typed):
        words = _("This has a personal identity code in it, and was not saved. Take the code away.")
        return Reading(typed, words, kept=False)
    match question.answer:
        case Answer.MONEY | Answer.NUMBER:
            return _read_amount(typed)
        case Answer.DAY:
            return _read_day(typed)
        case Answer.ADDRESS:
            return _read_address(typed.strip())
        case Answer.LINE:
            typed = " ".join(typed.split())
    if len(typed) > question.limit:
        over = len(typed) - question.limit
        return Reading(
            typed,
            ngettext(
                "This is %(n)s character too long. Shorten it.", "This is %(n)s characters too long. Shorten it.", over
            )
            % {"n": over},
        )
    return Reading(typed)


def _read_amount(typed: str) -> Reading:
    bare = re.sub(r"\s", "", typed).removesuffix("€").removesuffix("EUR")
    if not _AMOUNT.fullmatch(bare):
        return Reading(typed, _("Write a number, for example 250 000 or 2,5."))
    return Reading(str(Decimal(bare.replace(",", "."))))


def _read_day(typed: str) -> Reading:
    words = typed.strip()
    try:
        if finnish := _FINNISH_DAY.fullmatch(words):
            day, month, year = (int(part) for part in finnish.groups())
            return Reading(date(year, month, day).isoformat())
        return Reading(date.fromisoformat(words).isoformat())
    except ValueError:
        return Reading(typed, _("Write a day that exists as day, month and year, for example 1.3.2027."))


def _read_address(typed: str) -> Reading:
    try:
        validate_email(typed)
    except ValidationError:
        return Reading(typed, _("Write an e-mail address, for example kirjaamo@liitto.example."))
    return Reading(typed)


def section_content(section: Section, content: Content, vocabulary: Vocabulary) -> tuple[dict[str, Any], set[str]]:
    """Return the answers of a section that may be stored, and the keys of those that may not."""
    readings = {question.key: read(question, content.get(question.key), vocabulary) for question in section.questions}
    return (
        {key: reading.value for key, reading in readings.items() if reading.kept},
        {key for key, reading in readings.items() if not reading.kept},
    )


def section_seal(section: Section, content: Content) -> str:
    """Return the SHA-256 of what is stored of a section, so that a change in it is seen."""
    keys = {question.key for question in section.questions}
    return fingerprint({key: value for key, value in content.items() if key in keys})


def faults(kind: str, content: Content, vocabulary: Vocabulary, sections: Iterable[Section] = SECTIONS) -> list[Fault]:
    """Return why a proposal of ``kind`` with ``content`` cannot be sent, in the order of the questions."""
    found = []
    for section in sections:
        for question in section.questions:
            reading = read(question, content.get(question.key), vocabulary)
            if reading.fault:
                found.append(Fault(section, question, reading.fault, missing=False))
            elif not reading.value and Round.Asks(kind) in question.required:
                found.append(Fault(section, question, _("The answer is missing."), missing=True))
            elif question.key == "end" and _ends_too_early(content):
                found.append(Fault(section, question, _("The end is before the start."), missing=False))
    return found


def _ends_too_early(content: Content) -> bool:
    try:
        return date.fromisoformat(content["end"]) < date.fromisoformat(content["start"])
    except (KeyError, TypeError, ValueError):
        return False


def as_typed(question: Question, value: Any) -> Any:
    """Return a stored answer as one would type it: days and decimals in the Finnish way."""
    if not isinstance(value, str):
        return value
    if question.answer == Answer.DAY:
        return _day_in_words(value)
    if question.answer in {Answer.MONEY, Answer.NUMBER} and _AMOUNT.fullmatch(value):
        return value.replace(".", ",")
    return value


def _day_in_words(value: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day.day}.{day.month}.{day.year}"


def _items(question: Question, value: Any, vocabulary: Vocabulary) -> list[Words]:
    choices = question.choices(vocabulary)
    match question.answer:
        case Answer.MANY:
            return [choices.get(code, code) for code in value]
        case Answer.DEGREES:
            return [f"{choices.get(code, code)}: {DEGREES.get(degree, degree)}" for code, degree in value.items()]
        case Answer.ONE:
            return [choices.get(value, value)]
        case Answer.DAY:
            return [_day_in_words(value)]
        case Answer.MONEY | Answer.NUMBER if _AMOUNT.fullmatch(value):
            euros = " €" if question.answer == Answer.MONEY else ""
            return [number_format(Decimal(value), use_l10n=True, force_grouping=True) + euros]
    return [value]


def shown(content: Content, vocabulary: Vocabulary) -> list[tuple[Section, list[Shown]]]:
    """Return every section with its answers as people read them; an unanswered question has no items."""
    return [
        (section, [_shown(question, content, vocabulary) for question in section.questions]) for section in SECTIONS
    ]


def _shown(question: Question, content: Content, vocabulary: Vocabulary) -> Shown:
    value = content.get(question.key)
    return Shown(question, _items(question, value, vocabulary) if value else [])


def differences(
    section: Section, mine: Content, theirs: Content, vocabulary: Vocabulary
) -> list[tuple[Question, Shown, Shown]]:
    """Return the questions of a section that two contents answer differently, with both answers."""
    return [
        (question, _shown(question, mine, vocabulary), _shown(question, theirs, vocabulary))
        for question in section.questions
        if (mine.get(question.key) or None) != (theirs.get(question.key) or None)
    ]


def answered(section: Section, proposal: Proposal) -> int:
    """Return how many questions of a section have an answer in the draft."""
    return sum(1 for question in section.questions if proposal.content.get(question.key))
