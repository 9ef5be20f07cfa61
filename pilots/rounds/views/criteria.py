"""The criteria of a round: shown, written and corrected by officers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from pilots import access
from pilots.models import Round
from pilots.rounds.forms.criteria import CriteriaForm
from pilots.rounds.workflow import criteria as workflow
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import Shown, tell_saved, with_choices
from registry.lib.refusals import Refused, Stale
from registry.lib.views import find, form_page, form_view, posted

FORM = "desk/criteria_form.html"


@form_view
def edit_criteria(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the criteria of the round, and room for more; POST saves them."""
    at = clock()
    rows = Round.objects.visible_to(request.user, at).select_related("changed_by")
    round_ = find(request, rows, access.may_edit_criteria, at, slug=slug)
    form = CriteriaForm(with_choices(posted(request), lambda: CriteriaForm(None, round_)), round_)
    page: dict[str, Any] = {"round": round_}
    if not form.is_valid():
        return form_page(request, FORM, form, page)
    try:
        shown, reason = Shown.read(request.POST, round_), form.reason()
        merged = workflow.change(round_, shown, form.typed(), account(request), at, reason)
    except Stale as stale:
        again = CriteriaForm(None, stale.current, stale.merged.values)
        again.initial.update(reason.columns("reason") if reason else {})
        page |= {"round": stale.current, "conflicts": again.side_by_side(stale.merged.conflicts)}
        return form_page(request, FORM, again, page, status=409)
    except Refused as refused:
        form.add_error(None, str(refused.reason) or _("The round is cancelled, or has been published meanwhile."))
        return form_page(request, FORM, form, page)
    tell_saved(request, form, merged, _("The criteria are saved."))
    return redirect("round_criteria", slug=slug)
