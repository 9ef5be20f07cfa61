"""Filters, tags and parts that pages are made of."""

from datetime import date
from operator import itemgetter

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.translation import override

from registry.lib.exports import Dataset, cell
from registry.lib.facets import Facet, FacetChoice, Pill
from registry.lib.languages import Text
from registry.lib.pages import page_of, query_with
from registry.templatetags.ui import before, elided, first_input, paragraphs, query, shade, shortened_address


@pytest.mark.parametrize(
    ("asked", "number"),
    [("2", 2), ("", 1), ("0", 4), ("-3", 4), ("1000000000", 4), ("9" * 5000, 1), ("kaksi", 1), ("\x00", 1), ("1.5", 1)],
)
def test_a_page_number_never_fails(asked: str, number: int) -> None:
    request = RequestFactory().get("/", {"page": asked})
    assert page_of(request, list(range(100))).number == number


def test_changing_a_filter_drops_the_page_and_keeps_the_rest() -> None:
    asked = QueryDict("stage=running&region=satakunta&page=3")
    assert query_with(asked, stage=None) == "?region=satakunta"
    assert query_with(asked, page=4) == "?stage=running&region=satakunta&page=4"
    assert query_with(asked, stage=["running", "ended"], region="") == "?stage=running&stage=ended"
    assert query_with(QueryDict("a=1"), a=None) == "?"


def test_the_query_tag_works_without_a_request() -> None:
    assert query({}, page=2) == "?page=2"


def test_pages_are_linked_with_gaps_and_say_which_is_current() -> None:
    page = Paginator(range(1000), 25).get_page(20)
    assert elided(page) == [1, page.paginator.ELLIPSIS, 19, 20, 21, page.paginator.ELLIPSIS, 40]
    request = RequestFactory().get("/?stage=running&page=20")
    html = render_to_string("components/pagination.html", {"page": page, "request": request})
    assert 'href="?stage=running&amp;page=21"' in html
    assert html.count('aria-current="page"') == 1
    assert render_to_string("components/pagination.html", {"page": Paginator([1], 25).get_page(1)}).strip() == ""


def test_paragraphs_lists_and_links_are_made_of_plain_text() -> None:
    html = paragraphs("Yksi <b>\nkaksi\r\n\r\nKatso https://tem.fi/kasvupalvelut.\n- ensimmäinen\n- toinen")
    assert html.split("\n") == [
        "<p>Yksi &lt;b&gt;<br>kaksi</p>",
        '<p>Katso <a href="https://tem.fi/kasvupalvelut">https://tem.fi/kasvupalvelut</a>.</p>',
        "<ul><li>ensimmäinen</li><li>toinen</li></ul>",
    ]
    assert "<script" not in paragraphs('<script>alert("x")</script>')
    assert paragraphs(None) == ""


def test_a_list_broken_by_a_line_stays_a_paragraph() -> None:
    assert paragraphs("- yksi\nkaksi") == "<p>- yksi<br>kaksi</p>"


def test_a_text_in_another_language_is_marked_as_such() -> None:
    with override("sv"):
        assert paragraphs(Text("Teksti", "fi")) == '<div lang="fi"><p>Teksti</p></div>'
        assert paragraphs(Text("Text", "sv")) == "<p>Text</p>"


@pytest.mark.parametrize(("count", "shown"), [(None, 0), (0, 0), (1, 1), (2, 2), (4, 2), (5, 3), (99, 3)])
def test_the_map_has_four_shades(count: int | None, shown: int) -> None:
    assert shade(count) == shown


def test_an_address_is_read_without_its_scheme() -> None:
    assert shortened_address("https://tem.fi/kasvupalvelut/") == "tem.fi/kasvupalvelut"


class _Form(forms.Form):
    name = forms.CharField(label="Nimi")
    kind = forms.ChoiceField(label="Laji", choices=[("a", "A")], widget=forms.RadioSelect)


def test_the_error_summary_links_to_each_field_and_takes_the_focus() -> None:
    form = _Form({})
    form.add_error(None, "Kokonaan väärin")
    html = render_to_string("components/error_summary.html", {"form": form})
    assert 'href="#id_name"' in html
    assert 'href="#id_kind_0"' in html
    assert "autofocus" in html
    assert "Kokonaan väärin" in html
    assert first_input(form["name"]) == "id_name"
    assert render_to_string("components/error_summary.html", {"form": _Form()}).strip() == ""


