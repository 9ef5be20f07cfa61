"""The import of the actors' reference data: what it brings, and that it repeats."""

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from pilots.imports import KINDS as ACTS
from pilots.models import Pilot
from regions.imports import FOLDER, KINDS, Count, Spec, run
from regions.imports.values import columns_of
from regions.models import (
    Group,
    GroupContact,
    Kind,
    Membership,
    Municipality,
    Organisation,
    Person,
    Post,
    Region,
    Transfer,
)
from tests.regions.outlines import outline
from tests.regions.reference_data import by_slug, totals

pytestmark = pytest.mark.django_db


def specs(kinds: tuple[Spec, ...]) -> list[Spec]:
    """Return the kinds with those of the lists inside their records."""
    return [inner for spec in kinds for inner in (spec, *specs(spec.children))]


# What the files bring


def test_every_actor_is_there(imported: list[Count]) -> None:
    assert Region.objects.count() == 19
    kinds = (Kind.ELY_CENTRE, Kind.TE_OFFICE, Kind.REGIONAL_COUNCIL, Kind.VITALITY_CENTRE, Kind.EMPLOYMENT_AREA)
    assert [Organisation.objects.filter(kind=kind).count() for kind in kinds] == [15, 15, 18, 10, 43]
    assert Organisation.objects.exclude(kind__in=kinds).count() == 9
    assert (Municipality.objects.count(), Group.objects.count(), Person.objects.count()) == (24, 9, 6)


def test_a_statistics_finland_17_is_not_an_iso_17(imported: list[Count]) -> None:
    assert Region.objects.get(code="17").name_fi == "Pohjois-Pohjanmaa"
    assert Region.objects.get(iso="FI-17").name_fi == "Satakunta"


def test_kaakkois_suomi_covers_two_regions(imported: list[Count]) -> None:
    ely = Organisation.objects.get(slug="ely-kaakkois-suomi")
    assert sorted(ely.regions.values_list("code", flat=True)) == ["08", "09"]


def test_hame_splits_in_two(imported: list[Count]) -> None:
    successions = Organisation.objects.get(slug="ely-hame").successions.select_related("successor")
    assert {(s.successor.slug, s.on, s.outcome) for s in successions} == {
        ("elinvoimakeskus-sisa-suomi", date(2026, 1, 1), "happened"),
        ("elinvoimakeskus-kaakkois-suomi", date(2026, 1, 1), "happened"),
    }


def test_every_ely_centre_has_a_successor_and_every_te_office_an_ely_centre_above_it(imported: list[Count]) -> None:
    assert not Organisation.objects.filter(kind=Kind.ELY_CENTRE, successions=None).exists()
    assert set(Organisation.objects.filter(kind=Kind.TE_OFFICE).values_list("steered_by__kind", flat=True)) == {
        "ely_centre"
    }


def test_the_real_and_the_planned_end_are_kept_apart(imported: list[Count]) -> None:
    office = Organisation.objects.get(slug="te-satakunta")
    assert (office.last_day, office.planned_end) == (date(2024, 12, 31), date(2020, 12, 31))


def test_the_day_of_the_reform_moved_twice_and_never_came(imported: list[Count]) -> None:
    transfer = Transfer.objects.get(slug="growth-services-to-regions")
    assert (transfer.outcome, transfer.on) == ("never", None)
    days = [day.when.earliest for day in transfer.planned_days.all()]
    assert days == [date(2019, 1, 1), date(2020, 1, 1), date(2021, 1, 1)]
    assert all(day.sources.exists() for day in transfer.planned_days.all())


def test_the_stated_and_the_listed_employment_areas_are_told(imported: list[Count]) -> None:
    transfer = Transfer.objects.get(slug="te-offices-to-employment-areas")
    for note in (transfer.note_fi, transfer.note_sv, transfer.note_en):
        assert "45" in note
        assert "43" in note


def test_a_group_has_two_chairs_at_once(imported: list[Count]) -> None:
    chairs = Membership.objects.filter(group__slug="satakunta-kasvupalvelut", role="chair")
    there = chairs.filter(validity__contains=date(2018, 3, 15)).order_by("person__name")
    assert [(m.person.name, m.organisation.slug) for m in there if m.organisation] == [
        ("Anne Jortikka", "ely-satakunta"),
        ("Teemu Niemelä", "te-satakunta"),
    ]


