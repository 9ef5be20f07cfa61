"""A search: its words looked up in the dictionary, what they find among the documents, and what was mended openly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from registry.lib import search
from registry.lib.database import FiSort
from registry.lib.search import Asked, Term, Unit

from .search import SearchDocument, SearchDocumentQuerySet

Rows = TypeVar("Rows", bound=QuerySet[Any])
MOST_RANKED = 1000  # hits that are put in order; of more, those with a hit in the title come first
MOST_PLACED = 200  # of so many hits that not all are put in order, these come first in a list
MOST_MENDED = 3  # words of a search
MOST_TRIED = 4  # words of a search for which near ones are looked for
MOST_ANSWERS = 300  # words of the dictionary that may answer a word in one way
# The words of the dictionary that answer each word: itself, its stems, parts of compounds. A part is the beginning or
# the end of a word; only a long one is looked for in the middle.
ANSWERS = """
WITH stems AS MATERIALIZED (  -- once for each word: a function that is put in its place would be called for each row
  SELECT word, search_stem_fi(word) AS fi, search_stem_sv(word) AS sv, search_stem_en(word) AS en
  FROM unnest(%(words)s::text[]) AS word
), asked AS MATERIALIZED (
  SELECT word, fi, sv, en, word ~ '[0-9]' OR length(word) < 4 OR EXISTS (
    SELECT FROM regions_searchword AS known JOIN regions_searchdocument AS place
      ON place.kind IN ('region', 'municipality') AND place.names @@ quote_literal(known.word)::tsquery
    WHERE known.stem_fi = fi OR known.stem_sv = sv
  ) AS whole_only
  FROM stems
)
SELECT asked.word, found.how, array_agg(found.word), array_agg(found.shown) FROM asked, LATERAL (
  (SELECT 'stem' AS how, known.word, known.shown FROM regions_searchword AS known
   WHERE known.stem_fi = asked.fi OR known.stem_sv = asked.sv OR known.stem_en = asked.en LIMIT %(most)s)
  UNION ALL
  (SELECT 'part', known.word, known.shown FROM regions_searchword AS known
   WHERE NOT asked.whole_only AND length(asked.fi) >= 3 AND known.stem_fi LIKE '%%___' || asked.fi
     AND (length(asked.fi) >= 4 OR known.word LIKE '%%' || left(asked.word, length(asked.fi) + 1) || '%%')
   LIMIT %(most)s)
  UNION ALL
  (SELECT 'part', known.word, known.shown FROM regions_searchword AS known
   WHERE NOT asked.whole_only AND length(asked.sv) >= 4 AND known.stem_sv LIKE '%%___' || asked.sv LIMIT %(most)s)
  UNION ALL
  (SELECT 'part', known.word, known.shown FROM regions_searchword AS known
   WHERE length(asked.fi) >= 5 AND known.word LIKE asked.fi || '%%' LIMIT %(most)s)
  UNION ALL
  (SELECT 'part', known.word, known.shown FROM regions_searchword AS known
   WHERE NOT asked.whole_only AND length(asked.fi) >= 6 AND known.word LIKE '%%' || asked.fi || '%%' LIMIT %(most)s)
  UNION ALL
  (SELECT 'stem', known.word, known.shown FROM regions_searchword AS known
   WHERE asked.word = ANY (%(starts)s) AND known.word LIKE asked.word || '%%' LIMIT %(most)s)
) AS found GROUP BY asked.word, found.how
"""
SYNONYMS = """
SELECT asked.gram, synonym.words_fi, synonym.words_sv, synonym.words_en
FROM unnest(%s::text[]) AS asked (gram) JOIN regions_synonym AS synonym
  ON synonym.stems && search_term_stems(asked.gram)
