"""The officer's form of a round: texts in three languages, who is invited, steps with deadlines."""

from datetime import date, datetime, time
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from pilots.models import Criterion, Programme, Round, Step
from regions.models import Kind, Organisation
from registry.lib.clocks import ClockField, DayField, doubts, moment
from registry.lib.dates import finnish_time
from registry.lib.languages import LANGUAGES

# Who may be asked to propose: those who prepare and carry services in a region.
INVITABLE = (Kind.REGIONAL_COUNCIL, Kind.VITALITY_CENTRE, Kind.EMPLOYMENT_AREA, Kind.ELY_CENTRE, Kind.TE_OFFICE)
ALL_OF = {
    Kind.REGIONAL_COUNCIL: _("All regional councils"),
    Kind.VITALITY_CENTRE: _("All vitality centres"),
    Kind.EMPLOYMENT_AREA: _("All employment areas"),
    Kind.ELY_CENTRE: _("All ELY Centres"),
    Kind.TE_OFFICE: _("All TE Offices"),
}
CLOSING_TIME = time(16, 15)  # the end of the Finnish office day


def invitable(day: date) -> QuerySet[Organisation]:
    """Return the organisations that can be invited on ``day``."""
    return Organisation.objects.on(day).filter(kind__in=INVITABLE).by_name()


def _in_three(name: str) -> Row:
    return Row(*(Column(f"{name}_{language}", css_class="col-lg-4") for language in LANGUAGES))


