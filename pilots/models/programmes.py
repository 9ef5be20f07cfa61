"""Reforms, the programmes of pilots under them, and milestones whose dates moved."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import Organisation, Sourced
from registry.lib.dates import Fuzzily, Fuzzy, fuzzy
from registry.lib.evidence import MONTHS
from registry.lib.languages import Translated, name_column, text_column


class Reform(Sourced):
    """A change of law and administration that pilots prepare for."""

    class Outcome(models.TextChoices):
        """What came of it."""

        AHEAD = "ahead", _("ahead")
        IN_FORCE = "in_force", _("in force")
        LAPSED = "lapsed", _("lapsed")

    slug = models.SlugField(max_length=60, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    summary_fi = text_column()
    summary_sv = text_column()
    summary_en = text_column()
    outcome = models.CharField(max_length=10, choices=Outcome)

    name = Translated("name")
    summary = Translated("summary")
    note = Translated("note")

    class Meta:
        verbose_name = _("reform")
        verbose_name_plural = _("reforms")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="a_reform_is_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                violation_error_message=_("A reform cannot be its own parent."),
            ),
        ]

    def __str__(self) -> str:
        return self.name.plain


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    """Questions about many programmes."""

    def with_stated_count(self) -> Self:
        """Return those of which a source says how many pilots they have."""
        return self.filter(stated_count__isnull=False)

    def with_described(self, pilots: models.QuerySet[Any]) -> Self:
        """Return them with ``described``: how many of ``pilots`` are theirs; and ``parts``: the sub-pilots beside them.

        A set of pilots counts as one pilot, and its sub-pilots are counted apart: the same everywhere.
        """
        mine = Q(pilots__in=pilots.values("pk"))
        whole, part = mine & Q(pilots__parent__isnull=True), mine & Q(pilots__parent__isnull=False)
        return self.annotate(
            described=models.Count("pilots", filter=whole, distinct=True),
            parts=models.Count("pilots", filter=part, distinct=True),
        )

    def most_described_first(self) -> Self:
        """Return them (of ``with_described``) so that a reader meets the fullest first."""
        return self.order_by("-described", "pk")

    def for_page(self) -> Self:
        """Return them with all that the page of one shows, but for pilots, rounds and news."""
        milestones = Milestone.objects.prefetch_related("dates__sources", "sources")
        return self.select_related("owner", "counterpart_of", "reform__parent").prefetch_related(
            "counterparts",
            "laws__events",
            "facts__sources",
            "links",
            "sources",
            models.Prefetch("milestones", milestones),
            models.Prefetch("reform__milestones", milestones),
            models.Prefetch("reform__parent__milestones", milestones),
        )


class Programme(Sourced):
    """A set of pilots under one owner; what its sources say of its size stands beside what the registry describes."""

    slug = models.SlugField(max_length=60, unique=True)
    reform = models.ForeignKey(Reform, models.PROTECT, null=True, blank=True, related_name="programmes")
    counterpart_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="counterparts")
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="programmes")
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    purpose_fi = text_column()
    purpose_sv = text_column()
    purpose_en = text_column()
    period_fi = name_column()
    period_sv = name_column()
    period_en = name_column()
    confirm_months = models.PositiveSmallIntegerField(default=MONTHS)  # evidence of a stage is old after so many
    law = models.CharField(max_length=80, blank=True, default="")
    stated_count = models.PositiveSmallIntegerField(null=True, blank=True)
    stated_exactly = models.BooleanField(default=False)  # else the source tells that there are at least so many
    stated_words = models.CharField(max_length=80, blank=True, default="")
    stated_on_words = models.CharField(max_length=80, blank=True, default="")  # when a source stated the number
    stated_on_days = DateRangeField(null=True, blank=True)
    code_prefix = models.CharField(max_length=4, unique=True)
    last_number = models.PositiveIntegerField(default=0)  # given to a pilot last: a trigger lets it only rise

    name = Translated("name")
    purpose = Translated("purpose")
    period = Translated("period")
    note = Translated("note")

    objects = ProgrammeQuerySet.as_manager()

    WRITTEN_BY_VERBS = ("last_number",)  # a code is never given twice

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="a_code_prefix_is_capital_letters",
                condition=Q(code_prefix__regex=r"^[A-Z]{2,4}$"),
                violation_error_message=_("A code prefix has two to four capital letters."),
            ),
            models.CheckConstraint(
                name="a_programme_is_not_its_own_counterpart",
                condition=Q(counterpart_of__isnull=True) | ~Q(counterpart_of=F("id")),
                violation_error_message=_("A programme cannot be its own counterpart."),
            ),
            models.CheckConstraint(
                name="only_a_stated_count_is_exact",
                condition=Q(stated_exactly=False) | Q(stated_count__isnull=False),
                violation_error_message=_("Give the stated count, or do not call it exact."),
            ),
            models.CheckConstraint(
                name="a_stated_count_keeps_the_words_of_its_source",
                condition=Q(stated_count__isnull=True) | ~Q(stated_words=""),
                violation_error_message=_("Give the words of the source for the stated count."),
            ),
        ]

    def __str__(self) -> str:
        return self.name.plain

    @property
    def stated(self) -> str:
        """How many pilots its sources state: ``8``, or ``20+`` where they say "at least"; empty if none does."""
        if self.stated_count is None:
            return ""
        return str(self.stated_count) if self.stated_exactly else f"{self.stated_count}+"

    @property
    def stated_on(self) -> Fuzzy:
        """When a source stated how many pilots there are."""
        return fuzzy(self.stated_on_words, self.stated_on_days)


class ProgrammeFact(Sourced):
    """One thing a source says of a whole programme: its aims, conditions, shares, experience."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="facts")
    key = models.SlugField(max_length=60)
    position = models.PositiveSmallIntegerField()
    text_fi = text_column(required=True)
    text_sv = text_column()
    text_en = text_column()

    text = Translated("text")

    class Meta:
        verbose_name = _("fact on a programme")
        verbose_name_plural = _("facts on programmes")
        ordering = ["programme", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_fact_is_told_once_of_a_programme",
                fields=["programme", "key"],
                violation_error_message=_("This fact is there already."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.plain


class Milestone(Sourced):
    """A point in a reform or programme: planned, reached, missed. Its dates are rows, for they moved."""

    class Kind(models.TextChoices):
        """How the point was meant."""

        PLANNED = "planned", _("planned")
        GOAL = "goal", _("goal")
        PREPARED = "prepared", _("in preparation")
        PUBLISHED = "published", _("publication")
        EVENT = "event", _("event")

    class Outcome(models.TextChoices):
        """What came of it."""

        UNKNOWN = "unknown", _("not known")
        REACHED = "reached", _("reached")
        MISSED = "missed", _("not reached")

    slug = models.SlugField(max_length=60, unique=True)
    reform = models.ForeignKey(Reform, models.PROTECT, related_name="milestones", null=True, blank=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="milestones", null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    what_fi = text_column(required=True)
    what_sv = text_column()
    what_en = text_column()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.UNKNOWN)
    outcome_words_fi = text_column()
    outcome_words_sv = text_column()
    outcome_words_en = text_column()
    url = models.URLField(max_length=500, blank=True, default="")

    what = Translated("what")
    outcome_words = Translated("outcome_words")
    note = Translated("note")

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="a_milestone_belongs_to_a_reform_or_a_programme",
                condition=Q(reform__isnull=False) | Q(programme__isnull=False),
                violation_error_message=_("A milestone belongs to a reform or a programme."),
            ),
        ]

    def __str__(self) -> str:
        return self.what.plain


class MilestoneDate(Sourced, Fuzzily):
    """A date of a milestone as one source had it; several rows are the history of a date that moved."""

    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="dates")
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("date of a milestone")
        verbose_name_plural = _("dates of milestones")
        ordering = ["milestone", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_milestone_date_has_its_own_place",
                fields=["milestone", "position"],
                violation_error_message=_("Another date has this place."),
            ),
        ]

    def __str__(self) -> str:
        return self.when_words


class Link(models.Model):
    """An address outside the registry for a programme: where its sources say that more is told."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="links")
    position = models.PositiveSmallIntegerField(default=0)
    url = models.URLField(max_length=500)
    title_fi = name_column(required=True)
    title_sv = name_column()
    title_en = name_column()
    seen_on = models.DateField(null=True, blank=True)
    answers = models.BooleanField(null=True, blank=True)  # None: not tried

    title = Translated("title")

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["programme", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_link_stands_once_on_a_programme",
                fields=["programme", "url"],
                violation_error_message=_("This link is there already."),
            ),
        ]

    def __str__(self) -> str:
        return self.url
