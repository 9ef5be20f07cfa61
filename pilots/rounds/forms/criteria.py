"""The officer's form of the criteria of a round: a part for each, and empty ones for more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pilots.models import Round
from pilots.rounds.workflow.criteria import CriterionValues, stored
from registry.lib.languages import LANGUAGES

from .deadlines import LONGEST
from .parts import PartForm, PartsForm, label_in
from .rounds import in_three

LONGEST_CRITERION = 400


class CriterionForm(PartForm):
    """One criterion; an empty one is left out."""

    first_words, words = "text_fi", ("text", "explanation")

    scored = forms.BooleanField(
        label=_("A number from 1 to 5 may be given"),
        required=False,
        help_text=_("Beside the text, never in its place. The text is always asked for."),
    )
    gone = forms.BooleanField(label=_("Take this criterion away"), required=False)

    def __init__(self, data: QueryDict | None, key: str, values: CriterionValues | None) -> None:
        super().__init__(data, key, values._asdict() if values else {})
        for language in LANGUAGES:
            self._add_words("text", gettext("Criterion"), language, LONGEST_CRITERION, rows=2)
            self._add_words("explanation", gettext("What it means"), language, LONGEST, rows=3)
        if self.is_new:
            del self.fields["gone"]
        self.helper.layout = Layout(
            in_three("text"),
            in_three("explanation"),
            Row(Column("scored", css_class="col-sm-8"), Column("position", css_class="col-sm-4")),
            *(() if self.is_new else ("gone",)),
        )

    def _add_words(self, name: str, label: str, language: str, longest: int, *, rows: int) -> None:
        area = forms.Textarea(attrs={"rows": rows, "lang": language})
        self.fields[f"{name}_{language}"] = forms.CharField(
            label=label_in(label, language), max_length=longest, required=False, widget=area
        )

    def clean(self) -> dict[str, Any]:
        """See that the criterion is there in Finnish and in Swedish."""
        cleaned = super().clean() or {}
        if self.errors or cleaned.get("gone") or self.is_empty:
            return cleaned
        for language in ("fi", "sv"):
            if not cleaned.get(f"text_{language}"):
                self.add_error(f"text_{language}", _("Write the criterion in Finnish and in Swedish."))
        if bool(cleaned.get("explanation_fi")) != bool(cleaned.get("explanation_sv")):
            missing = "sv" if cleaned.get("explanation_fi") else "fi"
            self.add_error(f"explanation_{missing}", _("Explain it in Finnish and in Swedish, or in neither."))
        return cleaned

    def typed(self, place: int) -> CriterionValues | None:
        """Return the criterion as it is typed, at ``place`` unless a place was typed; None: it is taken away."""
        data = self.cleaned_data
        if data.get("gone"):
            return None
        words = {f"{name}_{language}": data[f"{name}_{language}"] for name in self.words for language in LANGUAGES}
        return CriterionValues(position=data["position"] or place, scored=data["scored"], **words)


class CriteriaForm(PartsForm):
    """All criteria of a round."""

    most, keys_input, name_of_new = 40, "criteria", _("New criterion")

    def __init__(
        self, data: QueryDict | None, round_: Round, values: Mapping[str, CriterionValues | None] | None = None
    ) -> None:
        super().__init__(data, round_, stored(round_), values)

    def member(self, data: QueryDict | None, key: str, values: CriterionValues | None) -> CriterionForm:
        """Return the form of one criterion."""
        return CriterionForm(data, key, values)

    def anchor_of(self, part: str) -> str:
        """Return where the criterion stands in the page."""
        return f"criterion-{part}"

    def in_words(self, part: str, value: Any) -> list[str]:
        """Return a criterion in words, line by line."""
        if value is None:
            return [gettext("Taken away")]
        lines = [getattr(value, f"{name}_{language}") for name in CriterionForm.words for language in LANGUAGES]
        if value.scored:
            lines.append(gettext("A number from 1 to 5 may be given"))
        return [line for line in lines if line] + [f"{gettext('Place')}: {value.position}"]
