"""The rehearsal of a round's reminders: the dated plan, the people, the real texts, and what is not sent and why."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots import access
from pilots.mail.reminders import NotTold, Rehearsal, Rehearsed, unreached
from pilots.models import Letter, Reminder, ReminderRule, Round
from pilots.rounds.workflow.rehearsals import rehearse
from regions.access import account, may_invite_anyone
from regions.models import User
from registry.lib.refusals import Incomplete
from registry.lib.views import find


@dataclass
class Point:
    """One line of the plan: at a moment one letter to some people."""

    at: datetime
    letter: str
    letters: list[Rehearsed] = field(default_factory=list)


def points(rehearsal: Rehearsal) -> list[Point]:
    """Return the letters that will go, a line per moment and kind."""
    lines: dict[tuple[datetime, str], Point] = {}
    for letter in rehearsal.letters:
        key = letter.at, letter.letter
        lines.setdefault(key, Point(letter.at, str(letter.letter.label))).letters.append(letter)
    return list(lines.values())


def _untold(rehearsal: Rehearsal) -> list[tuple[User, str, list[NotTold]]]:
    """Return what is not told and why, a line per person and reason."""
    lines: dict[tuple[User, str], list[NotTold]] = defaultdict(list)
    for not_told in rehearsal.untold:
        lines[not_told.reminder.user, not_told.words].append(not_told)
    return [(user, why, untold) for (user, why), untold in lines.items()]


def by_point(round_: Round) -> list[dict[str, Any]]:
    """Return a line per point and state of the round's reminders: when due, which letter, how many people, the end."""
    counts: Counter[tuple[datetime, Letter, str, str]] = Counter()
    columns = ("due_at", "rule__audience", "rule__days_before", "state", "reason")
    reminders = Reminder.objects.filter(rule__round=round_).order_by().values_list(*columns)
    for due_at, audience, days_before, state, reason, people in reminders.annotate(people=Count("pk")):
        letter = ReminderRule(audience=audience, days_before=days_before).letter
        counts[due_at, letter, state, reason] += people
    return [
        {
            "due_at": due_at,
            "letter_words": letter.label,
            "state": state,
            "state_words": Reminder.State(state).label,
            "reason_words": Reminder.Reason(reason).label if reason else "",
            "people": people,
        }
        for (due_at, letter, state, reason), people in sorted(counts.items())
    ]


def _rehearsed(
    request: HttpRequest, slug: str, at: datetime, person: int | None = None
) -> tuple[Round, Rehearsal, list[Any]]:
    """Return the round, its rehearsal (of one account, if given), and the faults that keep it from being published.

    A round that cannot be published yet has no plan.
    """
    rows = Round.objects.visible_to(request.user, at).select_related("owner").prefetch_related("steps")
    round_ = find(request, rows, access.may_rehearse, at, slug=slug)
    try:
        return round_, rehearse(round_, account(request), at, person=person), []
    except Incomplete as incomplete:
        return round_, Rehearsal(), incomplete.faults


@require_safe
def show_rehearsal(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what will be told of the round in the next 60 days and to whom, and what is not told and why."""
    at = timezone.now()
    round_, rehearsed, faults = _rehearsed(request, slug, at)
    context = {
        "round": round_,
        "points": points(rehearsed),
        "untold": _untold(rehearsed),
        "past": [line for line in by_point(round_) if line["state"] != Reminder.State.PLANNED],
        "faults": faults,
        "unreached": unreached(round_, at),
        "open_to_all": not round_.invited.exists(),
        "may_invite": may_invite_anyone(request.user, at),
        "people": len({letter.user.pk for letter in rehearsed.letters}),
    }
    return render(request, "desk/rehearsal.html", context)


@require_safe
def show_rehearsed_letters(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show the letters that one person will get of the round, with their real text, and what they will not get."""
    at = timezone.now()
    round_, rehearsed, _faults = _rehearsed(request, slug, at, person=pk)
    letters, untold = rehearsed.letters, rehearsed.untold
    if not letters and not untold:
        raise Http404
    context = {
        "round": round_,
        "person": letters[0].user if letters else untold[0].reminder.user,
        "letters": [(letter, letter.text()) for letter in letters],
        "untold": untold,
    }
    return render(request, "desk/rehearsed_letters.html", context)
