"""Who may change a proposal."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from pilots import access
from pilots.models import Proposal
from pilots.proposals import workflow
from pilots.proposals.forms import EditorForm
from regions.access import account
from registry.lib.database import clock
from registry.lib.views import find, form_page, form_view, posted

from .pages import context, readable


@form_view
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the editors of the proposal; POST adds a colleague or takes an editor away."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_change_editors, at, pk=pk)
    if "remove" in request.POST:
        return _remove(request, proposal, at)
    colleagues = proposal.possible_editors(at)
    form = EditorForm(colleagues, posted(request))
    if form.is_valid():
        workflow.add_editor(proposal, form.cleaned_data["person"], account(request), at)
        messages.success(request, _("Added. This person can now change and send the proposal."))
        return redirect("editors", pk=pk)
    page = context(request, proposal, at, colleagues=colleagues.exists())
    return form_page(request, "proposals/editors.html", form, page)


def _remove(request: HttpRequest, proposal: Proposal, at: datetime) -> HttpResponse:
    """Take an editor away; an editor who goes is asked first, for only another one can undo it."""
    chosen = request.POST["remove"]
    editors = (editorship.user for editorship in proposal.editorships.all())
    editor = next((editor for editor in editors if str(editor.pk) == chosen), None)
    if editor is None:
        messages.warning(request, _("This person is not an editor."))
        return redirect("editors", pk=proposal.pk)
    if editor == request.user and "sure" not in request.POST and proposal.editorships.count() > 1:
        return render(request, "proposals/leave.html", context(request, proposal, at))
    try:
        workflow.remove_editor(proposal, editor)
    except workflow.LastEditor:
        messages.error(request, _("The last editor cannot be removed. Add another first."))
        return redirect("editors", pk=proposal.pk)
    messages.success(request, _("Removed."))
    return redirect("my_proposals") if editor == request.user else redirect("editors", pk=proposal.pk)
