"""The networks that accounts have signed in from: their owners are let in there, however many guess elsewhere."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .accounts import User


class KnownNetwork(models.Model):
    """A network from which an account was signed in to; only a keyed hash of it is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="known_networks")
    network = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    WRITTEN_BY_VERBS = ("user", "network", "seen_at")

    class Meta:
        verbose_name = _("known network")
        verbose_name_plural = _("known networks")
        ordering = ["-seen_at"]
        indexes = [models.Index(fields=["seen_at"], name="known_network_seen")]
        constraints = [
            models.UniqueConstraint(
                name="a_network_of_an_account_is_known_once",
                fields=["user", "network"],
                violation_error_message=_("This network is known already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.network[:8]}"
