"""The words of a search: cleaned, cut to their stems in three languages, forgiven one slip of the finger."""

import re
from itertools import takewhile

from django.db import connection

from registry.lib.plaintext import one_line

MOST_CHARACTERS = 200
MOST_WORDS = 10
MOST_FORGIVEN = 3  # words of a search that are looked for with a slip: each costs as much as a page
SHORTEST_TRUNK = 5
SHORTEST_STEM = 4
LONGEST_FORGIVEN = 40
# What changes at the end of a Finnish stem: yritys/yrityks-, oppilaitos/oppilaitost-, -minen/-mis-, joki/joe-.
CHANGING_END = re.compile(r"(in|ks|st|[sktne])$")


def clean(text: str) -> str:
    """Return the search text on one line, at most ``MOST_CHARACTERS`` long."""
    return one_line(text, MOST_CHARACTERS, end="")


def words(text: str) -> list[str]:
    """Return the different words of a search text in lower case, at most ``MOST_WORDS``."""
    stripped = (word.strip("-_") for word in re.findall(r"[\w-]+", clean(text).lower()))
    return list(dict.fromkeys(word for word in stripped if word))[:MOST_WORDS]


def stems(asked: list[str]) -> dict[str, str]:
    """Return for each word the part that stays the same when it is inflected (one query).

    PostgreSQL's own Finnish, Swedish and English stemmers each cut the word; the shortest cut that is still long
    enough to mean something is looked for as a part of the text, and so also inside compounds.
    """
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, ts_lexize('finnish_stem', word) || ts_lexize('swedish_stem', word)"
            " || ts_lexize('english_stem', word) FROM unnest(%s::text[]) AS word",
            [asked],
        )
        rows: list[tuple[str, list[str] | None]] = cursor.fetchall()
    return {word: _shortest(word, lexemes or []) for word, lexemes in rows}


def _shortest(word: str, lexemes: list[str]) -> str:
    cuts = [word]
    for lexeme in lexemes:
        stem = "".join(a for a, _b in takewhile(lambda pair: pair[0] == pair[1], zip(word, lexeme, strict=False)))
        if stem == lexeme and len(stem) >= SHORTEST_STEM:
            cuts.append(stem)
        trunk = CHANGING_END.sub("", stem)
        cuts += [cut for cut in (stem, trunk) if len(cut) >= SHORTEST_TRUNK]
    return min(cuts, key=len)


def one_slip(stem: str) -> str:
    """Return a PostgreSQL regular expression for ``stem`` with one letter wrong, missing, too many, or two swapped.

    A short stem is looked for at the start of a word only, for inside words it would be found anywhere. A stem too
    short or too long to forgive is looked for as it is.
    """
    if not SHORTEST_STEM <= len(stem) <= LONGEST_FORGIVEN:
        return re.escape(stem)
    slips = {stem}
    for place in range(len(stem)):
        before, after = stem[:place], stem[place + 1 :]
        slips |= {f"{before}.{after}", f"{before}.{stem[place:]}", f"{before}{after}"}
        slips.add(f"{before}{after[:1]}{stem[place]}{after[1:]}")
    start = r"\m" if len(stem) < 7 else ""
    return f"{start}({'|'.join(sorted(slips))})"
