"""What every list is made of."""

from typing import Any

from django import forms
from django_filters import CharFilter

from registry.lib.search_terms import clean


class SearchField(forms.CharField):
    """A search box: whatever is typed is cleaned and cut, never refused."""

    def to_python(self, value: Any) -> str:
        """Return the cleaned text."""
        return clean(super().to_python(value) or "")


class SearchFilter(CharFilter):
    """The search box as a filter."""

    field_class = SearchField

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
