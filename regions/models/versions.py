"""The registry's version and the marks that raise it: see ``registry.lib.versions``."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RegistryVersion(models.Model):
    """The one row that says which version of its public content the registry is at."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField()

    class Meta:
        verbose_name = _("version of the registry")
        verbose_name_plural = _("versions of the registry")
        constraints = [
            models.CheckConstraint(
                name="the_registry_has_one_version",
                condition=Q(id=1),
                violation_error_message=_("The registry has one version."),
            )
        ]

    def __str__(self) -> str:
        return str(self.number)


class ChangeMark(models.Model):
    """A transaction that has changed public content and is not over; only that transaction sees the row."""

    transaction = models.BigIntegerField(primary_key=True)
    checked = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("mark of a change")
        verbose_name_plural = _("marks of changes")

    def __str__(self) -> str:
        return str(self.transaction)
