"""What was told to whom: the list for staff, and one message as it was sent."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.mail import watch
from pilots.mail.filters import MessageFilter
from pilots.models import Message, Proposal, Told
from registry.lib.database import clock
from registry.lib.exports import cell, csv_response
from registry.lib.pages import page_of


def _filtered(request: HttpRequest) -> MessageFilter:
    """Return the filtered list of messages; refuse whoever does not use the desk."""
    at = timezone.now()
    if not access.may_use_desk(request.user, at):
        raise PermissionDenied
    return MessageFilter(request.GET, Message.objects.visible_to(request.user, at).for_list())


@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """Show staff every message: who, which letter, when, how it ended."""
    filtered = _filtered(request)
    context = {
        "filter": filtered,
        "page": page_of(request, filtered.qs),
        "facets": filtered.facets(),
        "pills": filtered.pills(),
        "orders": filtered.orders(),
        "deployment": settings.DEPLOYMENT_KEY,
        "seen": watch.look(clock()),
    }
    return render(request, "messages/messages.html", context)


@require_safe
def messages_csv(request: HttpRequest) -> HttpResponse:
    """Give staff the same list as a file: moments in ISO 8601 with their zone."""
    header = [
        *(_("Written"), _("Letter"), _("Receiver"), _("Address"), _("Organisation"), _("Language"), _("Subject")),
        *(_("Round"), _("Deadline told"), _("Deadline now"), _("How it ended"), _("When"), _("Perhaps twice")),
        "Message-ID",
    ]
    return csv_response("messages.csv", header, _rows(_filtered(request)))


def _rows(filtered: MessageFilter) -> Iterator[list[Any]]:
    """Yield a row of the file for each message; what it told of several rounds stands in one cell."""
    for message in filtered.qs:
        organisation = message.user.organisation if message.user else None
        rounds = [message.round] if message.round else list(dict.fromkeys(told.step.round for told in message.dates))
        yield [
            message.created_at,
            message.get_letter_display(),
            str(message.user or ""),
            message.address,
            organisation.name.plain if organisation else "",
            message.language,
            message.subject,
            " / ".join(round_.name.plain for round_ in rounds),
            *_dates(message.dates),
            message.get_state_display(),
            message.settled_at,
            _("yes") if message.perhaps_twice else _("no"),
            message.message_id,
        ]


def _dates(told: list[Any]) -> list[str]:
    """Return the cells of the deadlines told and of those that hold now."""
    moments = [[one.closes_at for one in told], [one.now_closes_at for one in told]]
    return [" / ".join(map(cell, column)) for column in moments]


@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one message as it was sent, and what happened to it: to staff, and to the person it went to."""
    at = timezone.now()
    readable = Message.objects.readable_by(request.user, at)
    found = get_object_or_404(
        readable.select_related("user__organisation", "round", "forward_of", "forward__user"), pk=pk
    )
    context = {
        "message": found,
        "headers": found.headers(),
        "dates": Told.objects.with_today().filter(message=found),
        "events": found.events.all(),
        "proposal": Proposal.objects.visible_to(request.user, at).filter(messages=found).first(),
        "forward": getattr(found, "forward", None),
        "deployment": settings.DEPLOYMENT_KEY,
        "may_use_desk": access.may_use_desk(request.user, at),
    }
    return render(request, "messages/message.html", context)
