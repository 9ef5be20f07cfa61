"""Forms of the ministry: a decision, a clarification that is asked, why one or the other is taken back."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pilots.models import Decision, Programme, Proposal
from pilots.proposals.decisions import Verdict
from pilots.proposals.questions.asked import Form
from pilots.proposals.questions.secrets import has_secrets
from registry.lib.clocks import ClockField, DayField, moment
from registry.lib.dates import is_working_day, working_day_on_or_before
from registry.lib.formats import day_words
from registry.lib.identity_codes import holds_identity_code
from registry.lib.languages import InThree, reader_language
from registry.lib.refusals import Incomplete

LONGEST = 5_000  # characters of a text that a decider writes


def _words(label: Any, *, rows: int = 4, help_text: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=LONGEST, widget=area, help_text=help_text)


class DecisionForm(forms.Form):
    """What a decider says of a proposal. ``corrects``: whether it corrects the decision that holds."""

    outcome = forms.ChoiceField(label=_("Decision"), choices=Decision.Outcome.choices, widget=forms.RadioSelect)
    programme = forms.ModelChoiceField(
        label=_("Programme of the pilot"),
        queryset=Programme.objects.order_by("name_fi"),
        required=False,
        help_text=_("The pilot gets its code from the programme and the year."),
    )
    late_because = _words(
        _("Why it is accepted although it came late"), rows=2, help_text=_("Needed only where it is selected.")
    )
    reasons_fi = _words(
        _("Reasons in Finnish"), help_text=_("They go into the letter. Needed where it is not selected.")
    )
    reasons_sv = _words(_("Reasons in Swedish"))
    conditions_fi = _words(_("Conditions in Finnish"), rows=2, help_text=_("Only where it is selected."))
    conditions_sv = _words(_("Conditions in Swedish"), rows=2)
    case_number = forms.CharField(
        label=_("Case number"), max_length=40, required=False, help_text=_("For example VN/1234/2027.")
    )
    publicity = forms.ChoiceField(
        label=_("Publicity of the document by law"),
        choices=Decision.Publicity.choices,
        help_text=_("Act 621/1999, section 24. Publishing on the site is another matter."),
    )
    secrecy_ground = forms.CharField(label=_("Ground of secrecy"), max_length=500, required=False)
    correction_because = _words(
        _("Why the decision is corrected"), rows=2, help_text=_("It goes into the letter. The earlier decision stays.")
    )

    def __init__(self, data: QueryDict | None, proposal: Proposal, *, late: bool, corrects: bool) -> None:
        given = {"programme": proposal.round.programme_id, "publicity": self._publicity(proposal)}
        super().__init__(data, initial=given)
        if not late:
            del self.fields["late_because"]
        if corrects:
            self.fields["correction_because"].required = True
        else:
            del self.fields["correction_because"]
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    @staticmethod
    def _publicity(proposal: Proposal) -> str:
        """Return the publicity to begin with: partly secret where the writers marked a passage."""
        marked = proposal.latest is not None and has_secrets(proposal.latest.content)
        return Decision.Publicity.PARTLY_SECRET if marked else Decision.Publicity.PUBLIC

    def clean(self) -> dict[str, Any]:
        """Refuse personal identity codes: what is typed goes into a letter."""
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and holds_identity_code(value):
                self.add_error(name, _("Take the personal identity code out: mail is not the place for it."))
        return cleaned

    def verdict(self) -> Verdict:
        """Return what was typed as a verdict."""
        cleaned = self.cleaned_data
        return Verdict(
            cleaned["outcome"],
            reasons=InThree(cleaned["reasons_fi"], cleaned["reasons_sv"]),
            conditions=InThree(cleaned["conditions_fi"], cleaned["conditions_sv"]),
            programme=cleaned["programme"],
            case_number=cleaned["case_number"],
            late_because=cleaned.get("late_because", ""),
            correction_because=cleaned.get("correction_because", ""),
            publicity=cleaned["publicity"],
            secrecy_ground=cleaned["secrecy_ground"],
        )

    def lacks(self, incomplete: Incomplete) -> None:
        """Show what the verdict lacks at its fields."""
        for name, words in incomplete.faults:
            self.add_error(name, words)


class AskForm(forms.Form):
    """What the ministry asks at one answer of a sent version, and when the answer is due."""

    question = forms.ChoiceField(label=_("Which answer"))
    words = _words(
        _("What you ask"),
        rows=5,
        help_text=_("The writers get these words by letter, as you wrote them, in whatever language they read."),
    )
    due_day = DayField(label=_("Answer due on the day"), help_text=_("For example 11.12.2026. A working day."))
    due_clock = ClockField(label=_("Answer due at"), help_text=_("Finnish time, for example 16.15"))

    def __init__(self, data: QueryDict | None, form: Form, earliest: date, *, question: str = "") -> None:
        """``earliest``: the first day on which an answer may be due; ``question``: the one that is chosen first."""
        first = {"question": question, "due_day": _a_week_after(earliest), "due_clock": time(16, 15)}
        super().__init__(data, initial=first)
        self.earliest = earliest
        self.asked = {one.key: one for section in form.sections for one in section.questions}
        field = self.fields["question"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                ("", _("Choose")),
                *((section.title, [(one.key, one.label) for one in section.questions]) for section in form.sections),
            ]
        self.fields["words"].required = True
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean(self) -> dict[str, Any]:
        """Put day and time together: a working day, and at least one working day ahead."""
        cleaned = super().clean() or {}
        if holds_identity_code(cleaned.get("words", "")):
            self.add_error("words", _("Take the personal identity code out: mail is not the place for it."))
        day, clock = cleaned.get("due_day"), cleaned.get("due_clock")
        if day is None or clock is None:
            return cleaned
        if day < self.earliest or not is_working_day(day):
            words = _("Choose a working day, %(day)s at the earliest.")
            self.add_error("due_day", words % {"day": day_words(self.earliest, reader_language())})
            return cleaned
        try:
            cleaned["due_at"] = moment(day, clock)
        except ValidationError as fault:
            self.add_error("due_day" if fault.code == "year" else "due_clock", fault)
        return cleaned


def _a_week_after(day: date) -> date:
    """Return the working day about a week later, which a form proposes."""
    return working_day_on_or_before(day + timedelta(days=6))


class WithdrawForm(forms.Form):
    """Why a clarification need no longer be answered."""

    because = _words(_("Why it is withdrawn"), rows=3, help_text=_("It goes into the letter to the writers."))

    def __init__(self, data: QueryDict | None) -> None:
        super().__init__(data)
        self.fields["because"].required = True
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class ReturnForm(forms.Form):
    """Why a decision is sent back to the decider who proposed it."""

    because = _words(_("Why it is sent back"), rows=3)

    def __init__(self, data: QueryDict | None) -> None:
        super().__init__(data)
        self.fields["because"].required = True
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
