"""``manage.py check_search``: are the search documents what the records say; ``--rebuild`` writes them anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Model

from pilots.models import DeliveryModel, Law, NewsItem, Pilot, Programme, Proposal, ResultCard, Round
from regions.models import Group, Municipality, Organisation, Person, Region, SearchDocument

Kind = SearchDocument.Kind
RECORDS: dict[str, type[Model]] = {
    Kind.PILOT: Pilot,
    Kind.RESULT: ResultCard,
    Kind.MODEL: DeliveryModel,
    Kind.PROPOSAL: Proposal,
    Kind.ROUND: Round,
    Kind.ORGANISATION: Organisation,
    Kind.REGION: Region,
    Kind.MUNICIPALITY: Municipality,
    Kind.GROUP: Group,
    Kind.PERSON: Person,
    Kind.NEWS: NewsItem,
    Kind.LAW: Law,
    Kind.PROGRAMME: Programme,
}
AT_ONCE = 2000
COLUMNS = '"row", public, slug, title_fi, title_sv, title_en, text_fi, text_sv, text_en, names, words, tags'
# What is only in the one or only in the other; documents of rows that are gone come beside.
DIFFERENT = f"""
SELECT DISTINCT "row" FROM (
  (SELECT made.* FROM search_documents(%(kind)s, %(keys)s::bigint[]) AS made EXCEPT
   SELECT {COLUMNS} FROM regions_searchdocument WHERE kind = %(kind)s AND "row" = ANY (%(keys)s::bigint[]))
  UNION ALL
  (SELECT {COLUMNS} FROM regions_searchdocument WHERE kind = %(kind)s AND "row" = ANY (%(keys)s::bigint[]) EXCEPT
   SELECT made.* FROM search_documents(%(kind)s, %(keys)s::bigint[]) AS made)
) AS different
"""  # noqa: S608 - no words of others
UNKNOWN = """
SELECT count(DISTINCT lexeme) FROM regions_searchdocument AS document, unnest(document.words)
WHERE NOT EXISTS (SELECT FROM regions_searchword AS known WHERE known.word = lexeme)
"""
# The dictionary anew, while nobody else writes a document: without words that no document has any more.
LEARN_ANEW = """
LOCK TABLE regions_searchdocument IN SHARE ROW EXCLUSIVE MODE;
DELETE FROM regions_searchword;
SELECT search_learn(array_agg(id)) FROM regions_searchdocument;
"""


class Command(BaseCommand):
    """Recompute every search document and report the differences."""

    help = "Compare the search documents with the records they are made from; exit code 1 if they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to write all documents anew."""
        parser.add_argument("--rebuild", action="store_true", help="write all documents and the dictionary anew")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, or rebuild and check."""
        if options["rebuild"]:
            self._rebuild()
        differences = 0
        for kind, model in RECORDS.items():
            keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
            documents = SearchDocument.objects.filter(kind=kind)
            different = documents.exclude(row__in=model._default_manager.values("pk")).count()
            for part in _batches(keys):
                different += len(_rows(DIFFERENT, {"kind": kind, "keys": part}))
            self.stdout.write(f"{kind:14}{documents.count():>8} documents, {different} differences")
            differences += different
        unknown = _rows(UNKNOWN, {})[0][0]
        self.stdout.write(f"{unknown} words are missing in the dictionary.")
        if differences or unknown:
            raise CommandError(f"{differences + unknown} differences. check_search --rebuild mends them.")
        self.stdout.write("0 differences.")

    @transaction.atomic
    def _rebuild(self) -> None:
        for kind, model in RECORDS.items():
            SearchDocument.objects.filter(kind=kind).exclude(row__in=model._default_manager.values("pk")).delete()
            keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
            for part in _batches(keys):
                _rows("SELECT search_write(%(kind)s, %(keys)s::bigint[])", {"kind": kind, "keys": part})
        with connection.cursor() as cursor:
            cursor.execute(LEARN_ANEW)


def _batches(keys: list[int]) -> list[list[int]]:
    return [keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE)]


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
