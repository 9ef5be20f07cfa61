"""Pages: page numbers that never fail, and addresses that keep what was asked."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict


def page_of(request: HttpRequest, queryset: Any, per_page: int = 25) -> Page[Any]:
    """Return the page of ``queryset`` that ``?page=`` asks for; a number that makes no sense is the first or last."""
    return Paginator(queryset, per_page).get_page(request.GET.get("page"))


def query_with(query: QueryDict, **changes: Any) -> str:
    """Return the query string with ``changes``, "?" included: "?stage=running&page=2".

    None takes a parameter away, a list or tuple gives it several values. When anything but the page
    changes, the page number is dropped, for the list is another one.
    """
    new = query.copy()
    if any(name != "page" for name in changes):
        new.pop("page", None)
    for name, value in changes.items():
        if value is None or value == "":
            new.pop(name, None)
        elif isinstance(value, list | tuple):
            new.setlist(name, [str(item) for item in value])
        else:
            new[name] = str(value)
    return f"?{new.urlencode()}"
