"""What an import of the actors' reference data answers, and a record of its files."""

from typing import Any

from regions.imports import Count


def totals(counts: list[Count]) -> tuple[int, int, int]:
    return sum(c.created for c in counts), sum(c.changed for c in counts), sum(c.removed for c in counts)


def by_slug(content: list[dict[str, Any]], slug: str) -> dict[str, Any]:
    return next(record for record in content if slug in (record.get("slug"), record.get("code"), record.get("key")))
