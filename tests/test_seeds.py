"""The seed walk: each row of what the two source documents tell (A0–A24, B0–B30) is found on a Finnish page."""

import html
import re
import sys
from dataclasses import dataclass
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

A = {"slug": "kasvupalveluja-aletaan-pilotoida"}
B = {"slug": "satakunta-kasvupalvelujen-valmistelu"}
PROGRAMME = {"slug": "kasvupalvelupilotti"}
GROUP = {"slug": "satakunta-kasvupalvelut"}
SUB_GROUP = {"slug": "satakunta-sote-yhdyspinnat"}
ALLIANCE = {"code": "KP-2018-001"}
KASVO = {"code": "KP-2018-002"}
SET = {"code": "KP-2018-003"}
SUB_PILOT = {"code": "KP-2018-004"}
POSSIBLE = {"code": "KP-2018-005"}


@dataclass(frozen=True)
class Row:
    """A row of the walk: the page and the words that must stand on it; for page furniture what was decided."""

    number: str
    page: str
    of: dict[str, str]
    words: tuple[str, ...]
    absent: tuple[str, ...] = ()
    decided: str = ""


def row(
    number: str, page: str, of: dict[str, str], *words: str, absent: tuple[str, ...] = (), decided: str = ""
) -> Row:
    """Return a row."""
    return Row(number, page, of, words, absent, decided)


