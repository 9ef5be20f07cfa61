"""Rounds: what is asked now, what comes, what was."""

from datetime import datetime, time
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.models import Phase, Pilot, Round, RoundCorrection, Step, time_to_inquire
from pilots.models.rounds import RoundQuerySet
from pilots.proposals.decisions import outcome_of
from pilots.proposals.questions.own import about, condition_words
from pilots.rounds import calendars, past
from regions.views.as_of import shown_day
from registry.lib.dates import on_the_finnish_clock
from registry.lib.pages import page_of

NOON = time(12)  # the moment of a past day at which the list tells what was open


def _with_phase(rounds: Any, at: datetime) -> list[tuple[Round, Phase]]:
    return [(round_, round_.phase(at)) for round_ in rounds]


def _now(visible: RoundQuerySet, at: datetime) -> dict[str, Any]:
    """Return the rounds as they are: open, ahead, over; to staff also the unpublished."""
    return {
        "open": visible.open(at).by_deadline(),
        "ahead": visible.ahead(at).by_deadline(),
        "over": visible.over(at),
        "drafts": visible.filter(published_at__isnull=True),
    }


def _then(visible: RoundQuerySet, at: datetime) -> dict[str, Any]:
    """Return the rounds as they stood at ``at``."""
    stood = past.as_they_stood(visible.public(), at)
    over = [round_ for phase in (Phase.CLOSED, Phase.PAST, Phase.CANCELLED) for round_ in stood.get(phase, [])]
    return {
        "open": past.by_deadline(stood.get(Phase.OPEN, [])),
        "ahead": past.by_deadline(stood.get(Phase.AHEAD, [])),
        "over": past.latest_first(over),
    }


@login_not_required
@require_safe
def list_rounds(request: HttpRequest) -> HttpResponse:
    """List the rounds: open on the day shown, ahead, over; to staff also the unpublished."""
    at = timezone.now()
    shown = shown_day(request, at)
    visible = Round.objects.visible_to(request.user, at).for_list()
    moment = on_the_finnish_clock(shown.day, NOON) if shown.asked else at
    rounds = _then(visible, moment) if shown.asked else _now(visible, at)
    page = page_of(request, rounds["over"])
    context = {
        **rounds,
        "shown": shown,
        "trail": [(_("Rounds"), "")],
        "over": _with_phase(page, moment),
        "page": page,
        "feed": reverse("rounds_atom"),
        "has_calendar": calendars.public_steps(at).exists(),
        "at": moment,
        "may_use_desk": access.may_use_desk(request.user, at),
        "may_make_round": access.may_make_round(request.user, at),
    }
    return render(request, "rounds/rounds.html", context)


def _own(step: Step, round_: Round, viewer: Any, at: datetime) -> datetime | None:
    """Return the extension of the viewer's organisation, or None; only a preparer sees it."""
    if round_.cancelled_at is not None or not access.may_prepare(viewer, at):
        return None
    own = step.closes_for(viewer.organisation_id)
    return own if own > step.closes_at else None


@login_not_required
@require_safe
def show_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one round: what is asked, until when, who may answer and how."""
    at = timezone.now()
    viewer = request.user
    round_ = get_object_or_404(Round.objects.visible_to(viewer, at).for_page(viewer, at), slug=slug)
    context = {
        "trail": [(_("Rounds"), reverse("rounds")), (round_.name, "")],
        **page_context(viewer, round_, at),
        "may_use_desk": access.may_use_desk(viewer, at),
        "may_edit": access.may_edit_round(viewer, round_, at),
    }
    return render(request, "rounds/round.html", context)


def _own_questions(round_: Round) -> dict[str, Any]:
    """Return what the round asks of its own, each question with what is told of it, and the changes of that."""
    forms = list(round_.own_forms.all())
    among = {question.key: question for question in forms[-1].questions.all()} if forms else {}
    return {
        "own_questions": [(one, about(one), condition_words(one, among)) for one in among.values()],
        "own_changes": [form for form in forms if form.reason],
    }


def _answers(round_: Round) -> dict[str, Any]:
    """Return the public answers, each with its corrections, and the corrections of the words of the page."""
    corrections: dict[int | None, list[RoundCorrection]] = {}
    for correction in round_.corrections.all():
        corrections.setdefault(correction.answer_id, []).append(correction)
    return {
        "answers": [(one, corrections.get(one.pk, [])) for one in round_.public_answers.all()],
        "corrections": corrections.get(None, []),
    }


def page_context(viewer: Any, round_: Round, at: datetime) -> dict[str, Any]:
    """Return what the page of a round shows of it to the viewer."""
    lives = round_.published_at is not None and round_.cancelled_at is None
    return {
        "round": round_,
        "phase": round_.phase(at),
        "steps": [(step, step.phase(at), _own(step, round_, viewer, at)) for step in round_.steps.all()],
        "pilot": Pilot.objects.visible_to(viewer, at).filter(rounds=round_).first(),
        **_own_questions(round_),
        **_answers(round_),
        "may_inquire": access.may_inquire(viewer, round_, at),
        "takes_inquiries": lives and time_to_inquire(round_, None, at),
        "may_start": access.may_start(viewer, round_, at),
        "may_prepare": access.may_prepare(viewer, at),
        "askable": {step.position for step in round_.steps.all() if access.may_ask_for_extension(viewer, step, at)},
        **(outcome_of(round_) if round_.outcome_published_at else {}),
    }
