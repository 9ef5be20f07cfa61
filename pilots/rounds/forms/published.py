"""Forms of a published round: its words corrected, bodies invited, the owner changed; an extension asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from pilots.models import Round
from pilots.rounds.workflow.published import WORDS, words_of
from regions.models import Organisation, User
from registry.lib.clocks import ClockField, DayField
from registry.lib.dates import today
from registry.lib.directions import isolated
from registry.lib.editions import EDITION, SHOWN, EditionForm

from .deadlines import LONGEST, WithClocks, WithReasons
from .rounds import RoundForm, in_three, invitable


class CorrectForm(forms.ModelForm, EditionForm, WithReasons):  # type: ignore[type-arg]
    """The words of a published round, and why they are corrected."""

    aside = ("reason_fi", "reason_sv", "reason_en")

    class Meta:
        model = Round
        fields = WORDS
        labels = {name: label for name, label in RoundForm.Meta.labels.items() if name in WORDS}
        widgets = {name: widget for name, widget in RoundForm.Meta.widgets.items() if name in WORDS}

    def __init__(self, data: Any, round_: Round, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, instance=round_)
        for name in WORDS:
            self.fields[name].required = not name.endswith("_en")
        if data is None:
            self.carry(round_, words_of(round_), values)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(EDITION, SHOWN, *map(in_three, ("name", "guidance", "contact", "reason")))


class _Plain(forms.Form):
    """A form without a tag of its own."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class InviteForm(_Plain):
    """Which bodies more are invited."""

    organisations = forms.ModelMultipleChoiceField(
        Organisation.objects.none(), label=_("Organisations"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, round_: Round, at: datetime) -> None:
        super().__init__(data)
        field: Any = self.fields["organisations"]
        field.queryset = invitable(today(at)).exclude(invited_to=round_)
        field.label_from_instance = lambda one: f"{isolated(one.name.plain)} ({one.get_kind_display()})"


class HandOverForm(_Plain):
    """Who owns the round from now on."""

    person = forms.ModelChoiceField(User.objects.none(), label=_("New owner"))

    def __init__(self, data: Any, round_: Round, at: datetime) -> None:
        super().__init__(data)
        officers = User.objects.working(today(at)).filter(role__in=[User.Role.OFFICER, User.Role.DECIDER])
        field: Any = self.fields["person"]
        field.queryset = officers.exclude(pk=round_.owner_id or 0).order_by("name", "email")


class AskExtensionForm(WithClocks):
    """Until when an organisation asks for the deadline, and why."""

    until_day = DayField(label=_("Asked until: day"), help_text=_("For example 11.12.2026"))
    until_clock = ClockField(label=_("Asked until: time"), help_text=_("Finnish time, for example 16.15"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The ministry's staff read it."),
    )

    def layout(self) -> Layout:
        """The moment in one row, then the reason."""
        return Layout(
            Row(Column("until_day", css_class="col-sm-6"), Column("until_clock", css_class="col-sm-6")), "reason"
        )

    def clean(self) -> dict[str, Any]:
        """Put the day and the time together."""
        cleaned = super().clean() or {}
        cleaned["until"] = self.together("until", required=True)
        return cleaned
