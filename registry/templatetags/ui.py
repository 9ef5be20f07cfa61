"""The few filters and tags of the pages; builtins, so no template loads them."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.db.models import Model
from django.forms import BoundField
from django.http import QueryDict
from django.template import defaultfilters as library
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info, gettext, ngettext

from registry.lib import directions, kept_forms
from registry.lib.dates import Fuzzy, Valid, finnish_time
from registry.lib.facets import FacetChoice
from registry.lib.formats import (
    day_words,
    deadline_words,
    introducing,
    known_words,
    moment_words,
    range_words,
    reading_words,
)
from registry.lib.languages import Text, reader_language
from registry.lib.pages import query_with
from registry.lib.places import place_in

register = template.Library()
directions.isolate_in_templates()

ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.ASCII)
SHADES = (1, 2, 5)  # the map's classes: none, one, two to four, five or more


@register.filter
def day(value: date | None) -> str:
    """Return the day in the reader's language; a moment counts on the Finnish clock."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        value = finnish_time(value).date()
    return day_words(value, reader_language())


@register.filter
def moment(value: datetime | None) -> str:
    """Return the aware moment in the reader's language, on the Finnish clock."""
    return moment_words(value, reader_language()) if value else ""


@register.filter
def to_the_second(value: datetime | None) -> str:
    """Return the aware moment with its seconds."""
    return moment_words(value, reader_language(), seconds=True) if value else ""


@register.filter
def deadline(value: datetime | None) -> str:
    """Return a deadline: weekday, date, clock time, "Finnish time". It stands by itself, as after a colon."""
    return deadline_words(value, reader_language()) if value else ""


@register.filter
def by_deadline(value: datetime | None) -> str:
    """Return a deadline within a sentence, after "at the latest" or "closes": in Finnish the weekday is inflected."""
    return deadline_words(value, reader_language(), in_a_sentence=True) if value else ""


@register.filter
def days_of(row: Valid) -> str:
    """Return the days from the first to the last of something whose two ends are known."""
    return range_words(row.first_day, row.last_day, reader_language()) if row.first_day and row.last_day else ""


@register.filter
def places(names: str | list[str]) -> str:
    """Return the names of one place or several in the reader's language, given in Finnish: "Björneborg, Raumo"."""
    language = reader_language()
    return ", ".join(place_in(name, language) for name in ([names] if isinstance(names, str) else names))


@register.filter
def on(thing: Any, day: date) -> Any:
    """Return what ``thing`` is on ``day``, as its own ``on`` tells."""
    return thing.on(day)


@register.filter
def activity(group: Any, day: date) -> str:
    """Return what is known of the group's work on ``day``."""
    return str(group.activity_on(day))


@register.filter
def known(value: Fuzzy) -> str:
    """Return in words when a fact was last known."""
    return known_words(value, reader_language())


@register.filter
def fuzzy(value: Fuzzy | None) -> SafeString:
    """Return a fuzzy date: its own Finnish words and our reading, where it adds something.

    A reader of Finnish meets the words first, unless they count from another day ("next year"); for others, and then,
    the reading comes first and the words stand quoted.
    """
    if not value:
        return format_html('<span class="unknown">{}</span>', gettext("not known"))
    reading = reading_words(value, reader_language())
    if not value.words:
        return format_html("{}", reading)
    words = Text(value.words, "fi").__html__()
    if not reading and value.earliest and reader_language() != "fi":  # their words are figures: a day, or years
        return format_html("{}", day_words(value.earliest, reader_language()) if value.exact else value.words)
    quoted = format_html('<span lang="fi">”{}”</span>', value.words)
    if not reading:  # Finnish words without a reading of ours stand as a quotation on pages in other languages
        return words if reader_language() == "fi" else quoted
    if value.counted_from:
        since = day_words(value.counted_from, reader_language())
        quoted = SafeString(gettext("%(words)s, counted from %(day)s") % {"words": quoted, "day": since})
        return format_html('{} <span class="reading">({})</span>', reading, quoted)
    if reader_language() != "fi":
        return format_html('{} <span class="reading">({})</span>', reading, quoted)
    return format_html('{} <span class="reading">({})</span>', words, reading)


@register.filter
def fuzzy_in_brief(value: Fuzzy | None) -> SafeString:
    """Return a fuzzy date for a line of a list: the words where they are Finnish and count from no other day."""
    if not value:
        return fuzzy(value)
    reading = reading_words(value, reader_language())
    if reading and (value.counted_from or reader_language() != "fi" or not value.words):
        return format_html("{}", reading)
    return Text(value.words, "fi").__html__() if reader_language() == "fi" and value.words else fuzzy(value)


def _linked(text: str) -> SafeString:
    parts, end = [], 0
    for found in ADDRESS.finditer(text):
        scheme = "" if "://" in found.group() else "mailto:"
        parts += [escape(text[end : found.start()]), format_html('<a href="{0}{1}">{1}</a>', scheme, found.group())]
        end = found.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308 - every part is escaped above


def _direction(words: str) -> SafeString:
    """Return the attribute of a block whose words may be written from right to left."""
    return SafeString(' dir="auto"' if directions.turns(words) else "")


