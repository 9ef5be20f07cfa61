"""The list of pilots: filters, facets, orders and the columns of its file."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import F, Func, IntegerField, OuterRef, Q, QuerySet
from django.db.models.lookups import IsNull
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, ModelChoiceFilter

from pilots.models import STANDINGS, UNCONFIRMED, ClientType, DeliveryModel, Pilot, Programme, TargetGroup, Theme
from pilots.models.pilots import PilotQuerySet
from regions.models import Municipality, Region
from registry.lib.database import name_order
from registry.lib.exports import Dataset, Read
from registry.lib.languages import LANGUAGES
from registry.lib.lists import Counted, ListFilter, SearchFilter, by_choice, by_row

SORTS = {
    "best": _("best match first"),
    "name": _("by name"),
    "start": _("latest start first"),
    "changed": _("latest change first"),
    "code": _("by code"),
}
PROCUREMENT = [("whole", _("whole service processes"))]
PUBLICATION = [("published", _("published")), ("unpublished", _("not published"))]
# The target groups at the top of the tree: all people, all companies. The facet of the client type says the same.
SAID_BY_CLIENT_TYPE = ("henkiloasiakkaat", "yritykset")
# A target group's own row, its parent's and its grandparent's: the tree is no deeper.
ANCESTORS = ("target_groups", "target_groups__parent", "target_groups__parent__parent")


def _within(group: Any) -> Q:
    """Return the condition that a pilot is for the target group or for a part of it."""
    condition = Q()
    for ancestor in ANCESTORS:
        condition |= Q(**{ancestor: group})
    return condition


def by_target(pilots: "PilotFilter", name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by target group; a pilot for a part of a group counts for the group."""
    mine = Pilot.objects.filter(_within(OuterRef("pk")), pk__in=keys).order_by().values("pk").distinct()
    here = Func(mine, function="ARRAY", template="cardinality(ARRAY%(expressions)s)", output_field=IntegerField())
    offered = TargetGroup.objects.exclude(slug__in=SAID_BY_CLIENT_TYPE)
    groups = offered.annotate(pilots_here=here).order_by("-pilots_here", name_order())
    return [Counted(group.slug, group.name.plain, group.pilots_here) for group in groups if group.pilots_here]


