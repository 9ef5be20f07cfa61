"""The site itself: it has no models."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class RegistryConfig(AppConfig):
    """Home, search, texts of the site, its filters and tags, its translations."""

    name = "registry"
    verbose_name = "Pilottirekisteri"
    default = True

    def ready(self) -> None:
        """Let the checks of an installation be known to ``manage.py check --deploy``."""
        import_module("registry.deployment")


class PackedFilesConfig(StaticFilesConfig):
    """Static files: of the twenty style sheets in Bootstrap's wheel only the one in use, as packing all takes 24 s."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.rtl*", "bootstrap-*", "bootstrap.css*"]
