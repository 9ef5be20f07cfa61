"""Who writes a proposal: editors added, invited and removed, requests answered, the responsibility handed over."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from pilots import access
from pilots.models import JoinRequest, Proposal, WriterInvitation
from pilots.proposals import team, workflow
from pilots.proposals.forms.writing import EditorForm, InviteWriterForm
from regions import invitations
from regions.access import account
from regions.models import User
from registry.lib.database import clock
from registry.lib.directions import fill
from registry.lib.formats import moment_words
from registry.lib.languages import reader_language
from registry.lib.refusals import Refused
from registry.lib.views import find, form_view

from .pages import context, readable

Row = TypeVar("Row", bound=Model)


@form_view
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who writes the proposal; POST does one act. A partner may only leave."""
    at = clock()
    proposal = find(request, readable(request, at), access.edits, at, pk=pk)
    if request.method != "POST":
        return _page(request, proposal, at)
    if request.POST.get("remove") == str(request.user.pk):
        return _leave(request, proposal)
    if not access.may_change_editors(request.user, proposal, at):
        raise PermissionDenied
    act = next((act for name, act in ACTS.items() if name in request.POST), _add)
    return act(request, proposal, at)


def _page(
    request: HttpRequest,
    proposal: Proposal,
    at: datetime,
    *,
    add: EditorForm | None = None,
    ask: InviteWriterForm | None = None,
) -> HttpResponse:
    colleagues = proposal.possible_editors(at)
    owns = access.may_change_editors(request.user, proposal, at)
    page = context(
        request,
        proposal,
        at,
        colleagues=owns and colleagues.exists(),
        form=add or EditorForm(colleagues),
        invite_form=(ask or InviteWriterForm(at)) if owns else None,
        invitations=_invitations(proposal, at) if owns else [],
        requests=proposal.join_requests.open().select_related("user") if owns else [],
        days=invitations.LASTS.days,
    )
    faulty = (add or ask) is not None
    return render(request, "proposals/editors.html", page, status=422 if faulty else 200)


def _invitations(proposal: Proposal, at: datetime) -> list[tuple[WriterInvitation, bool]]:
    """Return the invitations, each with whether an answer is awaited: alike for addresses with and without account."""
    return [(one, one.open(at)) for one in proposal.invitations.select_related("organisation")]


def _add(request: HttpRequest, proposal: Proposal, at: datetime) -> HttpResponse:
    form = EditorForm(proposal.possible_editors(at), request.POST)
    if not form.is_valid():
        return _page(request, proposal, at, add=form)
    workflow.add_editor(proposal, form.cleaned_data["person"], account(request), at)
    messages.success(request, _("Added. This person can now change and send the proposal."))
    return redirect("editors", pk=proposal.pk)


def _invite(request: HttpRequest, proposal: Proposal, at: datetime) -> HttpResponse:
    form = InviteWriterForm(at, request.POST, writers=[one.user for one in proposal.editorships.all()])
    if not form.is_valid():
        return _page(request, proposal, at, ask=form)
    try:
        invitation = team.invite(proposal, **form.cleaned_data, user=account(request), at=at)
    except invitations.OpenAlready:
        form.add_error("email", _("This address is invited already. Nothing new was sent."))
    except invitations.Enough as refused:
        words = _("You have sent %(n)s invitations in a day. You may send the next one %(moment)s.")
        when = moment_words(refused.again_at, reader_language())
        form.add_error(None, words % {"n": invitations.AT_MOST, "moment": when})
    else:
        words = _("%(email)s is invited. The draft can be read once the invitation is accepted.")
        messages.success(request, words % {"email": invitation.email})
        return redirect("editors", pk=proposal.pk)
    return _page(request, proposal, at, ask=form)


def _withdraw(request: HttpRequest, proposal: Proposal, at: datetime) -> HttpResponse:
    found = _chosen(proposal.invitations.all(), request.POST["withdraw"])
    try:
        if found is None:
            raise Refused
        team.withdraw(found, account(request), at)
    except Refused:
        messages.warning(request, _("The invitation was not open any more. Nothing was changed."))
    else:
        messages.success(request, _("The invitation to %(email)s is withdrawn.") % {"email": found.email})
    return redirect("editors", pk=proposal.pk)


def _answer(request: HttpRequest, proposal: Proposal, at: datetime) -> HttpResponse:
    accepted = "let_join" in request.POST
    rows = JoinRequest.objects.answerable_by(account(request), at).filter(proposal=proposal)
    found = _chosen(rows.select_related("user"), request.POST["let_join" if accepted else "do_not_let_join"])
    try:
        if found is None:
            raise Refused
        found.proposal = proposal
        team.answer_request(found, account(request), at, accepted=accepted)
    except Refused:
        messages.warning(request, _("Somebody has answered the request already."))
    else:
        messages.success(request, fill(_("The answer is sent to %(who)s."), who=found.user))
    return redirect("editors", pk=proposal.pk)


def _hand_over(request: HttpRequest, proposal: Proposal, at: datetime) -> HttpResponse:
    person = _editor(proposal, request.POST["responsible"])
    try:
        if person is None:
            raise Refused
        team.hand_over(proposal, person, account(request), at)
    except Refused:
        messages.warning(request, _("Only an editor of the organisation that owns the proposal can be responsible."))
    else:
        messages.success(request, fill(_("%(who)s is responsible for the proposal now."), who=person))
    return redirect("editors", pk=proposal.pk)


def _chosen(rows: QuerySet[Row], key: str) -> Row | None:
    """Return the row of the key that a button sent; None: there is no such row, or it makes no sense."""
    return rows.filter(pk=key).first() if key.isascii() and key.isdecimal() and len(key) <= 18 else None


def _editor(proposal: Proposal, key: str) -> User | None:
    editors = (editorship.user for editorship in proposal.editorships.all())
    return next((editor for editor in editors if str(editor.pk) == key), None)


def _leave(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Take the viewer's own right away; the viewer is asked first, for only another one can undo it."""
    if "sure" not in request.POST and proposal.editorships.count() > 1:
        return render(request, "proposals/leave.html", context(request, proposal, clock()))
    answer = _removed(request, proposal, account(request))
    return redirect("my_proposals") if answer else redirect("editors", pk=proposal.pk)


def _remove(request: HttpRequest, proposal: Proposal, at: datetime) -> HttpResponse:
    editor = _editor(proposal, request.POST["remove"])
    if editor is None:
        messages.warning(request, _("This person is not an editor."))
    else:
        _removed(request, proposal, editor)
    return redirect("editors", pk=proposal.pk)


def _removed(request: HttpRequest, proposal: Proposal, editor: User) -> bool:
    try:
        workflow.remove_editor(proposal, editor)
    except workflow.LastEditor:
        messages.error(request, _("The last editor cannot be removed. Add another first."))
        return False
    messages.success(request, _("Removed."))
    return True


ACTS = {
    "remove": _remove,
    "email": _invite,
    "withdraw": _withdraw,
    "let_join": _answer,
    "do_not_let_join": _answer,
    "responsible": _hand_over,
}
