"""What turns is isolated: in texts, markup, fields, letters."""

from datetime import date
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.template import Context, engines
from django.test import RequestFactory
from django.utils.safestring import SafeString, mark_safe

from registry.lib import directions
from registry.lib.directions import BEGIN, END, as_markup, fill, isolated
from registry.lib.plaintext import one_line

HEBREW, ARABIC = "פיילוט (2026) 15", "مشروع 7"


def rendered(source: str, **given: object) -> str:
    """Return a template as a page shows it."""
    html = engines["django"].from_string(source).render(given)
    page = as_markup(lambda request: HttpResponse(html))(RequestFactory().get("/"))
    assert isinstance(page, HttpResponse)
    return page.content.decode()


@pytest.mark.parametrize("text", ["", "Kasvupalvelut (2026) 15", "Örö – Åland €", "日本語", "Привет"])
def test_a_text_that_turns_nothing_stays_as_it_is(text: str) -> None:
    assert isolated(text) is text
    assert rendered("<p>{{ text }}</p>", text=text) == f"<p>{text}</p>"


@pytest.mark.parametrize("text", [HEBREW, ARABIC, f"Oulu {ARABIC}", "ﷺ"])
def test_a_text_that_turns_is_isolated_once(text: str) -> None:
    assert isolated(text) == isolated(isolated(text)) == f"{BEGIN}{text}{END}"


@pytest.mark.parametrize(
    "text",
    [f"{HEBREW}{END}", f"{BEGIN}{HEBREW}", f"\u202e{HEBREW}", f"{END}{HEBREW}{BEGIN}", f"{BEGIN}{BEGIN}{HEBREW}"],
)
def test_no_sign_in_a_text_ends_its_isolate(text: str) -> None:
    assert isolated(text) == f"{BEGIN}{HEBREW}{END}"


def test_each_line_is_isolated_for_itself() -> None:
    assert isolated(f"{HEBREW}\r\nHei\n{ARABIC}") == f"{BEGIN}{HEBREW}{END}\r\nHei\n{BEGIN}{ARABIC}{END}"


def test_a_value_in_a_sentence_is_isolated_and_the_sentence_is_not() -> None:
    sentence = fill("Ehdotus %(title)s lähti, %(n)s.", title=HEBREW, n=3)
    assert sentence == f"Ehdotus {BEGIN}{HEBREW}{END} lähti, 3."
    assert rendered("<p>{{ words }}</p>", words=sentence) == f"<p>Ehdotus <bdi>{HEBREW}</bdi> lähti, 3.</p>"


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("<a>{{ text }}</a>: 15", f"<a><bdi>{HEBREW}</bdi></a>: 15"),
        ("<title>{{ text }}</title>", f"<title>{BEGIN}{HEBREW}{END}</title>"),
        ("<option selected>{{ text }}</option>", f"<option selected>{BEGIN}{HEBREW}{END}</option>"),
        ("<textarea>{{ text }}</textarea>", f'<textarea dir="auto">{HEBREW}</textarea>'),
        ('<input value="{{ text }}">', f'<input dir="auto" value="{HEBREW}">'),
        (
            '<a aria-label="{{ text }}" href="/?q={{ text }}">',
            f'<a aria-label="{BEGIN}{HEBREW}{END}" href="/?q={HEBREW}">',
        ),
        ('<a title="a > b">{{ text }}</a>', f'<a title="a > b"><bdi>{HEBREW}</bdi></a>'),
        ("{% for x in both %}{{ x }} {% endfor %}", f"<bdi>{HEBREW}</bdi> <bdi>{ARABIC}</bdi> "),
        ('{{ both|join:", " }}', f"<bdi>{HEBREW}</bdi>, <bdi>{ARABIC}</bdi>"),
        ("{{ lines|linebreaksbr }}", f"<bdi>{HEBREW}</bdi><br>Hei"),
        ("{{ lines|paragraphs }}", f'<p dir="auto">{HEBREW}<br>Hei</p>'),
        ("{% load i18n %}{% blocktranslate %}a {{ text }} b{% endblocktranslate %}", f"a <bdi>{HEBREW}</bdi> b"),
        ("{{ text|capfirst }} {{ markup }}", f"<bdi>{HEBREW}</bdi> <b>{HEBREW}</b>"),
    ],
)
def test_a_page_isolates_by_markup_where_there_may_be_markup(source: str, page: str) -> None:
    given = {"text": HEBREW, "both": [HEBREW, ARABIC], "lines": f"{HEBREW}\nHei"}
    assert rendered(source, **given, markup=SafeString(f"<b>{HEBREW}</b>")) == page


def test_what_is_escaped_stays_escaped() -> None:
    assert rendered("{{ text }}", text=f"<b>{HEBREW}&") == f"<bdi>&lt;b&gt;{HEBREW}&amp;</bdi>"


def test_the_length_that_is_told_is_that_of_the_markup() -> None:
    text = f"{BEGIN}{HEBREW}{END}"
    told = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(text.encode()))}
    page = as_markup(lambda request: HttpResponse(text, headers=told))(RequestFactory().get("/"))
    assert page.headers["Content-Length"] == str(len(f"<bdi>{HEBREW}</bdi>".encode()))


def test_a_subject_that_is_cut_ends_its_isolate() -> None:
    cut = one_line(f"Lähetä: {isolated(HEBREW * 20)}", 60, isolates=True)
    assert (len(cut), cut[-2:], cut.count(BEGIN)) == (60, f"…{END}", 1)


@pytest.mark.parametrize("autoescape", [True, False])
@pytest.mark.parametrize(
    "value",
    [
        "",
        "a & <b>",
        "”å”",
        mark_safe("<b>å</b>"),
        0,
        999,
        1000,
        12_345,
        -1,
        True,
        None,
        1.5,
        Decimal("2.50"),
        date(2026, 1, 2),
    ],
)
def test_a_value_is_shown_as_the_library_shows_it(value: object, autoescape: bool) -> None:
    context = Context(autoescape=autoescape)
    assert directions._shown(value, context) == directions._show(value, context)
