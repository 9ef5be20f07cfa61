"""Pilots: the list and the page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
def pilots(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


@login_not_required
def pilots_csv(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


@login_not_required
def pilot(request: HttpRequest, code: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
