"""The list of pilots as a table with chosen columns, as cards and as a map: all in the address, without a script."""

import re
from datetime import UTC, datetime

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from pilots.catalogue.filters.pilot_table import COLUMNS, USUAL
from pilots.models import Pilot, ResultCard
from regions.models import Organisation, Region, User
from registry.templatetags.ui import as_read
from tests.cast import SignIn
from tests.factories import make_card, make_pilot
from tests.pilots.catalogue.rich_pilot import rich_pilot

pytestmark = pytest.mark.django_db


def page(query: str = "", client: Client | None = None) -> str:
    answer = (client or Client()).get(reverse("pilots") + query)
    assert answer.status_code == 200
    return answer.text


def headings(text: str) -> list[str]:
    return re.findall(r'<th scope="col">([^<]+)</th>', text)


def test_the_usual_columns_are_shown_and_others_can_be_chosen(satakunta: Region) -> None:
    rich_pilot(budget_eur=70_000)
    usual = page()
    assert headings(usual) == ["Pilotti", "Alue", "Vaihe", "Alku", "Tulos"]
    assert re.findall(r'name="column" value="(\w+)"[^>]* checked', usual) == list(USUAL)
    chosen = page("?column=budget&column=lead&column=nothing")
    assert headings(chosen) == ["Pilotti", "Vetäjä", "Budjetti"]
    assert 'data-label="Vetäjä"' in chosen
    assert "70\xa0000 €" in chosen.replace("&nbsp;", "\xa0")


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_tells_something_also_of_a_pilot_of_which_little_is_known(column: str, satakunta: Region) -> None:
    rich_pilot(changed_at=datetime(2026, 11, 1, 12, tzinfo=UTC))
    make_pilot()
    text = page(f"?column={column}")
    assert len(headings(text)) == 2
    assert all(re.sub(r"<[^>]+>|\s", "", cell) for cell in re.findall(r"<td data-label[^>]*>(.*?)</td>", text, re.S))


def test_the_choice_of_columns_keeps_the_filters_and_is_kept_by_them(satakunta: Region) -> None:
    make_pilot(regions=[satakunta])
    text = page("?region=region-04&sort=code&column=lead")
    form = text.partition('class="explain columns"')[2].partition("</form>")[0]
    assert re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', form) == [
        ("region", "region-04"),
        ("sort", "code"),
    ]
    assert 'href="?column=lead&amp;sort=code"' in text  # the pill's way out


def test_an_address_that_asks_for_the_usual_is_the_address_without_it() -> None:
    make_pilot()
    usual = "".join(f"&column={name}" for name in USUAL)
    for query in ("", "?view=table", f"?view=table{usual}"):
        assert 'href="?view=cards"' in page(query)


def test_a_view_that_does_not_exist_is_named_and_the_table_is_shown() -> None:
    make_pilot()
    text = page("?view=globe")
    assert "Näkymä" in text.partition("<main")[2].partition("list-head")[0]
    assert len(headings(text)) == 5


def test_cards_tell_the_summary(satakunta: Region) -> None:
    pilot = make_pilot(regions=[satakunta], summary_fi="Kokeillaan jotakin uutta.")
    text = page("?view=cards")
    assert "Kokeillaan jotakin uutta." in text
    assert reverse("pilot", args=[pilot.code]) in text
    assert "<table" not in text
    assert '<ul class="card-list">' not in page()


def test_the_map_counts_the_pilots_of_the_list_by_region_and_leads_to_them(
    satakunta: Region, etela_savo: Region
) -> None:
    for region in (satakunta, satakunta, etela_savo):
        make_pilot(regions=[region], stage="ended")
    make_pilot(regions=[satakunta], stage="planned")
    make_pilot(stage="ended", parent=make_pilot(stage="ended"))
    text = page("?view=map&stage=ended&region=region-10")
    rows = dict(re.findall(r'<a href="([^"]+)"[^>]*>[^<]+</a></th><td class="number">([^<]+)</td>', text))
    assert rows["?stage=ended&amp;region=region-04"] == "2"
    assert rows["?stage=ended&amp;region=region-10"] == "1"
    assert re.search(r'Maakunta ei ole tiedossa</th><td class="number">2</td>', text)
    assert text.count('aria-current="true"') >= 3  # the view, the region in the table and on the map
    assert headings(text) == ["Maakunta"]


def test_a_map_of_nothing_says_what_to_leave_out() -> None:
    make_pilot(stage="ended")
    assert "Tuloksia löytyy, jos jätät pois" in page("?view=map&stage=ended&q=qwrtpsdfg")


@pytest.mark.parametrize("view", ["table", "cards", "map"])
def test_an_unpublished_pilot_is_in_no_view_of_a_reader(
    view: str, satakunta: Region, officer: User, as_user: SignIn
) -> None:
    make_pilot(regions=[satakunta])
    make_pilot(regions=[satakunta], published=False, name_fi="Salasana")
    columns = "".join(f"&column={name}" for name in COLUMNS)
    text, seen = page(f"?view={view}{columns}"), page(f"?view={view}{columns}", as_user(officer))
    if view == "map":
        assert ('<td class="number">1<' in text, '<td class="number">2<' in seen) == (True, True)
    else:
        assert ("Salasana" in text, "Salasana" in seen) == (False, True)


@pytest.mark.parametrize("rows", [1, 3, 60])
def test_each_view_takes_as_many_statements_for_any_number_of_pilots(
    rows: int, client: Client, satakunta: Region, django_assert_num_queries
) -> None:
    for n in range(rows):
        rich_pilot(n)
    columns = "&".join(f"column={name}" for name in COLUMNS)
    for query, statements in {"?view=cards": 4, "?view=map": 3, f"?{columns}": 4}.items():
        with django_assert_num_queries(statements):
            client.get(reverse("pilots") + query)
    assert Pilot.objects.count() == rows


def test_a_line_follows_all_that_it_shows(satakunta: Region, officer: User, as_user: SignIn) -> None:
    pilot, staff, kept = rich_pilot(), as_user(officer), caches["template_fragments"]
    Pilot.objects.filter(pk=pilot.pk).update(published_at=datetime(2026, 1, 1, tzinfo=UTC))
    columns = "?" + "&".join(f"column={column}" for column in COLUMNS)
    acts = (
        lambda: Pilot.objects.filter(pk=pilot.pk).update(name_fi="Toinen nimi"),
        lambda: Pilot.objects.filter(pk=pilot.pk).update(budget_eur=12_345),
        lambda: Region.objects.update(name_fi="Toinen maakunta"),
        lambda: pilot.regions.clear(),
        lambda: make_card(pilot),
        lambda: ResultCard.objects.filter(pilot=pilot).update(outcome="unknown"),
        lambda: Organisation.objects.update(name_fi="Toinen vetäjä"),
        lambda: pilot.themes.clear(),
        lambda: Pilot.objects.filter(pk=pilot.pk).update(published_at=None),
    )
    seen = {line(columns, staff)}
    for act in acts:
        act()
        shown = line(columns, staff)
        assert shown not in seen
        kept.clear()
        assert shown == line(columns, staff)
        seen.add(shown)
    assert line(f"{columns}&pvm=2018-03-15", staff) not in seen
    with override("sv"):
        assert line(columns, staff) not in seen


def line(query: str, client: Client) -> str:
    return page(query, client).partition("<tbody>")[2].partition("</tbody>")[0]


def test_a_line_is_kept_of_what_was_read_together_alone() -> None:
    with pytest.raises(AttributeError):
        as_read(make_pilot())
