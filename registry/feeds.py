"""Deadlines as iCalendar, which other programs read again and again."""

from collections.abc import Iterable

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.models import Round
from pilots.rounds import calendars
from pilots.rounds.calendars import Deadline
from regions.models import Region, User


def _answer(name: str, deadlines: Iterable[Deadline], filename: str) -> HttpResponse:
    """Return the calendar; it is the same for every reader, signed in or not."""
    answer = HttpResponse(calendars.calendar(name, deadlines), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'inline; filename="{filename}.ics"'
    return answer


@login_not_required
@require_safe
def send_rounds(request: HttpRequest) -> HttpResponse:
    """Answer with the deadlines of all published rounds that are open or come, or closed lately."""
    deadlines = calendars.deadlines(calendars.public_steps(timezone.now()))
    return _answer(_("Deadlines of all rounds"), deadlines, "rounds")


@login_not_required
@require_safe
def send_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with all deadlines of a round."""
    round_ = get_object_or_404(Round.objects.public(), slug=slug)
    return _answer(round_.name.plain, calendars.deadlines(calendars.steps_of(round_)), slug)


@login_not_required
@require_safe
def send_step(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """Answer with the deadline of a step."""
    round_ = get_object_or_404(Round.objects.public(), slug=slug)
    step = get_object_or_404(calendars.steps_of(round_), position=position)
    return _answer(round_.name.plain, calendars.deadlines([step]), f"{slug}-{position}")


@login_not_required
@require_safe
def send_region(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with the deadlines of the rounds that organisations of a region may answer."""
    region = get_object_or_404(Region, slug=slug)
    name = _("Deadlines, %(region)s") % {"region": region.name.plain}
    return _answer(name, calendars.deadlines(calendars.steps_for(region, timezone.now())), slug)


@login_not_required
@require_safe
def send_own(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Answer with a user's own deadlines. The address is secret and stands for signing in, which calendars cannot do.

    A wrong address, a renewed address and the address of an account that has ended are answered alike, after the same
    work.
    """
    at = timezone.now()
    user = User.objects.filter(pk=pk).first() or User()
    if not (constant_time_compare(key, user.calendar_key()) & user.works(at)):
        raise Http404
    answer = _answer(_("My deadlines in the Pilot Registry"), calendars.own_deadlines(user, at), "deadlines")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
