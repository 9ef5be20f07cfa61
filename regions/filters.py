"""What the lists of the actors can be narrowed to, and the links that do it with their counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters.filters import CharFilter, ChoiceFilter, ModelChoiceFilter
from django_filters.filterset import FilterSet

from registry.lib.pages import Facet, FacetChoice, query_with

from .models import Coverage, Group, Kind, Organisation, Person, Region

LONGEST_SEARCH = 200


class Narrowed(FilterSet):
    """A list with filters as links; a value that nobody offered is passed over, and the page says so."""

    def __init__(self, data: QueryDict, queryset: Any) -> None:
        super().__init__(data, queryset)  # type: ignore[no-untyped-call]

    @property
    def passed_over(self) -> bool:
        """Whether something in the address was not understood."""
        return bool(self.errors)

    def without(self, name: str) -> Any:
        """Return the rows as they would be without the filter ``name``."""
        params = self.data.copy()
        params.pop(name, None)
        return type(self)(params, self.queryset, **self.more()).qs.order_by()

    def more(self) -> dict[str, Any]:
        """Return what this filter set is made with besides the address and the rows."""
        return {}

    def facet(self, title: Any, name: str, labels: Iterable[tuple[str, Any]], counts: dict[str, int]) -> Facet:
        """Return the links of one filter: the chosen value and those that would leave something."""
        chosen = self.data.get(name)
        choices = [
            FacetChoice(
                label=str(label),
                value=value,
                count=counts.get(value, 0),
                url=query_with(self.data, **{name: None if value == chosen else value}),
                selected=value == chosen,
            )
            for value, label in labels
            if counts.get(value) or value == chosen
        ]
        return Facet(title=str(title), name=name, choices=choices)


def _regions() -> list[tuple[str, str]]:
    return [(region.slug, region.name.plain) for region in Region.objects.by_name()]


class OrganisationFilterSet(Narrowed):
    """Organisations of a day, or of any time, by name, kind and region."""

    q = CharFilter(label=_("Search by name"), method="by_words", max_length=LONGEST_SEARCH)
    kind = ChoiceFilter(choices=Kind.choices)
    region = ModelChoiceFilter(queryset=Region.objects.order_by("code"), to_field_name="slug", method="by_region")
    time = ChoiceFilter(choices=[("all", "all")], method="by_time")

    class Meta:
        model = Organisation
        fields: list[str] = []

    def __init__(self, data: QueryDict, queryset: Any, *, day: date) -> None:
        super().__init__(data, queryset)
        self.day = day

    def more(self) -> dict[str, Any]:
        """Return the day."""
        return {"day": self.day}

    @property
    def any_time(self) -> bool:
        """Whether the ended and the coming ones are shown too."""
        return not self.errors.get("time") and self.data.get("time") == "all"

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the rows of the day that pass the filters, or of any time if asked."""
        rows = super().filter_queryset(queryset)  # type: ignore[no-untyped-call]
        return rows if self.any_time else rows.on(self.day)

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        """Return the rows with the words in a name."""
        return rows.named(value)

    def by_time(self, rows: Any, name: str, value: str) -> Any:
        """Return the rows as they are: ``filter_queryset`` reads the choice."""
        return rows

    def by_region(self, rows: Any, name: str, value: Region) -> Any:
        """Return the rows that cover the region on the day, or ever covered it."""
        return rows.covering([value], None if self.any_time else self.day)

    def facets(self) -> list[Facet]:
        """Return the links by kind and by region."""
        kinds = dict(self.without("kind").values_list("kind").annotate(Count("pk")))
        coverages = Coverage.objects.filter(organisation__in=self.without("region").values("pk"))
        if not self.any_time:
            coverages = coverages.filter(validity__contains=self.day)
        regions = dict(coverages.values_list("region__slug").annotate(Count("organisation", distinct=True)))
        return [
            self.facet(_("Kind"), "kind", Kind.choices, kinds),
            self.facet(_("Region"), "region", _regions(), regions),
        ]


class GroupFilterSet(Narrowed):
    """Groups by kind and region."""

    kind = ChoiceFilter(choices=Group.Kind.choices)
    region = ModelChoiceFilter(queryset=Region.objects.order_by("code"), to_field_name="slug", field_name="regions")

    class Meta:
        model = Group
        fields: list[str] = []

    def facets(self) -> list[Facet]:
        """Return the links by kind and by region."""
        kinds = dict(self.without("kind").values_list("kind").annotate(Count("pk")))
        regions = Region.objects.filter(groups__in=self.without("region").values("pk")).order_by()
        counts = dict(regions.values_list("slug").annotate(Count("groups", distinct=True)))
        return [
            self.facet(_("Kind"), "kind", Group.Kind.choices, kinds),
            self.facet(_("Region"), "region", _regions(), counts),
        ]


class PersonFilterSet(Narrowed):
    """People by name."""

    q = CharFilter(label=_("Search by name"), method="by_words", max_length=LONGEST_SEARCH)

    class Meta:
        model = Person
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        """Return the rows with the words in the name."""
        return rows.named(value)
