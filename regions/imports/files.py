"""Reads the JSON files of an import: sizes, encoding, syntax, doubled names."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .faults import FaultError, RefusedError

LARGEST = 5_000_000  # bytes; the largest file of ours is a fiftieth of it


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise RefusedError(f"“{doubled}” stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise RefusedError(f"{name} is not a number of JSON")


def find_file(name: str, folders: Sequence[Path]) -> Path:
    """Return the file ``name`` in the first of ``folders`` that has it; raises ``FaultError`` if none has."""
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise FaultError(name, "", f"the file is missing in {', '.join(str(folder) for folder in folders)}")


def read_file(path: Path) -> dict[str, Any]:
    """Return the object a JSON file holds; raises ``FaultError`` for anything but one object of JSON in UTF-8."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise FaultError(path.name, "", f"the file has {size:,} bytes; the largest allowed is {LARGEST:,}")
        content = json.loads(path.read_bytes().decode(), object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError as problem:
        raise FaultError(path.name, "", f"the file is not UTF-8: byte {problem.start} cannot be read") from problem
    except json.JSONDecodeError as problem:
        reason = f"the file is not JSON: line {problem.lineno}, column {problem.colno}: {problem.msg}"
        raise FaultError(path.name, "", reason) from problem
    except (RecursionError, ValueError) as problem:
        raise FaultError(path.name, "", f"the file is not the JSON we read: {problem}") from problem
    except OSError as problem:
        raise FaultError(path.name, "", f"the file cannot be read: {problem.strerror}") from problem
    if not isinstance(content, dict):
        raise FaultError(path.name, "", "the file does not hold one JSON object with named lists")
    return content
