"""Whom the ministry asks to go on in a step, and what a step asks of a proposal, which stands above it."""

from __future__ import annotations

from typing import Any, Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.models import Organisation, User


class Sent(Protocol):
    """What a step asks of a version."""

    @property
    def step_id(self) -> int:
        """The key of the step in which it was sent."""


class Placed(Protocol):
    """What a step asks of another step."""

    position: int


class Written(Protocol):
    """What a step asks of a proposal; proposals stand above steps."""

    pk: Any
    kind: str
    state: str

    @property
    def round_id(self) -> int:
        """The key of its round."""

    @property
    def organisation_id(self) -> int:
        """The key of its organisation."""

    @property
    def latest(self) -> Sent | None:
        """The version that was sent last."""

    @property
    def moved_on_to(self) -> Placed | None:
        """The step to which it has moved on."""

    @property
    def has_unsent_words(self) -> bool:
        """Whether it has words that are not sent."""


class Asked(models.Model):
    """The ministry's wish that an organisation goes on in a step: with one of its proposals, or with any (None)."""

    step = models.ForeignKey("pilots.Step", models.CASCADE, related_name="asked")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    proposal = models.ForeignKey("pilots.Proposal", models.CASCADE, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("organisation asked")
        verbose_name_plural = _("organisations asked")
        ordering = ["step", "organisation", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="a_step_asks_for_a_proposal_once",
                fields=["step", "organisation", "proposal"],
                nulls_distinct=False,
                violation_error_message=_("They are asked already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} · {self.organisation}"

    def means(self, proposal: Written) -> bool:
        """Whether the proposal is asked for."""
        return self.organisation_id == proposal.organisation_id and self.proposal_id in {None, proposal.pk}

    def means_new(self, organisation_id: int | None) -> bool:
        """Whether the organisation is asked for whatever it wants to send."""
        return self.organisation_id == organisation_id and self.proposal_id is None
