"""The search of pilots: inflections, compounds, three languages, areas, organisations, one slip."""

from collections.abc import Iterable

import pytest

from pilots.models import Partner, Pilot, Trial
from regions.models import Municipality, searching
from regions.models import found as found_in
from registry.lib.search import clean, read
from tests.factories import make_organisation, make_pilot, make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def pilots() -> dict[str, Pilot]:
    """Three pilots with the words of the real ones."""
    satakunta = make_region("04", genitive_fi="Satakunnan", local_fi="Satakunnassa")
    ostrobothnia = make_region(
        "14", name_fi="Etelä-Pohjanmaa", name_sv="Södra Österbotten", name_en="South Ostrobothnia"
    )
    alliance = make_pilot(
        name_fi="Työllistymisen palveluallianssi",
        name_sv="Serviceallians för sysselsättning",
        name_en="Service alliance for employment",
        regions=[ostrobothnia],
    )
    alliance.municipalities.add(Municipality.objects.create(slug="seinajoki", name_fi="Seinäjoki", region=ostrobothnia))
    abroad = make_pilot(
        name_fi="Yritysten kansainvälistyminen oppilaitosten avulla",
        name_sv="Företagens internationalisering",
        name_en="Internationalisation of companies",
    )
    kasvo = make_pilot(
        name_fi="Kasvo",
        regions=[satakunta],
        lead=make_organisation(name_fi="Satakuntaliitto", name_sv="Satakundaförbundet"),
    )
    Partner.objects.create(
        pilot=kasvo, position=1, organisation=make_organisation(name_fi="Koulutuskuntayhtymä Sedu"), state="agreed"
    )
    Partner.objects.create(pilot=kasvo, position=2, words_fi="yksityinen kuntouttaja", state="possible")
    Trial.objects.create(pilot=kasvo, position=1, text_fi="Ennakoiva työkykyarvio")
    return {"alliance": alliance, "abroad": abroad, "kasvo": kasvo}


def found(text: str, pilots: dict[str, Pilot]) -> Iterable[str]:
    names = {pilot.pk: name for name, pilot in pilots.items()}
    return sorted(names[pilot.pk] for pilot in Pilot.objects.search(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("allianssi", ["alliance"]),
        ("ALLIANSSIA", ["alliance"]),
        ("palveluallianssien", ["alliance"]),
        ("kansainvälistymistä", ["abroad"]),
        ("kansainvälistymisen", ["abroad"]),
        ("kansainvälistyminen", ["abroad"]),
        ("yritykset", ["abroad"]),
        ("oppilaitos", ["abroad"]),
        ("serviceallianser", ["alliance"]),
        ("internationaliseringen", ["abroad"]),
        ("alliances", ["alliance"]),
        ("company", ["abroad"]),
        ("satakunta", ["kasvo"]),
        ("Satakunnan", ["kasvo"]),
        ("Satakunnassa", ["kasvo"]),
        ("Etelä-Pohjanmaalla", ["alliance"]),
        ("Södra Österbotten", ["alliance"]),
        ("south ostrobothnia", ["alliance"]),
        ("Seinäjoella", ["alliance"]),
        ("satakuntaliitto", ["kasvo"]),
        ("sedu", ["kasvo"]),
        ("kuntouttajat", ["kasvo"]),
        ("työkykyarviot", ["kasvo"]),
        ("kasvon", ["kasvo"]),
        ("palveluallianssi Seinäjoki", ["alliance"]),
        ("palveluallianssi Satakunta", ["alliance", "kasvo"]),
        ("qwertyzzz", []),
    ],
)
def test_a_word_is_found_in_any_inflection_and_inside_compounds(
    text: str, expected: list[str], pilots: dict[str, Pilot]
) -> None:
    assert found(text, pilots) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alianssi", ["alliance"]),
        ("allianssii", ["alliance"]),
        ("allianssu", ["alliance"]),
        ("kavso", []),
        ("kansainvalistyminen", ["abroad"]),
        ("satkaunta", ["kasvo"]),
        ("satakuta", ["kasvo"]),
        ("sefu", []),
    ],
)
def test_one_slip_of_the_finger_is_forgiven(text: str, expected: list[str], pilots: dict[str, Pilot]) -> None:
    assert found(text, pilots) == expected


def test_a_word_that_is_found_as_written_is_not_taken_for_a_slip(pilots: dict[str, Pilot]) -> None:
    make_pilot(name_fi="Palvelualianssi")
    assert found("palveluallianssi", pilots) == ["alliance"]


def test_a_code_is_found_and_comes_first(pilots: dict[str, Pilot]) -> None:
    code = pilots["kasvo"].code
    other = make_pilot(name_fi=f"Jatkoa pilotille {code}")
    assert list(Pilot.objects.search(code.lower()).in_order("best")) == [pilots["kasvo"], other]


def test_a_hit_in_the_name_comes_before_one_in_the_summary() -> None:
    summary = make_pilot(name_fi="Aamu", summary_fi="Tässä on valmennus")
    name = make_pilot(name_fi="Valmennus")
    assert list(Pilot.objects.search("valmennusta").in_order("best")) == [name, summary]


@pytest.mark.parametrize("text", ["", " ", "\x00", "%", "_", "---", "\\", "'\";--", "((((", "[a", "🦆", "a" * 5000])
def test_odd_input_is_searched_like_any_other(text: str, pilots: dict[str, Pilot]) -> None:
    list(Pilot.objects.search(text).in_order("best"))


def test_a_search_of_signs_alone_leaves_nothing_out(pilots: dict[str, Pilot]) -> None:
    assert found("% _ -", pilots) == ["abroad", "alliance", "kasvo"]


def test_the_text_is_cleaned_and_cut() -> None:
    assert clean("a\x00b\n c") == "a b c"
    assert len(clean("x" * 300)) == 200
    assert len(read(" ".join(f"w{n}" for n in range(50))).terms) == 10


@pytest.mark.parametrize("text", ["palvelu", "satakunta palvelu", "palvelut -oma"])
def test_many_keys_come_in_the_order_of_their_rows(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    region = make_region("04")
    for n in range(24):
        words = " ".join(["palvelu", "oma", "palvelujen", "satakunta"][: n % 4 + 1 if n % 3 else 1])
        make_pilot(name_fi=f"Pilotti {chr(122 - n)}", summary_fi=words, regions=[region] if n % 2 else [])
    for module in (searching, found_in):
        monkeypatch.setattr(module, "MOST_RANKED", 5)
        monkeypatch.setattr(module, "MOST_PLACED", 3)
    asked, by_name = Pilot.objects.look_up(text), Pilot.objects.in_order("name").values_list("pk", flat=True)
    assert asked.total > 5
    rows = [pilot.pk for pilot in found_in.found_rows(Pilot.objects.all(), asked, "pilot").in_order("best")]
    assert found_in.many_keys(asked, "pilot", by_name) == rows
    assert rows[3:] == [key for key in by_name if key in rows[3:]]
