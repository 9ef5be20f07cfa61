"""The records that say most like a text: those that share its rare words, in any inflection."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from registry.lib.search import STOP, WORD, plain

SHORTEST = 4  # letters of a word that is compared
MOST_WORDS = 40  # different words of the text; of more, the longest: they say most
MOST_FORMS = 60  # words of the dictionary that answer one word
LEAST_SHARED = 2  # words
ENDING = 2  # letters in which two inflections of a word may differ from the shorter of them
FORMS = """
SELECT min(asked.word), string_agg(DISTINCT quote_literal(form.word), ' | '), (
  SELECT count(*) FROM regions_searchdocument WHERE kind = ANY (%s) AND (public OR NOT %s)
) FROM (
  SELECT word, search_stem_fi(word) AS fi, search_stem_sv(word) AS sv FROM unnest(%s::text[]) AS word
) AS asked, LATERAL (
  SELECT known.word FROM regions_searchword AS known
  WHERE known.stem_fi = asked.fi OR known.stem_sv = asked.sv LIMIT %s
) AS form GROUP BY asked.fi, asked.sv
"""
# The records that have a word: a branch for each, whose constant leads to the index, and no more than tell that it is
# a common one. It reads no words of a record.
HAVE = (
    "(SELECT %s AS word, kind, row FROM regions_searchdocument"
    " WHERE words @@ %s::tsquery AND kind = ANY (%s) AND (public OR NOT %s) LIMIT %s)"
)
# A word counts the more, the fewer records of the kinds have it; one that a tenth of them has counts nothing.
COMMON, FEW = 10, 3
NEAREST = """
WITH hits AS MATERIALIZED ({branches}), worth AS (
  SELECT word, ln(1 + %s::float / count(*)) AS worth FROM hits GROUP BY word HAVING count(*) <= %s
)
SELECT kind, row, (array_agg(word ORDER BY worth DESC, word))[1:5]
FROM hits JOIN worth USING (word)
GROUP BY kind, row HAVING count(*) >= %s
ORDER BY sum(worth) DESC, kind, row LIMIT %s
"""


class Near(NamedTuple):
    """A record near a text: its kind and key, and the words of the text that it shares, the rarest first.

    They are shown as the text has them: the dictionary also has words of records that the reader may not see.
    """

    kind: str
    row: int
    words: Sequence[str]


def words_of(text: str) -> dict[str, str]:
    """Return the different words of a text that are compared, the longest first: plain, each with the word as it is."""
    words = {plain(word): word for word in WORD.findall(text.lower())}
    telling = [word for word in words if len(word) >= SHORTEST and word not in STOP and word.isalpha()]
    return {word: words[word] for word in sorted(telling, key=lambda word: (-len(word), word))[:MOST_WORDS]}


def nearest(text: str, kinds: Collection[str], most: int, *, public: bool) -> list[Near]:
    """Return the ``most`` records of the kinds that say most like ``text``, the nearest first (two queries at most).

    ``public``: only what everybody may read. Else who asks sees to it that the reader may read them.
    """
    words = words_of(text)
    if not words:
        return []
    among: list[Any] = [list(kinds), public]
    with connection.cursor() as cursor:
        cursor.execute(FORMS, [*among, list(words), MOST_FORMS])
        if not (forms := cursor.fetchall()):
            return []
        records, asked = forms[0][2], _merged((word, query) for word, query, _records in forms)
        rare = max(records // COMMON, FEW)
        branches = " UNION ALL ".join([HAVE] * len(asked))
        values = [value for word, query in asked.items() for value in (word, query, *among, rare + 1)]
        cursor.execute(NEAREST.format(branches=branches), [*values, records, rare, LEAST_SHARED, most])
        return [Near(kind, row, [words[word] for word in shared]) for kind, row, shared in cursor.fetchall()]


def _merged(forms: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the query of each word, words that are inflections of one word as one: yritys, yrityksille."""
    merged: dict[str, str] = {}
    for word, query in sorted(forms):
        same = next((other for other in merged if _is_inflection(word, other)), word)
        merged[same] = f"{merged[same]} | {query}" if same in merged else query
    return merged


def _is_inflection(word: str, other: str) -> bool:
    shared = max(SHORTEST, min(len(word), len(other)) - ENDING)
    return word[:shared] == other[:shared]
