"""The results and laws of the reference data: the right values, and what a bad file leaves behind."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pytest_django import DjangoDbBlocker

from pilots.imports import FOLDER
from pilots.models import Claim, Figure, Law, LawEvent, OpenQuestion, Pilot, ResultCard, ResultDocument
from regions.imports import FOLDER as ACTORS

pytestmark = pytest.mark.django_db

OUTCOMES = {
    "TK-2017-001": "partly",
    **dict.fromkeys(("TK-2017-002", "TK-2017-003", "TK-2017-004", "TK-2017-005"), "inconclusive"),
    **dict.fromkeys(("TK-2017-006", "TK-2017-007", "TK-2017-008"), "unknown"),
    "KP-2018-001": "transferred",
    **dict.fromkeys(("KU-2019-001", "MK-2019-002"), "inconclusive"),
    **dict.fromkeys(("KP-2018-002", "KP-2018-003"), "unknown"),
}
SEARCHED_IN_VAIN = {"KP-2018-004", "KP-2018-005", "ES-2018-001", "ES-2019-002", "MK-2018-001", "KU-2018-002"}


@pytest.fixture(scope="class")
def reference(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The project's own files, imported once for all tests of a class."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("import_reference", stdout=StringIO())
        yield
        transaction.set_rollback(True)


def page(name: str, *arguments: str, language: str = "fi") -> str:
    with override(language):
        answer = Client().get(reverse(name, args=arguments))
        assert answer.status_code == 200
        return answer.content.decode()


@pytest.mark.usefixtures("reference")
class TestResults:
    def test_thirteen_pilots_have_a_card_and_its_outcome(self) -> None:
        found = ResultCard.objects.filter(pilot__isnull=False).values_list("pilot__code", "outcome")
        assert dict(found) == OUTCOMES
        of_programmes = ResultCard.objects.filter(programme__isnull=False).values_list("programme__slug", "outcome")
        assert dict(of_programmes) == {
            "kasvupalvelupilotti": "transferred",
            "alueellinen-tyollisyyskokeilu": "inconclusive",
            "tyollisyyden-kuntakokeilut": "inconclusive",
        }

    def test_every_pilot_has_been_searched_and_those_without_a_card_say_what_was_found(self) -> None:
        for pilot in Pilot.objects.all():
            search = pilot.result_searches.get()
            assert search.searched_on == date(2026, 11, 27)
            assert bool(search.found_fi) == (pilot.code in SEARCHED_IN_VAIN)
            shown = page("pilot", pilot.code)
            assert ("Tuloksia ei tiedetä." in shown) == (pilot.code in SEARCHED_IN_VAIN)
            assert "Haettu 27.11.2026." in shown

    def test_all_that_is_told_is_told_in_three_languages_with_a_source(self) -> None:
        for model in (Claim, Figure, ResultDocument, OpenQuestion, ResultCard):
            for row in model.objects.all():
                texts = [name for name in ("text", "unit", "basis") if hasattr(row, name)]
                for name in texts:
                    assert all(getattr(row, f"{name}_{language}") for language in ("fi", "sv", "en")), row
                assert isinstance(row, OpenQuestion) or row.sources.exists(), row

    @pytest.mark.parametrize("language", ["sv", "en"])
    def test_a_translation_keeps_every_figure(self, language: str) -> None:
        def figures(text: str) -> list[str]:
            without_days = re.sub(r"\d{1,2}\.\d{1,2}\.(?=\d{4})", "", text)  # in English a month is a word
            plain = re.sub(r"(?<=\d)[\s\xa0.,](?=\d{3}(\D|$))", "", without_days)
            return sorted(re.findall(r"\d{2,}", plain.replace(",", ".")))

        kept = 0
        for row in Claim.objects.all():
            told, translated = figures(row.text_fi), figures(getattr(row, f"text_{language}"))
            kept += len(told)
            missing = [number for number in told if number not in translated]
            assert missing == [], (row.text_fi, getattr(row, f"text_{language}"))
        assert kept > 50

    def test_the_figures_of_pirkanmaa_are_those_of_its_sources(self) -> None:
        card = ResultCard.objects.get(pilot__code="TK-2017-001")
        with override("en"):
            assert [(figure.in_words, figure.when.words, figure.planned) for figure in card.figures.all()] == [
                ("10 municipalities", "2017–2018", False),
                ("32,448 customers", "2018", False),
                ("about 22,000 customers", "heinäkuu 2017", True),
                ("over 20,000 customers", "23.2.2018", False),
            ]
        assert "43,7 prosenttia" in page("pilot", "TK-2017-001")

    def test_the_alliance_went_on_as_aimo_and_the_programme_as_another(self) -> None:
        alliance = ResultCard.objects.get(pilot__code="KP-2018-001")
        assert alliance.went_on_as == Pilot.objects.get(code="KU-2019-001")
        programme = ResultCard.objects.get(programme__slug="kasvupalvelupilotti")
        assert programme.went_on_in
        assert programme.went_on_in.slug == "kumppanuuspilotti"

    def test_what_is_known_of_the_programme_only_is_not_told_of_a_pilot(self) -> None:
        only = {card.pilot.code for card in ResultCard.objects.exclude(pilot=None) if card.only_of_programme}
        assert only == {code for code, outcome in OUTCOMES.items() if outcome == "unknown"}

    def test_the_numbers_of_the_home_page_the_programmes_and_the_list_agree(self) -> None:
        home = page("home")
        assert "18 pilottia (ja 1 osapilotti)" in home
        assert "Tuloskortti on 13 pilotista" in home
        assert "18 pilottia (ja 1 osapilotti)" in page("pilots")
        for name in ("home", "programmes"):
            assert "4 (ja 1 osapilotti)" in page(name)
        assert "4 on kuvattu täällä (ja 1 osapilotti)" in page("programme", "kasvupalvelupilotti")
        assert "(4 ja 1 osapilotti)" in page("pilots")


@pytest.mark.usefixtures("reference")
class TestLaws:
    def test_the_trial_act_is_told_with_its_dates(self) -> None:
        law = Law.objects.get(number="505/2017")
        with override("fi"):
            assert law.in_short == "hyväksytty (kesäkuu 2017), annettu 10.7.2017, voimaan 1.8.2017, lakkasi 31.12.2018"
        assert law.state == Law.State.EXPIRED
        assert [bill.number for bill in law.bills.all()] == ["HE 51/2017 vp"]
        codes = set(law.pilots.values_list("code", flat=True))
        assert codes == {f"TK-2017-00{number}" for number in range(1, 6)}  # the three region-based ones are not in it

    @pytest.mark.parametrize(
        ("number", "state", "words"),
        [
            ("HE 35/2018 vp", "lapsed", "annettu eduskunnalle (huhtikuu 2018), raukesi (kevät 2019)"),
            ("916/2012", "repealed", "kumottu 1.1.2025"),
            ("189/2001", "", ""),
            ("531/2025", "in_force", "hyväksytty 18.6.2025, vahvistettu 27.6.2025, voimaan 1.1.2026"),
        ],
    )
    def test_a_law_is_in_the_state_of_its_sources(self, number: str, state: str, words: str) -> None:
        law = Law.objects.get(number=number)
        with override("fi"):
            assert (law.state, law.in_short) == (state, words)

    def test_a_law_counts_sub_pilots_apart(self) -> None:
        assert Law.objects.get(number="HE 35/2018 vp").pilots_counted == (4, 1)
        assert "4 pilottia (ja 1 osapilotti)" in page("laws")

    def test_a_day_without_a_source_is_general_knowledge_and_the_page_says_so(self) -> None:
        days = LawEvent.objects.filter(verification="general_knowledge")
        assert [(event.law.number, event.when.earliest) for event in days] == [("HE 35/2018 vp", date(2019, 3, 8))]
        assert "Yleistä tietoa, ei luettu lähteestä" in page("law", "he-35-2018")

    @pytest.mark.parametrize("language", ["fi", "sv", "en"])
    def test_a_programme_and_its_laws_point_at_each_other(self, language: str) -> None:
        with override(language):
            law, programme = (
                reverse("law", args=["laki-505-2017"]),
                reverse("programme", args=["alueellinen-tyollisyyskokeilu"]),
            )
        assert f'href="{law}"' in page("programme", "alueellinen-tyollisyyskokeilu", language=language)
        assert f'href="{programme}"' in page("law", "laki-505-2017", language=language)


def without_a_source(content: Any) -> None:
    content["result_cards"][0]["claims"][0]["sources"] = []


def without_swedish(content: Any) -> None:
    del content["result_cards"][0]["claims"][0]["text"]["sv"]


def of_both(content: Any) -> None:
    content["result_cards"][0]["programme"] = "kasvupalvelupilotti"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without_a_source, "“sources” is empty"),
        (without_swedish, "a claim is told in finnish and swedish"),
        (of_both, "a result card is of a pilot or of a programme"),
    ],
)
def test_a_bad_file_of_results_is_refused_whole(tmp_path: Path, change: Callable[[Any], None], reason: str) -> None:
    folder = tmp_path / "acts"
    shutil.copytree(FOLDER, folder)
    content = json.loads((folder / "findings.json").read_text())
    change(content)
    (folder / "findings.json").write_text(json.dumps(content))
    with pytest.raises(CommandError, match=reason):
        call_command("import_reference", f"--folder={ACTORS}", f"--folder={folder}", stdout=StringIO())
    assert not ResultCard.objects.exists()