def _isolated(value: Any) -> Any:
    """Return a value's words, isolated if they turn; markup has seen to that."""
    return value if hasattr(value, "__html__") else directions.isolated(str(value))


@register.filter(needs_autoescape=True)
def join(values: Any, between: str, autoescape: bool = True) -> str:
    """Return the values with words between them, as the library does, each isolated where it turns."""
    return str(library.join([_isolated(value) for value in values], between, autoescape))


@register.filter(needs_autoescape=True)
def linebreaksbr(value: Any, autoescape: bool = True) -> str:
    """Return the lines with breaks, as the library does, each isolated where it turns."""
    return str(library.linebreaksbr(_isolated(value), autoescape))


@register.filter
def paragraphs(value: Any) -> SafeString:
    """Return plain text as paragraphs (blank lines between), lists (lines of "- ") and links (bare addresses)."""
    words = value.plain if isinstance(value, Text) else str(value or "")
    lang = value.lang if isinstance(value, Text) and value.foreign else ""
    blocks = []
    for block in re.split(r"\n[ \t]*\n", words.replace("\r\n", "\n").strip()):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        start = next((n for n, line in enumerate(lines) if line.startswith("- ")), len(lines))
        before, items = lines[:start], lines[start:]
        if items and not all(line.startswith("- ") for line in items):
            before, items = lines, []
        if before:
            said = mark_safe("<br>".join(map(_linked, before)))  # noqa: S308 - each line is escaped
            blocks.append(format_html("<p{}>{}</p>", _direction("".join(before)), said))
        if items:
            points = format_html_join(
                "", "<li{}>{}</li>", ((_direction(line), _linked(line[2:].strip())) for line in items)
            )
            blocks.append(format_html("<ul>{}</ul>", points))
    html = mark_safe("\n".join(blocks))  # noqa: S308 - built by format_html
    return format_html('<div lang="{}">{}</div>', lang, html) if lang and blocks else html


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """Return the current query string with changes, "?" included; see ``pages.query_with``."""
    request = context.get("request")
    return query_with(request.GET if request else QueryDict(), **changes)


@register.filter
def elided(page: Page[Any]) -> list[int | str]:
    """Return the page numbers to show, with gaps."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.filter
def shade(count: int | None) -> int:
    """Return the map's class 0–3 for a number of pilots."""
    return sum((count or 0) >= least for least in SHADES)


@register.filter
def and_sub_pilots(parts: int) -> str:
    """Return `` (and 1 sub-pilot)`` to stand behind a number of pilots: a set counts as one, its parts apart."""
    return f" ({_sub_pilots(parts)})" if parts else ""


def _sub_pilots(parts: int) -> str:
    return ngettext("and %(n)s sub-pilot", "and %(n)s sub-pilots", parts) % {"n": parts}


@register.simple_tag
def facet_choices(choices: Iterable[FacetChoice]) -> SafeString:
    """Return the choices of a facet as items of a list: links with counts.

    A page has hundreds; composed by a template, they took half of its time.
    """
    return mark_safe("\n".join(map(_facet_choice, choices)))  # noqa: S308 - each value is escaped


def _facet_choice(choice: FacetChoice) -> str:
    label, current = directions.isolated(escape(choice.label)), ' aria-current="true"' if choice.selected else ""
    counts = f"{choice.wholes} {_sub_pilots(choice.parts)}" if choice.parts else choice.wholes
    link = f'<a href="{escape(choice.url)}"{current} rel="nofollow">{label} <span class="count">({counts})</span></a>'
    return f"<li>{link}</li>"


@register.filter
def first_input(bound: BoundField) -> str:
    """Return the id that an error's link leads to: the input, or the first one of a group."""
    return bound.id_for_label or f"{bound.auto_id}_0"


@register.filter
def as_read(row: Model) -> str:
    """Return all that was read of a row, which says whether its line is the same; see ``lib.together``."""
    return repr(row.as_read)  # type: ignore[attr-defined]


@register.filter
def before(label: str) -> SafeString:
    """Return a label as it stands before its value or its fault; see ``formats.introducing``."""
    return SafeString(introducing(conditional_escape(label)))


@register.filter
def shortened_address(url: str) -> str:
    """Return an address without its scheme and its last slash, to be read by people."""
    return conditional_escape(re.sub(r"^https?://", "", str(url)).rstrip("/"))


@register.filter
def language_names(codes: str) -> str:
    """Return the names of a letter's languages as their readers call them: of ``fi+sv``, "suomi / svenska"."""
    return " / ".join(get_language_info(code)["name_local"] for code in codes.split("+"))


@register.simple_tag(takes_context=True)
def ticket(context: dict[str, Any]) -> SafeString:
    """Return the hidden field that lets what is typed into a form at this address outlive the session."""
    request = context["request"]
    if not request.user.is_authenticated:
        return SafeString()
    return format_html(
        '<input type="hidden" name="{}" value="{}">', kept_forms.FIELD, kept_forms.ticket(request.user.pk, request.path)
    )
