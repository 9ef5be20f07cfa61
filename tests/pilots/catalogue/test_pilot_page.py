"""The page of one pilot."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import translation

from pilots.models import DeliveryModel, Partner, PilotModel, Stage
from regions.models import Organisation, Region, Source, User
from registry.lib.dates import reading
from tests.factories import make_organisation, make_person, make_pilot, make_post, make_proposal, make_round
from tests.pilots.catalogue.rich_pilot import address, body, rich_pilot

pytestmark = pytest.mark.django_db


def test_a_bare_pilot_says_what_is_not_known(client: Client) -> None:
    pilot = make_pilot()
    page = body(client, "pilot", pilot.code)
    assert pilot.not_known()[:2] == ["mitä kokeillaan", "alue"]
    assert "kumppanit" in pilot.not_known()
    for words in pilot.not_known():
        assert f"<li>{words}</li>" in page
    assert "Yhteyshenkilöä ei tunneta" in page or "contacts" in page


def test_the_page_tells_what_the_sources_tell(client: Client, satakunta: Region, council: Organisation) -> None:
    pilot = rich_pilot(
        description_fi="Kuvaus",
        target_text_fi="Työmarkkinatukea saavat",
        legal_conditions_fi="Hankintalaki",
        needs_change_of_law=True,
        whole_process=True,
        production=["own", "company"],
        budget_eur=Decimal("1250000"),
        project_code="S21367",
        client_type="personal",
        start_words="vuoden 2019 alussa",
        start_days=reading(date(2019, 1, 1), date(2019, 6, 30)),
        end_words="2020",
        working_names=["fi"],
        other_names_fi="Toinen nimi",
        note_fi="Vetäjää ei nimetä",
    )
    source = Source.objects.create(key="s", title="Tiedote", url="https://example.org/tiedote")
    pilot.trials.create(position=1, text_fi="Kokeillaan allianssia")
    entry = pilot.stage_log.create(position=1, stage=Stage.BUILT, words="rakenteilla", when_words="lokakuu 2018")
    entry.sources.add(source)
    pilot.events.create(position=1, kind="market_dialogue", place="Seinäjoki", what_fi="Ensimmäinen")
    Partner.objects.create(pilot=pilot, position=1, organisation=council, state="agreed", basis_fi="Perustelu")
    Partner.objects.create(pilot=pilot, position=2, words_fi="valmentaja", state="possible")
    pilot.contacts.create(position=1, post=make_post(make_person(), council))
    pilot.contacts.create(position=2, post=make_post(make_person("Piilotettu Henkilö", hidden=True), council))
    page = body(client, "pilot", pilot.code)
    for words in (
        "Kokeillaan allianssia",
        "osittain",
        "Allianssi",
        "Työmarkkinatukea saavat",
        "Hankintalaki",
        "edellyttää lain muuttamista",
        "Yritykset",
        "1\xa0250\xa0000\xa0€",
        "S21367",
        "vuoden 2019 alussa",
        "rakenteilla",
        "https://example.org/tiedote",
        "Seinäjoki",
        "Luettelo ei ole tyhjentävä",
        "valmentaja",
        "Rekisterin antama työnimi",
        "Toinen nimi",
        "Valmistelija",
    ):
        assert words in page.replace(" €", "\xa0€"), words
    assert "Piilotettu" not in page
    assert pilot.not_known() == []


def test_a_pilot_that_needs_no_law_says_so(client: Client) -> None:
    pilot = make_pilot(needs_change_of_law=False, whole_process=False)
    assert "ei edellytä lain muuttamista" in body(client, "pilot", pilot.code)


def test_a_set_and_its_parts_know_each_other(client: Client) -> None:
    whole = make_pilot(is_set=True, name_fi="Kokonaisuus")
    assert "osia ei ole kuvattu" in body(client, "pilot", whole.code)
    part = make_pilot(parent=whole, name_fi="Osanen")
    after = make_pilot(continues=part, continues_basis_fi="Sama tavoite", name_fi="Jatkaja")
    part.related.add(make_pilot(name_fi="Sukulainen"))
    assert "Osanen" in body(client, "pilot", whole.code)
    page = body(client, "pilot", part.code)
    for words in ("Kokonaisuus", "Jatkaja", "Sama tavoite", "Sukulainen"):
        assert words in page
    assert "Sama tavoite" in body(client, "pilot", after.code)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_number_of_queries_for_any_number_of_parts(
    rows: int,
    client: Client,
    satakunta: Region,
    council: Organisation,
    django_assert_num_queries,
) -> None:
    pilot = rich_pilot(is_set=True)
    pilot.continues = make_pilot()
    pilot.save()
    for n in range(1, rows + 1):
        make_pilot(parent=pilot)
        make_pilot(continues=pilot)
        pilot.related.add(make_pilot())
        pilot.trials.create(position=n, text_fi="x")
        for entry in (
            pilot.stage_log.create(position=n, stage=Stage.BUILT),
            pilot.events.create(position=n, kind="workshop"),
            pilot,
        ):
            entry.sources.add(Source.objects.create(key=f"{entry.pk}-{n}-{entry._meta.model_name}", title="x"))
        Partner.objects.create(pilot=pilot, position=n, organisation=make_organisation(), state="agreed")
        pilot.contacts.create(position=n, post=make_post(make_person(), make_organisation()))
        make_round(pilot=pilot)
    with django_assert_num_queries(2):
        client.get(address("pilot", pilot.code))


def test_an_officer_is_offered_to_edit_and_sees_the_proposal(
    officer: User,
    reader: User,
    preparer: User,
    as_user,
) -> None:
    now = datetime.now(UTC)
    pilot = make_pilot(published=False)
    proposal = make_proposal(make_round(), preparer, state="accepted", submitted_at=now, decided_at=now, pilot=pilot)
    page = body(as_user(officer), "pilot", pilot.code)
    assert address("edit_pilot", pilot.code) in page
    assert address("publish_pilot", pilot.code) in page
    assert address("proposal", proposal.pk) in page
    page = body(as_user(reader), "pilot", pilot.code)
    assert address("edit_pilot", pilot.code) not in page
    assert address("proposal", proposal.pk) in page


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_pages_speak_three_languages(language: str, client: Client, satakunta: Region) -> None:
    pilot = rich_pilot(name_fi="Nimi", name_sv="Namn", name_en="")
    with translation.override(language):
        listed, page = body(client, "pilots"), body(client, "pilot", pilot.code)
    name = {"fi": "Nimi", "sv": "Namn", "en": '<span lang="fi">Nimi</span>'}[language]
    for text in (listed, page):
        assert f'<html lang="{language}"' in text
        assert name in text


def test_what_the_page_shows_is_not_said_to_be_unknown(client: Client, council: Organisation) -> None:
    pilot = rich_pilot(production=["municipality"])
    Partner.objects.create(pilot=pilot, position=9, organisation=council, state="agreed")
    page = body(client, "pilot", pilot.code)
    assert not {"kuka palvelut tuottaa", "kumppanit", "mitä kokeillaan", "alue"} & set(pilot.not_known())
    assert "<li>kuka palvelut tuottaa</li>" not in page


def test_an_ended_pilot_is_told_in_the_past(client: Client) -> None:
    days = {"start_days": reading(date(2017, 8, 1), date(2017, 8, 1)), "end_days": reading(date(2018, 12, 31), None)}
    words = {
        Stage.ENDED: ("<dt>Alkoi</dt>", "<dt>Päättyi</dt>", "Pilotti edellytti lainmuutosta tai omaa kokeilulakia."),
        Stage.RUNNING: ("<dt>Alkoi</dt>", "<dt>Päättyy</dt>", "Pilotti edellyttää lain muuttamista."),
        Stage.PLANNED: ("<dt>Alkaa</dt>", "<dt>Päättyy</dt>", "Pilotti edellyttää lain muuttamista."),
        Stage.LAPSED: ("<dt>Oli määrä alkaa</dt>", "<dt>Oli määrä päättyä</dt>", "Pilotti olisi edellyttänyt"),
    }
    for stage, expected in words.items():
        page = body(client, "pilot", make_pilot(stage=stage, needs_change_of_law=True, **days).code)
        assert not {one for one in expected if one not in page}, stage


@pytest.mark.parametrize(
    ("degree", "words"),
    [("whole", "Käytössä: kokonaan"), ("elements", "Käytössä: osittain"), ("under_study", "Selvitettävänä")],
)
def test_the_degree_of_a_model_stands_apart_from_its_name(client: Client, degree: str, words: str) -> None:
    model = DeliveryModel.objects.create(slug="allianssi", name_fi="Allianssimalli")
    pilot = make_pilot()
    PilotModel.objects.create(pilot=pilot, delivery_model=model, degree=degree)
    page = body(client, "pilot", pilot.code)
    assert f'<h3>Allianssimalli</h3>\n<p><span class="tag">{words}</span></p>' in page
