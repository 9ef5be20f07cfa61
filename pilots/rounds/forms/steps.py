"""The officer's forms of the steps of a round: what each takes, from whom, until when."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from itertools import pairwise
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pilots.models import Round, Step
from pilots.rounds.workflow.rounds import StepValues
from registry.lib.clocks import ClockField, DayField, doubts, moment
from registry.lib.dates import finnish_time
from registry.lib.formats import moment_words
from registry.lib.languages import reader_language

MOST_STEPS = 20
CLOSING_TIME = time(16, 15)  # the end of the Finnish office day
# What a step takes if nothing is chosen, in a round that has a step of the other name too; else it takes both.
NAMED: dict[str, Round.Asks] = {Step.Kind.INTEREST: Round.Asks.INTEREST, Step.Kind.PRELIMINARY: Round.Asks.PRELIMINARY}


class StepForm(forms.Form):
    """One step of a round; an empty one is left out."""

    kind = forms.ChoiceField(label=_("Step"), choices=[("", "–"), *Step.Kind.choices], required=False)
    opens_day = DayField(label=_("Opens on"), required=False, help_text=_("For example 27.11.2026"))
    opens_clock = ClockField(label=_("Opens at"), required=False, help_text=_("Finnish time, for example 9.00"))
    closes_day = DayField(label=_("Closes on"), required=False, help_text=_("For example 11.12.2026"))
    closes_clock = ClockField(label=_("Closes at"), required=False, help_text=_("Finnish time, for example 16.15"))
    takes = forms.MultipleChoiceField(
        label=_("What can be sent in it"),
        choices=Round.Asks.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Choose none: what the step is called, and the rest if no other step is for it."),
    )
    senders = forms.ChoiceField(
        label=_("From whom"), choices=Step.Senders.choices, initial=Step.Senders.ALL, required=False
    )
    edits_day = DayField(
        label=_("May be changed until: day"),
        required=False,
        help_text=_("What was sent in time can be changed and sent again until then. Leave empty: until the deadline."),
    )
    edits_clock = ClockField(label=_("May be changed until: time"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        moments = ("kind", "opens_day", "opens_clock", "closes_day", "closes_clock")
        self.helper.layout = Layout(
            Row(*(Column(name, css_class="col-sm-6 col-lg") for name in moments)),
            Row(*(Column(name, css_class="col-sm-6 col-lg") for name in self.fields if name not in moments)),
        )

    def clean(self) -> dict[str, Any]:
        """Put days and times together; raises when one is missing or the step closes before it opens."""
        cleaned = super().clean() or {}
        if self.errors or not cleaned.get("kind"):
            typed = self.has_changed() and (cleaned.get("opens_day") or cleaned.get("closes_day"))
            if not self.errors and typed:  # the first row of a new round comes with days: they want no step
                self.add_error("kind", _("Choose what the step is."))
            return cleaned
        for side in ("opens", "closes", "edits"):
            self._put_together(cleaned, side)
        if not self.errors and cleaned["opens_at"] >= cleaned["closes_at"]:
            self.add_error("closes_day", _("The step closes before it opens."))
        edits_at = cleaned.get("edits_at")
        if not self.errors and edits_at is not None and edits_at < cleaned["closes_at"]:
            self.add_error("edits_day", _("Changes end before the step closes."))
        return cleaned

    def _put_together(self, cleaned: dict[str, Any], side: str) -> None:
        day, clock = cleaned.get(f"{side}_day"), cleaned.get(f"{side}_clock")
        if side == "edits" and day is None and clock is None:
            return
        if day is None or clock is None:
            self.add_error(f"{side}_clock" if day else f"{side}_day", _("Give both the day and the time."))
            return
        try:
            cleaned[f"{side}_at"] = moment(day, clock)
        except ValidationError as error:
            self.add_error(f"{side}_clock", error)

    @property
    def values(self) -> StepValues:
        """The step as it is typed."""
        data = self.cleaned_data
        kind = data["kind"]
        if kind == Step.Kind.TALKS:
            return StepValues(kind, data["opens_at"], data["closes_at"])
        takes = tuple(choice for choice in Round.Asks.values if choice in data["takes"])
        takes = () if len(takes) == len(Round.Asks.values) else takes
        senders = data["senders"] or Step.Senders.ALL.value
        return StepValues(kind, data["opens_at"], data["closes_at"], takes, senders, data.get("edits_at"))


class StepFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """The steps of a round; an unusual deadline must be confirmed."""

    def clean(self) -> None:
        """Refuse a step for those who sent before where nothing is sent before."""
        sent_before = False
        for form in self.forms:
            if not getattr(form, "cleaned_data", {}).get("kind") or form.errors:
                continue
            step = form.values
            if step.senders == Step.Senders.BEFORE and not sent_before:
                form.add_error("senders", _("There is no step before in which something is sent."))
            sent_before = sent_before or step.takes_proposals

    def typed(self) -> list[StepValues]:
        """Return the steps that are filled in."""
        filled = [form for form in self.forms if form.cleaned_data.get("kind")]
        kinds = {form.values.kind for form in filled}
        return [
            form.values._replace(takes=(NAMED[form.values.kind].value,))
            if {*NAMED} <= kinds and form.values.kind in NAMED and not form.cleaned_data["takes"]
            else form.values
            for form in filled
        ]

    def doubts(self, at: datetime) -> list[Any]:
        """Return what is unusual about the deadlines at ``at``, in sentences; each names its step."""
        steps, words = self.typed(), gettext("Step %(number)s, %(kind)s: %(doubt)s")
        return [
            words % {"number": number, "kind": Step.Kind(step.kind).label, "doubt": doubt}
            for number, step in enumerate(steps, start=1)
            for doubt in doubts(step.closes_at, at)
        ] + overlaps(steps)


def overlaps(steps: Sequence[StepValues]) -> list[str]:
    """Return a sentence for each step that opens before the one ahead of it closes."""
    words = gettext("Step %(next)s opens before step %(number)s closes: both are open at the same time.")
    pairs = enumerate(pairwise(steps), start=1)
    return [
        words % {"number": number, "next": number + 1}
        for number, (step, following) in pairs
        if following.opens_at < step.closes_at
    ]


def step_forms(steps: Iterable[StepValues], data: Any, at: datetime) -> StepFormSet:
    """Return the forms of a round's steps, three at least and one more than there are; ``data`` is what was posted."""
    initial = [_initial(StepValues(*step)) for step in steps]
    if not initial:
        initial = [{"opens_day": finnish_time(at).date(), "opens_clock": time(9, 0), "closes_clock": CLOSING_TIME}]
    maker = forms.formset_factory(
        StepForm, formset=StepFormSet, extra=max(1, 3 - len(initial)), max_num=MOST_STEPS, absolute_max=MOST_STEPS
    )
    return cast("StepFormSet", maker(data=data, initial=initial, prefix="steps"))


def _initial(step: StepValues) -> dict[str, Any]:
    moments = {"opens": step.opens_at, "closes": step.closes_at, "edits": step.edits_until}
    typed = {name: finnish_time(at) for name, at in moments.items() if at is not None}
    return {
        "kind": step.kind,
        "takes": (step.takes or Round.Asks.values) if step.takes_proposals else [],
        "senders": step.senders,
        **{f"{name}_day": at.date() for name, at in typed.items()},
        **{f"{name}_clock": at.time() for name, at in typed.items()},
    }


def step_in_words(step: StepValues) -> str:
    """Return a step as a person reads it: what it is, when, what it takes, from whom, how long changes are taken."""
    language = reader_language()
    opens, closes = (moment_words(at, language) for at in (step.opens_at, step.closes_at))
    words = f"{Step.Kind(step.kind).label}: {opens} – {closes}"
    more = [str(Round.Asks(kind).label) for kind in step.takes]
    if step.senders != Step.Senders.ALL:
        more.append(str(Step.Senders(step.senders).label))
    if step.edits_until:
        more.append(gettext("may be changed until %(moment)s") % {"moment": moment_words(step.edits_until, language)})
    return "; ".join([words, *more])
