"""Every public list as CSV, XLSX and JSON: the same rows and filters, unaltered, with licence and day."""

import csv
import json
import tracemalloc
from datetime import date
from io import BytesIO, StringIO
from itertools import count
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from pilots.models import NewsItem, Partner, Pilot, PilotModel, Stage
from regions.models import Kind, Organisation, Region, Succession, User
from registry.lib.dates import reading
from registry.lib.exports import PORTION, Dataset, joined
from registry.opendata import DATASETS
from tests.cast import SignIn
from tests.factories import (
    make_card,
    make_claim,
    make_group,
    make_law,
    make_municipality,
    make_organisation,
    make_person,
    make_pilot,
    make_post,
    make_round,
)
from tests.pilots.catalogue.rich_pilot import rich_pilot
from tests.sitemap import FILES

pytestmark = pytest.mark.django_db
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NASTY = '=SUM(1;2), "a" | b\nä'


def content(name: str, kind: str, query: str = "", client: Client | None = None) -> bytes:
    answer = (client or Client()).get(reverse(f"{name}_file", args=[kind]) + query)
    assert answer.status_code == 200
    assert answer.streaming
    return answer.getvalue()


def lines(name: str, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content(name, "csv", query).decode()), strict=True))


def rows(name: str, query: str = "", client: Client | None = None) -> list[dict[str, Any]]:
    return json.loads(content(name, "json", query, client))["rows"]


def sheet(name: str, query: str = "") -> list[list[str]]:
    with ZipFile(BytesIO(content(name, "xlsx", query))) as book:
        assert book.testzip() is None
        for part in book.namelist():
            ElementTree.fromstring(book.read(part))
        tree = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not list(tree.iter(f"{MAIN}f"))
    return [["".join(cell.itertext()) for cell in row] for row in tree.iter(f"{MAIN}row")]


@pytest.fixture
def everything(satakunta: Region) -> Pilot:
    """A row of every dataset."""
    pilot = rich_pilot(code="KP-2018-801", name_fi=NASTY, budget_eur=1000)
    make_claim(make_card(pilot))
    make_law(name_fi=NASTY).pilots.add(pilot)
    make_group(name_fi=NASTY).regions.add(satakunta)
    make_round(name_fi=NASTY)
    old, new = make_organisation(Kind.ELY_CENTRE, satakunta, name_fi=NASTY), make_organisation()
    Succession.objects.create(predecessor=old, successor=new, on=date(2026, 1, 1))
    words = {f"{name}_{code}": NASTY for name in ("title", "body") for code in ("fi", "sv", "en")}
    NewsItem.objects.create(slug="uutinen", author="Kuutamo Kirjoittaja", published_at=timezone.now(), **words)
    return pilot


@pytest.mark.parametrize("name", FILES)
def test_the_three_files_of_a_list_have_the_same_rows_and_values(everything: Pilot, name: str) -> None:
    told = json.loads(content(name, "json"))
    table, book = lines(name), sheet(name)
    assert told["rows"]
    assert len(table) == len(told["rows"]) == len(book) - 1
    assert list(told["columns"]) == list(told["rows"][0])
    assert list(table[0]) == book[0] == [*told["columns"].values(), "Lisenssi", "Tiedoston päivä"]
    for line, record, cells in zip(table, told["rows"], book[1:], strict=True):
        values = list(line.values())
        assert values == [*(str(joined(value)) for value in record.values()), "CC BY 4.0", told["as_of"]]
        truths = {"True": "1", "False": "0"}  # in a workbook
        assert cells == [truths.get(value, value) for value in values]
    assert any(NASTY in record.values() for record in told["rows"]) or name in {"results", "programmes"}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_says_its_licence_and_its_day_also_in_its_name(everything: Pilot, name: str, kind: str) -> None:
    answer = Client().get(reverse(f"{name}_file", args=[kind]))
    day = timezone.localdate().isoformat()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}-{day}.{kind}"'


def test_a_file_of_another_day_says_that_day(everything: Pilot) -> None:
    answer = Client().get(reverse("pilots_file", args=["json"]) + "?pvm=2018-03-15")
    assert 'filename="pilots-2018-03-15.json"' in answer.headers["Content-Disposition"]
    assert json.loads(answer.getvalue())["as_of"] == "2018-03-15"


def test_several_values_of_a_cell_can_be_told_apart_whatever_they_hold(satakunta: Region, etela_savo: Region) -> None:
    Region.objects.filter(pk=satakunta.pk).update(name_fi="Sata | kunta, itä")
    pilot = make_pilot(regions=[satakunta, etela_savo])
    pilot.municipalities.add(make_municipality("pori", satakunta), make_municipality("rauma", satakunta))
    (line,) = lines("pilots")
    assert len(line["Maakunnat"].split(" | ")) == len(line["Maakunnat, tunnukset"].split(" | ")) == 2
    assert "Sata ¦ kunta, itä" in line["Maakunnat"].split(" | ")
    (record,) = rows("pilots")
    assert record["regions"] == ["Sata | kunta, itä", "Etelä-Savo"]
    assert record["region_codes"] == ["04", "10"]
    assert record["municipality_slugs"] == ["pori", "rauma"]


