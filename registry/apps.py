"""The site itself: it has no models."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Home, search, texts of the site, its filters and tags, its translations."""

    name = "registry"
    verbose_name = "Pilottirekisteri"
