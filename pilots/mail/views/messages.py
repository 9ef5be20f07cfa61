"""What was told to whom: the list for staff, and a message as it was sent."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots import access
from pilots.mail import watch
from pilots.mail.filters import MessageFilter
from pilots.models import Message, Proposal, ToldDeadline
from registry.lib.database import clock
from registry.lib.downloads import few_at_once
from registry.lib.views import only


def _listed(request: HttpRequest) -> MessageFilter:
    """Return the list of messages as the address asks for it."""
    return MessageFilter(request.GET, Message.objects.visible_to(request.user, timezone.now()).for_list())


@require_safe
@only(access.may_use_desk)
def list_messages(request: HttpRequest) -> HttpResponse:
    """Show staff every message: who, which letter, when, how it ended."""
    context = {**_listed(request).context(), "deployment": settings.DEPLOYMENT_KEY, "seen": watch.look(clock())}
    return render(request, "messages/messages.html", context)


@require_safe
@only(access.may_use_desk)
@few_at_once
def download_messages(request: HttpRequest) -> StreamingHttpResponse:
    """Give staff the same list as a file: moments in ISO 8601 with their zone."""
    return _listed(request).dataset().file("messages", "csv")


@require_safe
def show_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one message as it was sent, and what happened to it: to staff, and to the person it went to."""
    at = timezone.now()
    readable = Message.objects.readable_by(request.user, at)
    found = get_object_or_404(
        readable.select_related("user__organisation", "round", "forward_of", "forward__user"), pk=pk
    )
    context = {
        "message": found,
        "headers": found.headers(),
        "dates": ToldDeadline.objects.with_today().filter(message=found),
        "events": found.events.all(),
        "proposal": Proposal.objects.visible_to(request.user, at).filter(messages=found).first(),
        "forward": getattr(found, "forward", None),
        "deployment": settings.DEPLOYMENT_KEY,
        "may_use_desk": access.may_use_desk(request.user, at),
    }
    return render(request, "messages/message.html", context)
