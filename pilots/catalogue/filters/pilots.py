"""The list of pilots: filters, facets and orders."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from django.db.models import F
from django.db.models.lookups import In, IsNull
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_filters import ChoiceFilter

from pilots.models import (
    STANDINGS,
    UNCONFIRMED,
    ClientType,
    DeliveryModel,
    Outcome,
    Pilot,
    PilotModel,
    Programme,
    TargetGroup,
    Theme,
)
from pilots.models.pilots import PilotQuerySet
from regions.filters import SearchedList
from regions.models import Municipality, Organisation, Region
from registry.lib.choices import SearchFilter, Several, SeveralRows
from registry.lib.composed import Keys
from registry.lib.exports import Columns
from registry.lib.facets import CountBy, by_choice, by_row
from registry.lib.looks import CARDS, MAP, SeenInWays
from registry.templatetags.ui import and_sub_pilots

from . import pilot_columns, pilot_table
from . import pilot_facets as facets
from .pilot_rows import FileRows

SORTS = {
    "best": _("best match first"),
    "name": _("by name"),
    "start": _("latest start first"),
    "changed": _("latest change first"),
    "code": _("by code"),
}
PROCUREMENT = [("whole", _("whole service processes"))]
RESULTS = [("card", _("a result card")), ("none", _("no results are known"))]
PUBLICATION = [("published", _("published")), ("unpublished", _("not published"))]


ReadLines = Callable[[Keys, tuple[str, ...]], Iterable[Pilot]]


class PilotFilter(SeenInWays, SearchedList):
    """Pilots on a day; a user of the desk is offered a facet more."""

    q = SearchFilter(
        label=_("Search pilots"),
        help_text=_("For example a word, a region, an organisation or a code. Any form of a word will do."),
    )
    programme = SeveralRows(label=_("Programme"), queryset=Programme.objects.all())
    stage = Several(label=_("Stage"), choices=STANDINGS, method="standing_at")
    results = Several(label=_("Results"), choices=RESULTS, method="with_results")
    outcome = Several(label=_("Outcome"), choices=Outcome.choices, field_name="result_card__outcome")
    client = Several(label=_("Client type"), choices=ClientType.choices, field_name="client_type")
    region = SeveralRows(label=_("Region"), queryset=Region.objects.all(), field_name="regions")
    municipality = SeveralRows(
        label=_("Municipality"), queryset=Municipality.objects.all(), field_name="municipalities"
    )
    area = SeveralRows(
        label=_("Area of an ELY Centre or vitality centre"),
        queryset=Organisation.objects.filter(kind__in=facets.STATE_AREAS),
        method="in_area",
    )
    theme = SeveralRows(label=_("Thing tried"), queryset=Theme.objects.all(), field_name="themes")
    model = SeveralRows(label=_("Delivery model"), queryset=DeliveryModel.objects.all(), method="using")
    degree = Several(label=_("Use of the model"), choices=PilotModel.Degree.choices, method="using")
    procurement = Several(label=_("Procurement"), choices=PROCUREMENT, method="procuring")
    target = SeveralRows(label=_("Target group"), queryset=TargetGroup.objects.all(), method="meant_for")
    lead = SeveralRows(label=_("Lead"), queryset=Organisation.objects.all())
    partner = SeveralRows(label=_("Partner"), queryset=Organisation.objects.all(), field_name="partners__organisation")
    year = Several(label=_("Year of start"), choices=facets.YEARS, method="started_in")
    budget = Several(label=_("Budget"), choices=facets.BUDGETS, method="costing")
    publication = Several(label=_("Publication"), choices=PUBLICATION, method="of_publication")
    column = Several(label=_("Columns"), choices=list(pilot_table.COLUMNS.items()))
    sort = ChoiceFilter(label=_("Order"), choices=list(SORTS.items()))

    all_columns = pilot_table.COLUMNS
    usual_columns = pilot_table.USUAL
    search_kind = "pilot"
    unfolded = frozenset({"programme", "stage", "outcome", "region"})
    part_of = "parent"
    page_name = "pilots"
    facets: ClassVar[Mapping[str, CountBy]] = {
        "programme": by_row("pilots"),
        "stage": facets.by_standing,
        "results": by_choice(facets.HAS_CARD, {True: "card", False: "none"}),
        "outcome": by_choice("result_card__outcome"),
        "client": by_choice("client_type"),
        "region": by_row("pilots"),
        "municipality": by_row("pilots", alphabetical=True),
        "area": facets.by_area,
        "theme": by_row("pilots"),
        "model": facets.by_model,
        "degree": facets.by_degree,
        "procurement": by_choice("whole_process", {True: "whole"}),
        "target": facets.by_target,
        "lead": by_row("pilots_led"),
        "partner": by_row("partnerships__pilot"),
        "year": by_choice(facets.START_YEAR),
        "budget": by_choice(facets.BUDGET),
        "publication": by_choice(IsNull(F("published_at"), True), {False: "published", True: "unpublished"}),
    }

    def __init__(
        self,
        asked: QueryDict,
        pilots: PilotQuerySet,
        *,
        desk: bool,
        day: date,
        read_lines: ReadLines | None = None,
        **more: Any,
    ) -> None:
        """Make the list as ``ListFilter`` does; ``read_lines`` reads the lines of a page quicker than the QuerySet."""
        super().__init__(asked, pilots, day=day, **more)
        self.desk, self.day, self.guarded, self.read_lines = desk, day, desk, read_lines

    def context(self) -> dict[str, Any]:
        context = super().context()
        choices = next(facet.choices for facet in context["facets"] if facet.name == "stage")
        unconfirmed = next((one for one in choices if one.value == UNCONFIRMED), None)
        return {**context, "unconfirmed": unconfirmed, "map": self._map() if self.seen_as == MAP else None}

    def _map(self) -> dict[str, Any]:
        """Return the regions with how many pilots of the list each has, the chosen regions left out of the filters."""
        counts = {one.value: one for one in self.counter.choices(self, "region")}
        regions = list(Region.objects.by_name())
        for region in regions:
            one = counts.get(region.slug)
            region.pilot_count, region.parts = (one.rows - one.parts, one.parts) if one else (0, 0)  # type: ignore[attr-defined]
            region.list_url = self.address(region=region.slug, view="")  # type: ignore[attr-defined]
            region.chosen = region.slug in self.asked.get("region", ())  # type: ignore[attr-defined]
        return {"regions": regions, "nowhere": self.counter.nowhere(self, "region")}

    def count_words(self, n: int) -> str:
        pilots = n - self.parts
        words = ngettext("%(n)s pilot", "%(n)s pilots", pilots) % {"n": pilots}
        return words + and_sub_pilots(self.parts)

    def narrowed(self, leaving_out: str = "") -> PilotQuerySet:
        rows: PilotQuerySet = super().narrowed(leaving_out)
        if ({"model", "degree"} - {leaving_out}) & self.picked.keys():
            rows = rows.filter(pk__in=facets.uses(self, leaving_out).values("pilot"))
        return rows

    def using(self, pilots: PilotQuerySet, name: str, value: list[Any]) -> PilotQuerySet:
        """Return the pilots as they are: ``narrowed`` takes the model and its degree together."""
        return pilots

    def standing_at(self, pilots: PilotQuerySet, name: str, values: list[str]) -> PilotQuerySet:
        return pilots.standing_at(values, self.day)

    def procuring(self, pilots: PilotQuerySet, name: str, values: list[str]) -> PilotQuerySet:
        return pilots.filter(whole_process=True)

    def with_results(self, pilots: PilotQuerySet, name: str, values: list[str]) -> PilotQuerySet:
        return pilots.filter(In(facets.HAS_CARD, [value == "card" for value in values]))

    def in_area(self, pilots: PilotQuerySet, name: str, offices: list[Organisation]) -> PilotQuerySet:
        return pilots.filter(pk__in=Pilot.objects.filter(facets.in_area(offices, self.day)).values("pk"))

    def meant_for(self, pilots: PilotQuerySet, name: str, groups: list[TargetGroup]) -> PilotQuerySet:
        return pilots.filter(pk__in=Pilot.objects.filter(facets.within(groups)).values("pk"))

    def started_in(self, pilots: PilotQuerySet, name: str, years: list[str]) -> PilotQuerySet:
        return pilots.filter(In(facets.START_YEAR, [int(year) for year in years]))

    def costing(self, pilots: PilotQuerySet, name: str, bands: list[str]) -> PilotQuerySet:
        return pilots.filter(In(facets.BUDGET, bands))

    def of_publication(self, pilots: PilotQuerySet, name: str, values: list[str]) -> PilotQuerySet:
        hidden = [value == "unpublished" for value in values]
        return pilots.filter(In(IsNull(F("published_at"), True), hidden))

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

    @property
    def _told(self) -> tuple[str, ...]:
        """The columns of which the lines of the page tell."""
        return pilot_table.ON_CARDS if self.seen_as == CARDS else tuple(self.chosen_columns)

    def for_page(self, rows: PilotQuerySet) -> PilotQuerySet:
        return pilot_table.for_lines(rows, self.queryset, self._told)

    def rows_of(self, keys: list[int]) -> list[Pilot]:
        if self.read_lines is None:
            return super().rows_of(keys)
        found = {row.pk: row for row in self.read_lines(Keys(keys), self._told)}
        return [found[key] for key in keys if key in found]

    def for_file(self, rows: PilotQuerySet) -> FileRows:
        return FileRows(rows, self.queryset, self.day)

    def columns(self) -> Columns:
        return pilot_columns.of_pilots(desk=self.desk)
