"""The kinds of answers, one class each: how an answer is asked for, understood, stored and shown.

A new kind of answer is one class here and, where no template of ``proposals/answers/`` shows it, one template.
An answer that is not right is stored as it was typed and named as a fault until it is mended: nothing typed is lost.
Two things are never stored: a personal identity code, and an answer of more than ``KEPT_AT_MOST`` characters.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pilots.models import PilotModel
from registry.lib.dates import YEARS
from registry.lib.identity_codes import holds_identity_code
from registry.lib.languages import Text as TextInLanguage
from registry.lib.plaintext import lines

from .vocabulary import Choices, Vocabulary, Words

KEPT_AT_MOST = 100_000  # characters of one answer
UNANSWERED = ("", gettext_lazy("Not answered"))
UNUSED = ("", gettext_lazy("Not used"))
ONE_COLUMN_AT_MOST = 8  # choices
LONG_TEXT_FROM = 4_001  # characters
_AMOUNT = re.compile(r"[0-9]{1,10}([.,][0-9]{1,2})?")
_FINNISH_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
Content = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """How an answer was understood: what to store, what is wrong with it, and whether it may be stored at all."""

    value: Any
    fault: str = ""
    kept: bool = True


def _bare(words: Words) -> Words:
    return words.plain if isinstance(words, TextInLanguage) else words  # an <option> holds no markup


class Kind(ABC):
    """A kind of answer. ``key`` is the question's key in the content; ``value`` is an answer as it is stored."""

    template = "proposals/answers/line.html"  # shows ``answer``, an ``answers.Shown`` with items

    @abstractmethod
    def fields(self, key: str, vocabulary: Vocabulary) -> dict[str, forms.Field]:
        """Return the fields of the form by name: one named ``key``, or several of names that begin with it."""

    @abstractmethod
    def typed(self, key: str, posted: QueryDict, vocabulary: Vocabulary) -> Any:
        """Return the answer that was typed into the fields; nothing is judged yet."""

    @abstractmethod
    def read(self, answer: Any, vocabulary: Vocabulary) -> Reading:
        """Return the reading of an answer, typed or stored. The reading of a stored answer gives it again."""

    @abstractmethod
    def as_typed(self, key: str, value: Any) -> dict[str, Any]:
        """Return the value as the fields hold it, by name."""

    @abstractmethod
    def shown(self, value: Any, vocabulary: Vocabulary) -> list[Words]:
        """Return the items of an answer that is not empty, as people read them."""

    def clash(self, value: Any, content: Content) -> str:
        """Return why the value does not fit the other answers of the proposal; empty: it does."""
        return ""

    def comparable(self, value: Any) -> Any:
        """Return the value as ``editions.merge`` compares it: choices as a set, rows as a mapping, else one value."""
        return value or ""

    def css_class(self, vocabulary: Vocabulary) -> str:
        """Return the class of the element around the field; empty: the field needs none."""
        return ""


