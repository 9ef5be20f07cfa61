"""Forms of the actors' pages: the day shown, the language, the deputy, invitations."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from registry.lib.database import FiSort
from registry.lib.dates import today

from . import access
from .models import Organisation, User, names


class DayForm(forms.Form):
    """The day whose directory is shown; empty: today."""

    pvm = forms.DateField(
        label=_("Show"),
        required=False,
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class LanguageForm(forms.ModelForm):  # type: ignore[type-arg]
    """The language someone wants mail in; empty: Finnish and Swedish both."""

    class Meta:
        model = User
        fields = ["language"]
        labels = {"language": _("Language of your mail and pages")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].required = True
        self.fields["language"].choices = User.Language.choices  # type: ignore[attr-defined]


class SavedSearchForm(forms.Form):
    """The name of a saved search."""

    name = forms.CharField(label=_("Name of the search"), max_length=80)


class DeputyForm(forms.Form):
    """Who is told what does not reach someone: a colleague with the same rights, or nobody."""

    deputy = forms.ModelChoiceField(
        label=_("Deputy"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("A colleague of your organisation with the same role."),
    )

    def __init__(self, *args: Any, person: User, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = User.objects.colleagues_of(person, today(at)).order_by(FiSort("name"), "email")
        self.fields["deputy"].queryset = colleagues  # type: ignore[attr-defined]
        self.initial.setdefault("deputy", person.deputy_id)


class InvitationForm(forms.Form):
    """Whom to invite, as what and for which organisation; a preparer is asked for the address alone."""

    email = forms.EmailField(
        label=_("E-mail address at work"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("The invitation goes to this address. It cannot be changed later."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=User.Role.choices, initial=User.Role.PREPARER)
    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.none(),
        required=False,
        help_text=_("A preparer always acts for an organisation."),
    )
    language = forms.ChoiceField(
        label=_("Language of the letter"),
        required=False,
        choices=[("", _("Finnish and Swedish")), *User.Language.choices],
    )

    def __init__(self, *args: Any, inviter: User, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inviter, self.at = inviter, at
        if access.may_invite_anyone(inviter, at):
            living = Organisation.objects.possibly_on(today(at)).order_by(FiSort("name_fi"), "pk")
            self.fields["organisation"].queryset = living  # type: ignore[attr-defined]
            roles = [(role.value, role.label) for role in access.roles_to_invite(inviter, at)]
            self.fields["role"].choices = roles  # type: ignore[attr-defined]
        else:
            del self.fields["role"], self.fields["organisation"]

    def clean_email(self) -> str:
        """Return the address in lower case; one that has an account is not invited."""
        email: str = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError(_("This address has an account already. Nobody needs to be invited."))
        return email

    def clean(self) -> dict[str, Any]:
        """Fill in what a preparer is not asked, and see that the role and the organisation go together."""
        cleaned = super().clean() or {}
        if not access.may_invite_anyone(self.inviter, self.at):
            cleaned.update(role=User.Role.PREPARER, organisation=self.inviter.organisation)
        elif cleaned.get("role") == User.Role.PREPARER and not cleaned.get("organisation"):
            self.add_error("organisation", _("Choose the organisation that the preparer acts for."))
        organisation = cleaned.get("organisation")
        if organisation and "email" in cleaned and not access.may_have_mail_at(cleaned["email"], organisation):
            domains = ", ".join(organisation.mail_domains)
            self.add_error(
                "email", _("People of this organisation have their mail at: %(domains)s.") % {"domains": domains}
            )
        return cleaned


class AcceptForm(forms.Form):
    """One's own name and password, at the first visit."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        validators=[names.validate],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("The same password again"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """See that both passwords are the same and good enough for the site's rules."""
        cleaned = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        elif first:
            try:
                validate_password(first, User(email=self.email, name=cleaned.get("name", "")))
            except ValidationError as fault:
                self.add_error("password1", fault)
        return cleaned
