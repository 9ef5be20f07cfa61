"""The officer's form of the questions of a round's own: a part for each question, and empty ones for more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Layout, Row
from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pilots.models import OwnQuestion, Round
from pilots.models.own_questions import CHOICE, LONGEST_ANSWER, key_prefix
from pilots.rounds.workflow.questions import NEW, QuestionValues, stored
from pilots.rounds.workflow.rounds import lines_of
from registry.lib.editions import EDITION, SHOWN, EditionForm, raw_values, token
from registry.lib.formats import introducing
from registry.lib.languages import LANGUAGES, InThree

from .deadlines import LONGEST, WithReasons
from .rounds import in_three

MOST_QUESTIONS, MOST_CHOICES = 40, 50
EMPTY_ONES = 2
USUAL_LIMIT = 2_000
MORE = _("Choices, advice, condition")
KEYS = "questions"  # the input that names the questions of the page
IN_LANGUAGES = {"fi": _("in Finnish"), "sv": _("in Swedish"), "en": _("in English")}


def _label(words: Any, language: str) -> str:
    return f"{words} {IN_LANGUAGES[language]}"


class QuestionForm(forms.Form):
    """One question; an empty one is left out."""

    position = forms.IntegerField(label=_("Place"), min_value=1, max_value=1_000, required=False)
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
        self.key, self.is_new = key, key.startswith(NEW)
        super().__init__(data, prefix=key, initial=_initial(values) if values else {"kind": "text"})
        for language in LANGUAGES:
            self._add_words(language)
        for name, more in choices.items():
            field: Any = self.fields[name]
            field.choices = [("", "–"), *more]
        if self.is_new:
            del self.fields["gone"]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
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
            label=_label(gettext("Question"), language), max_length=200, required=False
        )
        self.fields[f"help_{language}"] = forms.CharField(
            label=_label(gettext("Advice"), language), max_length=LONGEST, **area
        )
        lines = gettext("One per line.") if language == "fi" else ""
        self.fields[f"choices_{language}"] = forms.CharField(
            label=_label(gettext("Choices"), language), help_text=lines, max_length=MOST_CHOICES * CHOICE, **area
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written into a new question."""
        data = self.cleaned_data
        words = ("label", "help", "choices")
        return self.is_new and not any(data.get(f"{name}_{language}") for name in words for language in LANGUAGES)

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


class QuestionsForm(WithReasons, EditionForm):
    """All questions of a round's own; a published round needs a reason for a change, which all see."""

    def __init__(
        self, data: QueryDict | None, round_: Round, values: Mapping[str, QuestionValues | None] | None = None
    ) -> None:
        super().__init__(data)
        if round_.published_at is None:
            for language in LANGUAGES:
                del self.fields[f"reason_{language}"]
        self.was = stored(round_)
        questions = {**self.was, **(values or {})}
        if data is None:
            self.initial.update(
                {EDITION: round_.edition, SHOWN: token(round_, {**dict.fromkeys(self._empty()), **self.was})}
            )
        keys = list(dict.fromkeys([*questions, *self._empty()])) if data is None else _keys(data, round_)
        self.choices = {"required_from": _steps(round_), "only_if": _conditions(self.was)}
        self.questions = [
            QuestionForm(data, key, questions.get(key) or self.was.get(key), self.choices) for key in keys
        ]
        for question in self.questions:
            if question.key in questions and questions[question.key] is None:
                question.initial["gone"] = True
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        reasons = [in_three("reason")] if round_.published_at else []
        self.helper.layout = Layout(EDITION, SHOWN, *reasons)

    def _empty(self) -> list[str]:
        """Return the names of the new questions: no more than the round has room for."""
        room = MOST_QUESTIONS - len(self.was)
        return [f"{NEW}{number}" for number in range(1, min(EMPTY_ONES, room) + 1)]

    @property
    def keys(self) -> str:
        """The questions of the page, as its hidden input names them."""
        return " ".join(question.key for question in self.questions)

    @property
    def faulty(self) -> list[QuestionForm]:
        """The questions that have faults."""
        return [question for question in self.questions if question.errors]

    def is_valid(self) -> bool:
        """Whether the reason and each question are; the faults of all are shown."""
        valid = [super().is_valid(), *(question.is_valid() for question in self.questions)]
        return all(valid)

    def typed(self) -> dict[str, Any]:
        """Return each question as typed, by key; None: it is taken away."""
        filled = [one for one in self.questions if not one.is_empty]
        return {one.key: one.typed(len(self.was) + place) for place, one in enumerate(filled, start=1)}

    def reason(self) -> InThree | None:
        """Return the reason as typed; None where none is asked for."""
        return self.in_three() if "reason_fi" in self.fields else None

    def _of(self, key: str) -> QuestionForm | None:
        return next((one for one in self.questions if one.key == key), None)

    def label_of(self, part: str) -> str:
        """Return the words of a question."""
        question, stored_one = self._of(part), self.was.get(part)
        typed = question["label_fi"].value() if question else ""
        return str(typed or (stored_one.label if stored_one else _("New question")))

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

    def as_posted(self, part: str) -> dict[str, list[str]]:
        """Return a question as a browser posts it."""
        question = self._of(part)
        return raw_values(question, question.fields) if question else {}


def _keys(data: QueryDict, round_: Round) -> list[str]:
    """Return the keys of the questions that were posted; what cannot be one is left out."""
    known = re.compile(rf"({re.escape(key_prefix(round_.pk))}|{NEW})[0-9]{{1,5}}")
    keys = [key for key in data.get(KEYS, "").split() if known.fullmatch(key)]
    return list(dict.fromkeys(keys))[:MOST_QUESTIONS]


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
