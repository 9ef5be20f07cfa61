"""The end of a draft: deleted after a question, and brought back within a day."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pilots import access
from pilots.models import DeletedDraft
from pilots.proposals import workflow
from regions.access import account
from registry.lib.database import clock
from registry.lib.refusals import Refused
from registry.lib.views import find, form_view

from .pages import context, readable


@form_view
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to delete the draft; POST deletes it."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_delete, at, pk=pk)
    if request.method != "POST":
        return render(request, "proposals/delete.html", context(request, proposal, at))
    try:
        workflow.delete_draft(proposal, account(request), at)
    except Refused:
        page = context(request, proposal, at, refused=True)
        return render(request, "proposals/delete.html", page, status=409)
    messages.success(request, _("The draft is deleted. You can bring it back for a day."))
    return redirect("my_proposals")


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a deleted draft back, for one of its editors."""
    at, user = clock(), account(request)
    deleted = get_object_or_404(DeletedDraft.objects.of_editor(user, at), pk=pk)
    if not access.may_prepare(user, at):
        raise PermissionDenied
    try:
        proposal = workflow.restore_draft(deleted, user, at)
    except Refused:
        return redirect("my_proposals")
    messages.success(request, _("The draft is back, word for word."))
    return redirect("proposal", pk=proposal.pk)
