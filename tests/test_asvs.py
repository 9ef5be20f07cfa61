"""The rows of the OWASP ASVS in .docs/asvs.csv, and the paper of security: what they name exists."""

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from pilots.retention import KEPT
from regions import guesses
from registry.lib import session_times

ROOT = Path(settings.BASE_DIR)
PAPER = (ROOT / ".docs" / "security.md").read_text()
with (ROOT / ".docs" / "asvs.csv").open() as file:
    ROWS = list(csv.DictReader(file))
MOST = 25


@cache
def named_in(path: str) -> set[str]:
    """Return the names of the tests in a file."""
    file = ROOT / path
    return {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_every_row_stands_once_and_is_met_or_says_why_not() -> None:
    assert len(ROWS) == len({row["id"] for row in ROWS}) == 253
    for row in ROWS:
        assert re.fullmatch(r"V\d+\.\d+\.\d+", row["id"])
        assert row["evidence"], row
        assert bool(row["waits_for"]) == (row["status"] == "not met"), row
    assert set(Counter(row["status"] for row in ROWS)) == {"met", "not met", "not applicable"}


def test_few_rows_are_not_met() -> None:
    assert sum(row["status"] == "not met" for row in ROWS) <= MOST


@pytest.mark.parametrize("row", [row for row in ROWS if row["tests"]], ids=lambda row: row["id"])
def test_the_tests_that_a_row_names_exist(row: dict[str, str]) -> None:
    assert row["status"] == "met"
    for named in row["tests"].split():
        path, _, name = named.partition("::")
        assert name in named_in(path), named


def test_the_paper_of_security_has_its_sections() -> None:
    titles = re.findall(r"^## (.*)$", PAPER, re.MULTILINE)
    assert titles == [
        *("Protection levels", "Signing in", "What costs much, and what bounds it"),
        *("Files that people attach", "Keys", "Logs", "Updates"),
    ]


def test_the_figures_of_the_paper_are_those_of_the_code() -> None:
    proxy = (ROOT / ".docker" / "proxy" / "nginx.conf").read_text()
    assert "zone=pages:10m rate=10r/s" in proxy
    assert "10 a second and 100 at once, 50 connections" in PAPER
    assert re.search(r"zone=pages burst=100 nodelay;\s+limit_conn connections 50;", proxy)
    assert re.search(r"zone=strangers:10m rate=2r/s.*zone=strangers burst=30", proxy, re.DOTALL)
    assert guesses.RATES["account"].startswith("30/h")
    assert settings.SESSION_COOKIE_AGE == 4 * 3600
    assert session_times.LONGEST.total_seconds() == 10 * 3600
    assert settings.FILES_AT_ONCE == 3
    (log,) = [kept for kept in KEPT if kept.rows is None]
    assert PAPER.count(f"{log.days} days") == 6
