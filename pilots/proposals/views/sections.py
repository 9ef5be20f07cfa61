"""The sections of a proposal: written and saved each on a page of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from pilots import access
from pilots.models import Proposal
from pilots.proposals import workflow
from pilots.proposals.forms.writing import SectionForm
from pilots.proposals.neighbours import neighbours
from pilots.proposals.questions.answers import differences
from pilots.proposals.questions.asked import Section
from pilots.proposals.questions.known_forms import form_of
from pilots.proposals.questions.own import OWN
from pilots.proposals.questions.vocabulary import vocabulary
from regions.access import account
from registry.lib.answered_forms import mark_saved
from registry.lib.database import clock
from registry.lib.editions import SideBySide
from registry.lib.formats import clock_words
from registry.lib.kept_forms import LANGUAGE
from registry.lib.languages import reader_language
from registry.lib.refusals import Refused, Stale
from registry.lib.views import AUTOSAVE, chosen_language, find, form_view

from .pages import context, readable

LEAVES = {"go", LANGUAGE}  # buttons that save what can be saved, and go elsewhere
_CONFLICT = gettext_lazy("Somebody else has saved the same answer. Press Save: you then see both.")
_OWN_CONFLICT = gettext_lazy("You have saved the same answer in another window. Press Save: you then see both.")
_NOT_SAVED = gettext_lazy("It can no longer be saved. Press Save: your text is then shown to you.")


@form_view
def edit(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """Show a section's questions; POST saves all that can be saved, and shows the rest back as it was typed."""
    at = clock()
    may = access.may_read_draft if request.method == "POST" else access.may_write
    proposal = find(request, readable(request, at), may, at, pk=pk)
    part = form_of(proposal, proposal.step_at(at), request.POST).section(section)
    if part is None:
        return _no_section(request, proposal, section, at)
    if request.method != "POST":
        if request.path != (where := reverse("edit_section", args=[pk, section])):  # of another language, or an old one
            return redirect(f"{where}?{request.GET.urlencode()}" if request.GET else where)
        return _page(request, proposal, SectionForm.stored(part, proposal, vocabulary()), at)
    form = SectionForm.posted(part, proposal, request.POST, vocabulary())
    by_script = AUTOSAVE in request.headers
    if not access.may_write(request.user, proposal, at):
        return _told_to_script(_NOT_SAVED, 409) if by_script else _not_saved_page(request, form, at)
    try:
        writer = account(request)
        saved = workflow.save_section(proposal, part, form.storable, form.seen, writer, at, form.vocabulary)
    except Stale as stale:
        own = stale.current.saved_by_id == request.user.pk
        words = _OWN_CONFLICT if own else _CONFLICT
        return _told_to_script(words, 409) if by_script else _conflict_page(request, form, stale, at)
    except Refused:
        return _told_to_script(_NOT_SAVED, 409) if by_script else _not_saved_page(request, form, at)
    if form.keeps_all:
        mark_saved(request)
    if by_script:
        return _autosaved(form, saved, at)
    if form.is_valid() or (form.keeps_all and LEAVES & request.POST.keys()):
        with override(chosen_language(request)):
            messages.success(request, _("Saved. Nothing is sent until you send it."))
            return _next_page(request, proposal, part)
    proposal.content = saved.content
    form = form.over(saved, saved.content)
    return _page(request, proposal, form, at, saved=True, unkept=not form.keeps_all)


def _no_section(request: HttpRequest, proposal: Proposal, section: str, at: datetime) -> HttpResponse:
    """Lead from a section in which nothing is asked any more, and nothing was typed, to the page of the proposal."""
    if section != OWN or not proposal.round.own_forms.all():
        raise Http404
    if AUTOSAVE in request.headers:
        return _told_to_script(_NOT_SAVED, 409)
    return redirect("proposal", pk=proposal.pk)


def _autosaved(form: SectionForm, saved: Proposal, at: datetime) -> JsonResponse:
    """Tell the script what was saved, and give it the edition and the token that its next save carries."""
    words = [_("Saved at %(time)s.") % {"time": clock_words(at, reader_language())}]
    if not form.keeps_all:
        words = [_("One of your answers cannot be saved as it stands. Press Save to see which.")]
    if saved.state == Proposal.State.SUBMITTED and saved.has_unsent_words:
        words.append(_("Your changes are not sent."))
    return _told_to_script(" ".join(words), 200, edition=saved.edition, shown=form.token_after(saved))


def _told_to_script(words: str | Promise, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"words": str(words), **more}, status=status)


def _page(
    request: HttpRequest, proposal: Proposal, form: SectionForm, at: datetime, status: int = 200, **more: Any
) -> HttpResponse:
    asked = form_of(proposal)
    place, of = asked.place_of(form.section.slug), len(asked.sections)
    near = neighbours(proposal, proposal.content, account(request), at)
    page = context(request, proposal, at, section=form.section, form=form, place=place, of=of, neighbours=near, **more)
    return render(request, "proposals/section.html", page, status=status)


def _conflict_page(request: HttpRequest, form: SectionForm, stale: Stale, at: datetime) -> HttpResponse:
    """Show the writer's answers in the form, merged with what is stored, and both where both changed an answer."""
    current = find(request, readable(request, at), access.may_write, at, pk=stale.current.pk)
    merged = form.over(current, stale.merged.values)
    names = [conflict.name for conflict in stale.merged.conflicts]
    both = differences(form.section, names, stale.merged.values, current.content, form.vocabulary)
    conflicts = [
        SideBySide(question.key, str(question.label), f"div_id_{question.key}", mine.items, theirs.items)
        for question, mine, theirs in both
    ]
    return _page(request, current, merged, at, status=409, conflicts=conflicts)


def _not_saved_page(request: HttpRequest, form: SectionForm, at: datetime) -> HttpResponse:
    """Show what was typed to a writer who may no longer save it: the words are not lost, only not stored."""
    current = get_object_or_404(readable(request, at), pk=form.proposal.pk)
    still_edits = access.edits(request.user, current, at)
    page = context(request, current, at, section=form.section, answers=[(form.section, form.typed)], edits=still_edits)
    return render(request, "proposals/not_saved.html", page, status=409 if still_edits else 403)


def _next_page(request: HttpRequest, proposal: Proposal, section: Section) -> HttpResponse:
    """Return the way to the section or the files that were chosen, to the next one, or to the check after the last."""
    asked = form_of(proposal)
    following = asked.after(section.slug) if "next" in request.POST else section
    if request.POST.get("go") == "attachments":
        return redirect("attachments", pk=proposal.pk)
    if "go" in request.POST:
        following = asked.section(request.POST["go"])
    if following is None:
        return redirect("check_proposal", pk=proposal.pk)
    return redirect("edit_section", pk=proposal.pk, section=following.slug)
