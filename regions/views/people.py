"""People as contacts."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
def people(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


@login_not_required
def person(request: HttpRequest, slug: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
