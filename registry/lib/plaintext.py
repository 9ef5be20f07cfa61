"""Plain text: how words are cleaned that people type, that programs answer, that mails and files carry.

``clean`` is the one door. What a form or an address carries has passed it before a view reads it
(``registry.request_guard``), and so has each text of an import. NFC writes a letter and its accent as one character:
equal words are then equal, and a search finds them, however they were typed.
"""

import re
import unicodedata

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
# Joiners shape the letters of some scripts, and pictures, from within; alone or at the end of a word they are unseen.
_LOOSE_JOINER = re.compile("(?<!\\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\\S)")
_LINE_END = re.compile(r"\r\n?")


def clean(text: str) -> str:
    """Return ``text`` in NFC, without signs that nobody sees and lone surrogates. Tabs and line ends stay."""
    seen = _UNSEEN.sub("", _CONTROL.sub("", _RARE_LINE_END.sub("\n", text)))
    return unicodedata.normalize("NFC", _LOOSE_JOINER.sub("", seen))


def lines(text: str) -> str:
    r"""Return ``text`` cleaned, with each line end as ``\n``."""
    return _LINE_END.sub("\n", clean(text))


def paragraphs(text: str) -> str:
    """Return ``text`` as the body of a mail: no line ends in blanks, no two blank lines in a row, one line end last."""
    tidy = re.sub(r"[ \t]+\n", "\n", lines(text))
    return re.sub(r"\n{3,}", "\n\n", tidy).strip() + "\n"


def one_line(text: str, length: int, *, end: str = "…") -> str:
    """Return ``text`` as one line, fit for a mail header, of at most ``length`` characters.

    A longer line is cut and ends in ``end``. Characters that nobody sees (controls, formats, unassigned) become blanks,
    and blanks in a row become one.
    """
    seen = "".join(" " if unicodedata.category(character)[0] == "C" else character for character in text)
    line = " ".join(unicodedata.normalize("NFC", seen).split())
    return line if len(line) <= length else line[: length - len(end)].rstrip() + end
