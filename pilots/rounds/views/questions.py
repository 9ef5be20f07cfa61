"""The questions of a round's own: shown, written and changed by officers."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from pilots import access
from pilots.models import Round
from pilots.rounds.forms.questions import QuestionsForm
from pilots.rounds.workflow import questions as workflow
from registry.lib.views import form_view

from .parts import PartsPage

PAGE = PartsPage(
    access.may_edit_questions,
    QuestionsForm,
    workflow.change,
    "desk/questions_form.html",
    "round_questions",
    _("The questions are saved."),
)


@form_view
def edit_questions(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the questions of the round's own, and room for more; POST saves them."""
    return PAGE.edit(request, slug, Round.objects.prefetch_related("steps"))
