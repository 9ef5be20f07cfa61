"""The application of the actors."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegionsConfig(AppConfig):
    """Areas, organisations, groups, people, accounts, sources."""

    name = "regions"
    verbose_name = _("Actors")
