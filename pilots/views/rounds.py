"""Rounds: the list and the page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
def rounds(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


@login_not_required
def round_page(request: HttpRequest, slug: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
