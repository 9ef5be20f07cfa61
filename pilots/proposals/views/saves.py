"""Who changed what in a draft."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots import access
from pilots.models import Proposal, SectionSave
from pilots.proposals.questions.known_forms import form_of
from registry.lib.pages import page_of
from registry.lib.views import find

from .pages import context, readable


@require_safe
def list_saves(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who saved which section and when, and which questions changed: to those who may read the draft."""
    at = timezone.now()
    proposal = find(request, readable(request, at), access.may_read_draft, at, pk=pk)
    page = page_of(request, proposal.section_saves.select_related("user__organisation"))
    listed = [(save, *_in_words(proposal, save)) for save in page]
    return render(request, "proposals/saves.html", context(request, proposal, at, page=page, listed=listed))


def _in_words(proposal: Proposal, save: SectionSave) -> tuple[Any, list[Any]]:
    """Return the title of the section and the labels of the questions, in the order of the form."""
    section = form_of(proposal).section(save.section)
    if section is None:
        return save.section, []
    return section.title, [question.label for question in section.questions if question.key in save.questions]
