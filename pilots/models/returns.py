"""Mail that came to the address of returned letters."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .messages import Message


class ReturnedMail(models.Model):
    """A mail that was read from the mailbox of returned letters. The digest of its bytes makes sure it is read once."""

    class Outcome(models.TextChoices):
        """What the mail was."""

        BOUNCED = "bounced", _("a letter could not be delivered")
        DELAYED = "delayed", _("a letter waits at the receiver's server")
        DELIVERED = "delivered", _("a letter was delivered")
        NOTHING_NEW = "nothing_new", _("told what was known already")
        NO_REPORT = "no_report", _("no delivery report: out of office and the like")
        UNSIGNED = "unsigned", _("names no letter of ours, or a forged one")
        NOT_UNDERSTOOD = "not_understood", _("could not be understood, kept aside")

    sha256 = models.CharField(max_length=64)
    read_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome)
    message = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="returned")

    class Meta:
        verbose_name = _("returned mail")
        ordering = ["-read_at", "-pk"]
        indexes = [models.Index(fields=["-read_at"], name="returned_read")]
        constraints = [
            models.UniqueConstraint(
                name="a_returned_mail_is_read_once",
                fields=["sha256"],
                violation_error_message=_("This mail was read already."),
            ),
            models.CheckConstraint(
                name="a_returned_mail_was_of_a_known_kind",
                condition=Q(
                    outcome__in=[
                        "bounced",
                        "delayed",
                        "delivered",
                        "nothing_new",
                        "no_report",
                        "unsigned",
                        "not_understood",
                    ]
                ),
                violation_error_message=_("This outcome is not known."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.read_at.isoformat()}"