def test_facets_and_pills_are_links_with_counts() -> None:
    choice = FacetChoice("Käynnissä", "running", 3, "?stage=running", selected=True)
    facet = Facet("Vaihe", "stage", [choice])
    html = render_to_string("components/facets.html", {"facets": [facet, Facet("Tyhjä", "none")]})
    assert 'href="?stage=running" aria-current="true"' in html
    assert "(3)" in html
    assert "Tyhjä" not in html
    pills = render_to_string("components/pills.html", {"pills": [Pill("Käynnissä", "?")]})
    assert "Käynnissä" in pills
    assert render_to_string("components/pills.html", {"pills": []}).strip() == ""


@pytest.mark.parametrize(
    "bad", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", '"=1', "＝1", "＋1", "－1", "＠x", "\u200b=1"]
)
def test_no_cell_of_a_staff_file_starts_a_formula(bad: str) -> None:
    assert cell(bad).startswith("'")


def test_a_staff_file_keeps_numbers_days_and_words() -> None:
    values = (-5, 1.5, None, True, "Åbo", "a\0b", date(2026, 11, 28))
    file = Dataset(values, {"x": lambda value: value}, guarded=True).file("a", "csv").getvalue().decode()
    assert file.split("\r\n") == ["\ufeffx", "-5", "1.5", '""', "True", "Åbo", "ab", "2026-11-28", ""]


def test_a_staff_file_opens_in_a_finnish_spreadsheet() -> None:
    rows = [{"name": "=x", "count": 1}, {"name": "a;b", "count": None}]
    response = Dataset(rows, {"Nimi": itemgetter("name"), "Määrä": itemgetter("count")}, guarded=True).file("a", "csv")
    assert response.getvalue().decode() == '\ufeffNimi;Määrä\r\n\'=x;1\r\n"a;b";\r\n'
    assert response.headers["Content-Disposition"] == 'attachment; filename="a.csv"'


def test_a_bare_address_of_mail_is_a_link_and_what_only_looks_like_one_is_not() -> None:
    assert '<a href="mailto:kirjaamo@liitto.example">kirjaamo@liitto.example</a>.' in paragraphs(
        "Kirjoita: kirjaamo@liitto.example."
    )
    assert "mailto" not in paragraphs("hinta 5 @ kappale, @nimi, nimi@")
    assert '"mailto:a@b.fi">a@b.fi</a>&lt;' in paragraphs("a@b.fi<script>")


@pytest.mark.parametrize(("n", "hidden"), [(12, 0), (13, 1), (30, 18)])
def test_a_facet_with_many_choices_shows_twelve_and_opens_the_rest(n: int, hidden: int) -> None:
    facet = Facet("Kunta", "municipality", [FacetChoice(f"Kunta {i}", str(i), 1, f"?m={i}") for i in range(n)])
    html = render_to_string("components/facets.html", {"facets": [facet]})
    assert html.count("<li>") == n
    assert html.count("<details") == html.count("</details>") == 2 + bool(hidden)
    assert html.count("<ul>") == html.count("</ul>") == 1 + bool(hidden)
    if hidden:
        rest = html.partition(f"<summary>{hidden} muu")[2]
        assert rest.count("<li>") == hidden
        assert '<span class="visually-hidden">: Kunta</span>' in rest


def test_a_facet_that_is_folded_can_be_opened() -> None:
    facets = [
        Facet(name, name, [FacetChoice("x", "x", 1, "?x=x")], unfolded=name == "Vaihe")
        for name in ("Vaihe", "Budjetti")
    ]
    html = render_to_string("components/facets.html", {"facets": facets})
    assert ["open>" in part[:10] for part in html.split('<details class="facet"')[1:]] == [True, False]


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Nimi", "Nimi:"),
        ("Onko rahoituksesta sovittu?", "Onko rahoituksesta sovittu?"),
        (Text("Är det klart?", "sv"), '<span lang="sv">Är det klart?</span>'),
        (Text("Namn", "sv"), '<span lang="sv">Namn</span>:'),
        ("<b>?", "&lt;b&gt;?"),
    ],
)
def test_a_label_before_its_value_has_one_mark_at_its_end(label: str, shown: str) -> None:
    with override("fi"):
        assert before(label) == shown
