"""What the proposals of a round are judged by, and what a round of the past asked for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.lib.languages import Translated, text_column

from .rounds import Round


class Criterion(models.Model):
    """A criterion by which the proposals of a round are judged: in words and, where ``scored``, in a number too."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField()
    text_fi = text_column(required=True)
    text_sv = text_column()
    text_en = text_column()
    explanation_fi = text_column()  # what the criterion means, and what speaks for a proposal
    explanation_sv = text_column()
    explanation_en = text_column()
    scored = models.BooleanField(default=False)  # a number from 1 to 5 may stand beside what an assessor writes

    text = Translated("text")
    explanation = Translated("explanation")

    WRITTEN_BY_VERBS = ("round",)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_criterion_has_its_own_place",
                fields=["round", "position"],
                violation_error_message=_("Another criterion has this place."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.plain


class AskedPoint(models.Model):
    """A point that a round of the past asked its addressees for, in words."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="asked_points")
    position = models.PositiveSmallIntegerField()
    text_fi = text_column(required=True)
    text_sv = text_column()
    text_en = text_column()

    text = Translated("text")

    class Meta:
        verbose_name = _("what is asked")
        verbose_name_plural = _("what rounds ask for")
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(
                name="an_asked_point_has_its_own_place",
                fields=["round", "position"],
                violation_error_message=_("Another point has this place."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.plain
