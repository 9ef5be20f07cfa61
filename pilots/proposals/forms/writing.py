"""Forms of the writers: a section's questions, the choice of a kind, of two texts, of an editor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Fieldset, Layout
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from pilots.models import Proposal, Round
from pilots.proposals.questions.answers import Shown as ShownAnswer
from pilots.proposals.questions.answers import comparable, shown_answer
from pilots.proposals.questions.asked import Question, Section
from pilots.proposals.questions.kinds import Content, Reading
from pilots.proposals.questions.vocabulary import Vocabulary
from regions.access import may_have_mail_at
from regions.models import Organisation, User
from registry.lib.database import FiSort
from registry.lib.dates import today
from registry.lib.editions import EDITION, SHOWN, Shown, token
from registry.lib.formats import deadline_words
from registry.lib.languages import reader_language
from registry.lib.sniffing import ENDINGS


class SectionForm(forms.Form):
    """The questions of one section, filled with answers and showing what is wrong in them.

    It never refuses: it shows. ``storable`` are the answers that may be stored, by question.
    """

    edition = forms.CharField(widget=forms.HiddenInput, required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, section: Section, proposal: Proposal, readings: Mapping[str, Reading], vocabulary: Vocabulary
    ) -> None:
        self.section, self.proposal, self.readings, self.vocabulary = section, proposal, readings, vocabulary
        self.seen = Shown()  # what the form that was sent had shown
        self.unseen: set[str] = set()  # questions that it had not: they are asked since
        self.first_fields: dict[str, str | None] = {}  # by question: the field that shows a fault
        data: dict[str, Any] = {
            EDITION: str(proposal.edition),
            SHOWN: token(proposal, comparable(section, proposal.content)),
        }
        for question in section.questions:
            data.update(question.answer.as_typed(question.key, readings[question.key].value))
        super().__init__(data)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(EDITION, SHOWN, *(self._add(question) for question in section.questions))

    @classmethod
    def stored(cls, section: Section, proposal: Proposal, vocabulary: Vocabulary) -> Self:
        """Return the form with the stored answers."""
        return cls(section, proposal, _read(section, proposal.content, vocabulary), vocabulary)

    @classmethod
    def posted(cls, section: Section, proposal: Proposal, posted: QueryDict, vocabulary: Vocabulary) -> Self:
        """Return the form with the answers that were typed, each read once, over the stored proposal."""
        typed = {
            question.key: question.answer.typed(question.key, posted, vocabulary) for question in section.questions
        }
        form = cls(section, proposal, _read(section, typed, vocabulary), vocabulary)
        form.seen = Shown.read(posted, proposal)
        form.unseen = {key for key in typed if form.seen.prints and key not in form.seen.prints}
        return form

    def over(self, current: Proposal, answers: Content) -> Self:
        """Return the form over the proposal as it is now, with ``answers``; what may not be stored stays as typed."""
        unkept = {key: reading for key, reading in self.readings.items() if not reading.kept}
        readings = {**_read(self.section, answers, self.vocabulary), **unkept}
        return type(self)(self.section, current, readings, self.vocabulary)

    @property
    def storable(self) -> dict[str, Any]:
        """The answers that may be stored, by question: not to a question that the writer had not seen."""
        return {key: one.value for key, one in self.readings.items() if one.kept and key not in self.unseen}

    @property
    def typed(self) -> list[ShownAnswer]:
        """The answers as people read them, also those that may not be stored."""
        content = {key: reading.value for key, reading in self.readings.items()}
        return [shown_answer(question, content, self.vocabulary) for question in self.section.questions]

    def token_after(self, saved: Proposal) -> str:
        """Return the token for this very form once ``saved`` holds its answers: what the page shows is what was typed.

        An answer that somebody else changed meanwhile is stored, but the page still shows the one before.
        """
        kept = {key: reading.value for key, reading in self.readings.items() if reading.kept}
        return token(saved, comparable(self.section, {**saved.content, **kept}))

    @property
    def keeps_all(self) -> bool:
        """Whether every answer may be stored."""
        return all(reading.kept for reading in self.readings.values())

    def _add(self, question: Question) -> Any:
        label = question.label
        if Round.Asks(self.proposal.kind) in question.required:
            label = format_html("{} ({})", question.label, _("needed before sending"))
        fields = question.answer.fields(question.key, self.vocabulary)
        self.fields.update(fields)
        self.first_fields[question.key] = next(iter(fields), None)
        if question.key in fields:
            field = fields[question.key]
            field.label, field.help_text = label, question.help
            if question.only_if:
                field.widget.attrs["data-only-if"] = "=".join(question.only_if)
            css_class = question.answer.css_class(self.vocabulary)
            return Div(question.key, css_class=css_class) if css_class else question.key
        # The name of the anchor is the one that crispy gives to a field: the check page links to it.
        return Fieldset(
            label,
            HTML(format_html('<p class="form-text">{}</p>', question.help)),
            *fields,
            css_id=f"div_id_{question.key}",
            css_class="degrees",
        )

    def clean(self) -> dict[str, Any]:
        """Tie each fault to its question; that something is missing is no fault yet."""
        content = {key: reading.value for key, reading in self.readings.items()}
        for question in self.section.questions:
            reading = self.readings[question.key]
            if fault := reading.fault or question.answer.clash(reading.value, content):
                self.add_error(self.first_fields[question.key], fault)
        return self.cleaned_data


def _read(section: Section, answers: Content, vocabulary: Vocabulary) -> dict[str, Reading]:
    return {question.key: question.answer.read(answers.get(question.key), vocabulary) for question in section.questions}


class KindForm(forms.Form):
    """Which of the kinds that can be begun now is started."""

    kind = forms.ChoiceField(label=_("What do you want to write?"), widget=forms.RadioSelect)

    def __init__(self, kinds: Mapping[str, datetime], data: QueryDict | None = None, *, kind: str = "") -> None:
        """``kinds``: the deadline of each; ``kind``: the one that is chosen first."""
        super().__init__(data, initial={"kind": kind if kind in kinds else ""})
        field = self.fields["kind"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(kind, self._label(kind, kinds)) for kind in kinds]
        if len(kinds) == 1:
            self.initial["kind"] = next(iter(kinds))
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    @staticmethod
    def _label(kind: str, kinds: Mapping[str, datetime]) -> str:
        """Return the words of a kind; with its deadline, where the kinds have several."""
        label = str(Round.Asks(kind).label)
        if len(set(kinds.values())) == 1:
            return label
        return f"{label} ({deadline_words(kinds[kind], reader_language())})"


class AttachmentForm(forms.Form):
    """A file for a draft. ``attaching`` says whether it is taken."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("PDF, DOCX, XLSX, ODT, ODS, PNG or JPG, at most 20 MB. No macros, no password."),
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={"required": _("Choose a file.")},
    )

    def __init__(
        self, data: QueryDict | None = None, files: MultiValueDict[str, UploadedFile[Any]] | None = None
    ) -> None:
        super().__init__(data, files)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class CompareForm(forms.Form):
    """Which two texts of a proposal are compared: versions by number, or the draft."""

    names = ("from", "to")

    def __init__(self, texts: Mapping[str, Any], data: QueryDict | None = None) -> None:
        """``texts``: the words of each text that the reader may read, by its key, the oldest first."""
        super().__init__(data, initial=dict(zip(self.names, list(texts)[-2:], strict=True)))
        for name, label in zip(self.names, (_("The earlier text"), _("The later text")), strict=True):
            self.fields[name] = forms.ChoiceField(choices=list(texts.items()), label=label)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    @property
    def chosen(self) -> tuple[str, str]:
        """The keys of the two texts: what was chosen, else the last two."""
        given = self.cleaned_data if self.is_bound else self.initial
        return given["from"], given["to"]


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


class InviteWriterForm(forms.Form):
    """Who of which organisation is invited to write: whether the address has an account plays no part."""

    email = forms.EmailField(
        label=_("E-mail address at work"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Organisation"))

    def __init__(self, at: datetime, data: QueryDict | None = None, *, writers: Iterable[User] = ()) -> None:
        """``writers``: those who write the proposal already."""
        super().__init__(data)
        self.writers = {writer.email for writer in writers}
        field = self.fields["organisation"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Organisation.objects.possibly_on(today(at)).order_by(FiSort("name_fi"), "pk")
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean(self) -> dict[str, Any]:
        """See that the address is one of the organisation and of nobody who writes already."""
        cleaned = super().clean() or {}
        email, organisation = cleaned.get("email", "").strip().lower(), cleaned.get("organisation")
        if email in self.writers:
            self.add_error("email", _("This person is an editor already."))
        if email and organisation and not may_have_mail_at(email, organisation):
            domains = ", ".join(organisation.mail_domains)
            words = _("People of this organisation have their mail at: %(domains)s.")
            self.add_error("email", words % {"domains": domains})
        return cleaned
