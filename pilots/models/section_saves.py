"""Who saved which section of a draft, and when; never what was written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from regions.models import User

from .proposals import Proposal

A_WHILE = timedelta(minutes=30)  # saves by one person within it are one entry: the page saves by itself


class SectionSaveQuerySet(models.QuerySet["SectionSave"]):
    """Questions about the saves of a proposal."""

    def last_of_each(self) -> Self:
        """Return the last save of each section."""
        return self.order_by("section", "-until", "-pk").distinct("section").select_related("user")

    def note(self, proposal: Proposal, section: str, questions: Iterable[str], user: User, at: datetime) -> None:
        """Note that ``user`` changed the questions of the locked proposal: the last entry goes on, or one begins."""
        saves = self.filter(proposal=proposal, section=section)
        last = saves.order_by("-until", "-pk").values("pk")[:1]
        going_on = saves.filter(pk=models.Subquery(last), user=user, until__gte=at - A_WHILE)
        together = models.Func(
            F("questions"),
            models.Value([*questions], ArrayField(models.CharField(max_length=40))),
            template="ARRAY(SELECT DISTINCT unnest(%(expressions)s) ORDER BY 1)",
            arg_joiner=" || ",
        )
        if not going_on.update(questions=together, until=Greatest(F("until"), at)):
            saves.create(proposal=proposal, section=section, questions=sorted(questions), user=user, since=at, until=at)


class SectionSave(models.Model):
    """A person wrote in a section of a proposal from ``since`` until ``until``, and changed these questions."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="section_saves")
    section = models.CharField(max_length=40)  # the slug of a section of the proposal's form
    questions = ArrayField(models.CharField(max_length=40))  # keys
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()

    objects = SectionSaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("save of a section")
        verbose_name_plural = _("saves of sections")
        ordering = ["-until", "-pk"]
        indexes = [
            models.Index(fields=["proposal", "section", "-until"], name="section_save_of_a_section"),
            models.Index(fields=["until"], name="section_save_time"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_save_ends_after_it_began",
                condition=Q(until__gte=F("since")),
                violation_error_message=_("A save ends after it began."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal} {self.section}"
