"""The vocabularies of pilots: themes, target groups, delivery models."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import Sourced
from registry.lib.dates import Fuzzily
from registry.lib.languages import Translated, name_column, text_column


class Theme(Sourced):
    """A thing that pilots try: separating organising from producing, procuring whole processes …"""

    slug = models.SlugField(max_length=60, unique=True)
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    description_fi = text_column()
    description_sv = text_column()
    description_en = text_column()

    name = Translated("name")
    description = Translated("description")

    class Meta:
        verbose_name = _("thing tried")
        verbose_name_plural = _("things tried")
        ordering = ["name_fi"]

    def __str__(self) -> str:
        return self.name.plain


class TargetGroup(Sourced):
    """People or companies that services are for; a tree."""

    slug = models.SlugField(max_length=60, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()

    name = Translated("name")

    class Meta:
        verbose_name = _("target group")
        verbose_name_plural = _("target groups")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="a_target_group_is_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                violation_error_message=_("A target group cannot be its own parent."),
            ),
        ]

    def __str__(self) -> str:
        return self.name.plain


class DeliveryModel(Sourced, Fuzzily):
    """A way to organise and produce services: organiser–producer model, alliance …; dated by its entry."""

    slug = models.SlugField(max_length=60, unique=True)
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    meaning_fi = text_column()
    meaning_sv = text_column()
    meaning_en = text_column()
    legal_basis_fi = text_column()
    legal_basis_sv = text_column()
    legal_basis_en = text_column()
    url = models.URLField(max_length=500, blank=True, default="")

    name = Translated("name")
    meaning = Translated("meaning")
    legal_basis = Translated("legal_basis")

    class Meta:
        verbose_name = _("delivery model")
        verbose_name_plural = _("delivery models")
        ordering = ["name_fi"]

    def __str__(self) -> str:
        return self.name.plain


class Principle(models.Model):
    """One principle of a delivery model: shared goals, openness, shared risks and gains …"""

    model = models.ForeignKey(DeliveryModel, models.CASCADE, related_name="principles")
    position = models.PositiveSmallIntegerField()
    text_fi = text_column(required=True)
    text_sv = text_column()
    text_en = text_column()

    text = Translated("text")

    class Meta:
        verbose_name = _("principle")
        verbose_name_plural = _("principles")
        ordering = ["model", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_principle_has_its_own_place",
                fields=["model", "position"],
                violation_error_message=_("Another principle has this place."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.plain
