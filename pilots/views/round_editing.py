"""Making, editing and publishing a round."""

from django.http import HttpRequest, HttpResponse


def new_round(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def edit_round(request: HttpRequest, slug: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def publish_round(request: HttpRequest, slug: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
