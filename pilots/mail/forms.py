"""Forms of the mail: a letter that staff write, and the letters that a user wants to get."""

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from pilots.mail.reminders import days_before
from pilots.mail.workflow import TEXTS, stored
from pilots.models import Proposal, ReminderRule, StaffLetter
from regions.models import MINISTRY, User
from registry.lib.directions import isolated
from registry.lib.editions import EditionForm
from registry.lib.identity_codes import holds_identity_code
from registry.lib.languages import LANGUAGES

LONGEST = 20_000
Audience = ReminderRule.Audience


class ProposalChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The proposals of a round as staff may know them: a draft by its organisation, never by its words."""

    def label_from_instance(self, proposal: Proposal) -> str:
        """Return the organisation and what was submitted last."""
        words = proposal.sent_title or pgettext("proposal", "a draft, not sent")
        return f"{isolated(proposal.organisation.name.plain)}: {isolated(words)}"


class LetterForm(forms.ModelForm, EditionForm):  # type: ignore[type-arg]
    """The receivers of a letter and its texts. Nothing is required before sending; the verbs of ``workflow`` write."""

    together = {"receivers": ("audience", "proposal")}
    labels = {"receivers": _("Who gets it")}

    proposal = ProposalChoice(
        label=_("Which proposal"),
        queryset=Proposal.objects.none(),
        required=False,
        empty_label=_("none"),
        help_text=_("Only for a letter to the writers of one proposal."),
    )

    class Meta:
        model = StaffLetter
        fields = ["audience", "proposal", *TEXTS]
        labels = {
            "audience": _("Who gets it"),
            "subject_fi": _("Subject in Finnish"),
            "body_fi": _("Text in Finnish"),
            "subject_sv": _("Subject in Swedish"),
            "body_sv": _("Text in Swedish"),
            "subject_en": _("Subject in English"),
            "body_en": _("Text in English"),
        }
        help_texts = {
            "subject_fi": _("Begin with what the reader is to do, and by when."),
            "body_fi": _(
                "Sending needs Finnish and Swedish. The round's name, address and contact come by themselves."
            ),
            "subject_en": _("Without English, readers of English get the Finnish and the Swedish text."),
        }
        widgets = {
            "audience": forms.RadioSelect,
            **{f"subject_{language}": forms.TextInput(attrs={"lang": language}) for language in LANGUAGES},
            **{f"body_{language}": forms.Textarea(attrs={"rows": 10, "lang": language}) for language in LANGUAGES},
        }

    def __init__(self, data: QueryDict | None, letter: StaffLetter, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, instance=letter)
        if data is None and letter.pk:
            self.carry(letter, stored(letter), values)
        self.helper = FormHelper()
        self.helper.form_tag = False
        fields: dict[str, Any] = self.fields
        for name in TEXTS:
            fields[name].required = False
            if name.startswith("body"):
                fields[name].max_length = LONGEST
                fields[name].validators.append(forms.CharField(max_length=LONGEST).validators[0])
        fields["audience"].choices = StaffLetter.Audience.choices  # without the empty choice
        fields["proposal"].queryset = (
            Proposal.objects.filter(round=letter.round)
            .exclude(state=Proposal.State.WITHDRAWN)
            .select_related("organisation", "latest")
            .order_by("organisation__name_fi", "pk")
        )

    def clean(self) -> dict[str, Any]:
        """Tie the proposal to its audience; one-line subjects; no personal identity codes in mail."""
        cleaned = super().clean() or {}
        if cleaned.get("audience") == StaffLetter.Audience.PROPOSAL:
            if not cleaned.get("proposal") and "proposal" not in self.errors:
                self.add_error("proposal", _("Choose the proposal whose writers get the letter."))
        else:
            cleaned["proposal"] = None
        for name in TEXTS:
            text = cleaned.get(name) or ""
            if name.startswith("subject"):
                cleaned[name] = " ".join(text.split())
            if holds_identity_code(text):
                self.add_error(name, _("Take the personal identity code out: mail is not the place for it."))
        return cleaned

    def _post_clean(self) -> None:
        """Leave the constraints to the database: the letter may be unfinished, and sending checks it."""


class PreferencesForm(forms.Form):
    """The letters that a user can switch off."""

    wants_reminders = forms.BooleanField(label=_("Reminders of deadlines"), required=False)
    wants_open_rounds = forms.BooleanField(
        label=_("A reminder of each round that is open to all"),
        required=False,
        help_text=_("It comes once before a deadline, if your organisation has no proposal in the round."),
    )
    wants_digest = forms.BooleanField(
        label=_("The Monday digest"),
        required=False,
        help_text=_("It tells what is open and until when, what you have not sent, and what has changed in a week."),
    )

    @classmethod
    def of(cls, user: User, data: QueryDict | None = None) -> "PreferencesForm":
        """Return the form as ``user`` has filled it in, or as posted.

        Owners of rounds are reminded on other days than preparers, and answer no rounds.
        """
        form = cls(data, initial={name: getattr(user, name) for name in cls.base_fields})
        form.fields["wants_reminders"].help_text = owner_days() if user.role in MINISTRY else preparer_days()
        if user.role in MINISTRY:
            del form.fields["wants_open_rounds"]
        return form


def preparer_days() -> str:
    """Return the sentence that says when preparers are reminded."""
    days, last = days_before(Audience.PREPARERS)
    return gettext("They come %(days)s and %(last)s days before a deadline, if your draft is not sent then.") % {
        "days": days,
        "last": last,
    }


def owner_days() -> str:
    """Return the sentence that says when the owner of a round is reminded."""
    days, last = days_before(Audience.OWNER)
    sentence = ngettext(
        "They come %(days)s days and %(last)s day before your round closes, on its last day, and with a summary after"
        " it.",
        "They come %(days)s days and %(last)s days before your round closes, on its last day, and with a summary after"
        " it.",
        last,
    )
    return sentence % {"days": days, "last": last}
