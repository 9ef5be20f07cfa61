"""The criteria of a round: shown, written and corrected by officers."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from pilots import access
from pilots.models import Round
from pilots.rounds.forms.criteria import CriteriaForm
from pilots.rounds.workflow import criteria as workflow
from registry.lib.views import form_view

from .parts import PartsPage

PAGE = PartsPage(
    access.may_edit_criteria,
    CriteriaForm,
    workflow.change,
    "desk/criteria_form.html",
    "round_criteria",
    _("The criteria are saved."),
)


@form_view
def edit_criteria(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the criteria of the round, and room for more; POST saves them."""
    return PAGE.edit(request, slug, Round.objects.select_related("changed_by"))
