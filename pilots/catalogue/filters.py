"""The filters of the list of pilots: one definition for the page and for what is downloaded from it."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.db.models import Count, Func, IntegerField, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, ModelChoiceFilter
from django_filters.filterset import FilterSet

from pilots.models import ClientType, DeliveryModel, Pilot, Programme, Stage, TargetGroup, Theme
from pilots.models.pilots import PilotQuerySet
from regions.models import Region
from registry.lib.database import name_order
from registry.lib.lists import SearchFilter
from registry.lib.pages import Facet, FacetChoice, Pill

SORTS = {
    "best": _("best match first"),
    "name": _("by name"),
    "start": _("latest start first"),
    "changed": _("latest change first"),
    "code": _("by code"),
}
# name of the filter -> title of its facet, in the order of the page
FACETS = {
    "programme": _("Programme"),
    "stage": _("Stage"),
    "client": _("Client type"),
    "region": _("Region"),
    "theme": _("Thing tried"),
    "model": _("Delivery model"),
    "procurement": _("Procurement"),
    "target": _("Target group"),
}
PROCUREMENT = [("whole", _("whole service processes"))]
PUBLICATION = [("published", _("published")), ("unpublished", _("not published"))]


# A target group's own row, its parent's and its grandparent's: the tree is no deeper.
ANCESTORS = ("target_groups", "target_groups__parent", "target_groups__parent__parent")


def _within(group: Any) -> Q:
    """Return the condition that a pilot is for the target group or for a part of it."""
    condition = Q()
    for ancestor in ANCESTORS:
        condition |= Q(**{ancestor: group})
    return condition


class PilotFilter(FilterSet):
    """Search, filters and order of pilots. A choice that does not exist is left out and named in ``refused``."""

    q = SearchFilter()
    programme = ModelChoiceFilter(queryset=Programme.objects.all(), to_field_name="slug")
    stage = ChoiceFilter(choices=Stage.choices)
    client = ChoiceFilter(field_name="client_type", choices=ClientType.choices)
    region = ModelChoiceFilter(field_name="regions", queryset=Region.objects.all(), to_field_name="slug")
    theme = ModelChoiceFilter(field_name="themes", queryset=Theme.objects.all(), to_field_name="slug")
    model = ModelChoiceFilter(field_name="delivery_models", queryset=DeliveryModel.objects.all(), to_field_name="slug")
    procurement = ChoiceFilter(choices=PROCUREMENT, method="procuring")
    target = ModelChoiceFilter(queryset=TargetGroup.objects.all(), to_field_name="slug", method="meant_for")
    publication = ChoiceFilter(choices=PUBLICATION, method="of_publication")
    sort = ChoiceFilter(choices=list(SORTS.items()))

    class Meta:
        model = Pilot
        fields: tuple[str, ...] = ()

    def __init__(self, asked: QueryDict, pilots: PilotQuerySet) -> None:
        super().__init__(asked, queryset=pilots)  # type: ignore[no-untyped-call]

    def procuring(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        """Return those that procure whole service processes."""
        return pilots.filter(whole_process=True)

    def meant_for(self, pilots: PilotQuerySet, name: str, group: TargetGroup) -> PilotQuerySet:
        """Return those meant for the group or for a part of it."""
        return pilots.filter(pk__in=Pilot.objects.filter(_within(group.pk)).values("pk"))

    def of_publication(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        """Return the published ones, or those still to be published."""
        return pilots.filter(published_at__isnull=value == "unpublished")

    @property
    def picked(self) -> dict[str, Any]:
        """What the address asks for and the registry knows, by the name of the filter."""
        self.form.is_valid()  # fills cleaned_data; what is not valid stays out of it
        return dict(self.form.cleaned_data)

    @cached_property
    def text(self) -> str:
        """What is searched for."""
        return str(self.picked.get("q", ""))

    @cached_property
    def order(self) -> str:
        """The order in use: asked for, else the best first in a search, else by name."""
        asked = str(self.picked.get("sort", ""))
        if asked == "best" and not self.text:
            asked = ""
        return asked or ("best" if self.text else "name")

    @property
    def refused(self) -> list[str]:
        """The titles of the filters whose value in the address does not exist."""
        return [str(FACETS.get(name, _("Order"))) for name in self.errors]

    @cached_property
    def searched(self) -> PilotQuerySet:
        """The pilots in which the words are found."""
        pilots: PilotQuerySet = self.queryset.search(self.text)
        return pilots

    @cached_property
    def found(self) -> PilotQuerySet:
        """The same pilots by their keys: eight facets count them, and the search is made once for all of those."""
        pilots: PilotQuerySet = self.queryset
        if self.text:
            keys = list(self.searched.order_by().values_list("pk", flat=True))
            pilots = pilots.filter(
                pk__in=keys or [0]
            )  # no pilot has the key 0: an empty list would not be asked at all
        return pilots

    def narrowed(self, pilots: PilotQuerySet, leaving_out: str = "") -> PilotQuerySet:
        """Return those of ``pilots`` that pass all filters but one."""
        for name, value in self.picked.items():
            if name not in {"q", "sort", leaving_out} and value:
                pilots = self.filters[name].filter(pilots, value)
        return pilots

    def _matching(self, leaving_out: str) -> QuerySet[Pilot]:
        """Return the same pilots without what the search adds to each, ready to be counted."""
        return Pilot.objects.filter(pk__in=self.narrowed(self.found, leaving_out).order_by().values("pk"))

    def filter_queryset(self, queryset: QuerySet[Pilot]) -> PilotQuerySet:
        """Return the list in its order (called by django-filter)."""
        return self.narrowed(self.searched).in_order(self.order)

    def address(self, **changes: str) -> str:
        """Return the query string of this list with changes; an empty value takes a filter away, and the page goes."""
        params = QueryDict(mutable=True)
        for name, value in {**self._asked(), **changes}.items():
            if value:
                params[name] = value
        return f"?{params.urlencode()}"

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters that a new search keeps: filters and order, not the old words."""
        return [(name, value) for name, value in self._asked().items() if name != "q"]

    def _asked(self) -> dict[str, str]:
        """Return what the address asks for and the registry knows, in the order of the filters."""
        values = {name: value for name, value in self.picked.items() if value}
        return {name: str(getattr(value, "slug", value)) for name, value in values.items()}

    def facets(self, *, desk: bool) -> list[Facet]:
        """Return the filters as links with counts; each count heeds the other filters (one query each)."""
        counted: dict[str, Callable[[QuerySet[Pilot]], list[tuple[str, str, int]]]] = {
            "programme": lambda pilots: _of_rows(Programme.objects.filter(pilots__in=pilots)),
            "stage": lambda pilots: _of_choices(pilots, "stage", Stage.choices),
            "client": lambda pilots: _of_choices(pilots, "client_type", ClientType.choices),
            "region": lambda pilots: _of_rows(Region.objects.filter(pilots__in=pilots)),
            "theme": lambda pilots: _of_rows(Theme.objects.filter(pilots__in=pilots)),
            "model": lambda pilots: _of_rows(DeliveryModel.objects.filter(pilots__in=pilots)),
            "procurement": lambda pilots: _of_choices(pilots, "whole_process", [(True, PROCUREMENT[0][1])], "whole"),
            "target": _of_targets,
        }
        titles = dict(FACETS)
        if desk:
            titles["publication"] = _("Publication")
            counted["publication"] = _of_publication
        asked = self._asked()
        return [
            self._facet(name, str(title), counted[name](self._matching(name)), asked.get(name, ""))
            for name, title in titles.items()
        ]

    def _facet(self, name: str, title: str, counted: Iterable[tuple[str, str, int]], asked: str) -> Facet:
        """Return one facet; its choice in use leads back to the list without it."""
        return Facet(
            title,
            name,
            [
                FacetChoice(
                    label, value, count, self.address(**{name: "" if value == asked else value}), value == asked
                )
                for value, label, count in counted
            ],
        )

    def pills(self) -> list[Pill]:
        """Return the search and the filters in use, each with the address of the list without it."""
        found = []
        if self.text:
            found.append(Pill(gettext("Search: %(words)s") % {"words": self.text}, self.address(q="")))
        titles = {**FACETS, "publication": _("Publication")}
        for name, title in titles.items():
            value = self.picked.get(name)
            if value:
                choices = dict(getattr(self.filters[name].field, "choices", ())) if isinstance(value, str) else {}
                label = choices.get(value, value)
                found.append(Pill(f"{title}: {label}", self.address(**{name: ""})))
        return found

    def orders(self) -> list[tuple[str, str, bool]]:
        """Return the orders to choose from: title, address, whether it is in use."""
        offered = {sort: title for sort, title in SORTS.items() if sort != "best" or self.text}
        return [(str(title), self.address(sort=sort), sort == self.order) for sort, title in offered.items()]


