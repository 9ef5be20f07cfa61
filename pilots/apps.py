"""The application of the acts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PilotsConfig(AppConfig):
    """Programmes, pilots, rounds, proposals, reminders, messages, news."""

    name = "pilots"
    verbose_name = _("Acts")
