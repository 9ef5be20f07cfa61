"""The officer's form of whom a step asks to go on."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from pilots.models import Proposal, Step
from pilots.models.rounds import SUBMITTED
from regions.models import Organisation
from registry.lib.directions import isolated


class AskForm(forms.Form):
    """Which sent proposals, and which organisations with whatever they want, go on in the step."""

    proposals = forms.ModelMultipleChoiceField(
        Proposal.objects.none(),
        label=_("Sent proposals"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The proposal itself goes on, with its text."),
    )
    organisations = forms.ModelMultipleChoiceField(
        Organisation.objects.none(),
        label=_("Organisations"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They may go on with any proposal, or begin one."),
    )

    def __init__(self, data: Any, step: Step) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        asked = step.asked.all()
        sent = Proposal.objects.filter(round=step.round_id, state__in=SUBMITTED).exclude(
            pk__in=[one.proposal_id for one in asked if one.proposal_id]
        )
        fields["proposals"].queryset = sent.select_related("organisation", "latest").order_by("submitted_at", "pk")
        fields["proposals"].label_from_instance = lambda one: (
            f"{isolated(one.sent_title)} ({isolated(one.organisation.name.plain)})"
        )
        written = Proposal.objects.filter(round=step.round_id, organisation=OuterRef("pk"))
        whole = [one.organisation_id for one in asked if one.proposal_id is None]
        known = Organisation.objects.filter(Q(invited_to=step.round_id) | Exists(written)).exclude(pk__in=whole)
        fields["organisations"].queryset = known.distinct().by_name()
        fields["organisations"].label_from_instance = lambda one: one.name.plain
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean(self) -> dict[str, Any]:
        """Ask for one at least."""
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned.get("proposals") or cleaned.get("organisations")):
            raise forms.ValidationError(_("Choose at least one."))
        return cleaned
