"""What every view is made of: *find* among what is visible (404), ask *may* (403), *do* the verb, *answer*."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec, Protocol, TypeVar

from django.contrib import messages
from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from registry.lib import answered_forms, kept_forms
from registry.lib.languages import LANGUAGES, reader_language

Row = TypeVar("Row", bound=Model)
Arguments = ParamSpec("Arguments")
Response = TypeVar("Response", bound=HttpResponseBase)

AUTOSAVE = "X-Autosave"  # the header by which the script of a page says that it saves by itself
KEPT = "X-Kept"  # the header that tells it where the page shows what it could not save
FORM_METHODS = ["GET", "HEAD", "POST"]
button_view = require_http_methods(
    FORM_METHODS
)  # a view that shows a button, and has done what it says when it answers


class Guard(Protocol):
    """A decorator that keeps the signature of the view."""

    def __call__(self, view: Callable[Arguments, Response], /) -> Callable[Arguments, Response]:
        """Return the guarded view."""


def only(may: Callable[[Any, datetime], bool]) -> Guard:
    """Let the view answer only a viewer who ``may``: ``@only(access.may_use_desk)``; 403 for any other."""

    def guard(view: Callable[Arguments, Response]) -> Callable[Arguments, Response]:
        @wraps(view)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Response:
            request: Any = args[0]
            if not may(request.user, timezone.now()):
                raise PermissionDenied
            return view(*args, **kwargs)

        return guarded

    return guard


def form_view(view: Callable[Arguments, HttpResponse]) -> Callable[Arguments, HttpResponse]:
    """Let a view show a form and take it: an answer that shows the form again has an address of its own.

    Where a signed-in user has posted a form and the answer is a page (faults, a conflict, a question), what was typed
    is kept, and the answer is 303 to an address that shows that page: *back* and *reload* never send the form again.
    The address does what was posted once more, and undoes it: it shows what is true then. A script gets the answer
    itself, with its status, as does a visitor without a session; what the script could not save is kept too. Where the
    form is opened anew, its page leads to what was left there (``left_forms``, which ``base.html`` shows).
    """

    @wraps(view)
    def answered(*args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        request: Any = args[0]
        at = timezone.now()
        if request.method == "POST" and answered_forms.DISCARD in request.POST and request.user.is_authenticated:
            return _discard(request, at)
        if request.method == "POST":
            return _follow_up(request, view(*args, **kwargs), at)
        request.left_forms = answered_forms.left(request, at)
        kept = answered_forms.answered(request, at)
        return view(*args, **kwargs) if kept is None else _show_again(request, kept, lambda: view(*args, **kwargs))

    return require_http_methods(FORM_METHODS)(answered)


def _follow_up(request: Any, answer: HttpResponse, at: datetime) -> HttpResponse:
    """Return the answer to a form that was posted, or the way to it; what was kept is settled where it is saved."""
    if kept_forms.FROM_KEPT in request.POST:
        kept_forms.forget(request, request.POST[kept_forms.FROM_KEPT])
    if _is_page_for_browser(request, answer):
        return _lead_to_page(request, at)
    if AUTOSAVE in request.headers and request.user.is_authenticated and not answered_forms.is_saved(request):
        answer.headers[KEPT] = answered_forms.keep_for_script(request, at)
    if request.user.is_authenticated and _has_saved(request, answer):
        answered_forms.settle(request, at)
    return answer


def _has_saved(request: HttpRequest, answer: HttpResponse) -> bool:
    """Whether all was done: the answer leads elsewhere, or the view has said so."""
    leads = HTTPStatus.MULTIPLE_CHOICES <= answer.status_code < HTTPStatus.BAD_REQUEST
    return leads or answered_forms.is_saved(request)


def _discard(request: HttpRequest, at: datetime) -> HttpResponse:
    """Throw a kept form away, and return the way to its page."""
    answered_forms.discard(request, at)
    messages.success(request, _("The text is thrown away."))
    return HttpResponseRedirect(_plain_address(request))


def by_script(request: HttpRequest) -> bool:
    """Whether a script of a page sends the request: it reads the answer itself, and no address leads to it."""
    return AUTOSAVE in request.headers or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"


def _is_page_for_browser(request: HttpRequest, answer: HttpResponseBase) -> bool:
    """Whether the answer to a form is a page that a signed-in user would meet again by *back*."""
    page = answer.status_code < HTTPStatus.MULTIPLE_CHOICES or answer.status_code >= HTTPStatus.BAD_REQUEST
    secret = any(answered_forms.WITHHELD in name for name in request.POST)
    kept = request.user.is_authenticated and not request.FILES and not secret
    return page and kept and not by_script(request)


def _lead_to_page(request: HttpRequest, at: datetime) -> HttpResponse:
    """Keep what was posted, and return the way to the page that shows it, in the language that was chosen."""
    answered_forms.settle(request, at)
    asked = request.GET.copy()
    asked[answered_forms.SHOWN_AT] = answered_forms.keep(request, at)
    answer = HttpResponseRedirect(f"{_address(request)}?{asked.urlencode()}")
    answer.status_code = HTTPStatus.SEE_OTHER
    return answer


def chosen_language(request: HttpRequest) -> str:
    """Return the language that a button of the form asks for; else the reader's."""
    language = request.POST.get(kept_forms.LANGUAGE, "")
    return language if language in LANGUAGES else reader_language()


