"""How a list looks: a table with the columns that its reader chooses, cards, or a map; the address says it all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.core.paginator import Page
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter

from registry.lib.choices import Several
from registry.lib.lists import ListFilter, Pages

TABLE, CARDS, MAP = "table", "cards", "map"
VIEWS = {TABLE: _("table"), CARDS: _("cards"), MAP: _("map")}


class SeenInWays(ListFilter):
    """A list that can be seen in several ways. An address that asks for the usual says nothing of it."""

    view = ChoiceFilter(label=_("View"), choices=list(VIEWS.items()))
    column = Several(label=_("Columns"), choices=[])

    all_columns: ClassVar[Mapping[str, Any]] = {}  # of the table, beside the name: name and title
    usual_columns: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def picked(self) -> dict[str, Any]:
        """What the address asks for; the usual view and the usual columns are left out."""
        usual = {"view": TABLE, "column": [*self.usual_columns]}
        return {name: value for name, value in super().picked.items() if usual.get(name) != value}

    @property
    def seen_as(self) -> str:
        """The view in use."""
        return str(self.picked.get("view", TABLE))

    @property
    def chosen_columns(self) -> list[str]:
        """The names of the columns of the table, in their order."""
        return [*self.picked.get("column", self.usual_columns)]

    def page(self) -> Page[Any]:
        """Return the page that is asked for; a map shows no rows."""
        return Page([], 1, Pages(self)) if self.seen_as == MAP else super().page()

    def context(self) -> dict[str, Any]:
        """Return what the page shows, with the views and columns to choose from."""
        chosen = self.chosen_columns
        return {
            **super().context(),
            "views": self._views(),
            "columns": [(name, self.all_columns[name]) for name in chosen],
            "column_choices": [(name, title, name in chosen) for name, title in self.all_columns.items()],
            "column_form_keeps": self._kept_by_the_columns(),
        }

    def _views(self) -> list[tuple[str, str, bool]]:
        """Return the views to choose from: title, address, whether it is in use."""
        return [
            (str(title), self.address(view="" if name == TABLE else name), name == self.seen_as)
            for name, title in VIEWS.items()
        ]

    def _kept_by_the_columns(self) -> list[tuple[str, str]]:
        """Return the parameters that stay where other columns are chosen."""
        return [
            (name, value) for name, values in self.asked.items() if name not in {"column", "view"} for value in values
        ]
