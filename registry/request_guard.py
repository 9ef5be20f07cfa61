"""What is read of a request before anything else, so that no later step stumbles on it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict

from registry.lib import security_log, uploads
from registry.lib.plaintext import clean

Answer = Callable[[HttpRequest], HttpResponse]
MOST_SHOWN = 10_000_000  # bytes of a form that is too large and yet shown back
AS_TYPED = "password"  # in the name of a field: a password is hashed character by character


class RequestGuard:
    """Middleware that refuses an address with too many parameters, and cleans what an address or a form carries.

    The parameters are counted whenever they are read; the page that tells of too many reads them too, and finds none.
    A cookie that no browser was given is passed over: PostgreSQL takes no NUL in the key of a session.
    """

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        try:
            _ = request.GET
        except TooManyFieldsSent:
            vars(request)["GET"] = QueryDict()
            raise  # answered with 400
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if clean(key) != key:
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        with security_log.during(request):
            return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note who was refused what."""
        if isinstance(exception, PermissionDenied):
            match = request.resolver_match
            security_log.note("refused", page=match.view_name if match else "", method=request.method)

    def process_view(self, request: HttpRequest, view: object, _args: object, _kwargs: object) -> HttpResponse | None:
        """Give the view, and whoever checks a form before it, cleaned parameters and cleaned fields.

        Return the page that tells of too much, with what was typed, where the form is larger than the site takes. Of
        files nothing is kept, unless the view takes them.
        """
        vars(request)["GET"] = _cleaned(request.GET)
        if not hasattr(request, "_files"):  # nobody has read the form yet
            uploads.bound(request, view)
        with suppress(UnreadablePostError):  # the reader has gone; whoever reads the form next is told so again
            try:
                request.POST = _cleaned(request.POST)  # type: ignore[assignment]
            except RequestDataTooBig:
                return _too_large(request)
        return None


def _too_large(request: HttpRequest) -> HttpResponse:
    """Answer a form that is too large: with its words, so that nobody types them anew, for whoever has a session."""
    words: list[str] = []
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    if (
        settings.SESSION_COOKIE_NAME in request.COOKIES
        and size <= MOST_SHOWN
        and "multipart" not in str(request.content_type)
    ):
        with suppress(TooManyFieldsSent):
            fields = QueryDict(request.read(), encoding="utf-8")
            words = [clean(value) for name, values in fields.lists() for value in values if AS_TYPED not in name]
    vars(request).update(_post=QueryDict(), _files=MultiValueDict())  # nobody reads the form again
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_000_000
    page = {"words": [value for value in words if len(value.split()) > 1], "most": most}
    return render(request, "413.html", page, status=413)


def _cleaned(given: QueryDict) -> QueryDict:
    """Return the fields with names and values in plain text; ``given`` itself where nothing has to change."""
    fields: list[tuple[str, Any]] = [(name, value) for name, values in given.lists() for value in values]
    plain = [(clean(name), value if AS_TYPED in name else clean(value)) for name, value in fields]
    if plain == fields:
        return given
    cleaned = QueryDict(mutable=True, encoding=given.encoding)
    for name, value in plain:
        cleaned.appendlist(name, value)
    cleaned._mutable = False
    return cleaned
