"""One's own account, and invitations."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


def my_page(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def invite(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


@login_not_required
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
