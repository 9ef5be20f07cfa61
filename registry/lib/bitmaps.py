"""Sets of rows as whole numbers: one bit for each row, by its key. ``&`` narrows, ``|`` adds, ``bit_count`` counts."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, islice

_TRUTH = bytes.maketrans(b"01", b"\x00\x01")


def of(keys: Iterable[int]) -> int:
    """Return the set of the rows with these keys."""
    found = list(keys)
    if not found:
        return 0
    held = bytearray(max(found) // 8 + 1)
    for key in found:
        held[key >> 3] |= 1 << (key & 7)
    return int.from_bytes(held, "little")


def flags(rows: int, length: int) -> bytes:
    """Return for each key below ``length`` whether the row is in the set: 1 or 0."""
    return bin(rows)[2:].encode().translate(_TRUTH)[::-1].ljust(length, b"\x00")


def chosen(keys: Sequence[int], rows: int) -> Iterator[int]:
    """Return for each of ``keys`` whether the row is in the set: 1 or 0."""
    return map(flags(rows, max(keys, default=0) + 1).__getitem__, keys)


def portion(order: Sequence[int], rows: int, start: int, stop: int) -> list[int]:
    """Return the keys of the set from place ``start`` to ``stop`` (not included) in the order."""
    return list(islice(compress(order, chosen(order, rows)), start, stop))
