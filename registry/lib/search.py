"""The words of a search: how a text becomes what is asked for, and how a hit is shown. Knows no tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from registry.lib.directions import around
from registry.lib.plaintext import one_line

MOST_CHARACTERS = 200
MOST_WORDS = 10
SHORTEST_MENDED = 6  # letters: a shorter word with a slip is another word
TWO_SLIPS = 11  # letters: so long a word may have two
SNIPPET = 24  # words
# As ``search_plain`` of the database (``regions`` 0012): a test holds the two together.
OTHER_LETTERS = str.maketrans("ØøĐđŊŋŁłÞþ", "OoDdNnLlTt")
NO_WORD = re.compile(
    "[\x00-/:-`{-\x7f\x80-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u2000-\u206f\u20a0-\u20cf\u2100-\u2bff\u3000-\u303f]+"
)
WORD = re.compile(r"[^\W_]+")
LEXEME = re.compile(r"'((?:[^']|'')+)'")
TOKEN = re.compile(r'(?P<minus>-)?(?:(?P<name>[^\W\d_]+):(?!//))?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
# The operators by their names in three languages.
OPERATORS = {
    **dict.fromkeys(("alue", "maakunta", "område", "omrade", "landskap", "area", "region"), "area"),
    **dict.fromkeys(("vaihe", "skede", "stage"), "stage"),
    **dict.fromkeys(("ohjelma", "program", "programme"), "programme"),
}
# Words that say nothing of what is looked for. TE and HE are names of the field, and no such words.
STOP_WORDS = """
ja tai seka eli etta jos kun kuin myos on ovat oli olivat ole olla mika mita missa mista mihin mitka milla millainen
kuka ketka kenen miten miksi milloin onko se ne nama tama taman niiden sen han joka jotka jossa joita vai mutta kaikki
och eller att som en ett den det de i pa av till fran med for om ar var vad vem vilka vilken hur nar inte
a an and or the of in on at to for from with by is are was were be what which who where how when does do did it its
this that there
"""
STOP = frozenset(STOP_WORDS.split())


def clean(text: str) -> str:
    """Return the search text on one line, at most ``MOST_CHARACTERS`` long."""
    return one_line(text, MOST_CHARACTERS, end="")


def plain(text: str) -> str:
    """Return the words of a text in small letters, without accents and signs, with a blank between them."""
    letters = unicodedata.normalize("NFKD", text)
    bare = re.sub("[\u0300-\u036f]", "", letters).translate(OTHER_LETTERS)
    return NO_WORD.sub(" ", bare.lower()).strip()


class Term(NamedTuple):
    """One thing that is asked for: a word, words joined by a sign, or a phrase in quotes."""

    text: str
    words: tuple[str, ...]
    phrase: bool = False  # in quotes: exactly these words
    start: bool = False  # ``kasvo*``: what begins so


@dataclass
class Asked:
    """What a search text asks for."""

    text: str
    terms: list[Term] = field(default_factory=list)
    without: list[Term] = field(default_factory=list)
    operators: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # operators that do not exist
    too_common: list[str] = field(default_factory=list)  # words that were left out


def read(text: str) -> Asked:
    """Return what the search text asks for, at most ``MOST_WORDS`` words."""
    asked = Asked(clean(text))
    for token in TOKEN.finditer(asked.text):
        _take(asked, token)
    if any(not _says_nothing(term) for term in asked.terms) or asked.operators:
        asked.terms = [term for term in asked.terms if not _says_nothing(term)]
    else:
        asked.too_common = [term.text for term in asked.terms]
        asked.terms = []
    return asked


def _take(asked: Asked, token: re.Match[str]) -> None:
    phrase, name = token["phrase"], (token["name"] or "").lower()
    value = phrase if phrase is not None else token["word"]
    if name in OPERATORS:
        if plain(value):
            asked.operators.append((OPERATORS[name], value))
        return
    if name:
        asked.unknown.append(name)
        value = value if phrase is not None else f"{name} {value}"
    words = tuple(plain(value).split())
    room = MOST_WORDS - sum(len(term.words) for term in asked.terms)
    if not words or room <= 0:
        return
    start = phrase is None and value.endswith("*")
    term = Term(value.strip("*\"',.;!?()"), words[:room], phrase is not None, start)
    (asked.without if token["minus"] else asked.terms).append(term)


def _says_nothing(term: Term) -> bool:
    abbreviation = term.text.isupper() and len(term.text) > 1
    return not term.phrase and len(term.words) == 1 and term.words[0] in STOP and not abbreviation


# --- How a term is looked for: the words of the dictionary that answer it, by how well they do ---

# How a word of the dictionary answers a word that is asked for, and what it is worth.
WHOLE, STEM, SYNONYM, PART = "whole", "stem", "synonym", "part"
WORTH = {WHOLE: 8, STEM: 7, SYNONYM: 5, PART: 2}
PLACES = {"A": 6, "B": 4, "C": 2, "D": 0}  # title; places, parties, models; text; what stands around
Answers = Mapping[str, Mapping[str, Sequence[str]]]  # word asked for: {how: words of the dictionary}


def quoted(lexeme: str) -> str:
    """Return a word as a lexeme of a tsquery."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def any_of(queries: Iterable[str]) -> str:
    """Return the tsquery that one of the queries answers; empty if there is none."""
    found = list(dict.fromkeys(filter(None, queries)))
    return f"({' | '.join(found)})" if found else ""


