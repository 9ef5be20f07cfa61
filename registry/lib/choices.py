"""What a list can be narrowed by: the words of a search, and facets of which several choices may hold at once."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters import CharFilter
from django_filters.filters import Filter

from registry.lib.search import MOST_CHARACTERS, clean

SLUG = re.compile(r"[-\w]{1,80}", re.ASCII)
MOST_CHOICES = 50  # of one facet in an address; the rest is left out


class Filters(OrderedDict[str, Filter]):
    """The filters of a list by name. Each request has filters of its own, which share what they were declared with."""

    def __deepcopy__(self, memo: object) -> OrderedDict[str, Filter]:
        """Return filters for a request: a copy of all their choices took a tenth of the time of a list."""
        own = OrderedDict((name, copy(declared)) for name, declared in self.items())
        for one in own.values():
            one.method = one.method  # type: ignore[method-assign,misc]  # binds it to this filter
        return own


class SearchField(forms.CharField):
    """A search box: whatever is typed is cleaned and cut, never refused."""

    widget = forms.SearchInput

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")

    def prepare_value(self, value: Any) -> str:
        return clean(value or "")


class SearchFilter(CharFilter):
    """The search box as a filter; the list says in ``search`` where the words are looked for."""

    field_class = SearchField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MOST_CHARACTERS, **kwargs)  # type: ignore[no-untyped-call]


class _SeveralField(forms.MultipleChoiceField):
    """The values that are known, in the order of the declaration; the others are left out."""

    def clean(self, value: Any) -> list[str]:
        chosen = set(value or [])
        choices: Any = self.choices
        return [str(known) for known, _label in choices if str(known) in chosen]


class _RowsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """The rows that the slugs name, by slug; slugs of no row are left out."""

    def clean(self, value: Any) -> Any:
        slugs = [slug for slug in value or [] if SLUG.fullmatch(slug)]
        queryset: Any = self.queryset
        return list(queryset.filter(slug__in=slugs[:MOST_CHOICES]).order_by("slug")) if slugs else []


class _OrFilter(Filter):
    """A facet: a row passes that has one of the chosen values."""

    def filter(self, qs: Any, value: Sequence[Any]) -> Any:
        """Return the rows that have one of the values; through a sub-select, for a join repeats rows."""
        passing = qs.model._default_manager.filter(**{f"{self.field_name}__in": value})
        return qs.filter(pk__in=passing.order_by().values("pk"))


class Several(_OrFilter):
    """A facet of declared choices."""

    field_class: type[forms.Field] = _SeveralField

    def __init__(self, *, choices: Iterable[tuple[Any, Any]], **kwargs: Any) -> None:
        super().__init__(choices=list(choices), **kwargs)  # type: ignore[no-untyped-call]


class SeveralRows(_OrFilter):
    """A facet of rows, named in addresses by their slugs."""

    field_class: type[forms.Field] = _RowsField

    def __init__(self, *, queryset: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(queryset=queryset, to_field_name="slug", **kwargs)  # type: ignore[no-untyped-call]


def in_the_address(value: Any) -> list[str]:
    """Return what stands in the address for what was picked."""
    values = value if isinstance(value, list) else [value]
    return [str(getattr(one, "slug", one)) for one in values]
