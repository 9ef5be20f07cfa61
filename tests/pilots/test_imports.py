"""The import of the acts: what the reference data holds, and what a bad file leaves behind."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from pilots.catalogue.workflow import hide, publish
from pilots.imports import FOLDER, KINDS
from pilots.models import (
    DeliveryModel,
    Milestone,
    NewsItem,
    Partner,
    Pilot,
    PilotModel,
    Programme,
    Reform,
    Round,
    Stage,
    TargetGroup,
)
from regions.imports import FOLDER as ACTORS

pytestmark = pytest.mark.django_db


def imported(*folders: Path) -> str:
    """Import and return the report."""
    out = StringIO()
    call_command("import_reference", *(f"--folder={folder}" for folder in folders), stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def files() -> dict[str, Any]:
    """The files of the acts."""
    return {path.name: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}


@pytest.fixture(scope="class")
def reference(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The report of an import of the project's own files, made once for all tests of a class."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield imported()
        transaction.set_rollback(True)


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str, Callable[[Any], None]], Path]:
    """Copies the acts' files, with a change made to one of them."""

    def copy(name: str, change: Callable[[Any], None]) -> Path:
        folder = tmp_path / "acts"
        shutil.copytree(FOLDER, folder)
        content = json.loads((folder / name).read_text())
        change(content)
        (folder / name).write_text(json.dumps(content))
        return folder

    return copy


