"""The officer's form of a pilot."""

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pilots.catalogue.workflow import FIELDS, MANY, stored
from pilots.models import Pilot, Theme
from regions.models import Organisation, Region
from registry.lib.clocks import DayField
from registry.lib.editions import EditionForm
from registry.lib.languages import LANGUAGES


class PilotForm(forms.ModelForm, EditionForm):  # type: ignore[type-arg]
    """What a pilot's page tells. Writing is done by ``workflow.change``, not by ``save``."""

    together = {"period": ("start_earliest", "start_latest", "end_earliest", "end_latest")}
    labels = {"period": _("Start and end")}

    production = forms.MultipleChoiceField(
        label=_("Who produces"), choices=Pilot.Production.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    start_earliest = DayField(label=_("Starts, earliest day"), required=False)
    start_latest = DayField(label=_("Starts, latest day"), required=False)
    end_earliest = DayField(label=_("Ends, earliest day"), required=False)
    end_latest = DayField(label=_("Ends, latest day"), required=False)

    class Meta:
        model = Pilot
        fields = FIELDS
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

    def __init__(self, data: QueryDict | None, pilot: Pilot, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, instance=pilot)
        if data is None:
            self.carry(pilot, stored(pilot), values)
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

    def clean(self) -> dict[str, Any]:
        """Check that no period ends before it begins."""
        cleaned = super().clean() or {}
        for side in ("start", "end"):
            earliest, latest = cleaned.get(f"{side}_earliest"), cleaned.get(f"{side}_latest")
            if earliest and latest and earliest > latest:
                self.add_error(f"{side}_latest", _("The latest day is before the earliest."))
        start, end = cleaned.get("start_earliest"), cleaned.get("end_latest")
        if start and end and start > end:
            self.add_error("end_latest", _("The pilot ends before it starts."))
        return cleaned
