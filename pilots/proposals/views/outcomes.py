"""The decisions of a round together: the list, the letters that go together, the outcome that is published."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from pilots import access
from pilots.mail.letters import Staff
from pilots.models import Decision, Proposal, Round, StaffLetter
from pilots.models.assessing import with_assessments
from pilots.proposals import decisions
from regions.access import account
from registry.lib.database import clock
from registry.lib.letters import Written
from registry.lib.pages import page_of
from registry.lib.refusals import Incomplete, NotAsShown, Refused
from registry.lib.views import find, form_view, only

NOT_SEEN = "-"  # a fingerprint that no page has shown


def _rounds(request: HttpRequest, at: datetime) -> QuerySet[Round]:
    return Round.objects.visible_to(request.user, at).prefetch_related("steps__extensions", "steps__asked")


@require_safe
@only(access.may_use_desk)
def list_decisions(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the proposals of the round with their decisions, and what comes next: letters, then the outcome."""
    at = timezone.now()
    round_ = get_object_or_404(_rounds(request, at), slug=slug)
    made = Prefetch("decisions", Decision.objects.filter(returned_at=None).for_page(), to_attr="made")
    rows = Proposal.objects.visible_to(request.user, at).filter(round=round_).exclude(state=Proposal.State.WITHDRAWN)
    rows = rows.select_related("organisation", "latest__step", "pilot").prefetch_related(made, "declarations")
    page = page_of(request, with_assessments(rows).order_by("organisation__name_fi", "pk"))
    for proposal in page:
        proposal.round = round_  # its steps are read once
    states = rows.order_by().values_list("state", flat=True)
    ready = decisions.ready_letters(round_, at)
    context = {
        "round": round_,
        "page": page,
        "listed": [(one, decisions.late_of(one), access.may_decide(request.user, one, at)) for one in page],
        "undecided": sum(1 for state in states if state == Proposal.State.SUBMITTED),
        "letters": ready,
        "hindrances": decisions.hindrances(round_, at) if round_.outcome_published_at is None else [],
        "may_set_deciders": access.may_set_deciders(request.user, round_, at),
        "may_send": access.may_send_decisions(request.user, round_, at),
        "may_publish": access.may_publish_outcome(request.user, round_, at),
    }
    return render(request, "proposals/round_decisions.html", context)


@require_POST
def set_deciders(request: HttpRequest, slug: str) -> HttpResponse:
    """Say whether each decision of the round needs two people."""
    at = clock()
    round_ = find(request, _rounds(request, at), access.may_set_deciders, at, slug=slug)
    try:
        decisions.set_two_deciders(round_, two=request.POST.get("two") == "yes")
    except Refused:
        messages.error(request, _("Something of the round is decided already, so this stays as it is."))
    else:
        messages.success(request, _("Saved."))
    return redirect("round_decisions", slug=slug)


@form_view
@only(access.may_use_desk)
def send_letters(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the decision letters of the round as their readers get them; POST sends them together."""
    at = clock()
    round_ = find(request, _rounds(request, at), access.may_send_decisions, at, slug=slug)
    status = 200
    if request.method == "POST":
        seen = request.POST.get("seen", "") or NOT_SEEN
        try:
            n = decisions.send_letters(round_, account(request), at, seen=seen)
        except NotAsShown:
            messages.error(request, _("A letter or its receivers changed since you read them. Read them again."))
            status = 409
        except Incomplete:
            messages.error(request, _("Sending needs subject and text in Finnish and in Swedish."))
            status = 409
        except Refused:
            messages.info(request, _("There is no decision letter to send."))
            return redirect("round_decisions", slug=slug)
        else:
            words = ngettext("%(n)s letter is in the queue.", "%(n)s letters are in the queue.", n) % {"n": n}
            messages.success(request, words)
            return redirect("round_decisions", slug=slug)
    ready = decisions.ready_letters(round_, at)
    written = [(letter, audience, _as_read(letter, audience.languages)) for letter, audience in ready.letters]
    page = {"round": round_, "ready": ready, "written": written}
    return render(request, "proposals/decision_letters.html", page, status=status)


def _as_read(letter: StaffLetter, languages: list[str]) -> list[tuple[str, Written]]:
    """Return the letter as the readers of each language get it."""
    content = Staff(letter)
    return [(one, content.text(one, round_=letter.round, proposal=letter.proposal)) for one in languages or [""]]


@form_view
@only(access.may_use_desk)
def publish_outcome(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the outcome as the public page will tell it; POST publishes it, with the pilots that are ready."""
    at = clock()
    round_ = find(request, _rounds(request, at), access.may_publish_outcome, at, slug=slug)
    status = 200
    if request.method == "POST":
        try:
            done = decisions.publish_outcome(round_, account(request), at)
        except Incomplete:
            status = 409
        except Refused:
            return redirect("round_decisions", slug=slug)
        else:
            messages.success(request, _("The outcome is published."))
            for pilot in done.left:
                words = _("%(code)s is not published yet: its name or summary is missing in Finnish or Swedish.")
                messages.warning(request, words % {"code": pilot.code})
            return redirect("round", slug=slug)
    pilots = decisions.pilots_of(round_).select_related("lead")
    held = Decision.objects.holding().filter(proposal__round=round_).for_page().order_by("proposal__organisation", "pk")
    page = {
        "round": round_,
        "selected": [one for one in held if one.selects],
        "others": sum(1 for one in held if not one.selects),
        "pilots": pilots,
        "missing": [one for one in pilots if not (one.name_fi and one.name_sv and one.summary_fi and one.summary_sv)],
        "hindrances": decisions.hindrances(round_, at),
    }
    return render(request, "proposals/publish_outcome.html", page, status=status)
