"""Two texts of a proposal, compared in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.models import Proposal, Version
from pilots.proposals.forms.writing import CompareForm
from pilots.proposals.questions.comparison import compared
from pilots.proposals.questions.vocabulary import vocabulary
from registry.lib.formats import moment_words
from registry.lib.languages import reader_language
from registry.lib.views import form_page

from .pages import context, readable

COMPARE, DRAFT = "proposals/compare.html", "draft"


@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what changed between two sent versions, or since one of them in the draft, to who may read both.

    ``?from=1&to=2``: the numbers of versions, or ``draft``; without them, the last two.
    """
    at = timezone.now()
    proposal = get_object_or_404(readable(request, at), pk=pk)
    texts = _texts(request, proposal, at)
    if len(texts) < len(CompareForm.names):
        return render(request, COMPARE, context(request, proposal, at))
    form = CompareForm(texts, request.GET if set(CompareForm.names) & request.GET.keys() else None)
    page = context(request, proposal, at)
    if not form.is_bound or form.is_valid():
        page |= _compared(proposal, texts, *form.chosen)
        return render(request, COMPARE, {**page, "form": form})
    return form_page(request, COMPARE, form, page)


def _texts(request: HttpRequest, proposal: Proposal, at: datetime) -> dict[str, str]:
    """Return the texts that the reader may read, by key: what each is called."""
    versions = proposal.versions.order_by("number").values_list("number", "submitted_at")
    texts = {str(number): _version_words(number, sent_at) for number, sent_at in versions}
    if texts and proposal.has_unsent_words and access.may_read_draft(request.user, proposal, at):
        texts[DRAFT] = _("The draft, not sent")
    return texts


def _version_words(number: int, sent_at: datetime) -> str:
    when = moment_words(sent_at, reader_language())
    return _("Version %(number)s, sent %(time)s") % {"number": number, "time": when}


def _compared(proposal: Proposal, texts: dict[str, str], before: str, after: str) -> dict[str, Any]:
    numbers = [int(key) for key in (before, after) if key != DRAFT]
    versions: dict[str, Version | Proposal] = {
        str(version.number): version for version in proposal.versions.filter(number__in=numbers)
    }
    found = compared(versions.get(before, proposal), versions.get(after, proposal), vocabulary())
    return {"comparison": found, "before": texts[before], "after": texts[after]}
