"""The stages of a pilot, and the clients its services concern."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """The stages of a pilot."""

    POSSIBLE = "possible", _("possible")
    PLANNED = "planned", _("being planned")
    BUILT = "built", _("being built")
    STARTING = "starting", _("starting")
    RUNNING = "running", _("running")
    ENDED = "ended", _("ended")
    LAPSED = "lapsed", _("lapsed")
    UNKNOWN = "unknown", _("not known")


FINAL = (Stage.ENDED, Stage.LAPSED)  # these do not grow old


class ClientType(models.TextChoices):
    """Whose services a pilot concerns."""

    PERSONAL = "personal", _("personal customers")
    BUSINESS = "business", _("business customers")
