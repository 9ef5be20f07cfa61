"""Internal notes on a proposal: read and written by the staff alone."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pilots import access
from pilots.models import Note
from pilots.proposals import noting
from pilots.proposals.forms.assessing import NoteForm
from regions.access import account
from registry.lib.database import clock
from registry.lib.kept_forms import LANGUAGE
from registry.lib.refusals import Stale
from registry.lib.views import find, form_page, form_view, posted

from .pages import context, readable

NOTES = "proposals/notes.html"


@form_view
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the notes on a proposal; POST writes one."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_read_notes, at, pk=pk)
    may_write = access.may_write_note(request.user, proposal, at)
    if request.method == "POST" and not may_write:
        raise PermissionDenied
    form = NoteForm(posted(request))
    rows = Note.objects.filter(proposal=proposal).select_related("author")
    notes = [(note, access.may_withdraw_note(request.user, note, at)) for note in rows]
    page = context(request, proposal, at, notes=notes, may_write_note=may_write)
    page["may_write_letter"] = access.may_write_letter(request.user, proposal.round, at)
    page["may_ask_clarification"] = access.may_ask_clarification(request.user, proposal, at)
    if LANGUAGE in request.POST or not form.is_valid():
        return form_page(request, NOTES, form, page)
    noting.write(proposal, form.cleaned_data["words"], account(request), at)
    messages.success(request, _("The note is written."))
    return redirect("proposal_notes", pk=pk)


@require_POST
def withdraw(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Withdraw a note of the viewer's own."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_read_notes, at, pk=pk)
    note = find(request, Note.objects.filter(proposal=proposal), access.may_withdraw_note, at, number=number)
    try:
        noting.withdraw(note, at)
    except Stale:
        messages.info(request, _("The note is withdrawn already."))
    else:
        messages.success(request, _("The note is withdrawn. It stays on this page as withdrawn."))
    return redirect("proposal_notes", pk=pk)
