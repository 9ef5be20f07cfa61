"""The name of a file as somebody else gets it: one line without a path, without signs that nobody sees."""

import re

from registry.lib.plaintext import clean, one_line

LONGEST = 120
_PATH = re.compile(r"[/\\]")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*;%]')  # a file system refuses some, a header of HTTP is misread by some
NAMELESS = "file"


def clean_name(given: str) -> str:
    """Return the name without its path, in NFC, at most ``LONGEST`` characters; its ending stays."""
    last = _PATH.split(clean(given))[-1]
    name = _NOT_IN_NAMES.sub("_", one_line(last, len(last) + 1)).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:LONGEST] or NAMELESS
    ending = ending.strip()[:10]
    return f"{stem[: LONGEST - len(ending) - 1].rstrip(' .') or NAMELESS}.{ending}"


def ending_of(name: str) -> str:
    """Return what stands after the last full stop of a name, in lower case; empty where there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""
