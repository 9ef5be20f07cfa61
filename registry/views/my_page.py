"""A user's own page: it shows the account, which is an actor, and the preferences of letters, which are acts."""

from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from pilots.mail.forms import PreferencesForm
from pilots.models import Message
from regions import access
from regions.access import account
from regions.forms import LanguageForm
from regions.models import Invitation, SavedSearch, SignInLetter, User
from registry.lib.database import clock
from registry.lib.views import form_page, form_view

SHOWN = 50  # invitations on the page


def _invitations(user: User, at: datetime) -> list[tuple[Invitation, str]]:
    """Return the latest invitations that ``user`` sent, for officers all open ones too, each with its letter's fate."""
    found = Invitation.objects.visible_to(user, at)
    found = found.filter(Q(invited_by=user) | Q(pk__in=found.open_at(at).values("pk")))
    rows = found.select_related("organisation", "invited_by", "sign_in_letter__message")
    rows = rows.defer("sign_in_letter__message__mime", "sign_in_letter__message__body")[:SHOWN]
    return [(invitation, _way(invitation)) for invitation in rows]


def _way(invitation: Invitation) -> str:
    """Return how far the letter of an invitation is; empty: not known."""
    letter: SignInLetter | None = getattr(invitation, "sign_in_letter", None)
    if letter is None:
        return ""
    message: Message | None = getattr(letter, "message", None)
    if message is None or message.state == Message.State.QUEUED:
        return _("The letter is on its way.")
    if message.state in {Message.State.SENT, Message.State.DELIVERED}:
        return _("The letter has arrived, as far as is known.")
    return _("The letter did not arrive.")


@form_view
def show_my_page(request: HttpRequest) -> HttpResponse:
    """Show the account and what it may do; save the language that the user chooses."""
    at, user = clock(), account(request)
    form = LanguageForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with override(user.language):
            messages.success(request, _("Your language is saved."))
            return redirect(reverse("my_page"))
    context = {
        "preferences_form": PreferencesForm.of(user),
        "works": user.works(at),
        "prepares": user.prepares(at),
        "officer": access.may_invite_anyone(user, at),
        "may_invite": access.may_invite(user, at),
        "may_name_deputy": access.may_name_deputy(user, at),
        "deputy_stands": user.deputy is not None and access.may_deputise(user.deputy, user, at),
        "saved_searches": SavedSearch.objects.of(user).by_name(),
        "sent": _invitations(user, at),
        "at": at,
    }
    return form_page(request, "accounts/my_page.html", form, context)