ROWS = (
    # A: the news article on the pilots
    row(
        "A0",
        "news_item",
        A,
        "Ville Miettinen",
        absent=("<img", "<picture"),
        decided="The image itself is not shown: the registry has no right to it. The credit stays with the news item.",
    ),
    row(
        "A1",
        "programme",
        PROGRAMME,
        "kasvupalvelu-uudistus",
        "Uutta tapaa toimia kokeiltiin piloteissa",
    ),
    row(
        "A1",
        "organisation",
        {"slug": "te-satakunta"},
        "31.12.2024",
        "Maakuntauudistuksen suunnitelmassa ne olisivat lakanneet jo vuoden 2021 alussa",
    ),
    row("A2", "programme", PROGRAMME, "Sote-pilotit", "maakuntauudistus", "kuten sote-uudistuksessa"),
    row("A3", "programme", PROGRAMME, "Maakuntien oli määrä käyttää pilottien tuloksia"),
    row("A4", "programme", PROGRAMME, "Piloteilla oli sama tehtävä kuin sote-piloteilla"),
    row(
        "A5", "programme", PROGRAMME, "Kukin maakunta olisi päättänyt itse", "yksityisiltä yrityksiltä tai järjestöiltä"
    ),
    row("A6", "pilot", ALLIANCE, "ensi vuoden alkupuoli", "2019", "24.10.2018"),
    row("A7", "programme", PROGRAMME, "tulevaan maakuntamalliin ja muuttuvaan lainsäädäntöön"),
    row("A8", "news_item", A, "Valmistautuminen vastuun siirtoon"),
    row("A9", "programme", PROGRAMME, "vuoden 2019 alku", "vuoden 2020 alku", "vuoden 2021 alku", "Ei tullut voimaan"),
    row(
        "A9",
        "organisation",
        {"slug": "ely-satakunta"},
        "vuoden 2021 alusta",
        "Työnhakijoiden ja yritysten kasvupalvelujen",
    ),
    row("A10", "home", {}, "runsaat 20"),
    row("A10", "programme", PROGRAMME, "vähintään 20", "runsaat 20", "lokakuu 2018", "4 on kuvattu täällä"),
    row(
        "A11",
        "programme",
        PROGRAMME,
        "Maakunnat olisivat voineet ottaa toimintamuodot käyttöön, jos uudistus olisi toteutunut",
        "rauennut",
    ),
    row("A12", "programme", PROGRAMME, "järjestämisen ja tuottamisen erottaminen", "sujuvat viranomaistoiminnot"),
    row(
        "A13",
        "programme",
        PROGRAMME,
        "siirtyä yksittäisten palvelujen ostoista kokonaisten palveluprosessien hankintaan",
    ),
    row("A14", "programme", PROGRAMME, "Useimmat pilotit koskivat henkilöasiakkaiden työllisyyspalveluja"),
    row("A14", "pilots", {}, "henkilöasiakkaat"),
    row("A15", "programme", PROGRAMME, "Monessa pilotissa otettiin huomioon heikommassa työmarkkina-asemassa olevat"),
    row("A16", "programme", PROGRAMME, "Neljällä alueella kokeilu koski yritysten palveluja"),
    row("A17", "news_item", A, "Kokeillaan erilaisia asioita"),
    row("A17", "pilots", {}, "Kansainvälistyminen"),
    row(
        "A18",
        "pilot",
        ALLIANCE,
        "Työllistymisen palveluallianssi (Seinäjoki)",
        "rakenteilla",
        "Etelä-Pohjanmaa",
        "Allianssimalli",
        "Seinäjoella asuvat työnhakijat, jotka saivat työmarkkinatukea",
    ),
    row(
        "A19", "pilot", KASVO, "Kasvo", "alkamassa", "Etelä-Savo", "heikommassa työmarkkina-asemassa olevat", "ennalta"
    ),
    row(
        "A20",
        "pilot",
        SET,
        "suunnitteilla",
        "Kaakkois-Suomen ELY-keskus",
        "Kymenlaakso",
        "Etelä-Karjala",
        "ritysasiakkaat",
    ),
    row("A21", "pilot", SET, "Yritysten kansainvälistyminen oppilaitosyhteistyön avulla"),
    row("A21", "pilot", SUB_PILOT, "oppilaitokset", "Kansainvälistyminen", "Osapilotilla ei ole lähteessä omaa nimeä"),
    row(
        "A22",
        "programme",
        PROGRAMME,
        "https://tem.fi/kasvupalvelut",
        "https://tem.fi/maakuntauudistus",
        "ministeriön sivulla",
    ),
    row(
        "A23",
        "news_item",
        A,
        "#kuntalehti",
        "@kuntalehti",
        absent=("twitter.com", "facebook.com"),
        decided="The hashtag and the handle of the source are kept as words; there are no sharing buttons and no "
        "third-party scripts.",
    ),
    row(
        "A24",
        "news_item",
        A,
        "Kasvupalvelut uudistuvat pilottien avulla",
        absent=("<textarea", 'type="email"'),
        decided="There is no comment form: comments would need moderation and would gather e-mail addresses. "
        "Feedback goes to the address in the accessibility statement and the privacy page.",
    ),
    row("A24", "accessibility", {}, "mailto:"),
    row("A24", "privacy", {}, "mailto:"),
    # B: the Satakunta notice
    row("B0", "news_item", B, "Mitä uutta kasvupalvelujen valmistelussa Satakunnassa", "Satakunta", "valmisteluryhmä"),
    row(
        "B1",
        "news_item",
        B,
        "Lähde ei nimeä kirjoittajaansa",
        absent=("<textarea",),
        decided="An empty byline is said in words. There are no comments (see A24), so no count of them is shown.",
    ),
    row("B2", "group", GROUP, "Kasvupalveluiden valmisteluryhmä", "Ryhmä järjestäytyi ja aloitti työnsä"),
    row("B3", "group", GROUP, "Ryhmä tarkensi aikataulunsa ja tavoitteensa", "kevät 2018", "iestintäsuunnitelma"),
    row("B4", "group", GROUP, "Kasvupalveluiden SOTE-yhdyspintojen palveluita valmisteleva alatyöryhmä"),
    row("B4", "group", SUB_GROUP, "Alatyöryhmä vahvistettiin", "Kasvupalveluiden valmisteluryhmä"),
    row("B5", "group", GROUP, "Puheenjohtajat", "Anne Jortikka", "Teemu Niemelä", "projektitoimisto", "valmistelija"),
    row("B6", "group", SUB_GROUP, "Päivi Laine", "Satakunnan TE-toimisto", "Puheenjohtaja"),
    row("B7", "group", GROUP, "Hahmottaa vaihtoehtoisia malleja", "järjestämiselle ja tuottamiselle"),
    row("B8", "group", GROUP, "Selvittää maakunnan ja kuntien yhdyspinnat palveluittain"),
    row("B9", "group", GROUP, "TE-toimistojen ja ELY-keskusten silloiset työllisyys- ja yrityspalvelut"),
    row(
        "B10",
        "group",
        GROUP,
        "Palvelut vaikuttavat enemmän",
        "uusia ratkaisuja",
        "tulosperusteisesti",
        "vuoropuhelu on tiivistä",
    ),
    row("B11", "programme", PROGRAMME, "Keskeinen lainsäädäntö on voimassa", "kesäkuu 2018"),
    row("B12", "programme", PROGRAMME, "Lakiluonnokset", "https://tem.fi/maakuntauudistus"),
    row("B13", "programme", PROGRAMME, "huhtikuu 2018", "HE 35/2018 vp"),
    row("B14", "programmes", {}, "Kasvupalvelupilotit"),
    row("B14", "news_item", B, "Kasvupalvelujen pilotointi"),
    row(
        "B15",
        "round",
        {"slug": "lahetekeskustelut-2018"},
        "Lähetekeskustelut alueiden kanssa",
        "alkuvuosi 2018",
        "ministeriö",
    ),
    row(
        "B16",
        "round",
        {"slug": "lahetekeskustelut-2018"},
        "strategisesti merkittävä",
        "järjestäjä-tuottajamallia",
        "sopii alueen tilanteeseen ja tarpeeseen",
        "synnyttää markkinoita",
        "malleja maakuntien käyttöön",
    ),
    row(
        "B17",
        "round",
        {"slug": "alustavat-ehdotukset-2018"},
        "helmi–maaliskuu 2018",
        "lustava ehdotus",
        "iinnostuksen ilmaisu",
        "Alue saattoi lähettää niitä useita",
    ),
    row("B18", "programme", PROGRAMME, "säädösmuutoksia, jotta mallia voitaisiin pilotoida"),
    row("B18", "pilot", POSSIBLE, "säädösmuutoksia"),
    row(
        "B19",
        "programme",
        PROGRAMME,
        "Allianssimalli tuodaan mukaan valmisteluun",
        "tammikuu 2018",
        "https://tem.fi/kasvupalvelut",
    ),
    row(
        "B20",
        "programme",
        PROGRAMME,
        "Allianssi on vapaaehtoinen",
        "noudattaa hankintalainsäädäntöä ja kasvupalvelulakia",
        "Yhteistyö rakennetaan uudelle pohjalle",
        "Tavoitteet ovat yhteisiä",
        "Toiminta on avointa",
        "Riskit ja hyödyt jaetaan",
    ),
    row("B21", "programme", PROGRAMME, "Allianssia käsitellään kasvupalvelulain perusteluissa"),
    row("B22", "pilot", POSSIBLE, "allianssimalli tai sen osia", "Allianssimalli", "Selvitettävänä"),
    row(
        "B23",
        "round",
        {"slug": "tarkennukset-2018"},
        "kevät 2018",
        "hankkeen sisältö",
        "toteuttamistapa",
        "Alustavat ehdotukset",
    ),
    row("B24", "pilot", POSSIBLE, "mahdollinen", "Satakunnan toimijat", "oli määrä keskustella"),
    row(
        "B24", "round", {"slug": "satakunta-kumppanikeskustelut-2018"}, "kevään 2018 jälkeen", "mahdollisessa pilotissa"
    ),
    row("B25", "group", GROUP, "Timo Vesiluoma", "Marja Karvonen", "Juhani Sundell", "Anne Jortikka", "Teemu Niemelä"),
    row("B25", "pilot", POSSIBLE, "Timo Vesiluoma", "Teemu Niemelä"),
    row("B26", "person", {"slug": "timo-vesiluoma"}, "Timo Vesiluoma", "uutosjohtaja", "Satakuntaliitto"),
    row("B27", "person", {"slug": "marja-karvonen"}, "Marja Karvonen", "lijohtaja", "Satakunnan ELY-keskus"),
    row("B28", "person", {"slug": "juhani-sundell"}, "Juhani Sundell", "johtaja", "Satakunnan TE-toimisto"),
    row(
        "B29",
        "person",
        {"slug": "anne-jortikka"},
        "ehittämispäällikkö",
        "Satakunnan ELY-keskus",
        "almistelija",
        "rojektitoimisto",
    ),
    row(
        "B30",
        "person",
        {"slug": "teemu-niemela"},
        "alveluesimies",
        "Satakunnan TE-toimisto",
        "almistelija",
        "rojektitoimisto",
    ),
)

