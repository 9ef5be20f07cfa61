"""The officer's form of a round: texts in three languages, who is invited, what it asks."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Layout, Row
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from pilots.models import Programme, Round
from pilots.rounds.workflow.rounds import stored
from regions.models import Kind, Organisation
from registry.lib.dates import today
from registry.lib.directions import isolated
from registry.lib.editions import EDITION, SHOWN, EditionForm, raw_values
from registry.lib.languages import LANGUAGES

from .steps import step_forms, step_in_words

# Who may be asked to propose: those who prepare and carry services in a region.
INVITABLE = (Kind.REGIONAL_COUNCIL, Kind.VITALITY_CENTRE, Kind.EMPLOYMENT_AREA, Kind.ELY_CENTRE, Kind.TE_OFFICE)
ALL_OF = {
    Kind.REGIONAL_COUNCIL: _("All regional councils"),
    Kind.VITALITY_CENTRE: _("All vitality centres"),
    Kind.EMPLOYMENT_AREA: _("All employment areas"),
    Kind.ELY_CENTRE: _("All ELY Centres"),
    Kind.TE_OFFICE: _("All TE Offices"),
}


def invitable(day: date) -> QuerySet[Organisation]:
    """Return the organisations that can be invited on ``day``."""
    return Organisation.objects.possibly_on(day).filter(kind__in=INVITABLE).by_name()


def in_three(name: str) -> Row:
    """Return the row of a text in three languages."""
    return Row(*(Column(f"{name}_{language}", css_class="col-lg-4") for language in LANGUAGES))


class RoundForm(forms.ModelForm, EditionForm):  # type: ignore[type-arg]
    """A round: its texts, whom it is for, its steps. Writing is done by the verbs of ``workflow.rounds``."""

    labels = {"steps": _("Steps and deadlines")}
    aside = ("invited_kinds",)

    asks = forms.MultipleChoiceField(
        label=_("What may be sent"), choices=Round.Asks.choices, widget=forms.CheckboxSelectMultiple, required=False
    )

    invited_kinds = forms.MultipleChoiceField(
        label=_("Invite at once"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All that there are today. You can also choose one by one, or do both."),
    )

    class Meta:
        model = Round
        fields = [
            *("name_fi", "name_sv", "name_en", "programme", "asks", "invited"),
            *("guidance_fi", "guidance_sv", "guidance_en", "contact_fi", "contact_sv", "contact_en"),
        ]
        labels = {
            "name_fi": _("Name in Finnish"),
            "name_sv": _("Name in Swedish"),
            "name_en": _("Name in English"),
            "programme": _("Programme"),
            "invited": _("Invited organisations"),
            "guidance_fi": _("Guidance in Finnish"),
            "guidance_sv": _("Guidance in Swedish"),
            "guidance_en": _("Guidance in English"),
            "contact_fi": _("Whom to ask, in Finnish"),
            "contact_sv": _("Whom to ask, in Swedish"),
            "contact_en": _("Whom to ask, in English"),
        }
        help_texts = {
            "name_fi": _("Needed. The rest may wait until publishing."),
            "invited": _("Choose none to let every organisation answer."),
            "contact_fi": _("A task or a role address, not a person."),
        }
        widgets = {
            "invited": forms.CheckboxSelectMultiple,
            **{f"guidance_{language}": forms.Textarea(attrs={"rows": 4}) for language in LANGUAGES},
            **{f"contact_{language}": forms.Textarea(attrs={"rows": 2}) for language in LANGUAGES},
        }

    def __init__(
        self, data: QueryDict | None, round_: Round, at: datetime, values: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, instance=round_)
        was = stored(round_) if round_.pk else {}
        self._let_choose(today(at))
        if data is None and was:
            invited: Any = self.fields["invited"]
            self.carry(round_, {**was, "invited": was["invited"] & set(invited.queryset)}, values)
        self.steps = step_forms((values or was).get("steps", []), data, at)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = self._layout()

    def _let_choose(self, day: date) -> None:
        choices: dict[str, Any] = self.fields
        organisations = invitable(day)
        choices["invited"].label_from_instance = lambda one: f"{isolated(one.name.plain)} ({one.get_kind_display()})"
        choices["invited"].queryset = organisations
        kinds = set(organisations.values_list("kind", flat=True).order_by())
        choices["invited_kinds"].choices = [(kind.value, label) for kind, label in ALL_OF.items() if kind in kinds]
        choices["programme"].queryset = Programme.objects.order_by("name_fi")

    def _layout(self) -> Layout:
        return Layout(
            EDITION,
            SHOWN,
            in_three("name"),
            "programme",
            "asks",
            "invited_kinds",
            HTML(format_html('<details class="choices"{}><summary>{}</summary>', *self._one_by_one())),
            Div("invited", css_class="many-choices"),
            HTML("</details>"),
            in_three("guidance"),
            in_three("contact"),
        )

    def _one_by_one(self) -> tuple[SafeString, str]:
        """Return whether the list of organisations stands open, and its title."""
        chosen = self["invited"].value() or []
        words = _("Choose organisations one by one (%(n)s chosen)") % {"n": len(chosen)}
        return SafeString(" open" if chosen else ""), words

    def clean(self) -> dict[str, Any]:
        """Add the organisations that are invited by kind."""
        cleaned = super().clean() or {}
        if kinds := cleaned.get("invited_kinds"):
            chosen = [organisation.pk for organisation in cleaned.get("invited", [])]
            invited: Any = self.fields["invited"]
            cleaned["invited"] = invited.queryset.filter(Q(kind__in=kinds) | Q(pk__in=chosen))
        return cleaned

    def is_valid(self) -> bool:
        """Whether the round and its steps are; the faults of both are shown."""
        valid = [super().is_valid(), self.steps.is_valid()]
        return all(valid)

    def typed(self) -> dict[str, Any]:
        """Return the values as typed, with the steps."""
        return super().typed() | {"steps": self.steps.typed()}

    def label_of(self, part: str) -> str:
        """Return the label of a part."""
        return str(self.labels["steps"]) if part == "steps" else super().label_of(part)

    def anchor_of(self, part: str) -> str:
        """Return where the part stands in the page."""
        return "steps" if part == "steps" else super().anchor_of(part)

    def in_words(self, part: str, value: Any) -> list[str]:
        """Return a value in words; steps a line each."""
        if part != "steps":
            return super().in_words(part, value)
        return [step_in_words(step) for step in value]

    def as_posted(self, part: str) -> dict[str, list[str]]:
        """Return a part as a browser posts it."""
        if part != "steps":
            return super().as_posted(part)
        forms_of_steps = [self.steps.management_form, *self.steps.forms]
        return {name: value for form in forms_of_steps for name, value in raw_values(form, form.fields).items()}


def free_slug(name: str) -> str:
    """Return an address for a round's name that no round has yet."""
    base = slugify(name.translate(str.maketrans("åäöÅÄÖ", "aaoAAO")))[:60] or "kierros"
    taken = set(Round.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if slug not in taken)
