"""How people come to write a proposal: invited by an editor, or asking to join. ``Editor`` is who does."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from regions.models import Invitation, Organisation, User
from registry.lib.dates import today

from .proposals import Editor, Proposal

ANSWERED_WHOLLY = Q(answer="", answered_at__isnull=True, answered_by__isnull=True) | ~Q(answer="") & Q(
    answered_at__isnull=False, answered_by__isnull=False
)


class Answer(models.TextChoices):
    """How an invitation to write, or a request to join, ended."""

    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("taken back")
    NO_ACCOUNT = "no_account", _("no account was given")


class WriterInvitationQuerySet(models.QuerySet["WriterInvitation"]):
    """Questions about many invitations to write."""

    def open_at(self, at: datetime) -> Self:
        """Return those that can still be answered."""
        return self.filter(answer="", expires_at__gt=at)

    def to_user(self, user: User, at: datetime) -> Self:
        """Return the open ones to the address of ``user``: only a preparer can write."""
        return self.open_at(at).filter(email=user.email) if user.prepares(at) else self.none()

    def without_account(self, at: datetime) -> Self:
        """Return the open ones whose address no preparer has, and for which no account is offered yet."""
        preparers = User.objects.working(today(at)).filter(role=User.Role.PREPARER, email=OuterRef("email"))
        return self.open_at(at).filter(~Exists(preparers), account_invitation=None)

    def past(self, before: datetime) -> Self:
        """Return those that were answered or ran out by then."""
        return self.filter(Q(answered_at__lte=before) | Q(answer="", expires_at__lte=before))


class WriterInvitation(models.Model):
    """An address that an editor invited to write a proposal, for the organisation that the editor named.

    Where the address has no account, the ministry is asked for one. Editors are not told whether it has: they see only
    that an answer is awaited.
    """

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    account_invitation = models.ForeignKey(Invitation, models.SET_NULL, null=True, blank=True, related_name="+")
    answer = models.CharField(max_length=10, choices=Answer, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = WriterInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation to write")
        verbose_name_plural = _("invitations to write")
        ordering = ["-invited_at", "-pk"]
        indexes = [
            models.Index(fields=["email", "expires_at"], name="writer_invitation_address", condition=Q(answer="")),
            models.Index(fields=["answered_at"], name="writer_invitation_answer"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="an_address_is_invited_to_write_once_at_a_time",
                fields=["proposal", "email"],
                condition=Q(answer=""),
                violation_error_message=_("This address is invited already."),
            ),
            models.CheckConstraint(
                name="an_answered_invitation_to_write_says_when_and_by_whom",
                condition=ANSWERED_WHOLLY,
                violation_error_message=_("An answer says when and by whom."),
            ),
            models.CheckConstraint(
                name="an_invited_writer_has_an_address_in_lower_case",
                condition=Q(email=Lower("email")),
                violation_error_message=_("Write the address in lower case."),
            ),
            models.CheckConstraint(
                name="an_invitation_to_write_expires_after_it_is_made",
                condition=Q(expires_at__gt=F("invited_at")),
                violation_error_message=_("An invitation expires after it is sent."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal}: {self.email}"

    def open(self, at: datetime) -> bool:
        """Whether it can still be answered."""
        return not self.answer and at < self.expires_at


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    """Questions about many requests to join."""

    def open(self) -> Self:
        """Return those that nobody has answered."""
        return self.filter(answer="")

    def answerable_by(self, user: User, at: datetime) -> Self:
        """Return the open ones that ``user`` may answer: an editor of the organisation that owns the proposal."""
        if not user.prepares(at):
            return self.none()
        own = Editor.objects.filter(proposal=OuterRef("proposal"), user=user)
        return self.open().filter(Exists(own), proposal__organisation=user.organisation_id)


class JoinRequest(models.Model):
    """A person who reads a proposal and asks its editors for the right to change it."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="join_requests")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")
        ordering = ["asked_at", "pk"]
        indexes = [models.Index(fields=["answered_at"], name="join_request_answer")]
        constraints = [
            models.UniqueConstraint(
                name="someone_asks_to_join_a_proposal_once_at_a_time",
                fields=["proposal", "user"],
                condition=Q(answer=""),
                violation_error_message=_("This person has asked already."),
            ),
            models.CheckConstraint(
                name="an_answered_request_to_join_says_when_and_by_whom",
                condition=ANSWERED_WHOLLY,
                violation_error_message=_("An answer says when and by whom."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal}: {self.user}"
