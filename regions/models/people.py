"""People and the posts they hold: apart, for one person holds several posts, at once and one after another."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Prefetch, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from registry.lib.database import FiSort
from registry.lib.dates import Valid
from registry.lib.directions import isolated
from registry.lib.evidence import Known, known_by
from registry.lib.languages import Translated, name_column

from .organisations import Organisation
from .sources import Sourced


class PersonQuerySet(models.QuerySet["Person"]):
    """Questions about many people."""

    def shown(self) -> Self:
        """Return those who may be shown: a hidden person is nowhere."""
        return self.filter(hidden=False)

    def on(self, day: date) -> Self:
        """Return those who may have held a post, or a place in a group, on ``day``, as far as the sources tell."""
        memberships: Any = self.model._meta.get_field("memberships").related_model
        in_groups = memberships.objects.on(day).values("person")
        return self.filter(Exists(Post.objects.on(day).filter(person=OuterRef("pk"))) | Q(pk__in=in_groups))

    def by_name(self) -> Self:
        """Return them in Finnish alphabetical order of the last word of the name."""
        surname = Func(F("name"), Value(" "), Value(-1), function="split_part", output_field=models.TextField())
        return self.order_by(FiSort(surname), FiSort("name"), "pk")

    def with_posts(self, day: date | None = None) -> Self:
        """Return each with the posts, and their organisations, as ``known_posts``: all, or those of ``day``."""
        posts = Post.objects.all() if day is None else Post.objects.on(day)
        return self.prefetch_related(
            Prefetch("posts", posts.select_related("organisation").order_by("pk"), to_attr="known_posts")
        )


class PostQuerySet(models.QuerySet["Post"]):
    """Questions about many posts."""

    def shown(self) -> Self:
        """Return those of people who may be shown."""
        return self.filter(person__hidden=False)

    def on(self, day: date) -> Self:
        """Return those that may have been held on ``day``: not ended, in an organisation that existed, known then."""
        existed = Q(organisation__isnull=True) | Q(organisation__validity__contains=day)
        return self.filter(existed, known_by(day), validity__contains=day)


class Person(Sourced):
    """Someone a public source names in a public task. Work facts only; a hidden person is shown nowhere."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    checked_on = models.DateField(null=True, blank=True)  # when the facts were last confirmed
    hidden = models.BooleanField(default=False)

    note = Translated("note")

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="a_person_has_a_name",
                condition=~Q(name=""),
                violation_error_message=_("Give the person's name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Post(Sourced, Valid, Known):
    """A task that a person has in an organisation, for a time: director, preparer …"""

    person = models.ForeignKey(Person, models.CASCADE, related_name="posts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts", null=True, blank=True)
    title_fi = name_column(required=True)
    title_sv = name_column()
    title_en = name_column()
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")

    title = Translated("title")
    note = Translated("note")

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["person", "pk"]
        constraints = [
            ExclusionConstraint(
                name="a_person_holds_a_post_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (Coalesce("organisation", 0, output_field=models.BigIntegerField()), RangeOperators.EQUAL),
                    ("title_fi", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The person has this post already at that time."),
            ),
            models.CheckConstraint(
                name="a_post_lasts_for_some_time",
                condition=Q(validity__isempty=False),
                violation_error_message=_("The end is before the start."),
            ),
        ]

    def __str__(self) -> str:
        return f"{isolated(str(self.person))}, {isolated(self.title.plain)}"