class TestWhatTheReferenceDataHolds:
    def test_the_reference_data_has_what_the_sources_tell(self, reference: str) -> None:
        counts = {
            model: apps.get_model("pilots", model).objects.count()
            for model in (
                "Reform",
                "Programme",
                "Milestone",
                "Theme",
                "TargetGroup",
                "DeliveryModel",
                "Round",
                "NewsItem",
            )
        }
        assert counts == {
            "Reform": 3,
            "Programme": 7,
            "Milestone": 11,
            "Theme": 12,
            "TargetGroup": 7,
            "DeliveryModel": 8,
            "Round": 9,
            "NewsItem": 2,
        }
        assert Pilot.objects.filter(parent=None).count() == 18
        assert Pilot.objects.exclude(parent=None).count() == 1
        by_programme = {
            programme.slug: programme.pilots.filter(parent=None).count() for programme in Programme.objects.all()
        }
        assert by_programme == {
            "sote-pilotti": 0,
            "kasvupalvelupilotti": 4,
            "kumppanuuspilotti": 2,
            "alueellinen-tyollisyyskokeilu": 8,
            "tyollisyyden-kuntakokeilut": 0,
            "esr-hanke": 2,
            "muu-kokeilu": 2,
        }

    def test_everything_of_the_reference_data_is_public(self, reference: str) -> None:
        for model in (Pilot, Round, NewsItem):
            assert model.objects.public().count() == model.objects.count()

    def test_a_second_import_changes_nothing(self, reference: str) -> None:
        assert " created, 0 changed, 0 unchanged, 0 kept, 0 removed, 0 refused" in reference.splitlines()[-1]
        assert imported().splitlines()[-1].startswith("0 created, 0 changed, ")

    def test_our_own_words_are_there_in_three_languages(self, reference: str) -> None:
        missing = []
        for spec in KINDS:
            for one in (spec, *spec.children):
                for name in one.fields:
                    columns = [f"{name}_{language}" for language in ("fi", "sv", "en")]
                    known = {field.name for field in one.model._meta.concrete_fields}
                    if not known.issuperset(columns):
                        continue
                    for values in one.model._default_manager.values_list("pk", *columns):
                        if any(values[1:]) and not all(values[1:]):
                            missing.append((one.name, name, values))
        assert missing == []

    def test_a_note_is_there_in_three_languages_or_not_at_all(self, reference: str) -> None:
        for spec in KINDS:
            for one in (spec, *spec.children):
                if hasattr(one.model, "note_fi"):
                    for notes in one.model._default_manager.values_list("note_fi", "note_sv", "note_en"):
                        assert all(notes) or not any(notes), notes

    def test_every_record_names_its_source_or_says_that_it_is_general_knowledge(self, reference: str) -> None:
        for model in (Reform, Programme, Milestone, TargetGroup, DeliveryModel, Pilot, Round, NewsItem):
            for row in model.objects.all():
                assert row.verification == "general_knowledge" or row.sources.exists(), row

    def test_four_of_twenty_or_more_growth_services_pilots_are_described(self, reference: str) -> None:
        programme = Programme.objects.get(slug="kasvupalvelupilotti")
        assert (programme.stated_count, programme.stated_words, programme.stated_on.words) == (
            20,
            "runsaat 20",
            "lokakuu 2018",
        )
        assert programme.pilots.filter(parent=None).count() == 4
        assert programme.counterpart_of
        assert programme.counterpart_of.slug == "sote-pilotti"
        assert programme.reform
        assert programme.reform.parent
        assert programme.reform.parent.slug == "maakuntauudistus"

    def test_a_set_has_a_sub_pilot_without_a_name_of_its_own_in_the_area_of_an_ely_centre(self, reference: str) -> None:
        sub = Pilot.objects.get(slug="kaakkois-suomi-kansainvalistyminen")
        assert sub.parent
        assert sub.parent.slug == "kaakkois-suomi"
        assert sub.parent.is_set
        assert sub.working_names == ["fi", "sv", "en"]
        assert sub.area_of
        assert sub.area_of.slug == "ely-kaakkois-suomi"
        assert [region.code for region in sub.regions.order_by("code")] == ["08", "09"]
        assert [partner.words.plain for partner in sub.partners.all()] == ["oppilaitokset"]

    def test_aimo_continues_the_alliance_of_seinajoki_and_says_on_what_basis(self, reference: str) -> None:
        aimo = Pilot.objects.get(slug="aimo")
        assert aimo.continues
        assert aimo.continues.code == "KP-2018-001"
        assert all((aimo.continues_basis_fi, aimo.continues_basis_sv, aimo.continues_basis_en))

    def test_related_pilots_know_of_each_other(self, reference: str) -> None:
        kasvo, project = Pilot.objects.get(slug="kasvo"), Pilot.objects.get(slug="esr-s21692")
        assert list(kasvo.related.all()) == [project]
        assert list(project.related.all()) == [kasvo]

    @pytest.mark.parametrize(
        ("slug", "stage", "words"),
        [
            ("satakunta", Stage.POSSIBLE, "mahdollinen (ehdotusvaihe)"),
            ("kaakkois-suomi", Stage.PLANNED, "suunnitteilla"),
            ("seinajoki-palveluallianssi", Stage.BUILT, "rakenteilla"),
            ("kasvo", Stage.STARTING, "alkamassa"),
            ("aimo", Stage.ENDED, "toteutettiin 2019–2020"),
            ("kasvubuusti", Stage.UNKNOWN, "arvioitavana"),
            ("kokeilu-turku", Stage.ENDED, "päättynyt"),
        ],
    )
    def test_a_stage_keeps_the_words_of_its_source(self, reference: str, slug: str, stage: str, words: str) -> None:
        pilot = Pilot.objects.get(slug=slug)
        entry = pilot.stage_log.latest("position")
        assert (pilot.stage, entry.stage, entry.words) == (stage, stage, words)
        assert entry.when
        assert entry.known_on

    def test_a_relative_start_says_what_it_is_counted_from(self, reference: str) -> None:
        start = Pilot.objects.get(slug="seinajoki-palveluallianssi").start
        assert (start.words, start.earliest, start.latest, start.counted_from) == (
            "ensi vuoden alkupuoli",
            date(2019, 1, 1),
            date(2019, 6, 30),
            date(2018, 10, 24),
        )

    def test_a_party_is_mentioned_or_possible_and_a_kind_of_partner_is_told_in_words(self, reference: str) -> None:
        partners = Pilot.objects.get(slug="seinajoki-palveluallianssi").partners.all()
        assert [partner.state for partner in partners] == ["mentioned"] * 5 + ["possible"]
        assert partners[5].organisation is None
        assert partners[1].words.plain == "Kelan Keskinen vakuutuspiiri"
        assert not Partner.objects.filter(pilot__partners_exhaustive=True).exists()
        assert not Partner.objects.filter(state="agreed").exists()  # no source tells of an agreement

    def test_the_possible_pilot_of_satakunta_has_models_under_study(self, reference: str) -> None:
        uses = PilotModel.objects.filter(pilot__slug="satakunta").values_list("delivery_model__slug", "degree")
        assert dict(uses) == {
            "avoin": "under_study",
            "jarjestaja-tuottajamalli": "under_study",
            "allianssi": "under_study",
        }

    def test_the_move_of_responsibility_keeps_its_three_dates_and_never_came(self, reference: str) -> None:
        milestone = Milestone.objects.get(slug="vastuu-siirtyy")
        assert [one.when.earliest.year for one in milestone.dates.all() if one.when.earliest] == [2019, 2020, 2021]
        assert milestone.outcome == Milestone.Outcome.MISSED

    def test_the_rounds_of_the_past_follow_each_other_and_have_no_steps(self, reference: str) -> None:
        refinement = Round.objects.get(slug="tarkennukset-2018")
        assert refinement.previous
        assert refinement.previous.asks == ["preliminary", "interest"]
        assert refinement.previous.previous
        assert refinement.previous.previous.criteria.count() == 5
        assert not Round.objects.filter(steps__isnull=False).exists()
        applications = Round.objects.get(slug="tyollisyyskokeilut-haku-2016")
        assert (applications.applicants, applications.selected, applications.carried_through) == (41, 9, 8)

    def test_the_last_number_of_a_programme_is_that_of_its_pilots_and_never_falls(self, reference: str) -> None:
        assert Programme.objects.get(slug="kasvupalvelupilotti").last_number == 5
        Programme.objects.filter(slug="kasvupalvelupilotti").update(last_number=9)
        imported()
        assert Programme.objects.get(slug="kasvupalvelupilotti").last_number == 9

    def test_a_pilot_that_was_edited_in_the_registry_keeps_the_edit(self, reference: str) -> None:
        Pilot.objects.filter(slug="kasvo").update(summary_fi="Muokattu", edition=2)
        Pilot.objects.get(slug="kasvo").trials.first().delete()
        assert "1 kept" in imported().splitlines()[-1]
        kasvo = Pilot.objects.get(slug="kasvo")
        assert (kasvo.summary_fi, kasvo.trials.count()) == ("Muokattu", 4)

    def test_a_pilot_that_an_officer_hid_is_not_shown_again(self, reference: str) -> None:
        at = timezone.now()
        hide(Pilot.objects.get(slug="kasvo"), at)
        imported()
        kasvo = Pilot.objects.get(slug="kasvo")
        assert kasvo.published_at is None
        publish(kasvo, at)
        imported()
        assert Pilot.objects.get(slug="kasvo").published_at == at


