"""Invitations: made, and accepted with a new account."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from regions import access, invitations
from regions.access import account
from regions.forms import AcceptForm, InvitationForm
from regions.models import Invitation
from registry.lib.database import clock
from registry.lib.formats import moment_words
from registry.lib.languages import reader_language
from registry.lib.views import find, form_page, form_view, only


@form_view
@only(access.may_invite)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite by mail: an officer anyone, a preparer a colleague of the own organisation."""
    at, user = clock(), account(request)
    chosen = {"organisation": request.GET.get("organisation", "")}
    form = InvitationForm(request.POST or None, initial=chosen, inviter=user, at=at)
    if request.method == "POST" and form.is_valid():
        if not access.may_invite_as(user, form.cleaned_data["role"], form.cleaned_data["organisation"], at):
            raise PermissionDenied
        try:
            invitation = invitations.invite(user, **form.cleaned_data, at=at)
        except invitations.OpenAlready as refused:
            words = _("This address has an open invitation until %(moment)s. Nothing new was sent.")
            form.add_error("email", words % {"moment": moment_words(refused.expires_at, reader_language())})
        except invitations.Enough as refused:
            words = _("You have sent %(n)s invitations in a day. You may send the next one %(moment)s.")
            form.add_error(
                None, words % {"n": invitations.AT_MOST, "moment": moment_words(refused.again_at, reader_language())}
            )
        else:
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": invitation.email})
            return redirect("my_page")
    context = {"officer": access.may_invite_anyone(user, at), "days": invitations.LASTS.days}
    return form_page(request, "accounts/invite.html", form, context)


@form_view
def withdraw_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether an invitation is to be taken back, and take it back."""
    at, user = clock(), account(request)
    invitation = find(request, Invitation.objects.visible_to(user, at), access.may_withdraw, at, pk=pk)
    if request.method == "POST":
        try:
            invitations.withdraw(invitation, user, at)
        except invitations.NotOpen:
            messages.warning(request, _("The invitation was not open any more. Nothing was changed."))
        else:
            messages.success(request, _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email})
        return redirect("my_page")
    return render(request, "accounts/withdraw_invitation.html", {"invitation": invitation})


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    return render(
        request, "accounts/invitation_refused.html", {"why": reason}, status=404 if reason == "not_open" else 409
    )


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@form_view
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invitation and make the account; a wrong, used or expired link gets the same plain answer."""
    at = clock()
    if request.user.is_authenticated:
        return _refused(request, "signed_in")
    try:
        invitation = invitations.find(token, at)
        form = AcceptForm(request.POST or None, email=invitation.email)
        if request.method == "POST" and form.is_valid():
            name, password = form.cleaned_data["name"], form.cleaned_data["password1"]
            user = invitations.accept(token, name=name, password=password)
            login(request, user, backend="regions.auth.AccountBackend")
            messages.success(request, _("Welcome. Your account is ready."))
            return redirect("my_page")
    except invitations.NotOpen:
        return _refused(request, "not_open")
    except invitations.AccountExists:
        return _refused(request, "account_exists")
    return form_page(request, "accounts/accept_invitation.html", form, {"invitation": invitation})
