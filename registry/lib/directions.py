"""Directions: what people wrote from right to left turns nothing beside it.

A bracket or a number beside Hebrew or Arabic words is drawn where their direction says. So such a text stands between
two signs, the isolates of Unicode, wherever a template shows it: in a page, an option, an attribute or a mail. In the
markup of a page they become ``<bdi>``. A text without such letters is shown as it is.
"""

import re
from collections.abc import Callable
from html import escape
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template import base
from django.templatetags import i18n
from django.utils.safestring import SafeString, mark_safe

BEGIN, END = "\u2068", "\u2069"  # an isolate whose first letter says its direction
_LETTERS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_OTHER_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066\u2067]")
_TURNS = re.compile(f"[{_LETTERS}{_CONTROLS.pattern[1:-1]}]")
_LINE_END = re.compile("(\r\n|\r|\n)")
_IN_PAIRS = re.compile(f"(?:[^{BEGIN}{END}\n]|\n|{BEGIN}[^{BEGIN}{END}\n]*{END})*")

# In the text of these elements there is no markup, and a field shows what was typed as it was typed.
_PARTS = re.compile(
    r"(?P<plain><(?:title|option|script|style)\b[^>]*>.*?</)|(?P<typed><textarea\b[^>]*>.*?</)"
    r"|(?P<tag><(?:[^>\"']|\"[^\"]*\"|'[^']*')*>)|(?P<text>[^<]+)",
    re.DOTALL | re.IGNORECASE,
)
_SAID = re.compile(r"\b(?:aria-label|alt|title)=\"[^\"]*\"")  # attributes that are read by people
_FIELD = re.compile(r"<(?:input|textarea)\b", re.IGNORECASE)

Answer = Callable[[HttpRequest], HttpResponseBase]


def turns(text: str) -> bool:
    """Whether the text has letters or signs that are written from right to left, or turn what stands beside them."""
    return not text.isascii() and _TURNS.search(text) is not None


def isolated(text: str) -> str:
    """Return the text with each line that turns in an isolate of its own; isolates that are there already stay."""
    if not turns(text):
        return text
    if BEGIN in text and _IN_PAIRS.fullmatch(text):
        return _OTHER_CONTROLS.sub("", text)
    lines = _LINE_END.split(_CONTROLS.sub("", text))  # and the ends between them
    return "".join(f"{BEGIN}{line}{END}" if turns(line) else line for line in lines)


def fill(words: str, /, **values: object) -> str:
    """Return a sentence with its values filled in, each isolated if it turns: ``%(name)s`` stands for ``name``."""
    return words % {name: isolated(str(value)) for name, value in values.items()}


def around(html: SafeString, text: str) -> SafeString:
    """Return the markup of a text of one line, in an isolate if the text turns."""
    return mark_safe(f"{BEGIN}{html}{END}") if turns(text) else html  # noqa: S308 - the markup is the caller's


def without_isolates(text: str) -> str:
    """Return the text without isolates."""
    return text.replace(BEGIN, "").replace(END, "")


def isolate_in_templates() -> None:
    """Let every template show the values of its variables isolated. Done twice, it is done once."""
    show = base.render_value_in_context
    if show is _shown:
        return
    base.render_value_in_context = i18n.render_value_in_context = _shown  # type: ignore[attr-defined]


_show = base.render_value_in_context


def _shown(value: Any, context: Any) -> str:
    """Return what the library shows of a value, isolated; markup comes from a tag or a filter that saw to it.

    A text and a small number, nearly all values of a page, are shown at once: the library asks of each whether it is a
    moment or a number that is written otherwise in the reader's language.
    """
    kind = type(value)
    if kind is SafeString:
        text = value
    elif kind is str:
        text = escape(value) if context.autoescape else value
    elif kind is int and 0 <= value < 1000:
        return str(value)
    else:
        text = _show(value, context)
    return text if text.isascii() or (context.autoescape and "<" in text) else isolated(text)


def as_markup(get_response: Answer) -> Answer:
    """Return middleware that turns the isolates of a page into ``<bdi>``."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not isinstance(response, HttpResponse) or BEGIN.encode() not in response.content:
            return response
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.content = _PARTS.sub(_part, response.content.decode()).encode()
            if "Content-Length" in response.headers:
                response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _part(found: re.Match[str]) -> str:
    """Return a part of a page with its isolates as markup, where there may be markup, else as they may stand there."""
    part = found[0]
    if BEGIN not in part and END not in part:
        return part
    if found["text"]:
        return part.replace(BEGIN, "<bdi>").replace(END, "</bdi>")
    if found["plain"]:
        return part
    kept = [] if found["typed"] else _SAID.findall(part)
    bare = without_isolates(part)
    for said in kept:
        bare = bare.replace(without_isolates(said), said, 1)
    return _FIELD.sub(r'\g<0> dir="auto"', bare, count=1)