def _of_choices(
    pilots: QuerySet[Pilot], column: str, choices: list[tuple[Any, Any]], value: str = ""
) -> list[tuple[str, str, int]]:
    """Return value, label and count of the choices of a column that pilots have."""
    counts = dict(pilots.order_by().values_list(column).annotate(Count("pk")))
    return [(value or str(key), str(label), counts[key]) for key, label in choices if counts.get(key)]


def _of_publication(pilots: QuerySet[Pilot]) -> list[tuple[str, str, int]]:
    """Return how many are published and how many are not."""
    counts = pilots.aggregate(published=Count("published_at"), every=Count("pk"))
    numbers = {"published": counts["published"], "unpublished": counts["every"] - counts["published"]}
    return [(value, str(label), numbers[value]) for value, label in PUBLICATION if numbers[value]]


def _of_rows(rows: QuerySet[Any]) -> list[tuple[str, str, int]]:
    """Return slug, name and count of the rows that are joined to pilots, the most used first."""
    counted = rows.annotate(pilots_here=Count("pilots", distinct=True)).order_by("-pilots_here", name_order())
    return [(row.slug, row.name.plain, row.pilots_here) for row in counted]


def _of_targets(pilots: QuerySet[Pilot]) -> list[tuple[str, str, int]]:
    """Return slug, name and count of the target groups; a pilot for a part of a group counts for the group."""
    mine = Pilot.objects.filter(_within(OuterRef("pk")), pk__in=pilots).order_by().values("pk").distinct()
    here = Func(mine, function="ARRAY", template="cardinality(ARRAY%(expressions)s)", output_field=IntegerField())
    groups = TargetGroup.objects.annotate(pilots_here=here).filter(pilots_here__gt=0)
    return [
        (group.slug, group.name.plain, group.pilots_here) for group in groups.order_by("-pilots_here", name_order())
    ]
