"""Results: on the pages of pilots and programmes, in the lists, and in the file."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.test import Client
from django.utils.translation import override

from pilots.models import ClaimKind, Concerns, Figure, OpenQuestion, Pilot, ResultCard, ResultDocument, ResultSearch
from regions.models import Region, User
from registry.lib import exports
from registry.lib.dates import reading
from tests.factories import make_card, make_claim, make_pilot, make_programme, make_source
from tests.pilots.catalogue.rich_pilot import address, body

pytestmark = pytest.mark.django_db


def document(card: ResultCard, kind: str = "own_report") -> ResultDocument:
    words = {"text_fi": "Raportti", "text_sv": "Rapport"}
    row = ResultDocument.objects.create(
        card=card, position=card.documents.count() + 1, kind=kind, read="excerpt", **words
    )
    row.sources.add(make_source())
    return row


def rich_card(pilot: Pilot) -> ResultCard:
    """Return a card with one of everything."""
    card = make_card(pilot)
    for kind in ClaimKind.values:
        make_claim(card, kind, f"Kerrottu {kind}")
    document(card)
    figure = Figure.objects.create(
        card=card,
        position=1,
        kind="clients",
        number=32448,
        precision="about",
        unit_fi="asiakasta",
        unit_sv="kunder",
        unit_en="customers",
        when_words="2018",
        when_days=reading(date(2018, 1, 1), date(2018, 12, 31)),
    )
    figure.sources.add(make_source())
    OpenQuestion.objects.create(card=card, position=1, text_fi="Raha ei ole tiedossa.", text_sv="Pengar är okända.")
    return card


def rows_of_the_file(client: Client, **query: str) -> list[dict[str, str]]:
    text = client.get(address("results_csv", **query)).getvalue().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def test_the_page_of_a_pilot_tells_what_came_of_it_each_claim_with_its_source(client: Client) -> None:
    pilot = make_pilot()
    rich_card(pilot)
    page = body(client, "pilot", pilot.code)
    for kind in ClaimKind.values:
        assert f"Kerrottu {kind} fi" in page
    assert "Toimi osittain" in page
    assert "Rekisterin tulkinta:" in page
    assert "noin 32\xa0448 asiakasta" in page
    assert "Raha ei ole tiedossa." in page
    assert page.index('id="results"') < page.index('id="tried"')


def test_a_source_is_a_note_once_however_many_claims_rest_on_it(client: Client) -> None:
    card = make_card()
    shared = make_source(title="Yhteinen raportti")
    for kind in (ClaimKind.WORKED, ClaimKind.FAILED, ClaimKind.DONE):
        make_claim(card, kind, sources=[shared])
    page = body(client, "pilot", card.pilot.code)
    assert page.count("Yhteinen raportti") == 1
    assert page.count('href="#note-2"') == 3
    assert page.count('id="note-2"') == 1


def test_each_note_that_a_claim_names_is_there(client: Client) -> None:
    pilot = make_pilot()
    rich_card(pilot)
    page = body(client, "pilot", pilot.code)
    numbers = {part.split('"')[0] for part in page.split('href="#note-')[1:]}
    assert numbers == {part.split('"')[0] for part in page.split('id="note-')[1:]}
    assert numbers == {str(number) for number in range(1, len(numbers) + 1)}


def test_a_claim_on_the_whole_programme_says_so(client: Client) -> None:
    card = make_card()
    make_claim(card, concerns=Concerns.PROGRAMME, concerns_words_fi="viisi kokeilua yhdessä")
    page = body(client, "pilot", card.pilot.code)
    assert "Koskee koko ohjelmaa (viisi kokeilua yhdessä)." in page
    assert "vain ohjelmatason tietoa" in page
    make_claim(card)
    assert "vain ohjelmatason tietoa" not in body(client, "pilot", card.pilot.code)


def test_a_pilot_without_a_card_says_when_and_where_results_were_sought(client: Client) -> None:
    pilot = make_pilot()
    assert "Niitä ei ole vielä haettu." in body(client, "pilot", pilot.code)
    words = {
        "searched_fi": "Julkiset verkkolähteet.",
        "searched_sv": "Offentliga källor.",
        "found_fi": "Vain maininta.",
    }
    for day in (date(2025, 2, 2), date(2026, 11, 27)):
        ResultSearch.objects.create(pilot=pilot, searched_on=day, **words)
    page = body(client, "pilot", pilot.code)
    assert "Tuloksia ei tiedetä." in page
    assert "Haettu 27.11.2026." in page
    assert "2.2.2025" not in page
    assert "Julkiset verkkolähteet." in page
    assert "Vain maininta." in page


def test_a_programme_shows_its_own_card_and_where_it_went_on(client: Client) -> None:
    later, programme = make_programme(name_fi="Kumppanuuspilotit"), make_programme()
    card = make_card(programme=programme, outcome="transferred", went_on_in=later)
    make_claim(card, text="Ohjelmaa arvioitiin")
    page = body(client, "programme", programme.slug)
    assert "Ohjelmaa arvioitiin fi" in page
    assert f'<a href="{address("programme", later.slug)}">Kumppanuuspilotit</a>' in page
    assert "Koskee koko ohjelmaa" not in page


def test_the_list_of_pilots_tells_their_results_and_can_be_narrowed_to_them(client: Client) -> None:
    with_card, without = make_pilot(name_fi="Kortillinen"), make_pilot(name_fi="Kortiton")
    make_card(with_card)
    page = body(client, "pilots")
    assert f'<a href="{address("pilot", with_card.code)}#results">Toimi osittain</a>' in page
    facets = client.get(address("pilots")).context["facets"]
    counted = next(facet for facet in facets if facet.name == "results")
    assert {choice.value: choice.count for choice in counted.choices} == {"card": 1, "none": 1}
    assert "Kortiton</a>" not in body(client, "pilots", results="card")
    assert "Kortillinen</a>" not in body(client, "pilots", results="none")
    assert without.code in body(client, "pilots_csv", results="none")


def narrowed(client: Client, **query: str) -> set[str]:
    return {str(card.pilot or card.programme) for card in client.get(address("results", **query)).context["page"]}


def test_the_results_are_narrowed_by_outcome_evidence_programme_and_region(client: Client, satakunta: Region) -> None:
    programme, other = make_programme(slug="p"), make_programme()
    one = make_pilot(name_fi="Yksi", programme=programme, regions=[satakunta])
    two = make_pilot(name_fi="Kaksi", programme=other)
    card = make_card(one, outcome="worked")
    document(card, "own_report")
    document(card, "own_report")
    document(make_card(two, outcome="unknown"), "statement")
    make_card(programme=programme, outcome="unknown")
    with override("fi"):
        assert narrowed(client) == {"Yksi", "Kaksi", programme.name.plain}
        assert narrowed(client, outcome="worked") == {"Yksi"}
        assert narrowed(client, evidence="statement") == {"Kaksi"}
        assert narrowed(client, programme="p") == {"Yksi", programme.name.plain}
        assert narrowed(client, region=satakunta.slug) == {"Yksi"}
    facets = {
        facet.name: {choice.value: choice.count for choice in facet.choices}
        for facet in client.get(address("results")).context["facets"]
    }
    assert facets == {
        "outcome": {"worked": 1, "unknown": 2},
        "evidence": {"own_report": 1, "statement": 1},
        "programme": {"p": 2, other.slug: 1},
        "region": {satakunta.slug: 1},
    }


def test_the_file_of_the_results_holds_what_the_page_tells(client: Client) -> None:
    pilot = make_pilot(name_fi="Pilotti, jolla on pilkku")
    card = rich_card(pilot)
    make_claim(card, ClaimKind.WORKED, "Toinen")
    with override("fi"):
        (row,) = rows_of_the_file(client)
    assert row["Tunnus"] == pilot.code
    assert row["Mikä toimi"] == "Kerrottu worked fi | Toinen fi"
    assert row["Luvut"] == "noin 32\xa0448 asiakasta"
    assert row["Näyttö"] == "oma raportti"
    assert row["Osoite"].endswith(f"{address('pilot', pilot.code)}#results")


def test_the_card_of_an_unpublished_pilot_is_nowhere(client: Client, officer: User, as_user) -> None:
    secret = make_pilot(published=False, name_fi="Salainen")
    make_card(secret, basis_fi="Salaperuste")
    for name in ("results", "results_csv", "pilots", "home"):
        assert "Sala" not in body(client, name)
    assert client.get(address("results")).context["page"].paginator.count == 0
    assert client.get(address("results")).context["facets"][0].choices == []
    assert "Salaperuste" in body(as_user(officer), "results")


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_list_of_results_takes_the_same_number_of_queries_for_any_number(
    rows: int, client: Client, satakunta: Region, django_assert_num_queries
) -> None:
    programme = make_programme()
    for _ in range(min(rows, 3)):
        rich_card(make_pilot(programme=programme, regions=[satakunta]))
    pilots = Pilot.objects.bulk_create(
        Pilot(
            code=f"ZZ-2018-{n:04d}",
            slug=f"zz-{n}",
            programme=programme,
            name_fi=f"Nimi {n}",
            stage="ended",
            published_at="2018-01-01T00:00Z",
            **dict.fromkeys(("name_sv", "summary_fi", "summary_sv"), "x"),
        )
        for n in range(rows - 3)
    )
    source = make_source()
    cards = ResultCard.objects.bulk_create(
        ResultCard(slug=pilot.slug, pilot=pilot, outcome="unknown", basis_fi="x", basis_sv="x") for pilot in pilots
    )
    source_of = ResultCard.sources.through.objects
    source_of.bulk_create(ResultCard.sources.through(resultcard=card, source=source) for card in cards)
    with django_assert_num_queries(12):
        assert client.get(address("results")).context["page"].paginator.count == rows
    with django_assert_num_queries(13 if rows > exports.PORTION else 8):
        client.get(address("results_csv")).getvalue()


@pytest.mark.parametrize("claims", [1, 3, 200])
def test_a_page_with_results_takes_the_same_number_of_queries_for_any_number_of_claims(
    claims: int, client: Client, django_assert_num_queries
) -> None:
    pilot = make_pilot()
    card = rich_card(pilot)
    for n in range(claims):
        make_claim(card, ClaimKind.REUSED, f"Väite {n}")
    with django_assert_num_queries(2):
        client.get(address("pilot", pilot.code))


class TestTheOneRuleOfSetsAndSubPilots:
    """A set counts as one pilot and its sub-pilots are counted apart, and every page says the same."""

    @pytest.fixture(autouse=True)
    def one_set_with_two_parts(self, satakunta: Region) -> None:
        programme = make_programme(slug="p", stated_count=20, stated_words="runsaat 20")
        whole = make_pilot(programme=programme, is_set=True, regions=[satakunta], client_type="business")
        for _ in range(2):
            make_pilot(programme=programme, parent=whole, regions=[satakunta], client_type="business")
        make_pilot(programme=programme, regions=[satakunta], client_type="personal")

    def test_every_page_says_two_and_two_sub_pilots(self, client: Client) -> None:
        for name in ("home", "programmes", "pilots", "regions"):
            assert "(ja 2 osapilottia)" in body(client, name), name
        assert "2 pilottia (ja 2 osapilottia)" in body(client, "pilots")
        assert "2 on kuvattu täällä (ja 2 osapilottia)" in body(client, "programme", "p")

    def test_a_facet_counts_the_sub_pilots_apart(self, client: Client) -> None:
        facets = {facet.name: facet.choices for facet in client.get(address("pilots")).context["facets"]}
        (programme,) = facets["programme"]
        assert (programme.wholes, programme.parts) == (2, 2)
        clients = {choice.value: (choice.wholes, choice.parts) for choice in facets["client"]}
        assert clients == {"personal": (1, 0), "business": (1, 2)}
        (region,) = facets["region"]
        assert (region.wholes, region.parts) == (2, 2)
        assert "(2 ja 2 osapilottia)" in body(client, "pilots")

    def test_the_clients_of_a_set_are_counted_once(self, client: Client) -> None:
        shares = client.get(address("home")).context["shares"]
        assert (shares["total"], shares["parts"]) == (2, 2)
        assert (shares["personal"], shares["business"], shares["unknown"]) == (1, 1, 0)
