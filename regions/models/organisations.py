"""Organisations, the regions they cover, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from registry.lib.database import FiSort, name_order
from registry.lib.dates import Fuzzily, Valid
from registry.lib.evidence import Known, known_by
from registry.lib.languages import Translated, name_column, text_column

from .areas import Region
from .sources import Sourced


class Kind(models.TextChoices):
    """What an organisation is."""

    MINISTRY = "ministry", _("ministry")
    AGENCY = "agency", _("state agency")
    ELY_CENTRE = "ely_centre", _("ELY Centre")
    TE_OFFICE = "te_office", _("TE Office")
    REGIONAL_COUNCIL = "regional_council", _("regional council")
    VITALITY_CENTRE = "vitality_centre", _("vitality centre")
    EMPLOYMENT_AREA = "employment_area", _("employment area")
    MUNICIPALITY = "municipality", _("municipality")
    PROJECT_OFFICE = "project_office", _("project office")
    EDUCATION = "education", _("educational institution")
    COMPANY = "company", _("company")
    ASSOCIATION = "association", _("association")
    REGION = "region", _("region as an organisation (planned)")
    OTHER = "other", _("other")


def _told_on(day: date) -> Q:
    """Return the condition that an organisation is known to exist on ``day``, if it may exist then at all."""
    dated = Q(validity__startswith__isnull=False) | Q(validity__endswith__isnull=False)
    return dated | (Q(known_on_days__isnull=False) & known_by(day))


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Questions about many organisations."""

    def possibly_on(self, day: date) -> Self:
        """Return those that may have existed on ``day``: nothing is known against it."""
        return self.filter(Q(over_by__isnull=True) | Q(over_by__gte=day), validity__contains=day)

    def on(self, day: date) -> Self:
        """Return those that existed on ``day``, as their dates or evidence that is not old tell."""
        return self.possibly_on(day).filter(_told_on(day))

    def not_told_on(self, day: date) -> Self:
        """Return those that may have existed on ``day``, but no date and no fresh evidence tells it."""
        return self.possibly_on(day).exclude(pk__in=self.model._default_manager.filter(_told_on(day)).values("pk"))

    def told_first(self, day: date) -> Self:
        """Return them with those first that are known to exist on ``day``, each part by name."""
        told = Exists(self.model._default_manager.filter(_told_on(day), pk=OuterRef("pk")))
        return self.order_by(told.desc(), name_order(), "pk")

    def by_name(self) -> Self:
        """Return them in Finnish alphabetical order of the Finnish name."""
        return self.order_by(name_order(), "pk")

    def covering(self, regions: Iterable[Region | int], day: date | None) -> Self:
        """Return those that cover one of ``regions`` on ``day`` (None: at any time), each once."""
        coverages = Coverage.objects.filter(region__in=regions)
        if day is not None:
            coverages = coverages.filter(known_by(day), validity__contains=day)
        return self.filter(pk__in=coverages.values("organisation"))

    def with_regions(self, day: date | None) -> Self:
        """Return each with its coverages of ``day`` (None: of any time) as ``covered``."""
        coverages = Coverage.objects.select_related("region").order_by("region__code", "pk")
        if day is not None:
            coverages = coverages.filter(validity__contains=day)
        return self.prefetch_related(Prefetch("coverages", coverages, to_attr="covered"))


# How many there are of a kind in all, as the sources state it; the registry may know fewer of them by name.
STATED: dict[str, int] = {
    Kind.ELY_CENTRE: 15,
    Kind.TE_OFFICE: 15,
    Kind.REGIONAL_COUNCIL: 18,
    Kind.VITALITY_CENTRE: 10,
    Kind.EMPLOYMENT_AREA: 45,
}


DOMAIN = RegexValidator(r"\A[a-z0-9-]+(\.[a-z0-9-]+)+\Z", _("Write a domain in lower case, such as liitto.example."))


