"""Proposals: my list, start, editor, check and send, receipt, withdrawal."""

from django.http import HttpRequest, HttpResponse


def my_proposals(request: HttpRequest) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def start_proposal(request: HttpRequest, slug: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def edit_section(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def check_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def submit_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def receipt(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def withdraw_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)


def editors(request: HttpRequest, pk: int) -> HttpResponse:
    """To come."""
    return HttpResponse(status=501)