def test_every_filter_of_the_list_is_a_column_of_the_file(satakunta: Region) -> None:
    pilot = rich_pilot(whole_process=True, budget_eur=70_000)
    make_card(pilot, outcome="partly")
    Partner.objects.create(pilot=pilot, position=9, words_fi="yritykset", state=Partner.State.POSSIBLE)
    Pilot.objects.filter(pk=pilot.pk).update(start_days=reading(date(2018, 8, 1), date(2018, 8, 1)))
    (record,) = rows("pilots")
    use = PilotModel.objects.get(pilot=pilot)
    assert record["programme_code"] == pilot.programme.slug
    assert (record["stage_code"], record["result_code"]) == (pilot.stage, "partly")
    assert (record["client_type_code"], record["lead_code"]) == (pilot.client_type, pilot.lead.slug)
    assert (record["model_codes"], record["model_degrees"]) == ([use.delivery_model.slug], [use.degree])
    assert (record["partners"][-1], record["partner_codes"][-1]) == ("yritykset", "")
    assert (record["whole_processes"], record["budget_eur"], record["start_from"]) == ("Kyllä", 70_000, "2018-08-01")


def test_a_file_has_the_filters_of_its_list(satakunta: Region, etela_savo: Region) -> None:
    one, two = make_pilot(regions=[satakunta]), make_pilot(regions=[etela_savo], stage=Stage.ENDED)
    make_pilot()
    query = "?region=region-04&region=region-10"
    for found in (
        {record["code"] for record in rows("pilots", query)},
        {line["Tunnus"] for line in lines("pilots", query)},
        {cells[0] for cells in sheet("pilots", query)[1:]},
    ):
        assert found == {one.code, two.code}
    assert [record["code"] for record in rows("pilots", "?stage=ended")] == [two.code]
    area = make_organisation(Kind.VITALITY_CENTRE, satakunta, slug="oma")
    assert [record["code"] for record in rows("organisations", "?kind=vitality_centre")] == [area.slug]


def test_a_public_file_is_unaltered_and_one_of_the_desk_holds_no_formula(officer: User, as_user: SignIn) -> None:
    make_pilot(name_fi="=1+1", code="KP-2018-802")
    public, desk = content("pilots", "csv").decode(), content("pilots", "csv", client=as_user(officer)).decode()
    assert ",=1+1," in public
    assert (public[0], desk[0]) == ("T", "\ufeff")
    assert ";'=1+1;" in desk
    assert "=1+1" in sheet("pilots")[1]


def test_no_file_tells_of_a_person(everything: Pilot, satakunta: Region, council: Organisation) -> None:
    person = make_person("Kuutamo Sukunimi")
    post = make_post(person, council, phone="040 555", email="kuutamo@liitto.example")
    everything.contacts.create(post=post, position=1)
    for name in FILES:
        for kind in ("csv", "json"):
            text = content(name, kind).decode()
            assert "Kuutamo" not in text, (name, kind)
            assert "kuutamo@" not in text, (name, kind)


def test_what_is_not_published_is_in_no_file(everything: Pilot, officer: User, as_user: SignIn) -> None:
    secret = make_pilot(published=False, name_fi="Salasana", code="KP-2018-803")
    make_claim(make_card(secret), text="Salasana")
    make_law().pilots.add(secret)
    make_round(published=False, name_fi="Salasana")
    for name in FILES:
        for kind in ("csv", "json"):
            text = content(name, kind).decode()
            assert "Salasana" not in text, (name, kind)
            assert secret.code not in text, (name, kind)
    assert secret.code in {record["code"] for record in rows("pilots", client=as_user(officer))}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_file_begins_before_its_second_portion_is_read_and_keeps_none(kind: str) -> None:
    taken = count()
    endless = ((n, "x" * 1000) for n in taken)
    parts = iter(Dataset(endless, {"n": lambda row: row[0], "text": lambda row: row[1]}).file("endless", kind))
    next(parts)
    next(parts)
    assert next(taken) <= PORTION + 1
    tracemalloc.start()
    for _ in range(20):
        next(parts)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 3_000_000
    assert peak < 20_000_000


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_dictionary_tells_every_column_of_every_file_in_the_readers_language(
    client: Client, everything: Pilot, language: str
) -> None:
    with translation.override(language):
        page = client.get(reverse("open_data")).content.decode()
        for name in FILES:
            told = json.loads(content(name, "json"))
            for key, title in told["columns"].items():
                assert f"<code>{key}</code>" in page, (name, key)
                assert title in page or title.replace("'", "&#x27;") in page, (name, title)
    assert {dataset.name for dataset in DATASETS} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_an_empty_list_is_a_file_without_rows(db: None, name: str) -> None:
    assert lines(name) == []
    assert rows(name) == []
    assert len(sheet(name)) == 1


@pytest.mark.parametrize("name", FILES)
def test_a_kind_of_file_that_is_not_there_is_not_found(client: Client, name: str) -> None:
    address = reverse(f"{name}_file", args=["csv"])
    assert client.get(address.replace(".csv", ".exe")).status_code == 404


@pytest.mark.parametrize("n", [1, 3, 1200])
def test_a_file_reads_what_hangs_on_its_rows_once_a_portion(
    satakunta: Region, n: int, django_assert_num_queries: Any
) -> None:
    first = make_pilot(regions=[satakunta])
    copies = Pilot.objects.filter(pk=first.pk).values()[0]
    unwanted = {"id"}
    Pilot.objects.bulk_create(
        Pilot(
            **{k: v for k, v in copies.items() if k not in unwanted} | {"code": f"KP-2018-{5000 + i}", "slug": f"c-{i}"}
        )
        for i in range(n - 1)
    )
    portions = -(-n // PORTION)
    # a slot, its end, the rows; what hangs on them, and once the region that the first alone has
    with django_assert_num_queries(3 + 10 * portions + 1):
        assert len(content("pilots", "csv").splitlines()) == n + 1
