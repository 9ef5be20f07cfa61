"""Plain text: how words are cleaned that people type, that programs answer, that mails and files carry.

``clean`` is the one door. What a form or an address carries has passed it before a view reads it
(``registry.request_guard``), and so has each text of an import. NFC writes a letter and its accent as one character:
equal words are then equal, and a search finds them, however they were typed.
"""

import re
import unicodedata
from collections.abc import Iterable

ISOLATES = "\u2068\u2069"  # the beginning and the end of an isolate: see ``registry.lib.directions``
# NUL, which PostgreSQL refuses in a text, and lone halves of a surrogate pair, which UTF-8 cannot write.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_RARE_LINE_END = re.compile("[\v\f\x85\u2028\u2029]")
# Signs that nobody sees: they turn the direction of what stands beside them, hide in addresses, and keep equal words
# from being equal. Directions, marks of order, blanks of no width, soft hyphens, fillers, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_UNSEEN_BUT_ISOLATES = re.compile(_UNSEEN.pattern.replace("\u2060-\u206f", "\u2060-\u2067\u206a-\u206f"))
# Joiners shape the letters of some scripts, and pictures, from within; alone or at the end of a word they are unseen.
_LOOSE_JOINER = re.compile("(?<!\\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\\S)")
# What ``clean`` may have to change, but for accents: most texts hold nothing of it, and are looked through once.
_DOUBTFUL = re.compile("|".join(one.pattern for one in (_CONTROL, _RARE_LINE_END, _UNSEEN)) + "|[\u200c\u200d]")
_LINE_END = re.compile(r"\r\n?")


def clean(text: str, *, isolates: bool = False) -> str:
    """Return ``text`` in NFC, without signs that nobody sees and lone surrogates. Tabs and line ends stay.

    ``isolates``: those of ``registry.lib.directions`` stay too, for a template has set them.
    """
    if not _DOUBTFUL.search(text):
        return unicodedata.normalize("NFC", text)
    unseen = _UNSEEN_BUT_ISOLATES if isolates else _UNSEEN
    seen = unseen.sub("", _CONTROL.sub("", _RARE_LINE_END.sub("\n", text)))
    return unicodedata.normalize("NFC", _LOOSE_JOINER.sub("", seen))


def is_clean(texts: Iterable[str]) -> bool:
    """Whether all the texts are as ``clean`` leaves them; they are looked through at once. False: perhaps not all."""
    together = "\n".join(texts)
    return not _DOUBTFUL.search(together) and unicodedata.is_normalized("NFC", together)


def lines(text: str, *, isolates: bool = False) -> str:
    r"""Return ``text`` cleaned, with each line end as ``\n``."""
    return _LINE_END.sub("\n", clean(text, isolates=isolates))


def paragraphs(text: str) -> str:
    """Return ``text`` as the body of a mail: no line ends in blanks, no two blank lines in a row, one line end last.

    Isolates stay.
    """
    tidy = re.sub(r"[ \t]+\n", "\n", lines(text, isolates=True))
    return re.sub(r"\n{3,}", "\n\n", tidy).strip() + "\n"


def one_line(text: str, length: int, *, end: str = "…", isolates: bool = False) -> str:
    """Return ``text`` as one line, fit for a mail header, of at most ``length`` characters.

    A longer line is cut and ends in ``end``. Characters that nobody sees (controls, formats, unassigned) become blanks,
    and blanks in a row become one. ``isolates``: those stay, and one that is cut through is ended.
    """
    stay = ISOLATES if isolates else ""
    seen = "".join(
        " " if unicodedata.category(character)[0] == "C" and character not in stay else character for character in text
    )
    line = " ".join(unicodedata.normalize("NFC", seen).split())
    if len(line) <= length:
        return line
    cut = line[: length - len(end)].rstrip()
    if isolates and _is_open(cut):
        cut = cut[: length - len(end) - 1].rstrip()
        end += ISOLATES[1] if _is_open(cut) else ""
    return cut + end


def _is_open(text: str) -> bool:
    """Whether an isolate begins in ``text`` and does not end there."""
    return text.count(ISOLATES[0]) > text.count(ISOLATES[1])
