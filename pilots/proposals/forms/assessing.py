"""Forms of those who assess: who they are, whether there is a conflict of interest, what they write; and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pilots.models import Assessment, CriterionAnswer, Declaration, Round
from pilots.models.assessing import HIGHEST, LOWEST
from pilots.proposals.assessing import OVERALL, SCORE, TEXT, stored
from regions.models import MINISTRY, User
from registry.lib.clocks import DayField
from registry.lib.dates import today
from registry.lib.directions import isolated
from registry.lib.editions import EditionForm
from registry.lib.identity_codes import holds_identity_code

LONGEST = 5_000  # characters of a text
NO_CODES = _("Take the personal identity code out: this is not the place for it.")


def _plain(form: forms.Form) -> FormHelper:
    """Return a helper that leaves the form's tag to the page."""
    helper = FormHelper(form)
    helper.form_tag = False
    helper.disable_csrf = True
    return helper


def _area(label: Any, *, rows: int, required: bool = False, help_text: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, max_length=LONGEST, widget=area, help_text=help_text)


def _refuse_codes(form: forms.Form) -> None:
    """Refuse personal identity codes wherever words are typed."""
    for name, value in list(form.cleaned_data.items()):
        if isinstance(value, str) and holds_identity_code(value):
            form.add_error(name, NO_CODES)


class AssessorsForm(EditionForm):
    """Who assesses the proposals of a round, of the ministry's staff."""

    assessors = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Assessors"), required=False, widget=forms.CheckboxSelectMultiple
    )

    assess_until = DayField(
        label=_("Ready by"), required=False, help_text=_("For example 11.12.2026. Left empty: no day is set.")
    )

    def __init__(
        self, data: QueryDict | None, round_: Round, at: datetime, values: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data)
        self.at, self.until = at, round_.assess_until
        named = {one.user for one in round_.assessors.all()}
        working = User.objects.working(today(at)).filter(role__in=MINISTRY)
        field: Any = self.fields["assessors"]
        field.queryset = (
            (working | User.objects.filter(assessorships__round=round_)).distinct().order_by("name", "email")
        )
        field.label_from_instance = lambda one: f"{isolated(str(one))} ({one.get_role_display()})"
        if data is None:
            self.carry(round_, {"assessors": named, "assess_until": round_.assess_until}, values)
        self.helper = _plain(self)

    def clean_assess_until(self) -> date | None:
        """See that a new day is not past."""
        day: date | None = self.cleaned_data["assess_until"]
        if day is not None and day < today(self.at) and day != self.until:
            raise forms.ValidationError(_("Choose a day that is not past."))
        return day


class DeclarationForm(forms.Form):
    """Whether there is a conflict of interest. ``held``: the declaration that holds, whose change needs a reason."""

    ground = forms.ChoiceField(label=_("Your declaration"), widget=forms.RadioSelect, required=False)
    words = _area(_("In more words"), rows=3, help_text=_("Needed for another particular reason, else as you like."))
    because = _area(_("Why your declaration changes"), rows=2, required=True)

    def __init__(self, data: QueryDict | None, held: Declaration | None) -> None:
        first = {"ground": held.ground or NONE, "words": held.words} if held else {}
        super().__init__(data, initial=first)
        field: Any = self.fields["ground"]
        field.required = True
        field.choices = [
            (NONE, _("No conflict of interest")),
            *((key, capfirst(words)) for key, words in Declaration.Ground.choices),
        ]
        if held is None:
            del self.fields["because"]
        self.helper = _plain(self)

    def clean(self) -> dict[str, Any]:
        """See that another reason is said in words, and that no personal identity code is."""
        cleaned = super().clean() or {}
        if cleaned.get("ground") == Declaration.Ground.OTHER and not cleaned.get("words"):
            self.add_error("words", _("Say which reason it is."))
        if cleaned.get("ground") == NONE:
            cleaned["words"] = ""
        _refuse_codes(self)
        return cleaned

    @property
    def chosen_ground(self) -> str:
        """The ground as it is stored: empty where there is no conflict."""
        ground = str(self.cleaned_data["ground"])
        return "" if ground == NONE else ground


NONE = "none"  # the choice that there is no conflict
SCORES = {
    1: pgettext_lazy("score", "1, does not meet it"),
    2: pgettext_lazy("score", "2, meets it in part"),
    3: pgettext_lazy("score", "3, meets it"),
    4: pgettext_lazy("score", "4, meets it well"),
    5: pgettext_lazy("score", "5, meets it very well"),
}


class AssessmentForm(EditionForm):
    """A text on each criterion, a number beside it where the criterion is scored, and the overall view."""

    overall = _area(_("Overall view"), rows=6, help_text=_("What speaks for the proposal, and what against it?"))

    def __init__(
        self,
        data: QueryDict | None,
        assessment: Assessment,
        answers: Sequence[CriterionAnswer],
        values: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data)
        overall = self.fields.pop(OVERALL)
        for place, answer in enumerate(answers, start=1):
            criterion = answer.criterion
            label = f"{place}. {criterion.text.plain}"
            words = criterion.explanation.plain
            self.fields[f"{TEXT}{criterion.pk}"] = _area(label, rows=5, help_text=words)
            if criterion.scored:
                self.fields[f"{SCORE}{criterion.pk}"] = self._score(place)
        self.fields[OVERALL] = overall
        if data is None:
            self.carry(assessment, stored(assessment, answers), values)
        self.helper = _plain(self)

    @staticmethod
    def _score(place: int) -> forms.TypedChoiceField:
        choices = [("", gettext("no number")), *((number, SCORES[number]) for number in range(LOWEST, HIGHEST + 1))]
        label = gettext("Number beside the text of criterion %(place)s") % {"place": place}
        return forms.TypedChoiceField(label=label, choices=choices, coerce=int, empty_value=None, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse personal identity codes: an assessment may have to be given to who asks for it."""
        cleaned = super().clean() or {}
        _refuse_codes(self)
        return cleaned


class NoteForm(forms.Form):
    """An internal note."""

    words = _area(_("New note"), rows=4, required=True)

    def __init__(self, data: QueryDict | None) -> None:
        super().__init__(data)
        self.helper = _plain(self)

    def clean(self) -> dict[str, Any]:
        """Refuse personal identity codes."""
        cleaned = super().clean() or {}
        _refuse_codes(self)
        return cleaned
