"""Assessments of proposals: who assesses, who has a conflict of interest, and what each assessor writes."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from regions.models import User

from .criteria import Criterion
from .proposals import Proposal, ProposalQuerySet, Version
from .rounds import Round

LOWEST, HIGHEST = 1, 5  # the scale of a criterion


class Assessor(models.Model):
    """A member of the ministry's staff whom a round names to assess its proposals."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="assessors")
    user = models.ForeignKey(User, models.PROTECT, related_name="assessorships")
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("assessor")
        verbose_name_plural = _("assessors")
        ordering = ["named_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="somebody_is_an_assessor_of_a_round_once",
                fields=["round", "user"],
                violation_error_message=_("This person assesses in the round already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    """Questions about many declarations."""

    def holding(self) -> Self:
        """Return those that no later one has taken the place of."""
        return self.filter(superseded_at__isnull=True)

    def conflicts(self) -> Self:
        """Return those that hold and say that there is a conflict of interest."""
        return self.holding().exclude(ground="")


class Declaration(models.Model):
    """What a member of staff declares of a conflict of interest with a proposal: none, or one with its ground in law.

    It never changes: a later one takes its place and says why (``because``). A trigger keeps it, and another one lets
    nobody decide on a proposal who has declared a conflict with it.
    """

    class Ground(models.TextChoices):
        """Why somebody is disqualified: the seven grounds of section 28 of act 434/2003."""

        PARTY = "party", _("party: the person or somebody close is a party in the matter")
        REPRESENTS = "represents", _("representing: the person or somebody close assists or represents a party")
        INTEREST = (
            "interest",
            _("interest: the decision brings the person or somebody close a particular benefit or loss"),
        )
        SERVICE = (
            "service",
            _("service: the person is employed by a party, or has a commission from one in this matter"),
        )
        BOARD = "board", _("board: the person or somebody close sits on the board of a party, or leads it")
        STEERING = (
            "steering",
            _("steering: the person or somebody close steers an agency whose steering or supervision this concerns"),
        )
        OTHER = "other", _("other: impartiality is endangered for another particular reason")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="declarations")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()  # of the user's declarations on the proposal
    ground = models.CharField(max_length=12, choices=Ground, blank=True, default="")  # empty: no conflict
    words = models.TextField(blank=True, default="")
    because = models.TextField(blank=True, default="")  # why it takes the place of the one before
    declared_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        verbose_name = _("declaration of interest")
        verbose_name_plural = _("declarations of interest")
        ordering = ["declared_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="a_declaration_has_its_own_number",
                fields=["proposal", "user", "number"],
                violation_error_message=_("This declaration is there already."),
            ),
            models.UniqueConstraint(
                name="one_declaration_of_a_person_holds",
                fields=["proposal", "user"],
                condition=Q(superseded_at__isnull=True),
                violation_error_message=_("Another declaration of yours holds already."),
            ),
            models.CheckConstraint(
                name="a_conflict_of_interest_has_a_ground_in_law",
                condition=Q(
                    ground__in=["", "party", "represents", "interest", "service", "board", "steering", "other"]
                ),
                violation_error_message=_("This ground is not known."),
            ),
            models.CheckConstraint(
                name="another_ground_is_explained",
                condition=~Q(ground="other") | ~Q(words=""),
                violation_error_message=_("Say which reason it is."),
            ),
            models.CheckConstraint(
                name="a_changed_declaration_says_why",
                condition=Q(number__lte=1) | ~Q(because=""),
                violation_error_message=_("Say why your declaration changes."),
            ),
            models.CheckConstraint(
                name="a_declaration_ends_after_it_begins",
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("declared_at")),
                violation_error_message=_("A declaration ends after it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.user_id}/{self.number}"

    @property
    def disqualifies(self) -> bool:
        """Whether the person must not take part in dealing with the proposal."""
        return self.superseded_at is None and bool(self.ground)


def _conflict() -> Exists:
    """Return the condition on rows with a proposal and a user that the user is disqualified."""
    return Exists(Declaration.objects.conflicts().filter(proposal=OuterRef("proposal"), user=OuterRef("user")))


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    """Questions about many assessments."""

    def ready(self) -> Self:
        """Return those that are ready and count: not those of people who have declared a conflict since."""
        return self.filter(~_conflict(), ready_at__isnull=False)

    def for_page(self) -> Self:
        """Return them with what a page shows of each."""
        return self.select_related("user", "version").prefetch_related("answers").order_by("ready_at", "pk")


class Assessment(models.Model):
    """What an assessor writes of a proposal: a text on each criterion and an overall view. Others read it once ready.

    It begins when the assessor declares that there is no conflict of interest. A conflict that is declared later keeps
    the words and takes them out of the count.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="assessments")
    user = models.ForeignKey(User, models.PROTECT, related_name="assessments")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")  # that was read when it was saved last
    overall = models.TextField(blank=True, default="")
    edition = models.PositiveIntegerField(default=1)
    began_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)  # after others' could be read

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["began_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="somebody_assesses_a_proposal_once",
                fields=["proposal", "user"],
                violation_error_message=_("This person assesses the proposal already."),
            ),
            models.CheckConstraint(
                name="a_ready_assessment_has_an_overall_view",
                condition=Q(ready_at__isnull=True) | ~Q(overall=""),
                violation_error_message=_("Write your overall view."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.user_id}"


class CriterionAnswer(models.Model):
    """What an assessment says on one criterion: a text, and a number beside it where the criterion is scored.

    A criterion with an answer is not deleted: the database refuses it.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="answers")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="answers")
    text = models.TextField(blank=True, default="")
    score = models.SmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("answer to a criterion")
        verbose_name_plural = _("answers to criteria")
        ordering = ["criterion__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="an_assessment_answers_a_criterion_once",
                fields=["assessment", "criterion"],
                violation_error_message=_("This criterion is answered already."),
            ),
            models.CheckConstraint(
                name="a_score_is_a_number_from_1_to_5",
                condition=Q(score__isnull=True) | Q(score__gte=LOWEST, score__lte=HIGHEST),
                violation_error_message=_("Give a number from 1 to 5."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.criterion_id}"


def ready_ones() -> AssessmentQuerySet:
    """Return the ready assessments of the proposal of the query around."""
    return Assessment.objects.ready().filter(proposal=OuterRef("pk"))


def still_assessing() -> models.QuerySet[Assessor]:
    """Return the assessors whom the proposal of the query around still waits for."""
    about = {"proposal": OuterRef(OuterRef("pk")), "user": OuterRef("user")}
    conflict = Exists(Declaration.objects.conflicts().filter(**about))
    ready = Exists(Assessment.objects.filter(ready_at__isnull=False, **about))
    return Assessor.objects.filter(~conflict, ~ready, round=OuterRef("round"))


def _how_many(rows: models.QuerySet[models.Model], by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def with_assessments(rows: ProposalQuerySet) -> ProposalQuerySet:
    """Return the proposals with how many assessments are ready (``assessed``) and how many to come (``to_assess``)."""
    return rows.annotate(assessed=_how_many(ready_ones(), "proposal"), to_assess=_how_many(still_assessing(), "round"))