"""
ALIKE = """
SELECT word, max(shown), max(greatest(similarity(word, %(word)s), word_similarity(%(word)s, word) - 0.1)) AS alike
FROM regions_searchword WHERE (word %% %(word)s OR %(word)s <%% word) AND word !~ '[0-9]'
GROUP BY word ORDER BY alike DESC, word LIMIT 40
"""


KIND_ORDER = Case(
    *(When(kind=kind, then=Value(place)) for place, kind in enumerate(SearchDocument.Kind.values)),
    output_field=IntegerField(),
)
# The title or the code alone is asked for. Signs and accents apart, such a title is as long as what is typed: only then
# is it worth the while to make it plain.
AS_LONG = "CASE WHEN abs(length(title) - length(%s)) <= 10 THEN search_plain(title) = %s ELSE false END"
TITLE = (
    f"CASE WHEN EXISTS (SELECT FROM unnest(ARRAY[title_fi, title_sv, title_en, slug]) AS title WHERE {AS_LONG})"
    " THEN 12 ELSE 0 END"
)
# A place or a person by name, in any inflection, is what is asked for.
NAMED_SO = "CASE WHEN kind IN ('region', 'municipality', 'person') AND names @@ %s::tsquery THEN 3 ELSE 0 END"
# The words of a document are kept apart from its row, packed: they are unpacked once, not again for each question.
READ_ONCE = "(SELECT %s FROM (SELECT words || ''::tsvector AS words OFFSET 0) AS unpacked)"
NAMED = {
    "area": (SearchDocument.Kind.REGION, SearchDocument.Kind.MUNICIPALITY),
    "programme": (SearchDocument.Kind.PROGRAMME,),
}


class Mended(NamedTuple):
    """A word that finds nothing, and the word that was looked for instead."""

    word: str
    shown: str


@dataclass
class Found:
    """What a search looks for in the end, after what it could not find was mended or left out."""

    asked: Asked
    units: list[Unit] = field(default_factory=list)
    without: list[Unit] = field(default_factory=list)
    tags: list[list[str]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)  # operators whose value does not exist
    mended: list[Mended] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # words that find nothing
    in_part: bool = False  # no document has all the words
    first: dict[str, list[int]] = field(default_factory=dict)  # by kind, what ``best`` has found
    keys: list[int] = field(default_factory=list)  # of the documents that ``count`` has found
    rows: list[int] = field(default_factory=list)  # of the same documents, what they are documents of

    @property
    def exactly(self) -> str:
        """The text with the words in quotes that were mended: a search for them as they were typed."""
        text = self.asked.text
        for word, _shown in self.mended:
            text = text.replace(word, f'"{word}"')
        return text

    @property
    def missed(self) -> list[str]:
        """The words that were typed as words and find nothing."""
        missing = {*self.left_out, *(word for word, _shown in self.mended)}
        return [term.text for term in self.asked.terms if len(term.words) == 1 and term.text in missing]

    @property
    def nothing_asked(self) -> bool:
        """Whether the text holds no word, but perhaps signs: such a search leaves nothing out."""
        return not (self.asked.terms or self.asked.operators or self.asked.too_common)

    @property
    def query(self) -> str:
        """The tsquery of the words: all of them, or any where no document has all."""
        queries = [unit.query for unit in self.units]
        query = search.any_of(queries) if self.in_part else search.all_of(queries)
        without = search.any_of(unit.query for unit in self.without)
        return f"({query}) & !{without}" if query and without else query

    @property
    def title_query(self) -> str:
        """The tsquery of a title with one of the words."""
        return search.any_of(unit.query for unit in self.units)

    def among(self, documents: SearchDocumentQuerySet) -> SearchDocumentQuerySet:
        """Return the documents that it finds."""
        rows = documents.nothing() if self.wrong else documents
        for tags in self.tags:
            rows = rows.filter(tags__overlap=tags)
        if self.units:
            return rows.answering(self.query)
        return rows if self.tags else rows.nothing()

    def count(self, documents: SearchDocumentQuerySet) -> int:
        """Count what it finds."""
        found = self.among(documents).order_by().aggregate(keys=ArrayAgg("pk"), rows=ArrayAgg("row"))
        self.keys, self.rows = found["keys"] or [], found["rows"] or []
        return self.total

    @property
    def total(self) -> int:
        """How many documents ``count`` has found."""
        return len(self.keys)

    def ranked(self, documents: SearchDocumentQuerySet) -> Any:
        """Return those of the counted documents, the best first; of more than ``MOST_RANKED`` that many."""
        rows = documents.filter(pk__in=self._worth_ranking(documents))
        return self.scored(rows).order_by("-score", KIND_ORDER, FiSort("title_fi"), "pk")

    def _worth_ranking(self, documents: SearchDocumentQuerySet) -> list[int]:
        """Return the keys of at most ``MOST_RANKED`` documents, those with a hit in the title first."""
        if self.total <= MOST_RANKED or not self.units:
            return self.keys[:MOST_RANKED]
        titled = {*documents.titled(self.title_query).order_by().values_list("pk", flat=True)}
        return sorted(self.keys, key=lambda key: key not in titled)[:MOST_RANKED]

    def best(self, kind: str) -> list[int]:
        """Return the rows of a kind that come first where there are too many to put all in order; asked for once."""
        if kind not in self.first:
            ranked = self.ranked(SearchDocument.objects.filter(kind=kind))
            self.first[kind] = list(ranked.values_list("row", flat=True)[:MOST_PLACED])
        return self.first[kind]

    def scored(self, rows: SearchDocumentQuerySet) -> Any:
        """Return documents with ``score``: how well they answer."""
        sql, values = self._score()
        score = RawSQL(READ_ONCE % sql, values, output_field=IntegerField())  # noqa: S611 - all values are parameters
        return rows.annotate(score=score)

    @cached_property
    def marks(self) -> search.Marks:
        """What is marked in a text."""
        return search.Marks(piece for unit in self.units for piece in unit.pieces)

    def _score(self) -> tuple[str, list[Any]]:
        """Return the SQL that says how well a document answers, and its parameters."""
        parts, values = ["0"], []
        for unit in self.units:
            sql, more = _worth(unit, answered=not self.in_part)
            parts.append(sql)
            values += more
        for one, next_one in zip(self.units, self.units[1:], strict=False):
            beside = search.all_of((one.query, next_one.query), "<->")
            if beside:
                parts.append("CASE WHEN words @@ %s::tsquery THEN 6 ELSE 0 END")
                values.append(beside)
        named = search.all_of(unit.itself for unit in self.units)
        if named:
            parts.append(NAMED_SO)
            values.append(named)
        text = " ".join(word for unit in self.units for word in unit.term.words)
        parts.append(TITLE)
        values += [text, text]
        return " + ".join(parts), values


def _worth(unit: Unit, *, answered: bool) -> tuple[str, list[Any]]:
    """Return the SQL of the best way in which a document answers the unit: the way and the place count.

    ``answered``: each document answers it in some way, so the last way need not be asked for.
    """
    cases = sorted(
        (
            (search.WORTH[way] + worth, way, place)
            for way, query in unit.ways.items()
            if query
            for place, worth in search.PLACES.items()
        ),
        reverse=True,
    )
    least = cases.pop()[0] if answered and len(cases) > 1 else 0
    branches = " ".join(f"WHEN words @@ %s::tsquery THEN {worth}" for worth, _way, _place in cases)
    return f"CASE {branches} ELSE {least} END", [search.placed(unit.ways[way], place) for _worth, way, place in cases]


def look_up(text: str, documents: SearchDocumentQuerySet, known: SearchDocumentQuerySet) -> Found:
    """Return what is found for a text among ``documents``.

    ``known`` are all documents that the reader may see: a word that one of them has is no slip of another word.
    """
    found = Found(search.read(text))
    _read_operators(found)
    found.units, found.without = _units(found.asked.terms, widened=True), _units(found.asked.without)
    found.count(documents)
    if found.units and not found.total:
        _mend(found, documents, known)
    return found


def _units(terms: Sequence[Term], *, widened: bool = False) -> list[Unit]:
    if not terms:
        return []
    synonyms: Mapping[tuple[str, ...], list[tuple[str, ...]]] = {}
    if widened:
        synonyms = _synonyms(terms)
        terms = _merged(terms, synonyms)
    typed = {search.plain(word): word for term in terms for word in search.WORD.findall(term.text.lower())}
    words = {word for term in terms for word in term.words}
    words |= {word for term in terms for others in synonyms.get(term.words, ()) for word in others}
    starts = [term.words[-1] for term in terms if term.start]
    answers = _answers(words, starts, typed)
    return [search.unit_of(term, answers, synonyms.get(term.words, ())) for term in terms]


def _answers(words: Iterable[str], starts: Sequence[str], typed: Mapping[str, str]) -> search.Answers:
    found: dict[str, dict[str, list[str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, {"words": sorted(words), "starts": list(starts), "most": MOST_ANSWERS})
        for word, how, others, shown in cursor.fetchall():
            start = typed.get(word, word)[:4]
            same = [other for other, its in zip(others, shown, strict=True) if start in its]
            # A word that stands there with its accents as typed is not taken for one with others: Lahti, lähtien.
            foreign = {other for other in others if search.plain(start) in other} - set(same)
            found.setdefault(word, {})[how] = sorted(set(others) - foreign if same else set(others))
    return found


def _grams(terms: Sequence[Term]) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return the runs of one to three terms: first place, place after the last, their words."""
    return [
        (start, end, tuple(word for term in terms[start:end] for word in term.words))
        for size in (3, 2, 1)
        for start, end in ((place, place + size) for place in range(len(terms) - size + 1))
        if not any(term.phrase or term.start for term in terms[start:end])
    ]


