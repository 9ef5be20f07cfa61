"""What was told to whom: the list for staff, and one message as it was sent."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access, watch
from pilots.filters.messages import MessageFilter
from pilots.models import Message
from registry.lib.database import clock
from registry.lib.exports import csv_response
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
    page = page_of(request, filtered.qs)
    context = {"filter": filtered, "page": page, "deployment": settings.DEPLOYMENT_KEY, "seen": watch.look(clock())}
    return render(request, "messages/messages.html", context)


@require_safe
def messages_csv(request: HttpRequest) -> HttpResponse:
    """Give staff the same list as a file."""
    listed: QuerySet[Message] = _filtered(request).qs
    header = [
        _("Written"),
        _("Letter"),
        _("Receiver"),
        _("Address"),
        _("Subject"),
        _("Round"),
        _("How it ended"),
        _("When"),
    ]
    rows = (
        [
            message.created_at,
            message.get_letter_display(),
            str(message.user or ""),
            message.address,
            message.subject,
            message.round.name.plain if message.round else "",
            message.get_state_display(),
            message.settled_at,
        ]
        for message in listed
    )
    return csv_response("messages.csv", header, rows)


@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one message as it was sent, and what happened to it: to staff, and to the person it went to."""
    at = timezone.now()
    readable = Message.objects.readable_by(request.user, at).select_related("user", "round")
    found = get_object_or_404(readable, pk=pk)
    return render(
        request,
        "messages/message.html",
        {
            "message": found,
            "events": found.events.all(),
            "deployment": settings.DEPLOYMENT_KEY,
            "may_use_desk": access.may_use_desk(request.user, at),
        },
    )
