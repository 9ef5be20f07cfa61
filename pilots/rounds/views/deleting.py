"""The end of an unpublished round: deleted after a question, and brought back within a day."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pilots import access
from pilots.models import DeletedRound, Round
from pilots.rounds.workflow import deleting as workflow
from regions.access import account
from registry.lib.database import clock
from registry.lib.refusals import Refused
from registry.lib.views import find, form_view, only


@form_view
def delete_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask whether to delete a round that is not published; POST deletes it."""
    at = clock()
    round_ = find(request, Round.objects.visible_to(request.user, at), access.may_edit_round, at, slug=slug)
    if request.method != "POST":
        return render(request, "desk/delete_round.html", {"round": round_})
    try:
        workflow.delete(round_, account(request), at)
    except Refused:
        return render(request, "desk/delete_round.html", {"round": round_, "refused": True}, status=409)
    messages.success(request, _("The round is deleted. You can bring it back for a day, on this page."))
    return redirect("desk")


@require_POST
@only(access.may_make_round)
def restore_round(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a deleted round back."""
    deleted = get_object_or_404(DeletedRound.objects.kept(clock()), pk=pk)
    try:
        round_ = workflow.restore(deleted)
    except Refused:
        return redirect("desk")
    messages.success(request, _("The round is back as it was. It is not published."))
    return redirect("round_desk", slug=round_.slug)
