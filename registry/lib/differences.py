"""What changed from one text to another, in words: which words stand in both, which were taken away, which are new.

One function for every page that compares: ``in_words`` for texts, ``in_items`` for lists; a template prints a
``Passage`` as it is. Two texts of any length are compared in a bounded time: where the changed passage is long, line by
line, and a changed line of very many words counts as removed and added as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum, auto

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .directions import isolated
from .plaintext import lines

MOST_PAIRS = 640_000  # words of one text by words of the other that are compared one by one
FEW = 3  # letters: so short a word between two changes goes with them, for it makes them no clearer
_WORD = re.compile(r"\n+|(?:\w+(?:[-’':./]\w+)*|[^\w\s])[^\S\n]*|[^\S\n]+")
_LINE = re.compile(r"[^\n]*\n+|[^\n]+")


class Mark(Enum):
    """How a passage stands in the two texts."""

    SAME = auto()
    REMOVED = auto()
    ADDED = auto()


@dataclass(frozen=True)
class Passage:
    """Words next to each other that are in both texts, or in one of them only."""

    mark: Mark
    words: str

    def __str__(self) -> SafeString:
        """Return what a page shows: ``<ins>`` or ``<del>``, and the same in words for those who hear the page."""
        if self.mark is Mark.SAME:
            return format_html("{}", isolated(self.words))
        tag, begins, ends = "ins", _("added:"), _("end of added")
        if self.mark is Mark.REMOVED:
            tag, begins, ends = "del", _("removed:"), _("end of removed")
        said = '<span class="visually-hidden"> [{}] </span>'
        words = self.words.rstrip(" ") or self.words
        return format_html(
            f"<{tag}>{said}{{}}{said}</{tag}>{{}}", begins, isolated(words), ends, self.words[len(words) :]
        )


def in_words(before: str, after: str) -> list[Passage]:
    """Return the passages that lead from ``before`` to ``after`` in reading order; what was removed comes first.

    All but the added ones make ``before``, all but the removed ones ``after``; of blanks that alone differ the longer
    ones stand.
    """
    before, after = lines(before), lines(after)
    earlier, later = _WORD.findall(before), _WORD.findall(after)
    start, end = _common(earlier, later)
    old, new = earlier[start : len(earlier) - end], later[start : len(later) - end]
    head = _same(earlier[:start], later[:start])
    if len(old) * len(new) <= MOST_PAIRS:
        middle = _by_words(old, new)
    else:
        middle = _by_lines(_LINE.findall("".join(old)), _LINE.findall("".join(new)))
    return _joined([head, *middle, _same(earlier[len(earlier) - end :], later[len(later) - end :])])


def in_items(before: Sequence[str], after: Sequence[str]) -> list[Passage]:
    """Return a passage for each item of two lists: first what was removed; an item that only moved is the same."""
    kept, known = set(after), set(before)
    gone = [Passage(Mark.REMOVED, item) for item in before if item not in kept]
    return gone + [Passage(Mark.SAME if item in known else Mark.ADDED, item) for item in after]


def has_changed(passages: Iterable[Passage]) -> bool:
    """Whether anything was removed or added."""
    return any(passage.mark is not Mark.SAME for passage in passages)


def _common(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many words at the start, and then at the end, are the same."""
    most = min(len(old), len(new))
    start = next((n for n in range(most) if _bare(old[n]) != _bare(new[n])), most)
    most -= start
    end = next((n for n in range(most) if _bare(old[-1 - n]) != _bare(new[-1 - n])), most)
    return start, end


def _same(old: Sequence[str], new: Sequence[str]) -> Passage:
    return Passage(Mark.SAME, "".join(max(pair, key=len) for pair in zip(old, new, strict=True)))


def _bare(word: str) -> str:
    """Return the word without the blanks behind it; a line end is a word."""
    return word.rstrip(" \t\xa0") or " "


def _by_words(old: Sequence[str], new: Sequence[str]) -> Iterator[Passage]:
    blocks = SequenceMatcher(None, list(map(_bare, old)), list(map(_bare, new)), autojunk=False).get_matching_blocks()
    was, now = 0, 0
    for block in blocks:
        same = _same(old[block.a : block.a + block.size], new[block.b : block.b + block.size])
        is_between = 0 < block.a < len(old) - block.size
        if is_between and _says_little(same.words):
            continue
        yield Passage(Mark.REMOVED, "".join(old[was : block.a]))
        yield Passage(Mark.ADDED, "".join(new[now : block.b]))
        yield same
        was, now = block.a + block.size, block.b + block.size


def _says_little(words: str) -> bool:
    """Whether the words between two changes are so few and short that a reader gains nothing from them."""
    return "\n" not in words and len(words.strip()) <= FEW


def _by_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[Passage]:
    """Yield the passages line by line; word by word in the lines that changed, as long as that is little work."""
    if len(old) * len(new) > MOST_PAIRS:
        yield from (Passage(Mark.REMOVED, "".join(old)), Passage(Mark.ADDED, "".join(new)))
        return
    room = MOST_PAIRS
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, now = "".join(old[a:b]), "".join(new[c:d])
        earlier, later = _WORD.findall(was), _WORD.findall(now)
        pairs = len(earlier) * len(later)
        if tag == "equal":
            yield Passage(Mark.SAME, now)
        elif pairs <= room:
            room -= pairs
            yield from _by_words(earlier, later)
        else:
            yield from (Passage(Mark.REMOVED, was), Passage(Mark.ADDED, now))


def _joined(passages: Iterable[Passage]) -> list[Passage]:
    """Return the passages that hold words, those of one mark that follow each other as one."""
    joined: list[Passage] = []
    for passage in passages:
        if not passage.words:
            continue
        if joined and joined[-1].mark is passage.mark:
            passage = Passage(passage.mark, joined.pop().words + passage.words)
        joined.append(passage)
    return joined