def _address(request: HttpRequest) -> str:
    """Return the address of the page in the language that is asked for, without its parameters."""
    match = request.resolver_match
    if kept_forms.LANGUAGE not in request.POST or match is None:
        return request.path
    with override(chosen_language(request)):
        return reverse(match.view_name, args=match.args, kwargs=match.kwargs)


def _plain_address(request: HttpRequest) -> str:
    """Return the address of the page without a kept form."""
    parameters = answered_forms.other_parameters(request)
    return f"{request.path}?{parameters}" if parameters else request.path


def _show_again(request: HttpRequest, kept: Any, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the page that answered a ``kept`` form: what was posted is done again, and undone.

    Where it would succeed by now, what was typed is shown, to be saved; where it is saved, the page leads to the form.
    """
    method, request.method, request.POST = request.method, "POST", QueryDict(kept.posted)
    try:
        with transaction.atomic():
            answer = view()
            transaction.set_rollback(True)
    finally:
        request.method = method
    if not HTTPStatus.MULTIPLE_CHOICES <= answer.status_code < HTTPStatus.BAD_REQUEST:
        answer.status_code = HTTPStatus.OK
        return answer
    request._messages = default_storage(request)  # type: ignore[attr-defined] # it was not done: nothing is told of it
    if kept.settled_at is not None:
        return HttpResponseRedirect(_plain_address(request))
    typed = kept_forms.Unsaved(request.path, request.POST, request.GET.urlencode())
    return render(request, "unsaved.html", {"kept": typed, "again": True})


def find(
    request: HttpRequest,
    rows: QuerySet[Row],
    may: Callable[[Any, Row, datetime], bool],
    at: datetime,
    **key: Any,
) -> Row:
    """Return the row of ``rows``, which the viewer may read: 404 where it is not, 403 unless the viewer ``may``."""
    row = get_object_or_404(rows, **key)
    if not may(request.user, row, at):
        raise PermissionDenied
    return row


def posted(request: HttpRequest) -> QueryDict | None:
    """Return the data of a form that was sent; None where the form is only shown."""
    return request.POST if request.method == "POST" else None


def form_page(
    request: HttpRequest, template: str, form: BaseForm, context: Mapping[str, Any], *, status: int | None = None
) -> HttpResponse:
    """Answer with a form: 200 where it is shown, 422 where it was sent and comes back with faults.

    ``context``: what else the page shows.
    """
    answer = status or (422 if form.is_bound else 200)
    return render(request, template, {"form": form, **context}, status=answer)
