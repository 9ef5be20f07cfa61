"""The officer's form of the questions of a round's own: a part for each question, and empty ones for more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import HTML, Column, Layout, Row
from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pilots.models import OwnQuestion, Round
from pilots.models.own_questions import CHOICE, LONGEST_ANSWER, key_prefix
from pilots.rounds.workflow.questions import QuestionValues, stored
from registry.lib.formats import introducing
from registry.lib.languages import LANGUAGES

from .deadlines import LONGEST
from .parts import PartForm, PartsForm, label_in
from .rounds import in_three

MOST_QUESTIONS, MOST_CHOICES = 40, 50
USUAL_LIMIT = 2_000
MORE = _("Choices, advice, condition")


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that are not empty: the choices, one per line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class QuestionForm(PartForm):
    """One question; an empty one is left out."""

    first_words, words = "label_fi", ("label", "help", "choices")

    kind = forms.ChoiceField(label=_("What is answered"), choices=OwnQuestion.Kind.choices, required=False)
    required_from = forms.TypedChoiceField(
        label=_("Needed before sending"), coerce=int, empty_value=None, required=False
    )
    limit = forms.IntegerField(
        label=_("Limit of a text, characters"), min_value=1, max_value=LONGEST_ANSWER, required=False
    )
    only_if = forms.ChoiceField(
        label=_("Only if another one is answered so"),
        required=False,
        help_text=_("The choices of questions that are saved can be chosen here."),
    )
    gone = forms.BooleanField(label=_("Take this question away"), required=False)

    def __init__(
        self, data: QueryDict | None, key: str, values: QuestionValues | None, choices: Mapping[str, Any]
    ) -> None:
        """``choices``: what can be chosen in ``required_from`` and ``only_if``."""
        super().__init__(data, key, _initial(values) if values else {"kind": "text"})
        for language in LANGUAGES:
            self._add_words(language)
        for name, more in choices.items():
            field: Any = self.fields[name]
            field.choices = [("", "–"), *more]
        if self.is_new:
            del self.fields["gone"]
        short = [Column(name, css_class="col-sm-6 col-lg-3") for name in ("kind", "limit", "required_from", "position")]
        self.helper.layout = Layout(
            in_three("label"),
            Row(*short),
            HTML(format_html('<details class="choices"{}><summary>{}</summary>', self._open(), MORE)),
            in_three("choices"),
            in_three("help"),
            "only_if",
            HTML("</details>"),
            *(() if self.is_new else ("gone",)),
        )

    def _open(self) -> SafeString:
        """Return whether the advice, the choices and the condition stand open: where there are any."""
        names = [f"{name}_{language}" for name in ("choices", "help") for language in LANGUAGES] + ["only_if"]
        return SafeString(" open" if any(self[name].value() for name in names) else "")

    def _add_words(self, language: str) -> None:
        area: dict[str, Any] = {"widget": forms.Textarea(attrs={"rows": 3}), "required": False}
        self.fields[f"label_{language}"] = forms.CharField(
            label=label_in(gettext("Question"), language), max_length=200, required=False
        )
        self.fields[f"help_{language}"] = forms.CharField(
            label=label_in(gettext("Advice"), language), max_length=LONGEST, **area
        )
        lines = gettext("One per line.") if language == "fi" else ""
        self.fields[f"choices_{language}"] = forms.CharField(
            label=label_in(gettext("Choices"), language), help_text=lines, max_length=MOST_CHOICES * CHOICE, **area
        )

    def clean(self) -> dict[str, Any]:
        """See that the question is whole in Finnish and Swedish, with as many choices in both."""
        cleaned = super().clean() or {}
        if self.errors or cleaned.get("gone") or self.is_empty:
            return cleaned
        for language in ("fi", "sv"):
            if not cleaned.get(f"label_{language}"):
                self.add_error(f"label_{language}", _("Write the question in Finnish and in Swedish."))
        if cleaned.get("kind") == OwnQuestion.Kind.CHOICE:
            self._clean_choices(cleaned)
        elif any(self._has_new_choices(cleaned, f"choices_{language}") for language in LANGUAGES):
            self.add_error("kind", _("You have written choices. Choose “one of several choices”, or empty them."))
        is_text = cleaned.get("kind") == OwnQuestion.Kind.TEXT
        if not is_text and cleaned.get("limit") not in {None, self.initial.get("limit")}:
            self.add_error("limit", _("Only a text has a limit. Choose “text”, or empty the limit."))
        return cleaned

    def _has_new_choices(self, cleaned: Mapping[str, Any], name: str) -> bool:
        """Whether choices were written that would not be kept, because something else is answered."""
        typed = lines_of(cleaned.get(name) or "")
        return bool(typed) and typed != lines_of(self.initial.get(name) or "")

    def _clean_choices(self, cleaned: Mapping[str, Any]) -> None:
        finnish, swedish, english = (lines_of(cleaned.get(f"choices_{language}") or "") for language in LANGUAGES)
        if not 2 <= len(finnish) <= MOST_CHOICES or len({*finnish}) != len(finnish):
            self.add_error("choices_fi", gettext("Give 2 to %(n)s choices, each of them once.") % {"n": MOST_CHOICES})
        if len(swedish) != len(finnish):
            self.add_error("choices_sv", _("There must be as many choices in Swedish as in Finnish."))
        if english and len(english) != len(finnish):
            self.add_error("choices_en", _("There must be as many choices in English as in Finnish, or none."))
        if any(len(line) > CHOICE for line in (*finnish, *swedish, *english)):
            self.add_error("choices_fi", gettext("A choice has at most %(n)s characters.") % {"n": CHOICE})

    def typed(self, place: int) -> QuestionValues | None:
        """Return the question as it is typed, at ``place`` unless a place was typed; None: it is taken away."""
        data = self.cleaned_data
        if data.get("gone"):
            return None
        kind = data["kind"] or OwnQuestion.Kind.TEXT.value
        has_choices, is_text = kind == OwnQuestion.Kind.CHOICE, kind == OwnQuestion.Kind.TEXT
        on, _is, choice = data["only_if"].partition("=")
        words = [data[f"{name}_{language}"] for name in ("label", "help") for language in LANGUAGES]
        limit = (data["limit"] or USUAL_LIMIT) if is_text else None
        choices = [tuple(lines_of(data[f"choices_{language}"])) if has_choices else () for language in LANGUAGES]
        place = data["position"] or place
        return QuestionValues._make([place, kind, *words, limit, *choices, data["required_from"], on, choice])


def _initial(values: QuestionValues) -> dict[str, Any]:
    initial = values._asdict()
    for language in LANGUAGES:
        initial[f"choices_{language}"] = "\n".join(initial[f"choices_{language}"])
    initial["only_if"] = f"{values.only_if}={values.only_if_choice}" if values.only_if else ""
    return initial


class QuestionsForm(PartsForm):
    """All questions of a round's own; a published round needs a reason for a change, which all see."""

    most, keys_input, name_of_new = MOST_QUESTIONS, "questions", _("New question")

    def __init__(
        self, data: QueryDict | None, round_: Round, values: Mapping[str, QuestionValues | None] | None = None
    ) -> None:
        was = stored(round_)
        self.known_keys = rf"{re.escape(key_prefix(round_.pk))}[0-9]{{1,5}}"
        self.choices = {"required_from": _steps(round_), "only_if": _conditions(was)}
        super().__init__(data, round_, was, values)
        self.questions = self.members

    def member(self, data: QueryDict | None, key: str, values: QuestionValues | None) -> QuestionForm:
        """Return the form of one question."""
        return QuestionForm(data, key, values, self.choices)

    def anchor_of(self, part: str) -> str:
        """Return where the question stands in the page."""
        return f"question-{part}"

    def in_words(self, part: str, value: Any) -> list[str]:
        """Return a question in words, line by line."""
        if value is None:
            return [gettext("Taken away")]
        lines = [str(OwnQuestion.Kind(value.kind).label), value.label_fi, value.label_sv, value.label_en]
        lines += [value.help_fi, value.help_sv, value.help_en]
        lines += [" / ".join(filter(None, (choice.fi, choice.sv, choice.en))) for choice in value.choices()]
        step = dict(self.choices["required_from"]).get(value.required_from, value.required_from)
        condition = dict(self.choices["only_if"]).get(f"{value.only_if}={value.only_if_choice}")
        more = [(gettext("Limit of a text, characters"), value.limit), (gettext("Place"), value.position)]
        more.append((gettext("Needed before sending"), step))
        more.append((gettext("Only if another one is answered so"), condition))
        return [line for line in lines if line] + [f"{label}: {words}" for label, words in more if words]


def _steps(round_: Round) -> list[tuple[Any, Any]]:
    words = gettext("from step %(number)s on: %(step)s")
    return [
        (step.position, words % {"number": step.position, "step": step.get_kind_display()})
        for step in round_.steps.all()
        if step.takes_proposals
    ]


def _conditions(questions: Mapping[str, QuestionValues]) -> list[tuple[str, str]]:
    return [
        (f"{key}={number}", f"{introducing(values.label)} {choice.read().plain}")
        for key, values in questions.items()
        for number, choice in enumerate(values.choices(), start=1)
    ]
