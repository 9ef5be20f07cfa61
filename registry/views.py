"""Pages of the site itself: home, about, accessibility statement, privacy, health."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


@login_not_required
def about(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
