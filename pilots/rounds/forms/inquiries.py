"""Forms of questions about a round: asked, answered to all, declined, corrected; the last day for them."""

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from pilots.models import Inquiry, PublicAnswer, Round
from pilots.models.inquiries import says
from pilots.rounds.workflow.inquiries import NAMED, WORDS, named, words_of
from registry.lib.clocks import DayField
from registry.lib.editions import EDITION, SHOWN, EditionForm
from registry.lib.identity_codes import holds_identity_code
from registry.lib.kept_forms import LANGUAGE

from .deadlines import WithReasons
from .rounds import in_three

LONGEST_QUESTION, LONGEST = 2_000, 5_000  # characters
PLACED = _("The words name a region of the asker. Change them, or tick this if they tell nobody who asked.")
SECRET = _("Take the personal identity code out: this is not the place for it.")
LABELS = {
    "question_fi": _("Question in Finnish"),
    "question_sv": _("Question in Swedish"),
    "question_en": _("Question in English"),
    "answer_fi": _("Answer in Finnish"),
    "answer_sv": _("Answer in Swedish"),
    "answer_en": _("Answer in English"),
}


def _text(label: Any, *, rows: int, longest: int, required: bool = True, help_text: Any = "") -> forms.CharField:
    """Return a field of a text; a longer one is refused by the server and cut by no browser."""
    area = forms.Textarea(attrs={"rows": rows, "data-limit": longest})
    longest_words = MaxLengthValidator(longest)
    return forms.CharField(label=label, required=required, widget=area, help_text=help_text, validators=[longest_words])


class _Plain(forms.Form):
    """A form without a tag of its own, in which no personal identity code is written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def is_valid(self) -> bool:
        """Whether what was typed is meant to be done: not where it is only shown in another language."""
        return LANGUAGE not in self.data and super().is_valid()

    def clean(self) -> dict[str, Any]:
        """Refuse what no letter and no page may carry."""
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and holds_identity_code(value):
                self.add_error(name, SECRET)
        return cleaned


class InquiryForm(_Plain):
    """What a preparer asks about a round."""

    words = _text(
        _("Your question"),
        rows=6,
        longest=LONGEST_QUESTION,
        help_text=_("At most 2,000 characters. Leave out what tells who you are: names, addresses, your own region."),
    )


class AnswerForm(_Plain):
    """A question as all will read it, and its answer."""

    question_fi = _text(LABELS["question_fi"], rows=4, longest=LONGEST)
    question_sv = _text(LABELS["question_sv"], rows=4, longest=LONGEST)
    question_en = _text(LABELS["question_en"], rows=4, longest=LONGEST, required=False)
    answer_fi = _text(LABELS["answer_fi"], rows=6, longest=LONGEST)
    answer_sv = _text(LABELS["answer_sv"], rows=6, longest=LONGEST)
    answer_en = _text(LABELS["answer_en"], rows=6, longest=LONGEST, required=False)

    sure = forms.BooleanField(label=_("The place does not tell who asked"), required=False)

    def __init__(self, data: Any, inquiry: Inquiry) -> None:
        """The question begins with what was asked, in the language that its asker reads."""
        self.inquiry = inquiry
        super().__init__(data, initial={f"question_{inquiry.asked_by.language or 'fi'}": inquiry.words})
        if data is None or not _names_a_place(data, inquiry):
            del self.fields["sure"]
        self.helper.layout = Layout(in_three("question"), in_three("answer"), *self.fields.keys() & {"sure"})

    def clean(self) -> dict[str, Any]:
        """Refuse words that tell who asked, and ask about words that may."""
        cleaned = super().clean()
        for name in named([self.inquiry], cleaned):
            self.add_error(name, NAMED)
        if "sure" in self.fields and not cleaned.get("sure"):
            self.add_error("sure", PLACED)
        return cleaned


def _names_a_place(data: Mapping[str, Any], inquiry: Inquiry) -> bool:
    """Whether what was typed names a region of the asker's organisation."""
    texts, places = [str(data.get(name, "")) for name in WORDS], inquiry.places_of_the_asker()
    return any(says(text, place) for text in texts for place in places)


class SameForm(_Plain):
    """The public answer that answers a question already."""

    same = forms.ModelChoiceField(PublicAnswer.objects.none(), label=_("Public answer"))

    def __init__(self, data: Any, round_: Round) -> None:
        super().__init__(data)
        field: Any = self.fields["same"]
        field.queryset = round_.public_answers.all()
        field.label_from_instance = lambda one: f"{one.number}. {one.question.plain[:100]}"


class DeclineForm(_Plain):
    """Why a question is not answered."""

    because = _text(
        _("Why it is not answered"), rows=3, longest=LONGEST, help_text=_("Only the asker gets it, by letter.")
    )


class DeclineExtensionForm(_Plain):
    """Why no extension is given."""

    because = _text(_("Reason"), rows=3, longest=LONGEST, help_text=_("Only the person who asked gets it, by letter."))


class LastDayForm(_Plain):
    """The last day on which preparers may ask about a round."""

    day = DayField(
        label=_("Last day for questions"),
        required=False,
        help_text=_("For example 11.12.2026. Empty: until the last deadline of the round."),
    )


class CorrectAnswerForm(EditionForm, WithReasons):
    """A public answer, and why it is corrected."""

    aside = ("reason_fi", "reason_sv", "reason_en")

    question_fi = _text(LABELS["question_fi"], rows=4, longest=LONGEST)
    question_sv = _text(LABELS["question_sv"], rows=4, longest=LONGEST)
    question_en = _text(LABELS["question_en"], rows=4, longest=LONGEST, required=False)
    answer_fi = _text(LABELS["answer_fi"], rows=6, longest=LONGEST)
    answer_sv = _text(LABELS["answer_sv"], rows=6, longest=LONGEST)
    answer_en = _text(LABELS["answer_en"], rows=6, longest=LONGEST, required=False)

    def __init__(self, data: Any, answer: PublicAnswer, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        if data is None:
            self.carry(answer, words_of(answer), values)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(EDITION, SHOWN, *map(in_three, ("question", "answer", "reason")))

    def clean(self) -> dict[str, Any]:
        """Refuse what no page may carry."""
        cleaned = super().clean() or {}
        for name in (*WORDS, *self.aside):
            if holds_identity_code(cleaned.get(name) or ""):
                self.add_error(name, SECRET)
        return cleaned
