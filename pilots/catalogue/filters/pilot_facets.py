"""The facets of the list of pilots that are more than a column: what has them, in SQL."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Case, CharField, Count, Exists, Func, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from pilots.models import Pilot, PilotModel, ResultCard, TargetGroup
from regions.models import Kind, Organisation
from regions.models.organisations import OrganisationQuerySet
from registry.lib.database import name_order
from registry.lib.evidence import known_by
from registry.lib.facets import Counted

if TYPE_CHECKING:
    from .pilots import PilotFilter

HAS_CARD = Exists(ResultCard.objects.filter(pilot=OuterRef("pk")))
# The target groups at the top of the tree: all people, all companies. The facet of the client type says the same.
SAID_BY_CLIENT_TYPE = ("henkiloasiakkaat", "yritykset")
# A target group's own row, its parent's and its grandparent's: the tree is no deeper.
ANCESTORS = ("target_groups", "target_groups__parent", "target_groups__parent__parent")
STATE_AREAS = (Kind.ELY_CENTRE, Kind.VITALITY_CENTRE)  # the state's regional offices: until 2025, and from 2026
YEARS = [(str(year), str(year)) for year in range(2099, 1989, -1)]
# Budgets: the value in the address, its words, and the first sum in euros that is above it.
BANDS: list[tuple[str, Any, int | None]] = [
    ("0", _("under 50,000 euros"), 50_000),
    ("50000", _("50,000–249,999 euros"), 250_000),
    ("250000", _("250,000–999,999 euros"), 1_000_000),
    ("1000000", _("a million euros or more"), None),
]
NOT_TOLD = "none"
BUDGETS = [*((value, words) for value, words, _above in BANDS), (NOT_TOLD, _("not known"))]
BUDGET = Case(
    When(budget_eur__isnull=True, then=Value(NOT_TOLD)),
    *(When(budget_eur__lt=above, then=Value(value)) for value, _words, above in BANDS if above),
    default=Value(BANDS[-1][0]),
    output_field=CharField(),
)
START_YEAR = Func("start_days", template="extract(year from lower(%(expressions)s))::int", output_field=IntegerField())


def within(groups: Any, lookup: str = "in") -> Q:
    """Return the condition that a pilot is for one of the target groups or for a part of it."""
    condition = Q()
    for ancestor in ANCESTORS:
        condition |= Q(**{f"{ancestor}__{lookup}": groups})
    return condition


def state_areas(day: date) -> OrganisationQuerySet:
    """Return the ELY Centres or vitality centres of the day: their areas."""
    return Organisation.objects.possibly_on(day).filter(kind__in=STATE_AREAS)


def in_area(offices: Any, day: date, lookup: str = "in") -> Q:
    """Return the condition that a pilot is in the area that one of the offices has on the day."""
    path = "regions__coverages__"
    covers = Q(**{f"{path}organisation__{lookup}": offices, f"{path}validity__contains": day})
    return Q(**{f"area_of__{lookup}": offices}) | covers & known_by(day, path)


def uses(pilots: PilotFilter, leaving_out: str = "") -> QuerySet[PilotModel]:
    """Return the uses of a delivery model that the filters ask for: the model and its degree are of one use."""
    rows, asked = PilotModel.objects.order_by(), pilots.picked
    if asked.get("model") and leaving_out != "model":
        rows = rows.filter(delivery_model__in=asked["model"])
    if asked.get("degree") and leaving_out != "degree":
        rows = rows.filter(degree__in=asked["degree"])
    return rows


def by_target(pilots: PilotFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by target group; a pilot for a part of a group counts for the group."""
    return _by_condition(
        TargetGroup.objects.exclude(slug__in=SAID_BY_CLIENT_TYPE), within(OuterRef("pk"), "exact"), keys
    )


def by_area(pilots: PilotFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by the state's regional offices of the day."""
    return _by_condition(state_areas(pilots.day), in_area(OuterRef("pk"), pilots.day, "exact"), keys)


def _by_condition(offered: QuerySet[Any], condition: Q, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by the offered rows; the condition holds for the pilots of one of them (``OuterRef``)."""
    mine = Pilot.objects.filter(condition, pk__in=keys).order_by().values("pk").distinct()
    rows = offered.annotate(here=_HowMany(mine), parts=_HowMany(mine.filter(parent__isnull=False)))
    return [
        Counted(row.slug, row.name.plain, row.here, row.parts)
        for row in rows.order_by("-here", name_order(), "pk")
        if row.here
    ]


class _HowMany(Func):
    """How many rows a sub-select gives; 0 where Django knows that it gives none, as for a search without a hit."""

    output_field = IntegerField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:  # type: ignore[override]
        """Return the count as SQL."""
        try:
            sql, parameters = compiler.compile(self.source_expressions[0])
        except EmptyResultSet:
            return "0", ()
        return f"cardinality(ARRAY{sql})", parameters


def by_standing(pilots: PilotFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by how far the pilots are on the day of the list."""
    rows = Pilot.objects.filter(pk__in=keys)
    return pilots.counted(name, rows.standings(pilots.day), rows.filter(parent__isnull=False).standings(pilots.day))


def by_degree(pilots: PilotFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by how far the models are used that the list is narrowed to, or any model."""
    rows = uses(pilots, leaving_out="degree").filter(pilot__in=keys)
    found = rows.values_list("degree").annotate(n=_pilots(), parts=_parts())
    counts = {degree: n for degree, *n in found}
    return pilots.counted(name, {key: n for key, (n, _) in counts.items()}, {key: p for key, (_, p) in counts.items()})


def by_model(pilots: PilotFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by delivery model, used as far as the list is narrowed to."""
    rows = uses(pilots, leaving_out="model").filter(pilot__in=keys)
    counts = {model: n for model, *n in rows.values_list("delivery_model").annotate(n=_pilots(), parts=_parts())}
    models = pilots.filters[name].field.queryset.filter(pk__in=rows.values("delivery_model"))
    found = [Counted(model.slug, model.name.plain, *counts[model.pk]) for model in models.order_by(name_order(), "pk")]
    return sorted(found, key=lambda counted: -counted.rows)


def _pilots(**conditions: Any) -> Count:
    return Count("pilot", distinct=True, filter=Q(**conditions) if conditions else None)


def _parts() -> Count:
    return _pilots(pilot__parent__isnull=False)
