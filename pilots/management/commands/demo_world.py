"""``manage.py demo_world``: a round in full swing for the demo accounts, in the embedded default only."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pilots.demo import removal, world
from registry.lib.database import clock


class Command(BaseCommand):
    """Makes the world to try, or takes it away."""

    help = "Make rounds and proposals to try with the demo accounts (only where DEMO is set)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what is to be done."""
        parser.add_argument("--remove", action="store_true", help="take all of it away")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing, or remove all; raise CommandError outside the demo or without the demo accounts."""
        if not settings.DEMO:
            raise CommandError("The world to try is made only where DEMO=1 is set; never in production.")
        if options["remove"]:
            self.stdout.write(f"{removal.remove()} rows removed.")
            return
        cast = world.Cast.read()
        if cast is None:
            raise CommandError("The demo accounts are missing: run demo_accounts first.")
        made = world.make(cast, clock())
        self.stdout.write(", ".join(round_.name_fi for round_ in made) or "nothing new")