def test_a_chair_holds_a_post_in_the_project_office_besides_another(imported: list[Count]) -> None:
    posts = Person.objects.get(slug="anne-jortikka").posts.on(date(2018, 3, 15))
    assert set(posts.values_list("title_fi", "organisation__slug")) == {
        ("kehittämispäällikkö", "ely-satakunta"),
        ("valmistelija", "satakunta-projektitoimisto"),
        ("asiakkuuspäällikkö", "ely-satakunta"),  # known in 2017: evidence that is not old yet
    }
    assert not Person.objects.get(slug="anne-jortikka").posts.on(date(2021, 6, 1)).exists()


def test_no_post_and_no_place_in_a_group_has_a_day_that_no_source_gives(imported: list[Count]) -> None:
    assert not Post.objects.exclude(validity=DateRange(None, None)).exists()
    dated = Membership.objects.exclude(validity=DateRange(None, None))
    assert set(dated.values_list("group__slug", flat=True)) == {"satakunta-tyollisyyskokous-2018-02-14"}
    assert not Post.objects.filter(known_on_days=None).exists()
    assert not Membership.objects.exclude(pk__in=dated.values("pk")).filter(known_on_days=None).exists()


def test_the_contacts_of_a_group_keep_the_order_of_the_source(imported: list[Count]) -> None:
    contacts = GroupContact.objects.filter(group__slug="satakunta-kasvupalvelut").select_related("post__person")
    assert [contact.post.person.name for contact in contacts] == [
        "Timo Vesiluoma",
        "Marja Karvonen",
        "Juhani Sundell",
        "Anne Jortikka",
        "Teemu Niemelä",
    ]


def test_a_relative_date_keeps_its_words_without_a_guess(imported: list[Count]) -> None:
    group = Group.objects.get(slug="satakunta-kasvupalvelut")
    when = {entry.when.words: entry.when for entry in group.log.all()}
    assert (when["kevään 2018 jälkeen (suunnitelma)"].earliest, when["kevään 2018 jälkeen (suunnitelma)"].latest) == (
        None,
        None,
    )
    assert (when["kevät 2018"].earliest, when["kevät 2018"].latest) == (date(2018, 3, 1), date(2018, 5, 31))


def test_nobody_has_a_phone_or_an_address_and_the_photographer_is_not_a_person(imported: list[Count]) -> None:
    assert not Person.objects.exclude(posts__phone="", posts__email="").exclude(posts=None).exists()
    assert not Person.objects.filter(name__contains="Miettinen").exists()


def test_what_we_write_ourselves_is_there_in_three_languages(imported: list[Count]) -> None:
    written = {
        Group: ("note", "starting_point", "size", "set_within"),
        Organisation: ("note", "end_reason"),
        Region: ("note",),
        Transfer: ("duties", "note"),
        Person: ("note",),
    }
    for model, names in written.items():
        for row in model._default_manager.all():
            for name in names:
                there = [bool(getattr(row, f"{name}_{language}")) for language in ("fi", "sv", "en")]
                assert len(set(there)) == 1, (row, name)
    for group in Group.objects.all():
        assert all(item.text_fi and item.text_sv and item.text_en for item in group.mandate.all())
        assert all(entry.what_fi and entry.what_sv and entry.what_en for entry in group.log.all())


def test_a_name_that_was_not_read_says_so_in_the_note(imported: list[Count]) -> None:
    named = Organisation.objects.filter(kind__in=(Kind.VITALITY_CENTRE, Kind.EMPLOYMENT_AREA))
    assert not named.filter(name_sv="").exists()
    assert not named.exclude(note_sv__contains="registrets eg").exists()


def test_every_verified_record_names_its_sources(imported: list[Count]) -> None:
    for model in (Region, Organisation, Group, Person, Transfer, Municipality):
        assert not model._default_manager.filter(verification="verified", sources=None).exists()


def test_the_outlines_are_those_of_the_geometry(imported: list[Count]) -> None:
    features = json.loads((FOLDER / "regions.geojson").read_text())["features"]
    drawn = {feature["properties"]["code"]: outline(feature["geometry"]) for feature in features}
    assert dict(Region.objects.values_list("code", "outline")) == drawn
    assert sum(map(len, drawn.values())) < 45_000