def all_of(queries: Iterable[str], sign: str = "&") -> str:
    """Return the tsquery that all the queries answer; empty if one of them is."""
    found = list(queries)
    return f"({f' {sign} '.join(found)})" if found and all(found) else ""


# Words that stand side by side in a text and are marked as one: for each place the words that may stand there.
Piece = tuple[frozenset[str], ...]


@dataclass
class Unit:
    """A term as a query: a tsquery for each way to answer it, the best first."""

    term: Term
    ways: dict[str, str] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)  # what is marked in a text

    @property
    def query(self) -> str:
        """The tsquery that any way answers; empty if none can."""
        return any_of(self.ways.values())

    @property
    def itself(self) -> str:
        """The tsquery of the word in any inflection."""
        return any_of((self.ways[WHOLE], self.ways.get(STEM, "")))


def unit_of(term: Term, answers: Answers, synonyms: Iterable[Sequence[str]] = ()) -> Unit:
    """Return how ``term`` is looked for; ``synonyms`` are terms of one or more words that say the same."""
    unit = Unit(term)
    sign = "<->" if len(term.words) > 1 else "&"
    # A word that answers nothing in the dictionary stands in no document: then nothing is asked.
    unit.ways[WHOLE] = all_of((quoted(word) if answers.get(word) else "" for word in term.words), sign)
    unit.pieces.append(tuple(frozenset({word}) for word in term.words))
    if not term.phrase:
        unit.pieces.append(tuple(_words(answers, word, (WHOLE, STEM, PART)) for word in term.words))
        unit.pieces += [tuple(_words(answers, word, (WHOLE, STEM)) for word in words) for words in synonyms]
        unit.ways[STEM] = all_of((_near(answers, word, (WHOLE, STEM)) for word in term.words), sign)
        others = [all_of((_near(answers, word, (WHOLE, STEM)) for word in words), "<->") for words in synonyms]
        unit.ways[SYNONYM] = any_of(others)
        unit.ways[PART] = all_of((_near(answers, word, (WHOLE, STEM, PART)) for word in term.words), sign)
    return unit


def _words(answers: Answers, word: str, ways: Sequence[str]) -> frozenset[str]:
    """Return the dictionary's words that answer ``word`` in one of the ways."""
    found = answers.get(word, {})
    return frozenset(other for way in ways for other in found.get(way, ()))


def _near(answers: Answers, word: str, ways: Sequence[str]) -> str:
    """Return the tsquery of the dictionary's words that answer ``word`` in one of the ways."""
    found = answers.get(word, {})
    return any_of(quoted(lexeme) for way in ways for lexeme in found.get(way, ()))