EXPECTED = [*(f"A{n}" for n in range(25)), *(f"B{n}" for n in range(31))]
FURNITURE = {"A0", "A23", "A24", "B1"}


def shown(markup: str) -> str:
    """Return what the main part of a page shows: its text with plain spaces, and the addresses of its links."""
    main = re.search(r"<main\b.*?</main>", markup, re.DOTALL)
    assert main, "a page has a main part"
    text = html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:span|q|strong|em|a|abbr)\b[^>]*>", "", main[0])))
    links = re.findall(r'href="([^"]*)"', main[0])
    return " ".join([*text.replace("\u00ad", "").split(), *links])


def test_the_walk_has_each_of_the_56_rows() -> None:
    assert sorted({one.number for one in ROWS}) == sorted(EXPECTED)
    assert {one.number for one in ROWS if one.decided} == FURNITURE


@pytest.mark.django_db
def test_every_row_of_the_source_documents_is_found_on_a_page(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_reference", stdout=StringIO())
    pages: dict[str, str] = {}
    lost: list[str] = []
    for one in ROWS:
        with translation.override("fi"):
            address = reverse(one.page, kwargs=one.of)
        if address not in pages:
            response = client.get(address)
            assert response.status_code == 200, f"{one.number}: {address} answers {response.status_code}"
            pages[address] = response.content.decode()
        text = shown(pages[address])
        lost += [f"{one.number}: “{words}” is not on {address}" for words in one.words if words not in text]
        main = pages[address].partition("<main")[2].partition("</main>")[0]
        lost += [f"{one.number}: {tag} is on {address}" for tag in one.absent if tag in main]
    assert not lost, "\n".join(lost)
    found = {one.number for one in ROWS}
    with capsys.disabled():
        sys.stdout.write(f"\nSeed walk: {len(found)} of {len(EXPECTED)} rows accounted for\n")