class RoundForm(forms.ModelForm):  # type: ignore[type-arg]
    """The texts of a round and whom it is for."""

    criteria_fi = forms.CharField(
        label=_("Criteria in Finnish"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line."),
    )
    criteria_sv = forms.CharField(
        label=_("Criteria in Swedish"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line, in the same order as in Finnish."),
    )
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

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            _in_three("name"),
            "programme",
            "asks",
            "invited_kinds",
            HTML(format_html('<details class="choices"{}><summary>{}</summary>', *self._one_by_one())),
            Div("invited", css_class="many-choices"),
            HTML("</details>"),
            _in_three("guidance"),
            _in_three("contact"),
            Row(*(Column(f"criteria_{language}") for language in ("fi", "sv"))),
        )
        choices: dict[str, Any] = self.fields
        choices["invited"].label_from_instance = lambda one: f"{one.name.plain} ({one.get_kind_display()})"
        organisations = invitable(day)
        choices["invited"].queryset = organisations
        there = set(organisations.values_list("kind", flat=True).order_by())
        choices["invited_kinds"].choices = [(kind.value, words) for kind, words in ALL_OF.items() if kind in there]
        choices["programme"].queryset = Programme.objects.order_by("name_fi")
        if self.instance.pk:
            lines = list(self.instance.criteria.all())
            self.initial["criteria_fi"] = "\n".join(line.text_fi for line in lines)
            self.initial["criteria_sv"] = "\n".join(line.text_sv for line in lines)

    def _one_by_one(self) -> tuple[SafeString, str]:
        """Return whether the list of organisations stands open, and its title."""
        chosen = self["invited"].value() or []
        words = _("Choose organisations one by one (%(n)s chosen)") % {"n": len(chosen)}
        return SafeString(" open" if chosen else ""), words

    def clean(self) -> dict[str, Any]:
        """Check that both lists of criteria are as long; add whoever is invited by kind."""
        cleaned = super().clean() or {}
        if kinds := cleaned.get("invited_kinds"):
            chosen = [one.pk for one in cleaned.get("invited", [])]
            everyone: Any = self.fields["invited"]
            cleaned["invited"] = everyone.queryset.filter(Q(kind__in=kinds) | Q(pk__in=chosen))
        finnish, swedish = self._lines(cleaned, "fi"), self._lines(cleaned, "sv")
        if swedish and len(finnish) != len(swedish):
            self.add_error("criteria_sv", _("There must be as many criteria in Swedish as in Finnish."))
        return cleaned

    @staticmethod
    def _lines(cleaned: dict[str, Any], language: str) -> list[str]:
        words: str = cleaned.get(f"criteria_{language}") or ""
        return [line.strip() for line in words.splitlines() if line.strip()]

    def criteria(self) -> list[Criterion]:
        """Return the criteria as typed, not yet saved."""
        finnish, swedish = self._lines(self.cleaned_data, "fi"), self._lines(self.cleaned_data, "sv")
        swedish += [""] * len(finnish)
        return [
            Criterion(position=number, text_fi=fi, text_sv=sv)
            for number, (fi, sv) in enumerate(zip(finnish, swedish, strict=False), start=1)
        ]


class StepForm(forms.Form):
    """One step of a round; an empty one is left out."""

    kind = forms.ChoiceField(label=_("Step"), choices=[("", "–"), *Step.Kind.choices], required=False)
    opens_day = DayField(label=_("Opens on"), required=False, help_text=_("For example 27.11.2026"))
    opens_clock = ClockField(label=_("Opens at"), required=False, help_text=_("Finnish time, for example 9.00"))
    closes_day = DayField(label=_("Closes on"), required=False, help_text=_("For example 11.12.2026"))
    closes_clock = ClockField(label=_("Closes at"), required=False, help_text=_("Finnish time, for example 16.15"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

        self.helper.layout = Layout(Row(*(Column(name, css_class="col-sm-6 col-lg") for name in self.fields)))

    def clean(self) -> dict[str, Any]:
        """Put days and times together; raises when one is missing or the step closes before it opens."""
        cleaned = super().clean() or {}
        if self.errors or not cleaned.get("kind"):
            if not self.errors and (cleaned.get("opens_day") or cleaned.get("closes_day")):
                self.add_error("kind", _("Choose what the step is."))
            return cleaned
        for side in ("opens", "closes"):
            day, clock = cleaned.get(f"{side}_day"), cleaned.get(f"{side}_clock")
            if day is None or clock is None:
                self.add_error(f"{side}_clock" if day else f"{side}_day", _("Give both the day and the time."))
                continue
            try:
                cleaned[f"{side}_at"] = moment(day, clock)
            except ValidationError as error:
                self.add_error(f"{side}_clock", error)
        if not self.errors and cleaned["opens_at"] >= cleaned["closes_at"]:
            self.add_error("closes_day", _("The step closes before it opens."))
        return cleaned


class StepFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """The steps of a round; an unusual deadline must be confirmed."""

    def wanted(self) -> list[dict[str, Any]]:
        """Return the cleaned data of the steps that are filled in."""
        return [form.cleaned_data for form in self.forms if form.cleaned_data.get("kind")]

    def doubts(self) -> list[Any]:
        """Return what is unusual about the deadlines, in sentences."""
        return [sentence for step in self.wanted() for sentence in doubts(step["closes_at"])]


def step_forms(round_: Round | None, data: Any, at: datetime) -> StepFormSet:
    """Return the forms of a round's steps, three at least; ``data`` is what was posted, or None."""
    initial = [
        {
            "kind": step.kind,
            "opens_day": finnish_time(step.opens_at).date(),
            "opens_clock": finnish_time(step.opens_at).time(),
            "closes_day": finnish_time(step.closes_at).date(),
            "closes_clock": finnish_time(step.closes_at).time(),
        }
        for step in (round_.steps.all() if round_ else [])
    ]
    if not initial:
        initial = [{"opens_day": finnish_time(at).date(), "opens_clock": time(9, 0), "closes_clock": CLOSING_TIME}]
    maker = forms.formset_factory(
        StepForm, formset=StepFormSet, extra=max(0, 3 - len(initial)), max_num=6, absolute_max=6
    )
    return cast("StepFormSet", maker(data=data, initial=initial, prefix="steps"))


def free_slug(name: str) -> str:
    """Return an address for a round's name that no round has yet."""
    base = slugify(name.translate(str.maketrans("åäöÅÄÖ", "aaoAAO")))[:60] or "kierros"
    taken = set(Round.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if slug not in taken)