# --- Slips ---


def slips(word: str, other: str) -> int:
    """Return how many letters are wrong, missing, too many, or swapped with the next."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        above, row = row, [i]
        for j, its in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == its:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]


def may_mend(word: str) -> bool:
    """Whether a slip may be looked for in the word: not in a short one, nor in a number."""
    return len(word) >= SHORTEST_MENDED and word.isalpha()


def nearest(word: str, candidates: Iterable[str]) -> list[str]:
    """Return the candidates with the fewest slips, whole words first, then compounds; none that is another word."""
    most = 2 if len(word) >= TWO_SLIPS else 1
    counted = []
    for other in candidates:
        whole = slips(word, other)
        part = min((slips(word, end) for end in _ends(other, len(word))), default=whole)
        counted.append((min(whole, part), whole > part, len(other), other))
    return [other for count, _is_part, _length, other in sorted(counted) if count <= most]


def _ends(compound: str, length: int) -> list[str]:
    """Return the beginnings and ends of a compound that are about ``length`` long and leave a word beside them."""
    sizes = [size for size in range(length - 1, length + 2) if size + 3 <= len(compound)]
    return [part for size in sizes for part in (compound[:size], compound[-size:])]


# --- Snippets ---


class Marks:
    """The pieces that are marked in texts; the words of a piece are marked together, and nowhere apart."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._by_first: dict[str, list[Piece]] = {}
        for piece in dict.fromkeys(piece for piece in pieces if piece and all(piece)):
            for word in piece[0]:
                self._by_first.setdefault(word, []).append(piece)

    def spans(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Return where pieces stand among the words: the first place of each and the place after it, in order."""
        found, place = [], 0
        while place < len(words):
            length = self._longest(words, place)
            if length:
                found.append((place, place + length))
            place += length or 1
        return found

    def _longest(self, words: Sequence[str], place: int) -> int:
        """Return how many words the longest piece has that begins at the place; 0: none begins there."""
        standing = (
            len(piece)
            for piece in self._by_first.get(words[place], ())
            if len(words) - place >= len(piece)
            and all(word in may for word, may in zip(words[place:], piece, strict=False))
        )
        return max(standing, default=0)


def marked(text: str, marks: Marks) -> SafeString:
    """Return the text with what is looked for marked."""
    words, end = list(WORD.finditer(text)), 0
    parts: list[str] = []
    for first, after in marks.spans([plain(word[0]) for word in words]):
        begin = words[first].start()
        parts.append(escape(text[end:begin]))
        end = words[after - 1].end()
        parts.append(f"<mark>{escape(text[begin:end])}</mark>")
    return around(mark_safe("".join([*parts, escape(text[end:])])), text)  # noqa: S308 - all parts are escaped


def snippet(text: str, marks: Marks) -> str:
    """Return the part of the text with the most different hits; empty if there is none."""
    words = list(WORD.finditer(text))
    spans = marks.spans([plain(word[0]) for word in words])
    places = [place for first, after in spans for place in range(first, after)]
    if not places:
        return ""
    best = max(places, key=lambda start: _different(words, places, start))
    first = max(0, best - 6)
    last = min(len(words), first + SNIPPET) - 1
    begin = words[first].start() if first else 0
    end = words[last].end() if last < len(words) - 1 else len(text)
    return ("… " if first else "") + text[begin:end].strip(" ·,;") + (" …" if end < len(text) else "")


def beginning(text: str) -> str:
    """Return the first words of a text."""
    words = list(WORD.finditer(text))
    return text if len(words) <= SNIPPET else f"{text[: words[SNIPPET - 1].end()]} …"


def _different(words: Sequence[re.Match[str]], places: Sequence[int], start: int) -> int:
    return len({plain(words[n][0]) for n in places if start <= n < start + SNIPPET - 6})


def placed(query: str, place: str) -> str:
    """Return a tsquery that asks for the words in one place of a document: ``'kela':B``."""
    return LEXEME.sub(rf"\g<0>:{place}", query)
