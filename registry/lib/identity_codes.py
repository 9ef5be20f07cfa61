"""Finnish personal identity codes: recognised so that they can be refused wherever they are typed."""

import re

_CODE = re.compile(r"(?<![0-9A-Za-z])([0-9]{6})[-+A-FU-Y]([0-9]{3})([0-9A-FHJ-NPR-Y])(?![0-9A-Za-z])", re.IGNORECASE)
_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def holds_identity_code(text: str) -> bool:
    """Whether ``text`` holds a personal identity code whose check character is right (government decree 128/2010)."""
    return any(_CHECKS[int(day + number) % 31] == check.upper() for day, number, check in _CODE.findall(text))
