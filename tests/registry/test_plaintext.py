"""Words are cleaned in one place, and what a form or an address carries has been there before a view reads it."""

from typing import Any

import pytest
from django.http import HttpRequest, QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from regions.imports import values
from regions.models import Region
from registry.lib.exports import Dataset
from registry.lib.plaintext import UNSTORABLE, clean, is_clean, lines, one_line, paragraphs
from registry.request_guard import RequestGuard
from tests.factories import make_pilot

APART = "Ha\u0308me"  # a letter and its dots, as a file from a Mac has them
TOGETHER = "Häme"


def test_a_letter_and_its_accent_become_one_character() -> None:
    for cleaned in (clean(APART), lines(APART), one_line(APART, 80), paragraphs(APART).strip()):
        assert cleaned == TOGETHER


@pytest.mark.parametrize("kind", ["csv", "json"])
@pytest.mark.parametrize("value", [APART, [APART, "x"], "Ha\u0308\u2028me\0"])
def test_files_are_cleaned(kind: str, value: Any) -> None:
    file = Dataset([value, "b"], {"name": lambda row: row}).file("f", kind).getvalue().decode()
    assert clean(file) == file
    assert TOGETHER in file.replace("\\n", "").replace("Hä\nme", TOGETHER)


def test_controls_and_halves_of_pairs_go_and_tabs_and_line_ends_stay() -> None:
    assert clean("a\0b\x1b[31m\x7f\x9f\ud800c\td\r\ne\nf") == "ab[31mc\td\r\ne\nf"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("kirjaamo@kunta.example\u200b", "kirjaamo@kunta.example"),
        ("\u202eylösalaisin\u202c", "ylösalaisin"),
        ("\u2067oma\u2069 \u200fsuunta\u200e", "oma suunta"),
        ("kasvu\u00adpalvelu\ufeff", "kasvupalvelu"),
        ("\u200b", ""),
        ("\u202e\u202d", ""),
        ("\u200d\u200c", ""),
        ("\u3164\u2800", ""),
        ("👩\u200d🚒 sammuttaa\u200d", "👩\u200d🚒 sammuttaa"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
    ],
)
def test_signs_that_nobody_sees_go(typed: str, kept: str) -> None:
    assert clean(typed) == kept
    assert clean(clean(typed)) == kept


def test_a_rare_line_end_ends_a_line() -> None:
    assert clean("a\vb\fc\x85d\u2028e\u2029f") == "a\nb\nc\nd\ne\nf"
    assert lines("a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_a_header_s_words_are_one_short_line() -> None:
    assert one_line("a\0b\r\nc\u2028d\te", 80) == "a b c d e"
    assert one_line("x" * 20, 10) == "x" * 9 + "…"
    assert one_line("a long line", 8) == "a long…"
    assert one_line("a long line", 7, end="") == "a long"


def test_a_body_has_ordinary_lines_and_no_control_characters() -> None:
    assert paragraphs("a\0\r\nb\u2028c  \n\n\n\nd\x1b[31m") == "a\nb\nc\n\nd[31m\n"


@given(st.text())
def test_what_is_clean_stays_as_it_is_and_can_be_stored_and_sent(text: str) -> None:
    for cleaned in (clean(text), lines(text), one_line(text, 50), paragraphs(text)):
        assert not UNSTORABLE.search(cleaned)
        cleaned.encode()
        assert clean(cleaned) == cleaned
    assert lines(lines(text)) == lines(text)
    assert one_line(one_line(text, 50), 50) == one_line(text, 50)


def test_an_import_keeps_a_letter_and_its_accent_as_one_character() -> None:
    assert values.read_value(Region, "name", {"fi": APART, "sv": APART, "en": APART})["name_fi"] == TOGETHER


@pytest.mark.django_db
def test_a_search_finds_a_word_however_its_accent_was_typed() -> None:
    pilot = make_pilot(name_fi="Hämeen työllisyyspilotti")
    page = Client().get(reverse("pilots"), {"q": "Ha\u0308meen"})
    assert list(page.context["page"]) == [pilot]


def test_a_password_stays_as_it_was_typed() -> None:
    request = HttpRequest()
    request.GET = QueryDict()
    request.POST = QueryDict(mutable=True)
    request.POST.update({"password1": APART, "name": APART})
    RequestGuard(lambda _request: None).process_view(request, None, (), {})
    assert (request.POST["password1"], request.POST["name"]) == (APART, TOGETHER)


def test_fields_that_are_clean_are_handed_on_untouched() -> None:
    request: Any = HttpRequest()
    request.GET, request.POST = QueryDict("a=1&a=2"), QueryDict("b=ä")
    before = request.GET, request.POST
    RequestGuard(lambda _request: None).process_view(request, None, (), {})
    assert before == (request.GET, request.POST)
    assert request.GET is before[0]
    assert request.POST is before[1]


def test_several_values_of_a_field_all_stay() -> None:
    request = HttpRequest()
    request.GET, request.POST = QueryDict("a=1%00&a=2&b=3"), QueryDict()
    RequestGuard(lambda _request: None).process_view(request, None, (), {})
    assert list(request.GET.lists()) == [("a", ["1", "2"]), ("b", ["3"])]
    with pytest.raises(AttributeError):
        request.GET["a"] = "4"


@given(st.lists(st.text()))
def test_what_is_called_clean_is_as_cleaning_leaves_it(texts: list[str]) -> None:
    assert not is_clean(texts) or texts == [clean(text) for text in texts]
    assert is_clean(["ä", *(clean(text) for text in texts if text.isascii())])
