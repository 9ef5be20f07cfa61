"""What may still be done with a published round; an extension asked for; a new round made from another."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pilots import access
from pilots.models import ExtensionRequest, Round, Step
from pilots.rounds.forms.inquiries import DeclineExtensionForm
from pilots.rounds.forms.published import (
    AskExtensionForm,
    CorrectForm,
    HandOverForm,
    InviteForm,
)
from pilots.rounds.forms.rounds import free_slug
from pilots.rounds.workflow import copying, deadlines
from pilots.rounds.workflow import published as workflow
from regions.access import account
from registry.lib.database import clock
from registry.lib.directions import fill
from registry.lib.editions import Shown, tell_saved, with_choices
from registry.lib.formats import deadline_words
from registry.lib.languages import reader_language
from registry.lib.refusals import Refused, Stale
from registry.lib.views import find, form_page, form_view, posted

ACT = "desk/round_act.html"


def _round(request: HttpRequest, slug: str, at: datetime) -> Round:
    return find(request, Round.objects.visible_to(request.user, at), access.may_correct, at, slug=slug)


@form_view
def correct_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Correct the words of a published round, with a reason that all see."""
    at = clock()
    round_ = _round(request, slug, at)
    form = CorrectForm(with_choices(posted(request), lambda: CorrectForm(None, round_)), round_)
    page = {"round": round_, "title": _("Correct the words"), "submit": _("Correct")}
    page["lead"] = _("The reason stands on the public page of the round. Deadlines are only moved.")
    if not form.is_valid():
        return form_page(request, ACT, form, page)
    reason = form.in_three()
    try:
        shown = Shown.read(request.POST, round_)
        merged = workflow.correct(round_, shown, form.typed(), reason, account(request), at)
    except Stale as stale:
        form = CorrectForm(None, stale.current, stale.merged.values)
        form.initial.update(reason.columns("reason"))
        page["conflicts"] = form.side_by_side(stale.merged.conflicts)
        return form_page(request, ACT, form, page, status=409)
    except Refused as refused:
        form.add_error(None, str(refused.reason))
        return form_page(request, ACT, form, page)
    tell_saved(request, form, merged, _("The words are corrected."))
    return redirect("round_desk", slug=slug)


@form_view
def invite_more(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite more bodies to a published round."""
    at = clock()
    round_ = _round(request, slug, at)
    form = InviteForm(posted(request), round_, at)
    page = {"round": round_, "title": _("Invite more organisations"), "submit": _("Invite")}
    page["lead"] = _("They get the same invitation by letter as those who were invited before.")
    if not form.is_valid():
        return form_page(request, ACT, form, page)
    try:
        made = workflow.invite(round_, form.cleaned_data["organisations"], at)
    except Refused as refused:
        form.add_error(None, str(refused.reason))
        return form_page(request, ACT, form, page)
    messages.success(request, _("They are invited."))
    for organisation in made.unreached:
        words = _("No letter reaches this organisation: %(name)s. Tell it yourself.")
        messages.warning(request, fill(words, name=organisation.name.plain))
    return redirect("round_desk", slug=slug)


@form_view
def hand_over_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Give a published round to another officer."""
    at = clock()
    round_ = _round(request, slug, at)
    form = HandOverForm(posted(request), round_, at)
    page = {"round": round_, "title": _("Hand the round over"), "submit": _("Hand over")}
    page["lead"] = _("The owner gets the letters of the round's deadlines, and the answers to its letters.")
    if not form.is_valid():
        return form_page(request, ACT, form, page)
    try:
        workflow.hand_over(round_, form.cleaned_data["person"], at)
    except Refused as refused:
        form.add_error(None, str(refused.reason))
        return form_page(request, ACT, form, page)
    messages.success(request, _("The round has a new owner."))
    return redirect("round_desk", slug=slug)


@require_POST
def copy_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a new round from the round, and go on to its form."""
    at = clock()
    rows = Round.objects.visible_to(request.user, at).prefetch_related("steps", "criteria", "invited")
    round_ = find(request, rows, access.may_copy, at, slug=slug)
    made = copying.copy(round_, free_slug(round_.name_fi), account(request), at)
    messages.success(request, _("A new round is made from it, with later dates. It is not published yet."))
    return redirect("edit_round", slug=made.slug)


@form_view
def ask_for_extension(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """Ask the ministry for a later deadline of one's organisation."""
    at, viewer = clock(), account(request)
    round_ = get_object_or_404(Round.objects.visible_to(viewer, at), slug=slug)
    steps = Step.objects.filter(round=round_).select_related("round")
    steps = steps.prefetch_related("extensions", "round__invited")
    step = find(request, steps, access.may_ask_for_extension, at, position=position)
    form = AskExtensionForm(posted(request))
    page = {"round": round_, "title": _("Ask for an extension"), "submit": _("Ask for it"), "public": True}
    page["lead"] = _(
        "The ministry's staff see the request, and decide. The deadline holds until they give you another."
    )
    if not form.is_valid() or viewer.organisation is None:
        return form_page(request, ACT, form, page)
    try:
        until, reason = form.cleaned_data["until"], form.cleaned_data["reason"]
        deadlines.ask_for_extension(step, viewer.organisation, until, reason, viewer, at)
    except Refused as refused:
        form.add_error(None, str(refused.reason))
        return form_page(request, ACT, form, page)
    messages.success(request, _("The ministry sees your request. You get a letter when it has answered."))
    return redirect("round", slug=slug)


@form_view
def decline_extension(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Decline a request for an extension, with a reason for the asker alone."""
    at = clock()
    rows = ExtensionRequest.objects.visible_to(request.user, at).waiting()
    asked = find(request, rows, access.may_decline_extension, at, step__round__slug=slug, pk=pk)
    form = DeclineExtensionForm(posted(request))
    page = {"round": asked.step.round, "title": _("Give no extension"), "submit": _("Give no extension")}
    words = _("%(organisation)s asks for the deadline until %(until)s. Its reason: %(reason)s")
    until = deadline_words(asked.until, reader_language())
    page["lead"] = fill(words, organisation=asked.organisation.name.plain, until=until, reason=asked.reason)
    if not form.is_valid():
        return form_page(request, ACT, form, page)
    try:
        deadlines.decline_extension(asked, form.cleaned_data["because"], account(request), at)
    except Stale:
        messages.error(request, _("It was answered meanwhile. Nothing was saved."))
        return redirect("round_desk", slug=slug)
    messages.success(request, _("The extension is not given. Only the person who asked is told."))
    return redirect("round_desk", slug=slug)
