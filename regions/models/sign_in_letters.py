"""Sign-in letters: letters with a link that lets their reader in, asked for in a request and sent later."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy as _

from registry.lib.mailboxes import mailbox

from .accounts import Invitation, User


class SignInLetterQuerySet(models.QuerySet["SignInLetter"]):
    """Questions about many sign-in letters."""

    def waiting(self) -> Self:
        """Return those that no message was made of yet."""
        return self.filter(collected_at=None)

    def to_mailbox(self, address: str) -> Self:
        """Return those to the mailbox of ``address``: what stands after a plus sign does not count."""
        plain = Func(models.F("address"), Value(r"\+[^@]*@"), Value("@"), function="regexp_replace")
        return self.annotate(mailbox=Func(plain, function="lower")).filter(mailbox=mailbox(address))


class SignInLetter(models.Model):
    """A request for a letter with a link: to choose a new password, or to accept an invitation.

    It holds what the link is made from, and never the link: the link follows from ``derived_from`` and the site's key.
    """

    class Kind(models.TextChoices):
        """What the link is for."""

        NEW_PASSWORD = "new_password", _("a new password")
        INVITATION = "invitation", _("an invitation")

    kind = models.CharField(max_length=12, choices=Kind)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="sign_in_letters")
    invitation = models.OneToOneField(Invitation, models.CASCADE, null=True, blank=True, related_name="sign_in_letter")
    address = models.EmailField(_("e-mail address"))  # as it was when the letter was asked for
    language = models.CharField(max_length=2, choices=User.Language, blank=True, default="")
    derived_from = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True, blank=True)  # when a message was made of it

    objects = SignInLetterQuerySet.as_manager()

    WRITTEN_BY_VERBS = (
        *("kind", "user", "invitation", "address", "language"),
        *("derived_from", "asked_at", "collected_at"),
    )

    class Meta:
        verbose_name = _("sign-in letter")
        verbose_name_plural = _("sign-in letters")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["id"], condition=Q(collected_at__isnull=True), name="sign_in_letter_waiting"),
            models.Index(fields=["asked_at"], name="sign_in_letter_asked"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_sign_in_letter_is_for_an_account_or_an_invitation",
                condition=Q(kind="new_password", user__isnull=False, invitation__isnull=True)
                | Q(kind="invitation", user__isnull=True, invitation__isnull=False),
                violation_error_message=_("A sign-in letter is for an account or for an invitation."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.address}"

    def useless_after(self) -> datetime:
        """Return when the letter need no longer go: a day before its link ends."""
        lasts = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        ends = self.invitation.expires_at if self.invitation else self.asked_at + lasts
        return ends - timedelta(days=1)
