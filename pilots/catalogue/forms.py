"""The officer's form of a pilot."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from pilots.models import Pilot, Theme
from regions.models import Organisation, Region
from registry.lib.clocks import DayField
from registry.lib.dates import fuzzy, reading
from registry.lib.languages import LANGUAGES

MANY = ("regions", "themes")


class PilotForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a pilot's page tells. Writing is done by ``workflow.pilots.change``, not by ``save``."""

    production = forms.MultipleChoiceField(
        label=_("Who produces"), choices=Pilot.Production.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    start_earliest = DayField(label=_("Starts, earliest day"), required=False)
    start_latest = DayField(label=_("Starts, latest day"), required=False)
    end_earliest = DayField(label=_("Ends, earliest day"), required=False)
    end_latest = DayField(label=_("Ends, latest day"), required=False)
    edition = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)

    class Meta:
        model = Pilot
        fields = [
            *("name_fi", "name_sv", "name_en", "summary_fi", "summary_sv", "summary_en"),
            *("description_fi", "description_sv", "description_en"),
            *("stage", "regions", "lead", "client_type", "themes", "production", "whole_process"),
            *("target_text_fi", "target_text_sv", "target_text_en"),
            *("legal_conditions_fi", "legal_conditions_sv", "legal_conditions_en", "needs_change_of_law"),
            *("start_words", "end_words", "budget_eur"),
        ]
        labels = {
            "name_fi": _("Name in Finnish"),
            "name_sv": _("Name in Swedish"),
            "name_en": _("Name in English"),
            "summary_fi": _("Summary in Finnish"),
            "summary_sv": _("Summary in Swedish"),
            "summary_en": _("Summary in English"),
            "description_fi": _("Description in Finnish"),
            "description_sv": _("Description in Swedish"),
            "description_en": _("Description in English"),
            "stage": _("Stage"),
            "regions": _("Regions"),
            "lead": _("Who runs it"),
            "client_type": _("Whose services"),
            "themes": _("Things tried"),
            "whole_process": _("Procures whole service processes"),
            "target_text_fi": _("For whom, in Finnish"),
            "target_text_sv": _("For whom, in Swedish"),
            "target_text_en": _("For whom, in English"),
            "legal_conditions_fi": _("Legal conditions in Finnish"),
            "legal_conditions_sv": _("Legal conditions in Swedish"),
            "legal_conditions_en": _("Legal conditions in English"),
            "needs_change_of_law": _("Needs a change of law"),
            "start_words": _("Start in the words of the source"),
            "end_words": _("End in the words of the source"),
            "budget_eur": _("Budget, euros"),
        }
        widgets = {
            "regions": forms.CheckboxSelectMultiple,
            "themes": forms.CheckboxSelectMultiple,
            **{f"summary_{language}": forms.Textarea(attrs={"rows": 3}) for language in LANGUAGES},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            *(Div(name, css_class="many-choices") if name in MANY else name for name in self.fields)
        )
        choices: dict[str, Any] = self.fields
        choices["lead"].queryset = Organisation.objects.by_name()
        choices["lead"].empty_label = _("Not known")
        choices["regions"].queryset = Region.objects.order_by("code")
        choices["themes"].queryset = Theme.objects.order_by("name_fi")
        for side in ("start", "end"):
            days = fuzzy("", getattr(self.instance, f"{side}_days"))
            self.initial.setdefault(f"{side}_earliest", days.earliest)
            self.initial.setdefault(f"{side}_latest", days.latest)
        self.initial["edition"] = self.instance.edition

    def clean(self) -> dict[str, Any]:
        """Put the fuzzy days together; raises when one ends before it begins."""
        cleaned = super().clean() or {}
        for side in ("start", "end"):
            earliest, latest = cleaned.get(f"{side}_earliest"), cleaned.get(f"{side}_latest")
            if earliest and latest and earliest > latest:
                self.add_error(f"{side}_latest", _("The latest day is before the earliest."))
            else:
                cleaned[f"{side}_days"] = reading(earliest, latest)
        start, end = cleaned.get("start_earliest"), cleaned.get("end_latest")
        if start and end and start > end:
            self.add_error("end_latest", _("The pilot ends before it starts."))
        return cleaned

    def columns(self) -> dict[str, Any]:
        """Return what to write to the pilot's own row."""
        plain = [name for name in self.Meta.fields if name not in MANY]
        return {name: self.cleaned_data[name] for name in (*plain, "start_days", "end_days")}

    def many(self) -> dict[str, Any]:
        """Return the many-to-many choices to write."""
        return {name: self.cleaned_data[name] for name in MANY}
