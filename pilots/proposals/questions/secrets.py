"""Passages that a writer marked as secret, ``[[like this]]``: they stay in the document and leave it nowhere else."""

import re
from typing import Any

MARKED = re.compile(r"\[\[.*?(?:\]\]|\Z)", re.DOTALL)  # a passage without an end goes on to the end of the answer


def without_secrets(value: Any) -> Any:
    """Return an answer, or the answers of a content, without the passages that are marked as secret."""
    if isinstance(value, str):
        return MARKED.sub("", value).strip()
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items()}
    return value


def has_secrets(value: Any) -> bool:
    """Whether any passage is marked as secret."""
    return bool(without_secrets(value) != value)
