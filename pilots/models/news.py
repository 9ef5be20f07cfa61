"""News of the preparation, tied to regions, groups and pilots."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import Group, Region, Sourced, User
from registry.lib.dates import Fuzzily
from registry.lib.languages import Translated, name_column, text_column

from .pilots import Pilot
from .programmes import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class NewsQuerySet(models.QuerySet["NewsItem"]):
    """Questions about many news items."""

    def public(self) -> Self:
        """Return those published on the site."""
        return self.filter(published_at__isnull=False)

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return those ``viewer`` may read at ``at``: ministry staff also the unpublished."""
        if isinstance(viewer, User) and viewer.of_ministry(at):
            return self.all()
        return self.public()

    def told_by(self, day: date | None) -> Self:
        """Return those told on ``day`` or before; those of no known day if published by then. None: all."""
        if day is None:
            return self
        dated = Q(when_days__isnull=False) & Q(when_days__startswith__isnull=False)
        return self.filter(Q(when_days__startswith__lte=day) | ~dated & Q(published_at__date__lte=day))

    def latest_first(self) -> Self:
        """Return them by the latest day of their date, the newest first."""
        return self.order_by(F("when_days__startswith").desc(nulls_last=True), "-published_at", "pk")


class NewsItem(Sourced, Fuzzily):
    """A piece of news, told in the registry's own words, with its source; its author may be unknown."""

    slug = models.SlugField(max_length=80, unique=True)
    title_fi = name_column(required=True)
    title_sv = name_column()
    title_en = name_column()
    body_fi = text_column()
    body_sv = text_column()
    body_en = text_column()
    author = models.CharField(max_length=120, blank=True, default="")
    image_credit = models.CharField(max_length=120, blank=True, default="")  # of the source's image, which is not shown
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="news")
    regions: models.ManyToManyField[Region, models.Model] = models.ManyToManyField(
        Region, blank=True, related_name="news"
    )
    groups: models.ManyToManyField[Group, models.Model] = models.ManyToManyField(Group, blank=True, related_name="news")
    pilots: models.ManyToManyField[Pilot, models.Model] = models.ManyToManyField(Pilot, blank=True, related_name="news")
    published_at = models.DateTimeField(null=True, blank=True)

    title = Translated("title")
    body = Translated("body")
    note = Translated("note")

    objects = NewsQuerySet.as_manager()

    class Meta:
        verbose_name = _("news item")
        verbose_name_plural = _("news items")
        ordering = ["-when_days", "pk"]
        constraints = [
            models.CheckConstraint(
                name="news_is_published_in_finnish_and_swedish_at_once",
                condition=Q(published_at__isnull=True)
                | ~(Q(title_fi="") | Q(title_sv="") | Q(body_fi="") | Q(body_sv="")),
                violation_error_message=_("Publishing needs the title and the text in Finnish and in Swedish."),
            ),
        ]

    def __str__(self) -> str:
        return self.title.plain