def by_standing(pilots: "PilotFilter", name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by how far the pilots are on the day of the list."""
    return pilots.counted(name, Pilot.objects.filter(pk__in=keys).standings(pilots.day))


class PilotFilter(ListFilter):
    """Pilots on a day; whoever uses the desk is offered a facet more."""

    q = SearchFilter(
        label=_("Search pilots"),
        help_text=_("For example a word, a region, an organisation or a code. Any form of a word will do."),
    )
    programme = ModelChoiceFilter(label=_("Programme"), queryset=Programme.objects.all(), to_field_name="slug")
    stage = ChoiceFilter(label=_("Stage"), choices=STANDINGS, method="standing_at")
    client = ChoiceFilter(label=_("Client type"), field_name="client_type", choices=ClientType.choices)
    region = ModelChoiceFilter(
        label=_("Region"), field_name="regions", queryset=Region.objects.all(), to_field_name="slug"
    )
    municipality = ModelChoiceFilter(
        label=_("Municipality"),
        field_name="municipalities",
        queryset=Municipality.objects.all(),
        to_field_name="slug",
    )
    theme = ModelChoiceFilter(
        label=_("Thing tried"), field_name="themes", queryset=Theme.objects.all(), to_field_name="slug"
    )
    model = ModelChoiceFilter(
        label=_("Delivery model"),
        field_name="delivery_models",
        queryset=DeliveryModel.objects.all(),
        to_field_name="slug",
    )
    procurement = ChoiceFilter(label=_("Procurement"), choices=PROCUREMENT, method="procuring")
    target = ModelChoiceFilter(
        label=_("Target group"), queryset=TargetGroup.objects.all(), to_field_name="slug", method="meant_for"
    )
    publication = ChoiceFilter(label=_("Publication"), choices=PUBLICATION, method="of_publication")
    sort = ChoiceFilter(label=_("Order"), choices=list(SORTS.items()))

    facets = {
        "programme": by_row("pilots"),
        "stage": by_standing,
        "client": by_choice("client_type"),
        "region": by_row("pilots"),
        "municipality": by_row("pilots", alphabetical=True),
        "theme": by_row("pilots"),
        "model": by_row("pilots"),
        "procurement": by_choice("whole_process", {True: "whole"}),
        "target": by_target,
        "publication": by_choice(IsNull(F("published_at"), True), {False: "published", True: "unpublished"}),
    }

    def __init__(self, asked: QueryDict, pilots: PilotQuerySet, *, desk: bool, day: date, **more: Any) -> None:
        super().__init__(asked, pilots, **more)
        self.desk, self.day = desk, day

    def context(self) -> dict[str, Any]:
        context = super().context()
        choices = next(facet.choices for facet in context["facets"] if facet.name == "stage")
        return {**context, "unconfirmed": next((one for one in choices if one.value == UNCONFIRMED), None)}

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s pilot", "%(n)s pilots", n) % {"n": n}

    def search(self, rows: PilotQuerySet, words: str) -> PilotQuerySet:
        return rows.search(words)

    def standing_at(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.standing_at(value, self.day)

    def procuring(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.filter(whole_process=True)

    def meant_for(self, pilots: PilotQuerySet, name: str, group: TargetGroup) -> PilotQuerySet:
        return pilots.filter(pk__in=Pilot.objects.filter(_within(group.pk)).values("pk"))

    def of_publication(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.filter(published_at__isnull=value == "unpublished")

    def ordered(self, rows: PilotQuerySet) -> PilotQuerySet:
        return rows.in_order(self.order)

    def offered_facets(self) -> Iterable[str]:
        return [name for name in self.facets if self.desk or name != "publication"]

    def offered_orders(self) -> Mapping[str, Any]:
        return {order: title for order, title in SORTS.items() if order != "best" or self.text}

    @property
    def order(self) -> str:
        """The order in use: asked for, else the best first in a search, else by name."""
        asked = str(self.picked.get("sort", ""))
        return asked if asked in self.offered_orders() else next(iter(self.offered_orders()))

    def dataset(self) -> Dataset:
        return Dataset(self.qs.prefetch_related("themes"), self.columns())

    def columns(self) -> Mapping[str, Read]:
        """Return the columns of the file; it holds no personal data."""

        def names(rows: Any) -> str:
            return ", ".join(row.name.plain for row in rows)

        def name_in(language: str) -> Read:
            return lambda pilot: getattr(pilot, f"name_{language}")

        columns: dict[str, Read] = {
            gettext("Code"): lambda pilot: pilot.code,
            **{f"{gettext('Name')} ({language})": name_in(language) for language in LANGUAGES},
            gettext("Programme"): lambda pilot: pilot.programme.name.plain,
            gettext("Part of"): lambda pilot: pilot.parent.code if pilot.parent else "",
            gettext("Stage"): lambda pilot: str(pilot.on(self.day)),
            gettext("Last known stage"): lambda pilot: pilot.on(self.day).last_stage,
            gettext("Stage known, earliest"): lambda pilot: pilot.on(self.day).known_on.earliest,
            gettext("Stage known, latest"): lambda pilot: pilot.on(self.day).known_on.latest,
            gettext("Regions"): lambda pilot: names(pilot.regions.all()),
            gettext("Municipalities"): lambda pilot: names(pilot.municipalities.all()),
            gettext("Lead"): lambda pilot: pilot.lead.name.plain if pilot.lead else "",
            gettext("Client type"): lambda pilot: pilot.get_client_type_display(),
            gettext("Things tried"): lambda pilot: names(pilot.themes.all()),
            gettext("Delivery models"): lambda pilot: names(pilot.delivery_models.all()),
            gettext("Start, in the words of the source"): lambda pilot: pilot.start.words,
            gettext("Start, earliest"): lambda pilot: pilot.start.earliest,
            gettext("Start, latest"): lambda pilot: pilot.start.latest,
            gettext("Start is planned"): lambda pilot: gettext("planned") if pilot.start_planned else "",
            gettext("End, in the words of the source"): lambda pilot: pilot.end.words,
            gettext("End, earliest"): lambda pilot: pilot.end.earliest,
            gettext("End, latest"): lambda pilot: pilot.end.latest,
            gettext("End is planned"): lambda pilot: gettext("planned") if pilot.end_planned else "",
            gettext("Changed"): lambda pilot: pilot.changed_at,
            gettext("Address"): lambda pilot: settings.BASE_URL + pilot.get_absolute_url(),
        }
        if self.desk:
            columns[gettext("Published")] = lambda pilot: pilot.published_at
        return columns
