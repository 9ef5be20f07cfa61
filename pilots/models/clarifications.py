"""Clarifications: what the ministry asks at one question of a sent proposal, its answer, and its reminders."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import User
from registry.lib.languages import Translated, name_column

from .proposals import DECIDED, Proposal, Version


class ClarificationQuerySet(models.QuerySet["Clarification"]):
    """Questions about many clarifications."""

    def waiting(self) -> Self:
        """Return those that can be answered: ``Clarification.waits`` in SQL."""
        dealt_with = Q(proposal__state="submitted") | Q(proposal__state__in=DECIDED, proposal__told__isnull=True)
        lives = Q(proposal__round__cancelled_at__isnull=True)
        return self.filter(dealt_with, lives, answer__isnull=True, withdrawn_at__isnull=True)

    def unread(self) -> Self:
        """Return those with an answer that nobody of the ministry has marked as read."""
        return self.filter(answer__isnull=False, read_at__isnull=True)

    def for_page(self) -> Self:
        """Return them with what a page or a letter shows."""
        people = ("asked_by", "withdrawn_by", "read_by", "answer__submitted_by")
        return self.select_related("version", "proposal__round", "proposal__told", *people)


class Clarification(models.Model):
    """A question of the ministry at one question of a sent version, with a due date of its own.

    What was asked never changes: it is withdrawn, and asked anew. The answer is a version that differs from the one
    before in that question alone: a trigger demands it. An overdue clarification stops nobody: it can be answered
    until staff withdraw it or the outcome is told.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="clarifications")
    version = models.ForeignKey(Version, models.PROTECT, related_name="clarifications")  # at which it was asked
    number = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=40)  # its key in the content
    label_fi = name_column(required=True)  # of the question, as it was when it was asked: letters know no forms
    label_sv = name_column()
    label_en = name_column()
    words = models.TextField()
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answer = models.OneToOneField(Version, models.PROTECT, null=True, blank=True, related_name="answers")
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_because = models.TextField(blank=True, default="")

    label = Translated("label")

    objects = ClarificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("clarification")
        verbose_name_plural = _("clarifications")
        ordering = ["proposal", "number"]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(answer=None, withdrawn_at=None), name="clarification_unanswered"
            ),
            models.Index(fields=["answer"], condition=Q(read_at=None), name="clarification_unread"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="a_clarification_has_its_own_number",
                fields=["proposal", "number"],
                violation_error_message=_("This clarification is there already."),
            ),
            models.UniqueConstraint(
                name="one_clarification_of_a_question_waits_at_a_time",
                fields=["proposal", "question"],
                condition=Q(answer__isnull=True, withdrawn_at__isnull=True),
                violation_error_message=_("A clarification of this answer is already being waited for."),
            ),
            models.CheckConstraint(
                name="a_clarification_says_what_is_asked",
                condition=~Q(words="") & ~Q(question=""),
                violation_error_message=_("Say what you ask."),
            ),
            models.CheckConstraint(
                name="a_clarification_is_due_after_it_is_asked",
                condition=Q(due_at__gt=F("asked_at")),
                violation_error_message=_("Choose a time that is still to come."),
            ),
            models.CheckConstraint(
                name="a_withdrawn_clarification_says_by_whom_and_why",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because=""),
                violation_error_message=_("Give the reason."),
            ),
            models.CheckConstraint(
                name="a_clarification_is_answered_or_withdrawn",
                condition=Q(answer__isnull=True) | Q(withdrawn_at__isnull=True),
                violation_error_message=_("It was answered or withdrawn meanwhile."),
            ),
            models.CheckConstraint(
                name="only_an_answered_clarification_is_read_and_by_somebody",
                condition=Q(read_at__isnull=True, read_by__isnull=True)
                | Q(read_at__isnull=False, read_by__isnull=False, answer__isnull=False),
                violation_error_message=_("Only an answer is marked as read, by somebody."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.number}"

    @property
    def waits(self) -> bool:
        """Whether it can be answered. A decision that is not told changes nothing: nobody outside may notice it.

        ``ClarificationQuerySet.waiting`` is the same in SQL.
        """
        dealt_with = self.proposal.told_state == Proposal.State.SUBMITTED
        lives = self.proposal.round.cancelled_at is None
        return dealt_with and lives and self.answer_id is None and self.withdrawn_at is None

    def is_overdue(self, at: datetime) -> bool:
        """Whether it still waits at ``at`` after its due date."""
        return self.waits and self.due_at < at


class ClarificationReminder(models.Model):
    """A reminder of a clarification's due date, planned in the transaction that asks.

    It is for the editors there are when it is due; each of them gets a letter of its own.
    """

    class State(models.TextChoices):
        """What became of it."""

        PLANNED = "planned", _("planned")
        QUEUED = "queued", _("handed over")
        SKIPPED = "skipped", _("skipped")

    class Reason(models.TextChoices):
        """Why it was skipped."""

        ANSWERED = "answered", _("answered already")
        WITHDRAWN = "withdrawn", _("withdrawn by the ministry")
        CLOSED = "closed", _("the proposal is no longer dealt with")
        PAST = "past", _("the due date had passed")
        COLLAPSED = "collapsed", _("a later reminder says the same")
        NOBODY = "nobody", _("nobody is there to be reminded")

    clarification = models.ForeignKey(Clarification, models.CASCADE, related_name="reminders")
    days_before = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    reason = models.CharField(max_length=16, choices=Reason, blank=True, default="")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("reminder of a clarification")
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="planned"), name="clarification_reminder_due")]
        constraints = [
            models.UniqueConstraint(
                name="a_reminder_of_a_clarification_is_planned_once",
                fields=["clarification", "days_before"],
                violation_error_message=_("This reminder is planned already."),
            ),
            models.CheckConstraint(
                name="a_reminder_of_a_clarification_is_in_a_known_state",
                condition=Q(state__in=["planned", "queued", "skipped"]),
                violation_error_message=_("This state is not known."),
            ),
            models.CheckConstraint(
                name="a_skipped_reminder_of_a_clarification_says_why",
                condition=Q(state="skipped") & ~Q(reason="") | ~Q(state="skipped") & Q(reason=""),
                violation_error_message=_("A skipped reminder says why."),
            ),
            models.CheckConstraint(
                name="a_settled_reminder_of_a_clarification_has_its_time",
                condition=Q(state="planned", settled_at__isnull=True)
                | ~Q(state="planned") & Q(settled_at__isnull=False),
                violation_error_message=_("A settled reminder has its time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clarification} -{self.days_before}"
