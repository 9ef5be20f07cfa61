"""Internal notes of the ministry's staff on a proposal."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import User

from .proposals import Proposal


class Note(models.Model):
    """A note of the staff on a proposal. Nobody changes it: a trigger refuses that. Its author can withdraw it."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="notes")
    number = models.PositiveSmallIntegerField()
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    words = models.TextField()
    written_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="a_note_has_its_own_number",
                fields=["proposal", "number"],
                violation_error_message=_("This note is there already."),
            ),
            models.CheckConstraint(
                name="a_note_says_something",
                condition=~Q(words=""),
                violation_error_message=_("Write the note."),
            ),
            models.CheckConstraint(
                name="a_note_is_withdrawn_after_it_is_written",
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("written_at")),
                violation_error_message=_("A note is withdrawn after it is written."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.number}"
