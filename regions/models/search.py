"""The tables of the search: documents, the dictionary of their words, synonyms, words that were looked for in vain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models import F, Func, Value
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from registry.lib.languages import Translated, name_column

SAID = "SELECT unnest(tsvector_to_array(words)) FROM regions_searchdocument"
LONGEST_MISS = 60
MOST_MISSES = 5000  # rows; when the table is full, no new word is taken
SHOWN_FROM = 3  # times
TELLING = re.compile(r"@|\d{4}|\d.*\d.*\d.*\d")  # an address, a telephone number, a personal identity code
# A word that some record has is the word of a record that the reader may not see, or the name of a hidden person or of
# an account: it is not counted.
COUNT_MISS = """
INSERT INTO regions_searchmiss AS miss (word, times, last_on)
SELECT %(word)s, 1, %(day)s
WHERE NOT EXISTS (SELECT FROM regions_searchword WHERE word = search_plain(%(word)s))
  AND NOT EXISTS (SELECT FROM regions_person WHERE hidden
    AND ' ' || search_plain(name) || ' ' LIKE '%% ' || search_plain(%(word)s) || ' %%')
  AND NOT EXISTS (SELECT FROM regions_user
    WHERE ' ' || search_plain(name) || ' ' LIKE '%% ' || search_plain(%(word)s) || ' %%')
  AND ((SELECT count(*) FROM regions_searchmiss) < %(most)s
    OR EXISTS (SELECT FROM regions_searchmiss WHERE word = %(word)s))
ON CONFLICT (word) DO UPDATE SET times = miss.times + 1, last_on = greatest(miss.last_on, excluded.last_on)
"""


@contextmanager
def documents_at_the_end() -> Iterator[None]:
    """Write the documents of all that is written inside at its end, each once, to find them in the same transaction.

    Without this they are written at COMMIT. Stands inside a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS documents_are_written_at_commit DEFERRED")
        yield
        cursor.execute("SET CONSTRAINTS documents_are_written_at_commit IMMEDIATE")


class TitleAnswers(Func):
    """Whether the words of a title answer a tsquery."""

    arg_joiner = " @@ "
    template = "%(expressions)s::tsquery"
    output_field = models.BooleanField()

    def __init__(self, query: str) -> None:
        super().__init__(F("names"), Value(query))


class SearchDocumentQuerySet(models.QuerySet["SearchDocument"]):
    """Questions about many documents."""

    def public(self) -> Self:
        """Return those of records that everybody may read."""
        return self.filter(public=True)

    def answering(self, query: str) -> Self:
        """Return those whose words answer the tsquery; none if it is empty."""
        found = RawSQL("SELECT search_answering(%s::tsquery)", [query])
        return self.filter(pk__in=found) if query else self.nothing()

    def titled(self, query: str) -> Self:
        """Return those of which a word of the title answers the tsquery; none if it is empty."""
        return self.filter(TitleAnswers(query)) if query else self.nothing()

    def nothing(self) -> Self:
        """Return none of them, as a condition like any other: ``none()`` breaks what counts around it."""
        return self.filter(pk=0)

    def answered(self, queries: Sequence[str]) -> list[bool]:
        """Return for each tsquery whether one of them answers it (one query for all)."""
        asked = [query for query in queries if query]
        if not asked:
            return [False] * len(queries)
        exists = {f"q{n}": models.Exists(self.answering(query)) for n, query in enumerate(asked)}
        row = SearchDocument.objects.order_by().values(**exists)[:1]
        has = dict(zip(asked, (row[0].values() if row else [False] * len(asked)), strict=True))
        return [bool(query) and bool(has[query]) for query in queries]