class _Written(Kind):
    """An answer that is written into one field and stored as text."""

    attributes: Mapping[str, str] = {}

    def fields(self, key: str, vocabulary: Vocabulary) -> dict[str, forms.Field]:
        return {key: forms.CharField(widget=self._widget(), strip=False, required=False)}

    def _widget(self) -> forms.Widget:
        return forms.TextInput(attrs=dict(self.attributes))

    def typed(self, key: str, posted: QueryDict, vocabulary: Vocabulary) -> str:
        return lines(posted.get(key, ""))

    def read(self, answer: Any, vocabulary: Vocabulary) -> Reading:
        typed = lines(answer if isinstance(answer, str) else "")
        if not typed.strip():
            return Reading("")
        if len(typed) > KEPT_AT_MOST:
            return Reading(typed, _("This is too long to be saved. Shorten it."), kept=False)
        if holds_identity_code(typed):
            fault = _("This has a personal identity code in it, and was not saved. Take the code away.")
            return Reading(typed, fault, kept=False)
        return self._understood(typed)

    @abstractmethod
    def _understood(self, typed: str) -> Reading: ...

    def as_typed(self, key: str, value: Any) -> dict[str, Any]:
        return {key: self._in_words(value)} if isinstance(value, str) and value else {}

    def shown(self, value: Any, vocabulary: Vocabulary) -> list[Words]:
        return [self._in_words(value)]

    def _in_words(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Text(_Written):
    """A text of several paragraphs."""

    limit: int  # characters
    template = "proposals/answers/text.html"

    def _widget(self) -> forms.Widget:
        return forms.Textarea(attrs={"rows": 9 if self.limit >= LONG_TEXT_FROM else 5, "data-limit": self.limit})

    def _understood(self, typed: str) -> Reading:
        over = len(typed) - self.limit
        if over <= 0:
            return Reading(typed)
        fault = ngettext(
            "This is %(n)s character too long. Shorten it.", "This is %(n)s characters too long. Shorten it.", over
        )
        return Reading(typed, fault % {"n": over})


@dataclass(frozen=True)
class Line(Text):
    """A text of one line; white space counts as one blank."""

    template = _Written.template

    def _widget(self) -> forms.Widget:
        return forms.TextInput(attrs={"data-limit": self.limit})

    def _understood(self, typed: str) -> Reading:
        return super()._understood(" ".join(typed.split()))


class Address(_Written):
    """An e-mail address."""

    attributes = {"type": "email", "autocomplete": "off"}

    def _understood(self, typed: str) -> Reading:
        try:
            validate_email(address := typed.strip())
        except ValidationError:
            return Reading(typed.strip(), _("Write an e-mail address, for example kirjaamo@liitto.example."))
        return Reading(address)


class Number(_Written):
    """A decimal number, stored with a point."""

    attributes = {"inputmode": "decimal"}
    unit = ""

    def _understood(self, typed: str) -> Reading:
        bare = re.sub(r"\s", "", typed).removesuffix("€").removesuffix("EUR")
        if not _AMOUNT.fullmatch(bare):
            return Reading(typed, _("Write a number, for example 250 000 or 2,5."))
        return Reading(str(Decimal(bare.replace(",", "."))))

    def _in_words(self, value: str) -> str:
        return value.replace(".", ",") if _AMOUNT.fullmatch(value) else value

    def shown(self, value: Any, vocabulary: Vocabulary) -> list[Words]:
        if not _AMOUNT.fullmatch(value):
            return [value]
        return [number_format(Decimal(value), use_l10n=True, force_grouping=True) + self.unit]


class Money(Number):
    """An amount in euros, stored as a decimal number with a point."""

    unit = " €"


@dataclass(frozen=True)
class Day(_Written):
    """A day, stored as ISO 8601; ``not_before`` is the key of a day that it must not precede."""

    not_before: str = ""

    def _understood(self, typed: str) -> Reading:
        try:
            if finnish := _FINNISH_DAY.fullmatch(typed.strip()):
                number, month, year = (int(part) for part in finnish.groups())
                day = date(year, month, number)
            else:
                day = date.fromisoformat(typed.strip())
        except ValueError:
            return Reading(typed, _("Write a day that exists as day, month and year, for example 1.3.2027."))
        return Reading(day.isoformat()) if day.year in YEARS else Reading(typed, _("Check the year."))

    def _in_words(self, value: str) -> str:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return value
        return f"{day.day}.{day.month}.{day.year}"

    def clash(self, value: Any, content: Content) -> str:
        try:
            early = date.fromisoformat(value) < date.fromisoformat(content[self.not_before])
        except (KeyError, TypeError, ValueError):
            return ""
        return _("The end is before the start.") if early else ""


@dataclass(frozen=True)
class _Chosen(Kind):
    """An answer of codes out of choices: those of the question itself, or a list of the vocabulary by its name."""

    of: Choices | str

    def choices(self, vocabulary: Vocabulary) -> Choices:
        """Return the codes and words to choose from."""
        choices: Choices = getattr(vocabulary, self.of) if isinstance(self.of, str) else self.of
        return choices


class One(_Chosen):
    """One choice, stored as its code."""

    def fields(self, key: str, vocabulary: Vocabulary) -> dict[str, forms.Field]:
        choices = [(code, _bare(words)) for code, words in self.choices(vocabulary).items()]
        return {key: forms.ChoiceField(choices=[UNANSWERED, *choices], required=False)}

    def typed(self, key: str, posted: QueryDict, vocabulary: Vocabulary) -> str:
        return lines(posted.get(key, ""))

    def read(self, answer: Any, vocabulary: Vocabulary) -> Reading:
        chosen = isinstance(answer, str) and answer in self.choices(vocabulary)
        return Reading(answer if chosen else "")

    def as_typed(self, key: str, value: Any) -> dict[str, Any]:
        return {key: value} if value else {}

    def shown(self, value: Any, vocabulary: Vocabulary) -> list[Words]:
        return [self.choices(vocabulary).get(value, value)]


class Many(_Chosen):
    """Several choices, stored as a list of codes in the order of the choices."""

    template = "proposals/answers/list.html"

    def fields(self, key: str, vocabulary: Vocabulary) -> dict[str, forms.Field]:
        choices = list(self.choices(vocabulary).items())
        return {key: forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, required=False)}

    def typed(self, key: str, posted: QueryDict, vocabulary: Vocabulary) -> list[str]:
        return posted.getlist(key)

    def read(self, answer: Any, vocabulary: Vocabulary) -> Reading:
        chosen = set(answer if isinstance(answer, list | frozenset | set) else [])
        return Reading([code for code in self.choices(vocabulary) if code in chosen])

    def as_typed(self, key: str, value: Any) -> dict[str, Any]:
        return {key: value} if value else {}

    def shown(self, value: Any, vocabulary: Vocabulary) -> list[Words]:
        choices = self.choices(vocabulary)
        return [choices.get(code, code) for code in value]

    def comparable(self, value: Any) -> frozenset[str]:
        return frozenset(value or [])

    def css_class(self, vocabulary: Vocabulary) -> str:
        return "many-choices" if len(self.choices(vocabulary)) > ONE_COLUMN_AT_MOST else ""


