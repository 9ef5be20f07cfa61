"""Editing and publishing a pilot."""

from django.http import HttpRequest, HttpResponse


def edit_pilot(request: HttpRequest, code: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def publish_pilot(request: HttpRequest, code: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