def unknown_stage(content: Any) -> None:
    content["pilots"][0]["stage"] = "somewhere"


def missing_parent(content: Any) -> None:
    content["pilots"][3]["parent"] = "no-such-set"


def doubled_key(content: Any) -> None:
    content["pilots"].append(content["pilots"][0])


def end_before_start(content: Any) -> None:
    content["pilots"][0]["end"] = {"words": "2017", "earliest": "2017-01-01", "latest": "2017-12-31"}


def published_without_swedish(content: Any) -> None:
    del content["pilots"][0]["summary"]["sv"]


def code_of_another(content: Any) -> None:
    content["pilots"][1]["code"] = content["pilots"][0]["code"]


@pytest.mark.parametrize(
    ("change", "record", "reason"),
    [
        (unknown_stage, "seinajoki-palveluallianssi", "stage"),
        (missing_parent, "kaakkois-suomi-kansainvalistyminen", "no-such-set"),
        (doubled_key, "seinajoki-palveluallianssi", "already"),
        (end_before_start, "seinajoki-palveluallianssi", "a pilot starts before it ends"),
        (published_without_swedish, "seinajoki-palveluallianssi", "published in finnish and swedish at once"),
        (code_of_another, "kasvo", "code"),
    ],
)
def test_a_bad_file_of_the_acts_names_file_record_and_reason_and_leaves_nothing(
    copied: Callable[[str, Callable[[Any], None]], Path], change: Callable[[Any], None], record: str, reason: str
) -> None:
    with pytest.raises(CommandError) as refusal:
        imported(ACTORS, copied("pilots.json", change))
    for words in ("Nothing was changed", "pilots.json", record, reason):
        assert words in str(refusal.value)
    assert not Pilot.objects.exists()
    assert not apps.get_model("regions", "Region").objects.exists()


def test_a_bad_file_leaves_the_rows_that_are_there_as_they_were(
    reference: str, copied: Callable[[str, Callable[[Any], None]], Path]
) -> None:
    def change(content: Any) -> None:
        content["news"][0]["title"]["fi"] = "Muutettu"
        content["news"][1]["pilots"] = ["no-such-pilot"]

    with pytest.raises(CommandError):
        imported(ACTORS, copied("news.json", change))
    assert not NewsItem.objects.filter(title_fi="Muutettu").exists()


def test_our_files_hold_no_address_of_a_person(files: dict[str, Any]) -> None:
    assert set(files) == {
        *("findings.json", "laws.json", "news.json", "pilots.json", "programmes.json", "rounds.json"),
        "vocabularies.json",
    }
    assert all("@" not in json.dumps(content) for content in files.values())
