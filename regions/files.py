"""The columns of the files of the directory: organisations, successions, groups. None tells of a person."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.lib.exports import Column, Read, columns
from registry.lib.facets import NAMES

from .models import Group, Succession


def _in(column: str) -> Read:
    return lambda row: getattr(row, column)


def _names() -> list[tuple[str, Any, Read]]:
    return [(name, _NAME_IN[name], _in(name)) for name in NAMES]


_NAME_IN = {"name_fi": _("Name in Finnish"), "name_sv": _("Name in Swedish"), "name_en": _("Name in English")}
CODE = _("As in addresses; it does not change.")


def of_organisations() -> dict[str, Column]:
    """Return the columns of organisations, whose coverages stand in ``covered``."""
    return columns(
        ("code", _("Code"), _in("slug"), CODE),
        *_names(),
        ("kind", _("Kind"), lambda row: row.get_kind_display()),
        ("kind_code", _("Kind, code"), _in("kind")),
        ("business_id", _("Business ID"), _in("business_id")),
        ("regions", _("Regions"), lambda row: [coverage.region.name.plain for coverage in row.covered]),
        ("region_codes", _("Regions, codes"), lambda row: [coverage.region.code for coverage in row.covered]),
        ("nationwide", _("Whole country"), _in("nationwide")),
        ("first_day", _("First day"), _in("first_day"), _("Empty where no source tells it.")),
        ("last_day", _("Last day"), _in("last_day"), _("Empty where no source tells it, or where it goes on.")),
        ("planned_end", _("Planned end"), _in("planned_end")),
        ("role_address", _("Role address"), _in("role_address"), _("Of the body, never of a person.")),
        ("address", _("Address"), lambda row: settings.BASE_URL + reverse("organisation", args=[row.slug])),
    )


def all_successions() -> QuerySet[Succession]:
    """Return the successions with their two bodies, the oldest first."""
    return Succession.objects.select_related("predecessor", "successor").order_by("on", "pk")


def of_successions() -> dict[str, Column]:
    """Return the columns of successions."""
    return columns(
        ("from", _("Predecessor"), lambda row: row.predecessor.name.plain),
        ("from_code", _("Predecessor, code"), lambda row: row.predecessor.slug),
        ("to", _("Successor"), lambda row: row.successor.name.plain),
        ("to_code", _("Successor, code"), lambda row: row.successor.slug),
        ("day", _("Day"), _in("on")),
        ("outcome", _("What came of it"), lambda row: row.get_outcome_display()),
        ("outcome_code", _("What came of it, code"), _in("outcome")),
    )


def of_groups() -> dict[str, Column]:
    """Return the columns of groups; who belongs to one stands in no file."""
    return columns(
        ("code", _("Code"), _in("slug"), CODE),
        *_names(),
        ("kind", _("Kind"), lambda row: row.get_kind_display()),
        ("kind_code", _("Kind, code"), _in("kind")),
        ("parent", _("Part of"), lambda row: row.parent.slug if row.parent else ""),
        ("regions", _("Regions"), lambda row: [region.name.plain for region in row.regions.all()]),
        ("region_codes", _("Regions, codes"), lambda row: [region.code for region in row.regions.all()]),
        ("known_from", _("Known, earliest"), lambda row: row.known_on.earliest),
        ("known_to", _("Known, latest"), lambda row: row.known_on.latest),
        ("address", _("Address"), lambda row: settings.BASE_URL + reverse("group", args=[row.slug])),
    )


def for_groups(groups: QuerySet[Group]) -> QuerySet[Group]:
    """Return the groups with what their file tells."""
    return groups.select_related("parent").prefetch_related("regions")
