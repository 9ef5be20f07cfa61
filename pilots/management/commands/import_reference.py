"""Bring the reference data of the actors and the acts to what the files say, and report what was done."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pilots import imports as acts
from regions import imports as actors
from regions.imports import Count, FaultError, run


class Command(BaseCommand):
    """``manage.py import_reference``: twice in a row, the second time nothing changes."""

    help = "Import the reference data: regions, organisations, groups, people, programmes, pilots, rounds, news."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folders to read instead of the project's own."""
        parser.add_argument(
            "--folder",
            action="append",
            type=Path,
            help="a folder to look for the files in, instead of the project's own; may be given several times",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import everything or nothing; an error names file, record and reason (exit code 1)."""
        try:
            counts = run((*actors.KINDS, *acts.KINDS), options["folder"] or (actors.FOLDER, acts.FOLDER))
        except FaultError as fault:
            raise CommandError(f"Nothing was changed: 1 record refused.\n{fault}") from fault
        self.stdout.write(headline(counts))
        for count in counts:
            self.stdout.write(
                f"{count.spec.name:22}{count.created:6} created{count.changed:6} changed"
                f"{count.unchanged:6} unchanged{count.removed:6} removed     0 refused"
            )
        total = [
            sum(part) for part in zip(*((c.created, c.changed, c.unchanged, c.removed) for c in counts), strict=True)
        ]
        self.stdout.write("{} created, {} changed, {} unchanged, {} removed, 0 refused".format(*total))


def headline(counts: list[Count]) -> str:
    """Return how many records of each kind the files have, as the first line of the report."""
    number = {count.spec.name: str(count.records) for count in counts}
    lists = ("ely_centres", "te_offices", "regional_councils", "vitality_centres", "employment_areas")
    parts = [
        f"{number['regions']} regions",
        f"{' + '.join(number[name] for name in lists)} organisations",
        f"{number['other_organisations']} others",
    ]
    named = ("municipalities", "people", "groups", "programmes", "pilots", "rounds", "news")
    return ", ".join([*parts, *(f"{number[name]} {name}" for name in named if name in number)])
