"""What is read of a request before anything else, so that no later step stumbles on it."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, QueryDict

Answer = Callable[[HttpRequest], HttpResponse]


def request_guard(get_response: Answer) -> Answer:
    """Return middleware that refuses an address with too many parameters and passes over a cookie no browser was given.

    The parameters are counted whenever they are read; the page that tells of too many reads them too, and finds none.
    PostgreSQL takes no NUL in a text, so a session's key that holds one is nobody's.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            _ = request.GET
        except TooManyFieldsSent:
            vars(request)["GET"] = QueryDict()
            raise  # answered with 400
        if "\0" in request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        return get_response(request)

    return middleware
