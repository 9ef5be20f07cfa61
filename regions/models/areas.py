"""Areas: the regions (maakunta) and the municipalities the data names."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.lib.database import how_many, name_order
from registry.lib.evidence import known_by
from registry.lib.languages import Translated, name_column

from .sources import Sourced


class RegionQuerySet(models.QuerySet["Region"]):
    """Questions about many regions."""

    def by_name(self) -> Self:
        """Return them in Finnish alphabetical order of the Finnish name."""
        return self.order_by(name_order(), "pk")

    def with_counts(self, day: date) -> Self:
        """Return each with how many organisations work there on ``day``, and its groups."""
        coverages: Any = self.model._meta.get_field("coverages").related_model
        organisations: Any = coverages._meta.get_field("organisation").related_model
        there = organisations.objects.on(day).values("pk")
        working = coverages.objects.filter(known_by(day), validity__contains=day, organisation__in=there)
        return self.annotate(
            organisation_count=how_many(working, "region"),
            group_count=models.Count("groups", distinct=True),
        )


class Region(Sourced):
    """One of the 19 regions (maakunta).

    The Statistics Finland code is text with gaps; ISO 3166-2 numbers the same regions differently (Statistics
    Finland 17 is Pohjois-Pohjanmaa, ISO FI-17 is Satakunta): the two are never mixed.
    """

    code = models.CharField(max_length=2, unique=True)
    slug = models.SlugField(max_length=40, unique=True)
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    genitive_fi = name_column()
    local_fi = name_column()
    iso = models.CharField(max_length=5, unique=True)
    nuts3_2021 = models.CharField(max_length=5)
    nuts3_2024 = models.CharField(max_length=5)
    centre_fi = name_column()
    centre_sv = name_column()
    in_reform = models.BooleanField(default=True)
    outline = models.TextField(blank=True, default="")  # the path of the region on the SVG map

    name = Translated("name")
    note = Translated("note")
    centre = Translated("centre")

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="a_region_code_is_two_digits",
                condition=Q(code__regex=r"^[0-9]{2}$"),
                violation_error_message=_("A region code has two digits."),
            ),
            models.CheckConstraint(
                name="an_iso_code_of_a_region_is_finnish",
                condition=Q(iso__regex=r"^FI-[0-9]{2}$"),
                violation_error_message=_("An ISO 3166-2 code of a region is like FI-17."),
            ),
        ]

    def __str__(self) -> str:
        return self.name.plain


class Municipality(Sourced):
    """A municipality, where the data names one."""

    slug = models.SlugField(max_length=60, unique=True)
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    region = models.ForeignKey(Region, models.PROTECT, related_name="municipalities")

    name = Translated("name")

    class Meta:
        verbose_name = _("municipality")
        verbose_name_plural = _("municipalities")
        ordering = ["name_fi"]

    def __str__(self) -> str:
        return self.name.plain
