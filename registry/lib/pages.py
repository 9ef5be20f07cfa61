"""Pages of lists: page numbers that never fail, addresses that keep the filters, facets and pills."""

from dataclasses import dataclass, field
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
            new.setlist(name, [str(one) for one in value])
        else:
            new[name] = str(value)
    return f"?{new.urlencode()}"


@dataclass(frozen=True)
class FacetChoice:
    """One choice of a facet: a link with the number of rows it leads to."""

    label: str
    value: str
    count: int
    url: str
    selected: bool = False


@dataclass(frozen=True)
class Facet:
    """One way to narrow a list: its title, its query parameter, its choices."""

    title: str
    name: str
    choices: list[FacetChoice] = field(default_factory=list)

    @property
    def selected(self) -> bool:
        """Whether one of the choices is in use."""
        return any(choice.selected for choice in self.choices)


@dataclass(frozen=True)
class Pill:
    """A filter in use, and the address of the list without it."""

    label: str
    remove_url: str
