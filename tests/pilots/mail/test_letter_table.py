"""Each letter has one row and three templates; the templates use what the letter's content holds, and all of it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import Engine, engines
from django.template.base import FilterExpression, Lexer, Node, TextNode, TokenType, VariableNode
from django.template.defaulttags import ForNode, IfNode, URLNode, WithNode
from django.template.loader_tags import IncludeNode
from django.template.smartif import TokenBase

from pilots.mail.content import FRAME
from pilots.mail.letters import LETTERS, DeadlineReminder
from pilots.models import Letter
from registry.lib.languages import LANGUAGES

FOLDER = Path(settings.BASE_DIR) / "templates" / "mail"
EVERYWHERE = {"base_url", "language"}  # what registry.lib.letters adds
WORDS_OF_A_LANGUAGE = re.compile(r'\b(date|default):"[^"]*"')
BY_PEOPLE = ("decision.txt", "staff.txt")  # written in the letter's own languages
TEMPLATES = sorted({path.name for path in FOLDER.glob("*/*.txt")})


def source(language: str, name: str) -> str:
    return (FOLDER / language / name).read_text(encoding="utf-8")


def skeleton(language: str, name: str) -> list[Any]:
    """Return the tags of a template in their order, and between them the variables, in any order."""
    found: list[Any] = [set()]
    for token in Lexer(source(language, name)).tokenize():
        contents = WORDS_OF_A_LANGUAGE.sub(r"\1", token.contents).replace(f"mail/{language}/", "mail/")
        if token.token_type == TokenType.VAR:
            found[-1].add(contents)
        elif token.token_type == TokenType.BLOCK:
            found += [contents, set()]
    return [part if isinstance(part, str) else sorted(part) for part in found]


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name not in BY_PEOPLE])
def test_a_letter_is_the_same_in_three_languages(name: str) -> None:
    assert skeleton("fi", name) == skeleton("sv", name) == skeleton("en", name)


@pytest.mark.parametrize("name", BY_PEOPLE)
def test_only_english_readers_of_a_ministry_s_letter_may_get_it_in_other_languages(name: str) -> None:
    """Sending needs Finnish and Swedish, and English is not required: its template has two texts to choose from."""
    finnish = [str(part).replace("_fi", "") for part in skeleton("fi", name)]
    assert finnish == [str(part).replace("_sv", "") for part in skeleton("sv", name)]
    assert "else" in skeleton("en", name)
    closing = skeleton("en", name)[-len(skeleton("fi", name)) + 1 :]
    assert closing == skeleton("fi", name)[1:]  # all that comes after the text


def test_each_letter_has_a_row_and_each_row_three_templates() -> None:
    assert set(LETTERS) == set(Letter)
    for language in LANGUAGES:
        letters = {path.stem for path in (FOLDER / language).glob("[!_]*.txt")}
        assert letters == {*Letter.values}


def test_each_content_is_a_letter_s_own() -> None:
    assert {row.content for row in LETTERS.values() if row.reminder} == {DeadlineReminder}
    for letter, row in LETTERS.items():
        by_people = letter in {Letter.STAFF, Letter.DECISION}  # one content: the letter says which of them it is
        assert row.reminder or by_people or row.content.kind == letter


def read_by(expression: Any) -> Iterator[str]:
    """Yield the names that an expression, or a condition of ``if``, begins with."""
    if isinstance(expression, TokenBase):
        for part in (expression.first, expression.second, getattr(expression, "value", None)):
            yield from read_by(part)
    elif isinstance(expression, FilterExpression):
        variables = [expression.var, *(arg for _, args in expression.filters for is_var, arg in args if is_var)]
        yield from (variable.lookups[0] for variable in variables if getattr(variable, "lookups", None))


def used(nodes: Iterable[Node]) -> set[str]:
    """Return the names that the nodes read and do not give themselves."""
    return set().union(*(used_by(node) for node in nodes))


def used_by(node: Node) -> set[str]:
    match node:
        case TextNode():
            return set()
        case VariableNode():
            return {*read_by(node.filter_expression)}
        case IfNode():
            parts = node.conditions_nodelists
            return {name for condition, _ in parts for name in read_by(condition)} | used(
                inner for _, nodes in parts for inner in nodes
            )
        case ForNode():
            inside = used(node.nodelist_loop) - {*node.loopvars, "forloop"}
            return {*read_by(node.sequence)} | inside | used(node.nodelist_empty)
        case WithNode():
            given = {name for value in node.extra_context.values() for name in read_by(value)}
            return given | used(node.nodelist) - {*node.extra_context}
        case URLNode():
            return {name for argument in [*node.args, *node.kwargs.values()] for name in read_by(argument)}
        case IncludeNode():
            assert not node.extra_context
            return used(engine().get_template(node.template.var).nodelist)
    raise AssertionError(f"teach this test what {type(node).__name__} reads")


def engine() -> Engine:
    pages = engines["django"].engine
    return Engine(dirs=[FOLDER.parent], libraries=pages.libraries, builtins=pages.builtins)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", Letter)
def test_the_content_of_a_letter_holds_what_its_templates_use_and_nothing_else(letter: Letter, language: str) -> None:
    template = engine().from_string(source(language, f"{letter}.txt"))
    content = {field.name for field in fields(LETTERS[letter].content)}

    assert used(template.nodelist) - EVERYWHERE - {*FRAME} == content
