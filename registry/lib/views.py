"""What every view is made of: *find* among what is visible (404), ask *may* (403), *do* the verb, *answer*."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

Row = TypeVar("Row", bound=Model)
Arguments = ParamSpec("Arguments")
Response = TypeVar("Response", bound=HttpResponseBase)

form_view = require_http_methods(["GET", "HEAD", "POST"])  # a view that shows a form and takes it


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
