"""The ministry's desk."""

from django.http import HttpRequest, HttpResponse


def desk(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def round_desk(request: HttpRequest, slug: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def all_proposals(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def all_proposals_csv(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
