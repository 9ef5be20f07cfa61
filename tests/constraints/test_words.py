"""What a form says when a rule of the database is broken, in the reader's language."""

from typing import Any

import pytest
from django.utils.translation import override

from tests.constraints.refusal import our_models

SAID: dict[str, Any] = {
    constraint.name: constraint.violation_error_message
    for app in ("regions", "pilots")
    for model in our_models(app)
    for constraint in model._meta.constraints
}


@pytest.mark.parametrize("name", SAID)
def test_a_broken_rule_is_told_in_the_readers_language(name: str) -> None:
    told = {}
    for language in ("fi", "sv", "en"):
        with override(language):
            told[language] = str(SAID[name])
    assert len(set(told.values())) == 3, told
    assert name not in told["en"], "a rule's own words, not Django's"
