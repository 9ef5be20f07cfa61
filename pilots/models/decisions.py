"""Decisions on proposals, the codes and the plans of the pilots that they make."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import User
from registry.lib.languages import Translated, text_column

from .pilots import Pilot
from .programmes import Programme
from .proposals import Proposal, Version


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Questions about many decisions."""

    def made(self) -> Self:
        """Return those that hold or held, without those that wait for a second decider or were returned."""
        return self.filter(decided_at__isnull=False)

    def waiting(self) -> Self:
        """Return those that wait for a second decider."""
        return self.filter(decided_at__isnull=True, returned_at__isnull=True)

    def holding(self) -> Self:
        """Return those that hold: made, and corrected by no other that was made."""
        later = Decision.objects.made().filter(corrects__isnull=False)
        return self.made().exclude(pk__in=later.values("corrects"))

    def for_page(self) -> Self:
        """Return them with what a page of decisions shows."""
        people = ("proposed_by", "decided_by", "returned_by")
        return self.select_related("proposal__organisation", "proposal__pilot", "version", "programme", *people)


class Decision(models.Model):
    """What the ministry decided on a version of a proposal. It never changes: another one corrects it, and says why.

    It is proposed by one person and, where the round wants it, made by another. ``told_at``: when its letter went to
    the writers; until then nobody outside the ministry knows of it. ``publicity`` says whether the document is public
    by law, ``published_at`` when the outcome was published on the site: two things.
    """

    class Outcome(models.TextChoices):
        """What was decided."""

        SELECTED = "selected", _("selected")
        NOT_SELECTED = "not_selected", _("not selected")

    class Publicity(models.TextChoices):
        """Whether the document is public by law (act 621/1999)."""

        PUBLIC = "public", _("public")
        PARTLY_SECRET = "partly_secret", _("partly secret")
        SECRET = "secret", _("secret")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="decisions")
    version = models.ForeignKey(Version, models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome)
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="decisions")
    reasons_fi = text_column()
    reasons_sv = text_column()
    reasons_en = text_column()
    conditions_fi = text_column()
    conditions_sv = text_column()
    conditions_en = text_column()
    case_number = models.CharField(max_length=40, blank=True, default="")
    late = models.BooleanField(default=False)  # the version came after the deadline that holds for all
    late_because = models.TextField(blank=True, default="")
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="corrected_by")
    correction_because = models.TextField(blank=True, default="")
    publicity = models.CharField(max_length=14, choices=Publicity, default=Publicity.PUBLIC)
    secrecy_ground = models.TextField(blank=True, default="")
    needs_second = models.BooleanField(default=False)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    returned_because = models.TextField(blank=True, default="")
    told_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    reasons = Translated("reasons")
    conditions = Translated("conditions")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        ordering = ["proposal", "number"]
        indexes = [models.Index(fields=["decided_at", "told_at"], name="decision_not_told")]
        constraints = [
            models.UniqueConstraint(
                name="a_decision_has_its_own_number",
                fields=["proposal", "number"],
                violation_error_message=_("This decision is there already."),
            ),
            models.UniqueConstraint(
                name="a_proposal_is_decided_once",
                fields=["proposal"],
                condition=Q(corrects__isnull=True, decided_at__isnull=False),
                violation_error_message=_("The proposal has been decided: another decision corrects that one."),
            ),
            models.UniqueConstraint(
                name="one_decision_on_a_proposal_waits_for_the_second_decider",
                fields=["proposal"],
                condition=Q(decided_at__isnull=True, returned_at__isnull=True),
                violation_error_message=_("A decision on this proposal waits for the second decider."),
            ),
            models.CheckConstraint(
                name="a_decision_has_a_known_outcome",
                condition=Q(outcome__in=["selected", "not_selected"]),
                violation_error_message=_("This outcome is not known."),
            ),
            models.CheckConstraint(
                name="a_proposal_that_is_not_selected_is_told_why",
                condition=Q(outcome="selected") | ~(Q(reasons_fi="") | Q(reasons_sv="")),
                violation_error_message=_("Give the reasons in Finnish and in Swedish."),
            ),
            models.CheckConstraint(
                name="a_selected_proposal_goes_into_a_programme",
                condition=~Q(outcome="selected") | Q(programme__isnull=False),
                violation_error_message=_("Choose the programme of the pilot."),
            ),
            models.CheckConstraint(
                name="only_a_selected_proposal_has_conditions",
                condition=Q(outcome="selected") | Q(conditions_fi="", conditions_sv="", conditions_en=""),
                violation_error_message=_("Only a selected proposal has conditions."),
            ),
            models.CheckConstraint(
                name="a_late_proposal_is_selected_with_a_reason",
                condition=Q(late=False) | ~Q(outcome="selected") | ~Q(late_because=""),
                violation_error_message=_("The proposal came late. Say why it is accepted nevertheless."),
            ),
            models.CheckConstraint(
                name="a_decision_that_corrects_another_says_why",
                condition=Q(corrects__isnull=True, correction_because="")
                | Q(corrects__isnull=False) & ~Q(correction_because=""),
                violation_error_message=_("Say why the decision is corrected."),
            ),
            models.CheckConstraint(
                name="a_decision_does_not_correct_itself",
                condition=Q(corrects__isnull=True) | ~Q(corrects=F("id")),
                violation_error_message=_("A decision cannot correct itself."),
            ),
            models.CheckConstraint(
                name="what_is_secret_has_its_ground_in_law",
                condition=Q(publicity="public", secrecy_ground="") | ~Q(publicity="public") & ~Q(secrecy_ground=""),
                violation_error_message=_("Give the ground of secrecy, and only where something is secret."),
            ),
            models.CheckConstraint(
                name="two_people_decide_where_the_round_says_so",
                condition=Q(needs_second=False) | Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                violation_error_message=_("Another decider has to confirm the decision."),
            ),
            models.CheckConstraint(
                name="a_decision_has_its_decider_and_its_moment",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                violation_error_message=_("A decision has its decider and its moment."),
            ),
            models.CheckConstraint(
                name="a_returned_decision_says_by_whom_and_why",
                condition=Q(returned_at__isnull=True, returned_by__isnull=True, returned_because="")
                | Q(returned_at__isnull=False, returned_by__isnull=False, decided_at__isnull=True)
                & ~Q(returned_because=""),
                violation_error_message=_("Say why the decision is returned."),
            ),
            models.CheckConstraint(
                name="only_a_decision_that_was_made_is_told",
                condition=Q(told_at__isnull=True) | Q(decided_at__isnull=False),
                violation_error_message=_("Only a decision that was made is told."),
            ),
            models.CheckConstraint(
                name="only_a_decision_that_was_told_is_published",
                condition=Q(published_at__isnull=True) | Q(told_at__isnull=False),
                violation_error_message=_("Only a decision that was told is published."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.proposal_id}/{self.number}"

    @property
    def selects(self) -> bool:
        """Whether the proposal is selected."""
        return self.outcome == self.Outcome.SELECTED

    @property
    def waits(self) -> bool:
        """Whether it waits for a second decider."""
        return self.decided_at is None and self.returned_at is None

    def is_told(self, at: datetime) -> bool:
        """Whether the writers of the proposal know of it at ``at``."""
        return self.told_at is not None and self.told_at <= at


class PilotCounter(models.Model):
    """The last number that a pilot of a programme and a year got. It only rises: a trigger demands it."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="counters")
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("counter of pilot codes")
        ordering = ["programme", "year"]
        constraints = [
            models.UniqueConstraint(
                name="a_programme_counts_a_year_once",
                fields=["programme", "year"],
                violation_error_message=_("This counter is there already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme.code_prefix}-{self.year}"

    @classmethod
    def next_code(cls, programme: Programme, year: int) -> str:
        """Return the next code of the programme's year, like KP-2027-001.

        Runs in the caller's transaction and holds the counter until its end: what is rolled back gives its number
        back, so there is no gap. It begins after the codes that the reference data brought.
        """
        counter, _new = cls.objects.select_for_update().get_or_create(programme=programme, year=year)
        prefix = f"{programme.code_prefix}-{year}-"
        codes = Pilot.objects.filter(code__startswith=prefix).values_list("code", flat=True)
        counter.last_number = max([counter.last_number, *(int(code.removeprefix(prefix)) for code in codes)]) + 1
        counter.save(update_fields=["last_number"])
        return f"{prefix}{counter.last_number:03d}"


class PilotPlan(models.Model):
    """What a pilot set out to do: the answers of the version that was selected, as they were. A trigger keeps it.

    ``answers`` has, by language, the sections with their questions and the items of each answer, in words. What the
    writers marked as secret is left out.
    """

    pilot = models.OneToOneField(Pilot, models.CASCADE, related_name="plan")
    version = models.OneToOneField(Version, models.PROTECT, related_name="plan")
    answers = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("plan of a pilot")
        ordering = ["pilot"]

    def __str__(self) -> str:
        return self.pilot.code