def test_a_record_may_have_every_column_but_these(imported: list[Count]) -> None:
    left_out = {}
    for spec in specs((*KINDS, *ACTS)):
        columns = {column.name for column in spec.model._meta.concrete_fields if column.editable}
        given = {spec.parent, *spec.fixed, *(["position"] if spec.numbered else [])}
        given |= {column for name in spec.known for column in columns_of(spec.model, name)}
        left_out[spec.model.__name__] = columns - given - {"id"}
    assert {model: columns for model, columns in left_out.items() if columns} == {
        "Person": {"hidden"},
        "Post": {"email", "phone"},
        "Programme": {"last_number"},
        "Pilot": {"edition", "changed_by", "untold"},
        "StageEntry": {"entered_by", "entered_at"},
        "Round": {
            *("contact_fi", "contact_sv", "contact_en", "owner", "edition", "cancelled_at", "cancelled_by"),
            *("cancelled_because_fi", "cancelled_because_sv", "cancelled_because_en"),
            *("changed_at", "changed_by", "two_deciders", "outcome_published_at", "outcome_published_by"),
            *("questions_until", "assess_until"),
        },
    }


# Again, and again with changes


def test_a_person_who_was_hidden_stays_hidden(imported: list[Count]) -> None:
    Person.objects.filter(slug="anne-jortikka").update(hidden=True)
    assert totals(run(KINDS, [FOLDER])) == (0, 0, 0)
    assert Person.objects.get(slug="anne-jortikka").hidden


def test_the_second_import_writes_nothing(imported: list[Count]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert totals(run(KINDS, [FOLDER])) == (0, 0, 0)
    assert not [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_the_command_reports_both_halves_and_then_nothing_changed() -> None:
    first, second = StringIO(), StringIO()
    call_command("import_reference", stdout=first)
    call_command("import_reference", stdout=second)
    assert first.getvalue().startswith("19 regions, 15 + 15 + 18 + 10 + 43 organisations, 9 others, ")
    assert " 0 created, 0 changed, " in f" {second.getvalue().splitlines()[-1]}"
    assert Pilot.objects.exists()


def test_a_change_in_a_file_changes_that_record_alone(imported: list[Count], folder: Path, edit: Any) -> None:
    edit("regions.json", lambda content: by_slug(content["regions"], "04").update(local_fi="Satakunnan maakunnassa"))
    assert totals(run(KINDS, [folder])) == (0, 1, 0)
    assert Region.objects.get(code="04").local_fi == "Satakunnan maakunnassa"


def test_a_changed_list_of_sources_is_a_change(imported: list[Count], folder: Path, edit: Any) -> None:
    edit("regions.json", lambda content: by_slug(content["regions"], "04").update(sources=["vf"]))
    assert totals(run(KINDS, [folder])) == (0, 1, 0)
    assert Region.objects.get(code="04").sources.get().key == "vf"


def test_a_child_that_the_file_no_longer_has_is_removed(imported: list[Count], folder: Path, edit: Any) -> None:
    edit("groups.json", lambda content: by_slug(content["groups"], "satakunta-kasvupalvelut")["contacts"].pop())
    assert totals(run(KINDS, [folder])) == (0, 0, 1)


def test_contacts_may_swap_their_places(imported: list[Count], folder: Path, edit: Any) -> None:
    edit("groups.json", lambda content: by_slug(content["groups"], "satakunta-kasvupalvelut")["contacts"].reverse())
    assert totals(run(KINDS, [folder])) == (0, 4, 0)
    first = GroupContact.objects.select_related("post__person").get(group__slug="satakunta-kasvupalvelut", position=1)
    assert first.post.person.name == "Teemu Niemelä"


def test_a_record_may_point_at_a_later_one_of_its_list(folder: Path, edit: Any) -> None:
    edit("groups.json", lambda content: content["groups"].reverse())
    run(KINDS, [folder])
    group = Group.objects.select_related("parent").get(slug="satakunta-sote-yhdyspinnat")
    assert group.parent is not None
    assert group.parent.slug == "satakunta-kasvupalvelut"


def test_a_pilot_edited_in_the_registry_is_kept() -> None:
    call_command("import_reference", stdout=StringIO())
    Pilot.objects.filter(slug="kasvo").update(name_fi="Kasvo-pilotti", edition=2)
    out = StringIO()
    call_command("import_reference", stdout=out)
    assert " 0 changed, " in out.getvalue().splitlines()[-1]
    assert " 1 kept, " in out.getvalue().splitlines()[-1]
    assert Pilot.objects.get(slug="kasvo").name_fi == "Kasvo-pilotti"
