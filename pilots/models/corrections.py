"""What was corrected in the words and answers of a published round, and the extensions that organisations ask for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from regions.models import Organisation, User
from registry.lib.languages import Translated, text_column

from .deadlines import Extension, Step
from .inquiries import PublicAnswer
from .rounds import Round

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class RoundCorrection(models.Model):
    """A correction of a published round's words, or of a public answer: which words, why, by whom. It is public."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="corrections")
    answer = models.ForeignKey(PublicAnswer, models.CASCADE, null=True, blank=True, related_name="corrections")
    corrected_at = models.DateTimeField()
    corrected_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    columns = ArrayField(models.CharField(max_length=40))
    before = models.JSONField()  # the words as they were, by column
    reason_fi = text_column(required=True)
    reason_sv = text_column()
    reason_en = text_column()

    reason = Translated("reason")

    class Meta:
        verbose_name = _("correction of a round")
        verbose_name_plural = _("corrections of rounds")
        ordering = ["round", "corrected_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_correction_of_a_round_has_a_reason",
                condition=~Q(reason_fi=""),
                violation_error_message=_("Give the reason."),
            ),
            models.CheckConstraint(
                name="a_correction_of_a_round_names_what_it_corrects",
                condition=Q(columns__len__gt=0),
                violation_error_message=_("Nothing was changed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.corrected_at:%Y-%m-%d}"


class ExtensionRequestQuerySet(models.QuerySet["ExtensionRequest"]):
    """Questions about many requests."""

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return those that ``viewer`` may know of: the ministry all, a preparer the preparer's own."""
        if isinstance(viewer, User) and viewer.of_ministry(at):
            return self.all()
        asks = isinstance(viewer, User) and viewer.prepares(at)
        return self.filter(asked_by=viewer) if asks else self.none()

    def waiting(self) -> Self:
        """Return those of living rounds that are not declined, and since which no extension of the step was given."""
        given = Extension.objects.filter(
            step=OuterRef("step"), organisation=OuterRef("organisation"), granted_at__gte=OuterRef("asked_at")
        )
        living = self.filter(declined_at=None, step__round__cancelled_at=None, step__round__published_at__isnull=False)
        return living.filter(~Exists(given)).select_related("step__round", "organisation", "asked_by")


class ExtensionRequest(models.Model):
    """An organisation's wish for a later deadline of a step, with its reason.

    An ``Extension`` answers it, or it is declined with a reason that only the asker and the staff read.
    """

    step = models.ForeignKey(Step, models.CASCADE, related_name="extension_requests")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    until = models.DateTimeField()
    reason = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    declined_because = models.TextField(blank=True, default="")

    objects = ExtensionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for an extension")
        verbose_name_plural = _("requests for extensions")
        ordering = ["step", "asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_request_for_an_extension_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Give the reason."),
            ),
            models.CheckConstraint(
                name="an_extension_is_asked_for_ahead",
                condition=Q(until__gt=F("asked_at")),
                violation_error_message=_("Choose a time that is still to come."),
            ),
            models.CheckConstraint(
                name="a_declined_request_for_an_extension_says_by_whom_and_why",
                condition=Q(declined_at=None, declined_by=None, declined_because="")
                | Q(declined_at__isnull=False, declined_by__isnull=False) & ~Q(declined_because=""),
                violation_error_message=_("Give the reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} · {self.organisation}"
