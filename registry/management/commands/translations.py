"""``manage.py translations update|check|compile``: the catalogues of the interface."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registry.lib import catalogues


class Command(BaseCommand):
    """Keeps the catalogues complete; needs no GNU gettext."""

    help = "update: read the sources. check: fail unless all is translated. compile: write what Django reads."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the act."""
        parser.add_argument("act", choices=["update", "check", "compile"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the act; ``check`` raises CommandError with every fault."""
        folder = Path(settings.LOCALE_PATHS[0])
        if options["act"] == "update":
            catalogues.update(settings.BASE_DIR, folder)
        elif options["act"] == "compile":
            catalogues.compile_all(folder)
        elif faults := catalogues.missing(settings.BASE_DIR, folder):
            raise CommandError("\n".join(faults))
