"""The accessibility statement as data: read from ``accessibility.json``, shown in three languages."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from registry.lib.languages import InThree

FILE = Path(__file__).with_name("accessibility.json")
STATUSES = ("full", "partial", "none")


@dataclass(frozen=True)
class Defect:
    """A known defect: what it is, the criterion of WCAG 2.2 it falls short of, when it is to be mended."""

    what: InThree
    criterion: str
    mended_by: date | None


@dataclass(frozen=True)
class Statement:
    """The statement: how far the site conforms, how that was found out and when, what is known to be wrong."""

    status: str
    checked_on: date
    method: InThree
    defects: tuple[Defect, ...]
    feedback: str


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _in_three(texts: dict[str, str]) -> InThree:
    return InThree(texts["fi"], texts["sv"], texts["en"])  # none is missing


@cache
def statement() -> Statement:
    """Return the statement; a file that is not whole raises at the first page, and in the tests before."""
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    if data["status"] not in STATUSES:
        raise ValueError(f"accessibility.json: unknown status {data['status']!r}")
    return Statement(
        status=data["status"],
        checked_on=date.fromisoformat(data["checked_on"]),
        method=_in_three(data["method"]),
        defects=tuple(
            Defect(_in_three(defect["what"]), defect["criterion"], _day(defect["mended_by"]))
            for defect in data["defects"]
        ),
        feedback=data["feedback"],
    )
