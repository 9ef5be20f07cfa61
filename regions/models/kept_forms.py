"""Forms that users sent and that came back to them: kept for a day at an address of their page."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.lib.answered_forms import KEY_LENGTH, SHOWN_FOR

from .accounts import User


class KeptFormQuerySet(models.QuerySet["KeptForm"]):
    """Questions about many kept forms. The account leads to its own (``user.kept_forms``): nobody sees another's."""

    def of_page(self, place: str, at: datetime) -> Self:
        """Return those of a page that are shown ``at``, the last one first."""
        return self.filter(place=place, kept_at__gt=at - SHOWN_FOR).order_by("-kept_at")

    def unsettled(self) -> Self:
        """Return those in which words stand that are neither saved nor thrown away."""
        return self.filter(has_words=True, settled_at=None)

    def past(self, before: datetime) -> Self:
        """Return those that were kept ``before`` a moment, or then."""
        return self.filter(kept_at__lte=before)


class KeptForm(models.Model):
    """What a user posted and what was not done as it stood; ``key`` is the parameter of the address that shows it."""

    key = models.CharField(primary_key=True, max_length=KEY_LENGTH)
    user = models.ForeignKey(User, models.CASCADE, related_name="kept_forms", db_index=False)
    place = models.CharField(max_length=64)  # a hash: the address of a page may let somebody in
    query = models.TextField(blank=True, default="")  # the other parameters of the address
    posted = models.TextField()
    has_words = models.BooleanField()
    kept_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = KeptFormQuerySet.as_manager()
    WRITTEN_BY_VERBS = ("key", "user", "place", "query", "posted", "has_words", "kept_at", "settled_at")

    class Meta:
        verbose_name = _("kept form")
        verbose_name_plural = _("kept forms")
        ordering = ["-kept_at"]
        indexes = [models.Index(fields=["user", "place"], name="kept_forms_of_a_page")]

    def __str__(self) -> str:
        return f"{self.user} · {self.key[:4]}"

    @property
    def kept_until(self) -> datetime:
        """Return the moment from which it is not shown any more."""
        return self.kept_at + SHOWN_FOR
