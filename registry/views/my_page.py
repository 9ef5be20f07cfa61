"""A user's own page: it shows the account, which is an actor, and the preferences of letters, which are acts."""

from django.contrib import messages
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
from regions.models import Invitation, SignInLetter, User
from registry.lib.database import clock
from registry.lib.views import form_page, form_view


def _invitations(user: User) -> list[tuple[Invitation, str]]:
    """Return the latest invitations that ``user`` sent, each with what became of its letter; empty: not known."""
    beside = Invitation.objects.filter(invited_by=user).select_related("organisation", "sign_in_letter__message")
    rows = beside.defer("sign_in_letter__message__mime", "sign_in_letter__message__body")[:20]
    return [(invitation, _way(invitation)) for invitation in rows]


def _way(invitation: Invitation) -> str:
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
        "sent": _invitations(user),
        "at": at,
    }
    return form_page(request, "accounts/my_page.html", form, context)