class Degrees(_Chosen):
    """A degree for each choice that would be used, stored as ``{code: degree}``; one field for each choice."""

    template = "proposals/answers/list.html"
    degrees: Choices = dict(PilotModel.Degree.choices)

    def fields(self, key: str, vocabulary: Vocabulary) -> dict[str, forms.Field]:
        return {
            f"{key}-{code}": forms.ChoiceField(
                choices=[UNUSED, *self.degrees.items()], required=False, label=_bare(words)
            )
            for code, words in self.choices(vocabulary).items()
        }

    def typed(self, key: str, posted: QueryDict, vocabulary: Vocabulary) -> dict[str, str]:
        chosen = {code: posted.get(f"{key}-{code}", "") for code in self.choices(vocabulary)}
        return {code: degree for code, degree in chosen.items() if degree in self.degrees}

    def read(self, answer: Any, vocabulary: Vocabulary) -> Reading:
        chosen = answer if isinstance(answer, dict) else {}
        return Reading({code: chosen[code] for code in self.choices(vocabulary) if chosen.get(code) in self.degrees})

    def as_typed(self, key: str, value: Any) -> dict[str, Any]:
        return {f"{key}-{code}": degree for code, degree in (value or {}).items()}

    def shown(self, value: Any, vocabulary: Vocabulary) -> list[Words]:
        choices = self.choices(vocabulary)
        return [f"{choices.get(code, code)}: {self.degrees.get(degree, degree)}" for code, degree in value.items()]

    def comparable(self, value: Any) -> dict[str, str]:
        return value or {}
