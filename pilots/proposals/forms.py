"""Forms of proposals: a section's questions, the choice of a kind, the choice of an editor."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Fieldset, Layout
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from pilots.models import Proposal, Round
from pilots.proposals.questions.answers import Content, as_typed, faults, read, section_seal
from pilots.proposals.questions.asked import DEGREES, Answer, Question, Section, Vocabulary, Words
from regions.models import User
from registry.lib.languages import Text
from registry.lib.plaintext import lines

UNANSWERED = ("", _("Not answered"))
UNUSED = ("", _("Not used"))
COLUMNS_FROM = 8  # choices in one column at most
ROWS = {True: 9, False: 5}  # of a long text, of a shorter one


def typed_answers(section: Section, posted: QueryDict, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return what was typed into a section's form, by question; nothing is judged yet."""
    answers: dict[str, Any] = {}
    for question in section.questions:
        if question.answer == Answer.MANY:
            answers[question.key] = posted.getlist(question.key)
        elif question.answer == Answer.DEGREES:
            chosen = {code: posted.get(f"{question.key}-{code}", "") for code in question.choices(vocabulary)}
            answers[question.key] = {code: degree for code, degree in chosen.items() if degree in DEGREES}
        else:
            answers[question.key] = lines(posted.get(question.key, ""))
    return answers


def _bare(words: Words) -> Words:
    return words.plain if isinstance(words, Text) else words  # an <option> holds no markup


def _field(question: Question, vocabulary: Vocabulary) -> forms.Field:
    choices = list(question.choices(vocabulary).items())
    if question.answer == Answer.MANY:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, required=False)
    if question.answer == Answer.ONE:
        return forms.ChoiceField(
            choices=[UNANSWERED, *((code, _bare(words)) for code, words in choices)], required=False
        )
    if question.answer == Answer.TEXT:
        widget = forms.Textarea(attrs={"rows": ROWS[question.limit > 4_000]})
        return forms.CharField(widget=widget, strip=False, required=False)
    attributes = {
        Answer.ADDRESS: {"type": "email", "autocomplete": "off"},
        Answer.MONEY: {"inputmode": "decimal"},
        Answer.NUMBER: {"inputmode": "decimal"},
    }.get(question.answer, {})
    return forms.CharField(widget=forms.TextInput(attrs=attributes), strip=False, required=False)


class SectionForm(forms.Form):
    """The questions of one section, filled with answers (stored or just typed) and showing what is wrong in them.

    It never refuses: it shows. What may be stored of the answers is decided in ``answers``.
    """

    edition = forms.CharField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, section: Section, stored: Proposal, answers: Content, vocabulary: Vocabulary) -> None:
        self.section, self.kind, self.answers, self.vocabulary = section, stored.kind, answers, vocabulary
        data: dict[str, Any] = {"edition": str(stored.edition), "seen": section_seal(section, stored.content)}
        for question in section.questions:
            value = as_typed(question, answers.get(question.key))
            if question.answer == Answer.DEGREES:
                data.update({f"{question.key}-{code}": degree for code, degree in (value or {}).items()})
            elif value:
                data[question.key] = value
        super().__init__(data)
        layout: list[Any] = ["edition", "seen"]
        for question in section.questions:
            layout.append(self._add(question))
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*layout)

    def _add(self, question: Question) -> Any:
        label = question.label
        if Round.Asks(self.kind) in question.required:
            label = format_lazy("{} ({})", question.label, _("needed before sending"))
        if question.answer != Answer.DEGREES:
            field = self.fields[question.key] = _field(question, self.vocabulary)
            field.label, field.help_text = label, question.help
            many = question.answer == Answer.MANY and len(field.widget.choices) > COLUMNS_FROM
            return Div(question.key, css_class="many-choices") if many else question.key
        names = []
        for code, words in question.choices(self.vocabulary).items():
            name = f"{question.key}-{code}"
            self.fields[name] = forms.ChoiceField(
                choices=[UNUSED, *DEGREES.items()], required=False, label=_bare(words)
            )
            names.append(name)
        # The name of the anchor is the one that crispy gives to a field: the check page links to it.
        return Fieldset(
            label,
            HTML(format_html('<p class="form-text">{}</p>', question.help)),
            *names,
            css_id=f"div_id_{question.key}",
            css_class="degrees",
        )

    def clean(self) -> dict[str, Any]:
        """Tie each fault to its question; that something is missing is no fault yet."""
        for question in self.section.questions:
            reading = read(question, self.answers.get(question.key), self.vocabulary)
            if reading.fault:
                self.add_error(question.key, reading.fault)
        if not self.errors:
            for fault in faults(self.kind, self.answers, self.vocabulary, [self.section]):
                if not fault.missing:
                    self.add_error(fault.question.key, fault.words)
        return self.cleaned_data


class KindForm(forms.Form):
    """Which of the kinds that a round asks for is started."""

    kind = forms.ChoiceField(label=_("What do you want to write?"), widget=forms.RadioSelect)

    def __init__(self, round_: Round, data: QueryDict | None = None) -> None:
        super().__init__(data)
        field = self.fields["kind"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(kind, Round.Asks(kind).label) for kind in round_.asks]
        if len(round_.asks) == 1:
            self.initial["kind"] = round_.asks[0]
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class EditorForm(forms.Form):
    """Which colleague of the proposal's organisation may write it too."""

    person = forms.ModelChoiceField(
        User.objects.none(), label=_("Colleague"), help_text=_("Preparers of your organisation who have an account.")
    )

    def __init__(self, colleagues: QuerySet[User], data: QueryDict | None = None) -> None:
        super().__init__(data)
        field = self.fields["person"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = colleagues
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