class SearchDocument(models.Model):
    """One record as the search knows it. Triggers write it in the transaction of the record's writer, at its end."""

    class Kind(models.TextChoices):
        """What a record is."""

        PILOT = "pilot", _("pilots")
        RESULT = "result", _("results")
        MODEL = "model", _("delivery models")
        PROPOSAL = "proposal", _("proposals")
        ROUND = "round", _("rounds")
        ORGANISATION = "organisation", _("organisations")
        REGION = "region", _("regions")
        MUNICIPALITY = "municipality", _("municipalities")
        GROUP = "group", _("groups")
        PERSON = "person", _("people")
        NEWS = "news", _("news")
        LAW = "law", _("laws")
        PROGRAMME = "programme", _("programmes")

    kind = models.CharField(max_length=16, choices=Kind)
    row = models.BigIntegerField()
    public = models.BooleanField()  # else only who may read the record itself
    slug = models.TextField()  # what the address of its page is made from
    title_fi = models.TextField(default="")
    title_sv = models.TextField(default="")
    title_en = models.TextField(default="")
    text_fi = models.TextField(default="")
    text_sv = models.TextField(default="")
    text_en = models.TextField(default="")
    names = SearchVectorField()  # the words of the title, without places
    words = SearchVectorField()  # all words: A title; B places, parties, models; C text; D what stands around
    tags = ArrayField(models.TextField(), default=list)  # for operators: area:satakunta, stage:ended

    title = Translated("title")

    objects = SearchDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("search document")
        verbose_name_plural = _("search documents")
        constraints = [
            models.UniqueConstraint(
                name="a_record_has_one_search_document",
                fields=["kind", "row"],
                violation_error_message=_("The record has a search document already."),
            )
        ]
        indexes = [
            GinIndex(fields=["names"], name="search_names"),
            GinIndex(fields=["words"], name="search_words"),
            GinIndex(fields=["tags"], name="search_tags"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"


class SearchWordQuerySet(models.QuerySet["SearchWord"]):
    """Questions about many words."""

    def unsaid(self) -> Self:
        """Return the words that no document has any more."""
        return self.exclude(word__in=RawSQL(SAID, []))  # noqa: S611 - no words of others


class SearchWord(models.Model):
    """A word of the documents, with its stems: what a word that is asked for is compared with."""

    word = models.TextField()  # in small letters, without accents; may stand here twice
    shown = models.TextField()  # with its accents
    stem_fi = models.TextField()
    stem_sv = models.TextField()
    stem_en = models.TextField()

    objects = SearchWordQuerySet.as_manager()

    class Meta:
        verbose_name = _("word of the search")
        verbose_name_plural = _("words of the search")
        indexes = [
            models.Index(fields=["word"], name="search_word"),
            models.Index(fields=["stem_fi"], name="search_word_stem_fi"),
            models.Index(fields=["stem_sv"], name="search_word_stem_sv"),
            models.Index(fields=["stem_en"], name="search_word_stem_en"),
            GinIndex(
                OpClass(F("word"), name="gin_trgm_ops"),
                OpClass(F("stem_fi"), name="gin_trgm_ops"),
                OpClass(F("stem_sv"), name="gin_trgm_ops"),
                name="search_word_parts",
                fastupdate=False,  # a list of what is not sorted in yet would be read by each search
            ),
        ]

    def __str__(self) -> str:
        return self.shown


class Synonym(models.Model):
    """Terms that say the same to a reader, in three languages; a comma stands between terms."""

    slug = models.SlugField(max_length=60, unique=True)
    words_fi = name_column(length=400)
    words_sv = name_column(length=400)
    words_en = name_column(length=400)
    stems = models.GeneratedField(
        expression=Func(
            Func(
                F("words_fi"), Value(","), F("words_sv"), Value(","), F("words_en"),
                arg_joiner=" || ", template="%(expressions)s", output_field=models.TextField(),
            ),
            function="search_term_stems",
        ),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )  # fmt: skip

    class Meta:
        verbose_name = _("synonyms")
        verbose_name_plural = _("synonyms")
        ordering = ["words_fi", "pk"]
        indexes = [GinIndex(fields=["stems"], name="synonym_stems")]

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.words_fi, self.words_sv, self.words_en)))


class SearchMissQuerySet(models.QuerySet["SearchMiss"]):
    """Questions about many words that were not found."""

    def count_words(self, words: Sequence[str], day: date) -> None:
        """Count words that were looked for in vain, unless they could tell of a person."""
        for word in words:
            if len(word) <= LONGEST_MISS and not TELLING.search(word):
                with connection.cursor() as cursor:
                    cursor.execute(COUNT_MISS, {"word": word.lower(), "day": day, "most": MOST_MISSES})

    def often(self) -> Self:
        """Return those that were looked for several times: what one reader typed once is nobody's business."""
        return self.filter(times__gte=SHOWN_FROM)


class SearchMiss(models.Model):
    """A word that readers looked for and nothing has: how often, and last when. Nothing tells who."""

    word = models.CharField(max_length=60, unique=True)
    times = models.PositiveIntegerField(default=1)
    last_on = models.DateField()

    objects = SearchMissQuerySet.as_manager()

    class Meta:
        verbose_name = _("word that was not found")
        verbose_name_plural = _("words that were not found")
        ordering = ["-times", "word"]

    def __str__(self) -> str:
        return self.word
