"""What was told to whom."""

from django.http import HttpRequest, HttpResponse


def messages(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def messages_csv(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def message(request: HttpRequest, pk: int) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
