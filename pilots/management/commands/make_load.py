"""``manage.py make_load --pilots 10000``: made rows by the thousand, to measure with; in the embedded default only."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from pilots.demo import load
from registry.lib.database import clock


class Command(BaseCommand):
    """Makes pilots, organisations, groups and proposals in great numbers, or takes them away."""

    help = "Make so many pilots more, like the real ones, with what belongs to them (only where DEMO is set)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many, or that all of them go."""
        parser.add_argument("--pilots", type=int, default=0, help="how many pilots to make")
        parser.add_argument("--seed", type=int, default=1, help="another seed makes other pilots")
        parser.add_argument("--remove", action="store_true", help="take all made rows away")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make or remove; raise CommandError outside the demo, or where there is no pilot to be like."""
        if not settings.DEMO:
            raise CommandError("Rows are made only where DEMO=1 is set; never in production.")
        if options["remove"]:
            self.stdout.write(f"{load.remove()} rows removed.")
        if options["pilots"] > 0:
            try:
                counts = load.make(options["pilots"], clock(), options["seed"])
            except LookupError as error:
                raise CommandError(f"{error}: run import_reference first.".capitalize()) from error
            for table, rows in counts.items():
                self.stdout.write(f"{rows:>10,} {table}")
        if options["remove"] or options["pilots"] > 0:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
