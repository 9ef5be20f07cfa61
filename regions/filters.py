"""The lists of the directory: organisations, groups and people, with their filters and facets."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.forms import SearchInput
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_filters.filters import ChoiceFilter

from registry.lib.choices import SearchFilter, Several, SeveralRows
from registry.lib.exports import Columns
from registry.lib.facets import Counted, by_choice, by_row, counted_rows
from registry.lib.lists import ListFilter

from . import files
from .models import Group, Kind, Region, SearchDocument
from .models.found import found_rows
from .models.organisations import OrganisationQuerySet
from .models.searching import Found, look_up


class SearchedList(ListFilter):
    """A list whose search box asks the search of the whole registry, for one kind of record."""

    search_kind: ClassVar[str]

    @cached_property
    def found(self) -> Found:
        """What the search looked for in the end, and what it found; asked for where there is something to search."""
        rows = self.queryset.order_by().values("pk")
        documents = SearchDocument.objects.filter(kind=self.search_kind, row__in=rows)
        return look_up(self.text, documents, SearchDocument.objects.public())

    def search(self, rows: Any, words: str) -> Any:
        return found_rows(rows, self.found, self.search_kind)

    @property
    def exactly(self) -> str:
        """The address of the same search for the words as they were typed."""
        return self.address(q=self.found.exactly) if self.text else ""


def by_region(organisations: OrganisationFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by the regions that organisations cover on the day, or ever covered."""
    covered = Q(coverages__organisation__in=keys)
    if not organisations.any_time:
        covered &= Q(coverages__validity__contains=organisations.day)
    return counted_rows(Region.objects.filter(covered), "coverages__organisation", alphabetical=True)


class OrganisationFilter(SearchedList):
    """Organisations of a day, or of any time."""

    q = SearchFilter(label=_("Name, kind or place in any language"))
    kind = Several(label=_("Kind"), choices=Kind.choices)
    region = SeveralRows(label=_("Region"), queryset=Region.objects.all(), method="of_regions")
    time = ChoiceFilter(label=_("Time"), choices=[("all", "all")], method="of_time")

    search_kind = "organisation"
    page_name = "organisations"
    facets = {"kind": by_choice("kind"), "region": by_region}

    def __init__(self, asked: QueryDict, organisations: OrganisationQuerySet, *, day: date, **more: Any) -> None:
        super().__init__(asked, organisations, day=day, **more)
        self.day = day

    @property
    def any_time(self) -> bool:
        """Whether the list has also organisations that have ended or are still to come."""
        return "time" in self.picked

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s organisation", "%(n)s organisations", n) % {"n": n}

    def narrowed(self, leaving_out: str = "") -> OrganisationQuerySet:
        rows: OrganisationQuerySet = super().narrowed(leaving_out)
        return rows if self.any_time else rows.possibly_on(self.day)

    def filter_queryset(self, queryset: OrganisationQuerySet) -> OrganisationQuerySet:
        rows: OrganisationQuerySet = super().filter_queryset(queryset)
        if self.any_time:
            return rows.with_regions(None)
        return rows.told_first(self.day).with_regions(self.day)

    def of_regions(self, rows: OrganisationQuerySet, name: str, regions: list[Region]) -> OrganisationQuerySet:
        """Return the organisations that cover one of the regions on the day, or ever covered it."""
        return rows.covering(regions, None if self.any_time else self.day)

    def columns(self) -> Columns:
        return files.of_organisations()

    def of_time(self, rows: OrganisationQuerySet, name: str, value: str) -> OrganisationQuerySet:
        """Return the organisations as they are: ``narrowed`` reads the choice."""
        return rows


class GroupFilter(ListFilter):
    """Groups by kind and region."""

    kind = Several(label=_("Kind"), choices=Group.Kind.choices)
    region = SeveralRows(label=_("Region"), queryset=Region.objects.all(), field_name="regions")

    facets = {"kind": by_choice("kind"), "region": by_row("groups", alphabetical=True)}
    page_name = "groups"

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s group", "%(n)s groups", n) % {"n": n}

    def for_file(self, rows: QuerySet[Group]) -> QuerySet[Group]:
        return files.for_groups(rows)

    def columns(self) -> Columns:
        return files.of_groups()


class PersonFilter(SearchedList):
    """People by name; browsers do not keep the names that were looked for."""

    q = SearchFilter(label=_("Name"), widget=SearchInput(attrs={"autocomplete": "off"}))

    search_kind = "person"

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s person", "%(n)s people", n) % {"n": n}
