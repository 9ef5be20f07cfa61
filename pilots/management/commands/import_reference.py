"""Bring the reference data of the actors and the acts to what the files say, and report what was done."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from pilots import imports as acts
from regions import imports as actors
from regions.imports import Count, FaultError, run
from regions.models.search import documents_at_the_end

PARTS = ("created", "changed", "unchanged", "kept", "removed")


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
            with transaction.atomic(), documents_at_the_end():
                counts = run((*actors.KINDS, *acts.KINDS), options["folder"] or (actors.FOLDER, acts.FOLDER))
                acts.settle_numbers()
        except FaultError as fault:
            raise CommandError(f"Nothing was changed: 1 record refused.\n{fault}") from fault
        if any(count.created or count.changed or count.removed for count in counts):
            analyze()
        self.stdout.write(headline(counts))
        for count in counts:
            self.stdout.write(f"{count.spec.name:22}{figures(count)}")
        total = Count(counts[0].spec)
        for count in counts:
            for part in PARTS:
                setattr(total, part, getattr(total, part) + getattr(count, part))
        self.stdout.write(figures(total, width=""))


def analyze() -> None:
    """Let the planner know what the tables hold now: else a search is planned as if they were empty."""
    names = [model._meta.db_table for app in ("regions", "pilots") for model in apps.get_app_config(app).get_models()]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, names))}")


def figures(count: Count, *, width: str = "6") -> str:
    """Return what became of the records; none was refused, or nothing would have been imported."""
    return ", ".join([*(f"{getattr(count, part):{width}d} {part}" for part in PARTS), "0 refused"])


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
