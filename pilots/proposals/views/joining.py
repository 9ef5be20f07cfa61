"""How people come to write a proposal: they answer an invitation, ask to join, take over; officers give accounts."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pilots import access
from pilots.models import WriterInvitation
from pilots.proposals import team
from regions import invitations
from regions.access import account, may_have_mail_at
from regions.models import User
from registry.lib.database import clock
from registry.lib.formats import moment_words
from registry.lib.languages import reader_language
from registry.lib.refusals import Refused
from registry.lib.views import find, form_view, only

from .pages import readable

OF_INVITATION = ("proposal__round", "proposal__organisation", "organisation", "invited_by__organisation")


@form_view
def answer_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who invites the reader to write what, without a word of the draft; POST accepts or declines."""
    at, user = clock(), account(request)
    rows = WriterInvitation.objects.to_user(user, at).select_related(*OF_INVITATION)
    invitation = get_object_or_404(rows, pk=pk)
    if request.method != "POST" or not {"accept", "decline"} & request.POST.keys():
        proposal = invitation.proposal
        page = {"invitation": invitation, "proposal": proposal, "closes_at": proposal.closes_at(at)}
        return render(request, "proposals/invitation.html", page)
    accepted = "accept" in request.POST
    try:
        team.answer(invitation, user, at, accepted=accepted)
    except Refused:
        messages.warning(request, _("The invitation was not open any more. Nothing was changed."))
        return redirect("my_proposals")
    if accepted:
        messages.success(request, _("You can now read, change and send the proposal."))
        return redirect("proposal", pk=invitation.proposal_id)
    messages.success(request, _("You declined. Those who write the proposal are told."))
    return redirect("my_proposals")


@require_POST
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the editors for the right to change the proposal; take it over where none of the organisation is left."""
    at, user = clock(), account(request)
    proposal = find(request, readable(request, at), access.may_ask_to_join, at, pk=pk)
    if access.may_take_over(user, proposal, at):
        try:
            team.take_over(proposal, user, at)
        except Refused:
            raise PermissionDenied from None
        messages.success(request, _("You are responsible for the proposal now."))
        return redirect("editors", pk=pk)
    team.ask_to_join(proposal, user, at)
    messages.success(request, _("The editors are told that you want to join. You get a letter when they answer."))
    return redirect("proposal", pk=pk)


@form_view
@only(access.may_answer_account_request)
def answer_account_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an officer who asks an account for whom; POST offers the account, or refuses it."""
    at, user = clock(), account(request)
    rows = WriterInvitation.objects.without_account(at).select_related(*OF_INVITATION)
    invitation = get_object_or_404(rows, pk=pk)
    fault, done = "", ""
    if request.method == "POST":
        fault, done = _act(request, invitation, user, at)
    if done:
        messages.success(request, done)
        return redirect("desk")
    page = {
        "invitation": invitation,
        "proposal": invitation.proposal,
        "fault": fault,
        "known": User.objects.filter(email=invitation.email).exists(),
        "foreign": not may_have_mail_at(invitation.email, invitation.organisation),
    }
    return render(request, "proposals/account_request.html", page, status=422 if fault else 200)


def _act(request: HttpRequest, invitation: WriterInvitation, user: User, at: datetime) -> tuple[str, str]:
    """Do what the officer chose; return what is wrong with it, or what was done."""
    try:
        if "give" in request.POST:
            team.give_account(invitation, user, at)
            return "", _("The invitation is on its way to %(email)s.") % {"email": invitation.email}
        if "refuse" in request.POST:
            team.refuse_account(invitation, user, at)
            return "", _("No account is given. Who asked for it is told.")
    except invitations.AccountExists:
        return _("This address has an account, but not one with a preparer's rights. Mend its rights first."), ""
    except invitations.OpenAlready as refused:
        words = _("This address has an open invitation until %(moment)s. Nothing new was sent.")
        return words % {"moment": moment_words(refused.expires_at, reader_language())}, ""
    except invitations.Enough as refused:
        words = _("You have sent %(n)s invitations in a day. You may send the next one %(moment)s.")
        when = moment_words(refused.again_at, reader_language())
        return words % {"n": invitations.AT_MOST, "moment": when}, ""
    except Refused:
        return _("Somebody has answered the request already."), ""
    return _("Choose whether an account is given."), ""