class Organisation(Sourced, Valid, Known):
    """A ministry, ELY Centre, TE Office, council, municipality …: it exists for a time and may have successors."""

    class Form(models.TextChoices):
        """How an employment area is organised (act 380/2023: host municipality, joint authority, or alone)."""

        ALONE = "alone", _("one municipality alone")
        HOST_MUNICIPALITY = "host_municipality", _("host municipality")
        JOINT_AUTHORITY = "joint_authority", _("joint municipal authority")

    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    long_name_fi = name_column(length=300)
    long_name_sv = name_column(length=300)
    long_name_en = name_column(length=300)
    short_name_fi = name_column(length=40)
    seat = name_column()
    other_offices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    business_id = models.CharField(max_length=9, blank=True, default="")
    role_address = models.EmailField(blank=True, default="")
    # Where invited people have their mail, such as "liitto.example"; none: anywhere.
    mail_domains = ArrayField(models.CharField(max_length=120, validators=[DOMAIN]), default=list, blank=True)
    over_by = models.DateField(null=True, blank=True)  # our conclusion where no source tells the end: over by this day
    planned_end = models.DateField(null=True, blank=True)
    end_reason_fi = text_column()
    end_reason_sv = text_column()
    end_reason_en = text_column()
    steered_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="steers")
    organising_form = models.CharField(max_length=20, choices=Form, blank=True, default="")
    municipality_names = ArrayField(models.CharField(max_length=80), default=list, blank=True)  # of an employment area
    municipalities_exhaustive = models.BooleanField(default=False)
    nationwide = models.BooleanField(default=False)
    regions: models.ManyToManyField[Region, Coverage] = models.ManyToManyField(
        Region, through="Coverage", related_name="organisations"
    )

    name = Translated("name")
    long_name = Translated("long_name")
    end_reason = Translated("end_reason")
    note = Translated("note")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(
                name="a_business_id_has_the_right_check_digit",
                condition=Q(business_id="")
                | Q(Func(F("business_id"), function="business_id_is_right", output_field=models.BooleanField())),
                violation_error_message=_("The business ID is not right: its check digit does not match."),
            ),
            models.CheckConstraint(
                name="an_organising_form_belongs_to_an_employment_area",
                condition=Q(organising_form="") | Q(kind=Kind.EMPLOYMENT_AREA),
                violation_error_message=_("Only an employment area has an organising form."),
            ),
            models.CheckConstraint(
                name="an_organisation_does_not_steer_itself",
                condition=Q(steered_by__isnull=True) | ~Q(steered_by=F("id")),
                violation_error_message=_("An organisation cannot steer itself."),
            ),
            models.CheckConstraint(
                name="an_organisation_exists_for_some_time",
                condition=Q(validity__isempty=False),
                violation_error_message=_("The end is before the start."),
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "slug"], name="organisation_kind"),
            models.Index(FiSort("name_fi"), name="organisation_finnish_order"),
        ]

    def __str__(self) -> str:
        return self.name.plain

    def exists_on(self, day: date) -> bool:
        """Whether nothing is known against its existing on ``day``."""
        return self.held(day) and (self.over_by is None or self.over_by >= day)


class Coverage(Valid, Known):
    """A region that an organisation covers, for a time. An ELY area is not a region: Kaakkois-Suomi covers two."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="coverages")
    region = models.ForeignKey(Region, models.PROTECT, related_name="coverages")

    class Meta:
        verbose_name = _("coverage")
        verbose_name_plural = _("coverages")
        constraints = [
            ExclusionConstraint(
                name="an_organisation_covers_a_region_once_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("region", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The organisation covers this region already at that time."),
            ),
            models.CheckConstraint(
                name="a_coverage_lasts_for_some_time",
                condition=Q(validity__isempty=False),
                violation_error_message=_("The end is before the start."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.region}"


class Succession(Sourced):
    """An organisation that took over from another, or was to: dated, many-to-many, with what came of it."""

    class Outcome(models.TextChoices):
        """What came of a planned succession."""

        HAPPENED = "happened", _("happened")
        PLANNED = "planned", _("planned")
        NEVER = "never", _("never took effect")

    predecessor = models.ForeignKey(Organisation, models.CASCADE, related_name="successions")
    successor = models.ForeignKey(Organisation, models.CASCADE, related_name="precessions")
    on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.HAPPENED)

    note = Translated("note")

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        constraints = [
            models.UniqueConstraint(
                name="a_succession_is_told_once",
                fields=["predecessor", "successor"],
                violation_error_message=_("This succession is there already."),
            ),
            models.CheckConstraint(
                name="nobody_succeeds_itself",
                condition=~Q(predecessor=F("successor")),
                violation_error_message=_("An organisation cannot be its own successor."),
            ),
            models.CheckConstraint(
                name="a_succession_that_happened_has_a_day",
                condition=~Q(outcome="happened") | Q(on__isnull=False),
                violation_error_message=_("Give the day of a succession that happened."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class TransferQuerySet(models.QuerySet["Transfer"]):
    """Questions about many transfers of duties."""

    def concerning(self, kind: str) -> Self:
        """Return those from or to organisations of ``kind``, the earliest first, those that never came last."""
        return self.filter(Q(from_kinds__contains=[kind]) | Q(to_kind=kind)).order_by(F("on").asc(nulls_last=True))


class Transfer(Sourced):
    """A move of duties from kinds of organisation to another kind, by law or plan, with its planned days."""

    slug = models.SlugField(max_length=60, unique=True)
    from_kinds = ArrayField(models.CharField(max_length=20, choices=Kind))
    to_kind = models.CharField(max_length=20, choices=Kind)
    duties_fi = text_column(required=True)
    duties_sv = text_column()
    duties_en = text_column()
    on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Succession.Outcome)

    duties = Translated("duties")
    note = Translated("note")

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer of duties")
        verbose_name_plural = _("transfers of duties")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="a_transfer_that_happened_has_a_day",
                condition=~Q(outcome="happened") | Q(on__isnull=False),
                violation_error_message=_("Give the day of a transfer that happened."),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def from_kind_names(self) -> list[str]:
        """The names of the kinds that duties move from."""
        return [str(Kind(kind).label) for kind in self.from_kinds]


class PlannedDay(Sourced, Fuzzily):
    """A day a transfer was to happen on, as one source had it: the history of a date that moved."""

    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="planned_days")

    class Meta:
        verbose_name = _("planned day")
        verbose_name_plural = _("planned days")
        ordering = ["when_days"]

    def __str__(self) -> str:
        return self.when_words
