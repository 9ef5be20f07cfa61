"""Letters that staff write themselves: drafts that a human edits and sends."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from regions.models import User
from registry.lib.languages import Translated, name_column, text_column

from .decisions import Decision
from .proposals import Proposal
from .rounds import Round


class StaffLetterQuerySet(models.QuerySet["StaffLetter"]):
    """Questions about many letters."""

    def drafts_first(self) -> Self:
        """Return them with what a line of the list shows: first what waits to be sent, then the latest sent."""
        return (
            self.select_related("round", "proposal__organisation", "written_by", "sent_by")
            .annotate(copies=models.Count("messages"))
            .order_by(models.F("sent_at").desc(nulls_first=True), "-written_at", "-pk")
        )

    def for_page(self) -> Self:
        """Return them with what the page of a letter shows."""
        people = ("round__organiser", "round__owner", "proposal__organisation", "written_by", "sent_by")
        return self.select_related(*people)


class StaffLetter(models.Model):
    """A letter of the ministry to people of a round: written and read over by humans, sent by a human, once.

    The letter of a ``decision`` is begun by the verb that makes the decision, and goes together with the others.
    """

    class Audience(models.TextChoices):
        """Who gets it."""

        EDITORS = "editors", _("everyone who writes a proposal")
        SUBMITTED = "submitted", _("writers of submitted proposals")
        DRAFTS = "drafts", _("writers of drafts that are not sent")
        SILENT = "silent", _("invited organisations without a proposal")
        PROPOSAL = "proposal", _("the writers of one proposal")

    round = models.ForeignKey(Round, models.PROTECT, related_name="staff_letters")
    proposal = models.ForeignKey(Proposal, models.PROTECT, null=True, blank=True, related_name="staff_letters")
    decision = models.OneToOneField(Decision, models.PROTECT, null=True, blank=True, related_name="letter")
    audience = models.CharField(max_length=10, choices=Audience)
    subject_fi = name_column(required=True)
    subject_sv = name_column()
    subject_en = name_column()
    body_fi = text_column(required=True)
    body_sv = text_column()
    body_en = text_column()
    edition = models.PositiveIntegerField(default=1)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    subject = Translated("subject")
    body = Translated("body")

    objects = StaffLetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter written by staff")
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_letter_that_was_sent_says_by_whom_and_when",
                condition=Q(sent_at__isnull=True, sent_by__isnull=True)
                | Q(sent_at__isnull=False, sent_by__isnull=False),
                violation_error_message=_("A letter that was sent says by whom and when."),
            ),
            models.CheckConstraint(
                name="a_letter_is_sent_in_finnish_and_swedish",
                condition=Q(sent_at__isnull=True)
                | ~(Q(subject_fi="") | Q(subject_sv="") | Q(body_fi="") | Q(body_sv="")),
                violation_error_message=_("Sending needs subject and text in Finnish and in Swedish."),
            ),
            models.CheckConstraint(
                name="a_letter_about_one_proposal_names_it",
                condition=Q(audience="proposal", proposal__isnull=False)
                | ~Q(audience="proposal") & Q(proposal__isnull=True),
                violation_error_message=_("A letter to the writers of one proposal names the proposal."),
            ),
            models.CheckConstraint(
                name="a_decision_letter_goes_to_the_writers_of_its_proposal",
                condition=Q(decision__isnull=True) | Q(audience="proposal"),
                violation_error_message=_("A decision letter goes to the writers of its proposal."),
            ),
        ]

    def __str__(self) -> str:
        return self.subject.plain or str(_("Letter without a subject"))