def _synonyms(terms: Sequence[Term]) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the terms that say the same as a run of the words asked for."""
    grams = {" ".join(words): words for _start, _end, words in _grams(terms)}
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SYNONYMS, [list(grams)])
        for gram, *lists in cursor.fetchall():
            others = (tuple(search.plain(other).split()) for words in lists for other in words.split(","))
            found.setdefault(grams[gram], []).extend(other for other in others if other and other != grams[gram])
    return found


def _merged(terms: Sequence[Term], synonyms: Mapping[tuple[str, ...], Any]) -> list[Term]:
    """Return the terms, those that together have a synonym made one: ``young people``."""
    merged: dict[int, tuple[int, Term]] = {}
    taken: set[int] = set()
    for start, end, words in _grams(terms):
        if end - start > 1 and words in synonyms and not taken & set(range(start, end)):
            merged[start] = (end, Term(" ".join(term.text for term in terms[start:end]), words))
            taken |= set(range(start, end))
    whole, place = [], 0
    while place < len(terms):
        place_after, term = merged.get(place, (place + 1, terms[place]))
        whole.append(term)
        place = place_after
    return whole


# --- What finds nothing ---


def _mend(found: Found, documents: SearchDocumentQuerySet, known: SearchDocumentQuerySet) -> None:
    """Mend what finds nothing; what cannot be mended is left out, and at last any of the words is enough."""
    found.units = _parted(found.units, documents)
    if found.count(documents):
        return
    answered = documents.answered([unit.query for unit in found.units])
    names = known.answered([unit.itself for unit in found.units])
    units: list[Unit] = []
    tried = 0
    for unit, has, name in zip(found.units, answered, names, strict=True):
        may = not (has or name or unit.term.phrase) and tried < MOST_TRIED and len(found.mended) < MOST_MENDED
        tried += may
        mended = _mended(unit, documents) if may else None
        if mended:
            found.mended.append(Mended(unit.term.text, mended.term.text))
        elif not has:
            found.left_out.append(unit.term.text)
        if has or mended:
            units.append(mended or unit)
    found.units = units
    found.in_part = bool(units) and bool(found.left_out)
    if units and not found.count(documents):
        found.in_part = True
        found.count(documents)


def _parted(units: Sequence[Unit], documents: SearchDocumentQuerySet) -> list[Unit]:
    """Return the units; for one whose words stand nowhere side by side, a unit for each of the words."""
    together = documents.answered([unit.query for unit in units])
    parted: list[Unit] = []
    for unit, answered in zip(units, together, strict=True):
        apart = not (answered or unit.term.phrase or len(unit.term.words) == 1)
        parted += _units([Term(word, (word,)) for word in unit.term.words], widened=True) if apart else [unit]
    return parted


def _mended(unit: Unit, documents: SearchDocumentQuerySet) -> Unit | None:
    """Return the unit with the nearest word that finds something; None if no word is near."""
    word = unit.term.words[0]
    if len(unit.term.words) > 1 or not search.may_mend(word):
        return None
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, {"word": word})
        shown = {other: its for other, its, _alike in cursor.fetchall()}
    near = search.nearest(word, shown)[:8]
    units = _units([unit.term._replace(words=(other,), text=shown[other]) for other in near])
    answered = documents.answered([near_unit.query for near_unit in units])
    return next((near_unit for near_unit, has in zip(units, answered, strict=True) if has), None)


# --- Operators ---


def _read_operators(found: Found) -> None:
    for name, value in found.asked.operators:
        tags = _named(name, value) if name in NAMED else [f"{name}:{search.plain(value)}"]
        if SearchDocument.objects.filter(tags__overlap=tags).exists():
            found.tags.append(tags)
        else:
            found.wrong.append((name, value))


def _named(name: str, value: str) -> list[str]:
    """Return the tags of the regions, their municipalities or the programmes whose name has the value."""
    units = _units([Term(word, (word,)) for word in search.plain(value).split()])
    named = SearchDocument.objects.filter(kind__in=NAMED[name]).titled(Found(Asked(value), units=units).query)
    tags = {tag for tags in named.values_list("tags", flat=True) for tag in tags}
    return sorted(tag for tag in tags if tag.startswith(f"{name}:"))
