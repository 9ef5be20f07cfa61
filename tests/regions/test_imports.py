"""The import of the actors' reference data: what it brings, that it repeats, and what it refuses."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots import imports as acts
from pilots.models import Pilot, Programme, Reform
from regions.imports import FOLDER, KINDS, Count, FaultError, Spec, run
from regions.imports.faults import RefusedError
from regions.imports.files import read_file
from regions.imports.values import columns_of, default_of, read_value
from regions.models import (
    Group,
    GroupContact,
    Kind,
    MandateItem,
    Membership,
    Municipality,
    Organisation,
    Person,
    Region,
    Transfer,
)
from regions.outlines import outline
from tests.factories import make_pilot

pytestmark = pytest.mark.django_db


def totals(counts: list[Count]) -> tuple[int, int, int]:
    return sum(c.created for c in counts), sum(c.changed for c in counts), sum(c.removed for c in counts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files, to be spoilt."""
    for file in FOLDER.glob("*.json"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture
def edit(folder: Path) -> Callable[[str, Callable[[Any], Any]], None]:
    """Return a changer of one of the copied files."""

    def change(file: str, act: Callable[[Any], Any]) -> None:
        content = json.loads((folder / file).read_text())
        act(content)
        (folder / file).write_text(json.dumps(content))

    return change


@pytest.fixture
def imported() -> list[Count]:
    return run(KINDS, [FOLDER])


def by_slug(content: list[dict[str, Any]], slug: str) -> dict[str, Any]:
    return next(record for record in content if slug in (record.get("slug"), record.get("code"), record.get("key")))


# What the files bring


def test_every_actor_is_there(imported: list[Count]) -> None:
    assert Region.objects.count() == 19
    kinds = (Kind.ELY_CENTRE, Kind.TE_OFFICE, Kind.REGIONAL_COUNCIL, Kind.VITALITY_CENTRE, Kind.EMPLOYMENT_AREA)
    assert [Organisation.objects.filter(kind=kind).count() for kind in kinds] == [15, 15, 18, 10, 22]
    assert Organisation.objects.exclude(kind__in=kinds).count() == 8
    assert (Municipality.objects.count(), Group.objects.count(), Person.objects.count()) == (9, 9, 6)


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
        assert "22" in note


def test_a_group_has_two_chairs_at_once(imported: list[Count]) -> None:
    chairs = Membership.objects.filter(group__slug="satakunta-kasvupalvelut", role="chair")
    there = chairs.filter(validity__contains=date(2018, 3, 15)).order_by("person__name")
    assert [(m.person.name, m.organisation.slug) for m in there if m.organisation] == [
        ("Anne Jortikka", "ely-satakunta"),
        ("Teemu Niemelä", "te-satakunta"),
    ]


def test_a_chair_holds_a_post_in_the_project_office_besides_another(imported: list[Count]) -> None:
    posts = Person.objects.get(slug="anne-jortikka").posts.filter(validity__contains=date(2018, 3, 15))
    assert set(posts.values_list("title_fi", "organisation__slug")) == {
        ("kehittämispäällikkö", "ely-satakunta"),
        ("valmistelija", "satakunta-projektitoimisto"),
    }


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
    assert (when["lähiaikoina"].earliest, when["lähiaikoina"].latest) == (None, None)
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


def test_an_official_name_that_was_not_read_stays_empty(imported: list[Count]) -> None:
    assert Organisation.objects.get(slug="liitto-satakunta").name_sv == ""
    centres = Organisation.objects.filter(kind=Kind.VITALITY_CENTRE).exclude(name_sv="")
    assert [centre.name_sv for centre in centres] == ["Livskraftscentralen i Österbotten"]


def test_every_verified_record_names_its_sources(imported: list[Count]) -> None:
    for model in (Region, Organisation, Group, Person, Transfer, Municipality):
        assert not model._default_manager.filter(verification="verified", sources=None).exists()


def test_the_outlines_are_those_of_the_geometry(imported: list[Count]) -> None:
    features = json.loads((FOLDER / "regions.geojson").read_text())["features"]
    drawn = {feature["properties"]["code"]: outline(feature["geometry"]) for feature in features}
    assert dict(Region.objects.values_list("code", "outline")) == drawn
    assert sum(map(len, drawn.values())) < 45_000


# Again, and again with changes


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
    assert first.getvalue().startswith("19 regions, 15 + 15 + 18 + 10 + 22 organisations, 8 others, ")
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


# What is refused: the file, the record and the reason are named, and nothing is changed

Spoil = Callable[[dict[str, Any]], Any]


def of(name: str, slug: str, /, **values: Any) -> Spoil:
    """Return the change of one record of the list ``name``."""
    return lambda content: by_slug(content[name], slug).update(values)


WRONG: list[tuple[str, str, Spoil, str, str]] = [
    (
        "unknown code",
        "regions.json",
        of("municipalities", "pori", region="99"),
        "pori",
        "“99”; there is no such region",
    ),
    ("number for a code", "regions.json", of("municipalities", "pori", region=4), "pori", "no such region"),
    (
        "end before start",
        "organisations.json",
        of("ely_centres", "ely-hame", validity={"first": "2010-01-01", "last": "2009-12-31"}),
        "ely-hame",
        "the end 2009-12-31 is before the start 2010-01-01",
    ),
    ("missing parent", "groups.json", of("groups", "satakunta-sote-yhdyspinnat", parent="nobody"), "sote", "nobody"),
    ("no parent", "groups.json", of("groups", "satakunta-sote-yhdyspinnat", parent=None), "sote", "a sub group has a"),
    ("own parent", "groups.json", of("groups", "oma-hame", parent="oma-hame"), "oma-hame", "points at itself"),
    ("unknown source", "regions.json", of("regions", "04", sources=["rumour"]), "regions, 04", "rumour"),
    ("source twice", "regions.json", of("regions", "04", sources=["vf", "vf"]), "regions, 04", "twice"),
    ("sources no list", "regions.json", of("regions", "04", sources="vf"), "regions, 04", "not a list"),
    ("key no key", "regions.json", of("regions", "04", sources=[["vf", "vf"]]), "04", "not the key of a record"),
    ("doubled key", "regions.json", lambda c: c["regions"].append(c["regions"][0]), "regions, 01", "stands in"),
    ("unknown field", "regions.json", of("regions", "04", mayor="x"), "regions, 04", "“mayor” is not known here"),
    ("unknown list", "regions.json", lambda c: c.update(cities=[]), "cities", "no such list"),
    ("missing list", "regions.json", lambda c: c.pop("municipalities"), "municipalities", "missing"),
    ("no list", "regions.json", lambda c: c.update(municipalities={}), "municipalities", "not a list"),
    ("no object", "regions.json", lambda c: c["regions"].append(7), "regions, number 20", "not an object"),
    ("number for text", "regions.json", of("regions", "04", genitive_fi=4), "04", "not text"),
    ("text for truth", "regions.json", of("regions", "04", in_reform="no"), "04", "not true or false"),
    ("null for text", "regions.json", of("regions", "04", genitive_fi=None), "04", "not be null"),
    ("null for a must", "regions.json", of("regions", "04", iso=None), "04", "“iso” is missing"),
    ("left out", "regions.json", lambda c: by_slug(c["regions"], "04").pop("iso"), "04", "“iso”"),
    ("left out key", "regions.json", lambda c: c["regions"][0].pop("code"), "regions, number 1", "“code”"),
    ("no region", "regions.json", lambda c: by_slug(c["municipalities"], "pori").pop("region"), "pori", "is missing"),
    ("name no parts", "regions.json", of("regions", "04", name="Satakunta"), "04", "not an object with parts"),
    ("name in Sami", "regions.json", of("regions", "04", name={"fi": "a", "se": "b"}), "04", "unknown part “se”"),
    ("NUL", "regions.json", of("regions", "04", genitive_fi="a\x00"), "04", "not text"),
    ("half a pair", "regions.json", of("regions", "04", genitive_fi="\ud800"), "04", "not text"),
    ("too long", "regions.json", of("regions", "04", genitive_fi="a" * 201), "04", "at most 200"),
    ("constraint", "regions.json", of("regions", "04", iso="SE-17"), "04", "an iso code of a region is finnish"),
    ("same ISO", "regions.json", of("regions", "04", iso="FI-18"), "regions, 04", "the database refuses it"),
    (
        "wrong business ID",
        "organisations.json",
        of("regional_councils", "liitto-lappi", business_id="0937073-8"),
        "liitto-lappi",
        "a business id has the right check digit",
    ),
    (
        "no day",
        "organisations.json",
        of("ely_centres", "ely-hame", planned_end="31.12.2020"),
        "ely-hame",
        "not a day like",
    ),
    ("no such day", "organisations.json", of("ely_centres", "ely-hame", planned_end="2020-02-30"), "hame", "not a day"),
    (
        "number for a day",
        "organisations.json",
        of("ely_centres", "ely-hame", planned_end=2020),
        "hame",
        "a day in quotes",
    ),
    (
        "last day of all",
        "organisations.json",
        of("te_offices", "te-lappi", validity={"last": "9999-12-31"}),
        "lappi",
        "too far",
    ),
    (
        "text for a list",
        "organisations.json",
        of("ely_centres", "ely-hame", other_offices="Lahti"),
        "hame",
        "not a list",
    ),
    ("unknown kind", "organisations.json", of("other_organisations", "tem", kind="palace"), "tem", "palace"),
    ("unknown role", "groups.json", lambda c: c["groups"][0]["members"][0].update(role="king"), "members", "king"),
    ("unknown person", "groups.json", lambda c: c["groups"][0]["members"][0].update(person="x"), "members", "no such"),
    ("unknown post", "groups.json", lambda c: c["people"][0]["posts"].clear(), "contacts, number 1", "no such post"),
    ("no children", "groups.json", of("groups", "oma-hame", log={}), "oma-hame → log", "not a list"),
    (
        "two at once",
        "groups.json",
        lambda c: c["groups"][0]["members"].append(
            {**c["groups"][0]["members"][0], "validity": {"first": "2018-02-01"}}
        ),
        "members",
        "a person has a role in a group once at a time",
    ),
]


@pytest.mark.parametrize(("file", "spoil", "record", "reason"), [pytest.param(*rest, id=name) for name, *rest in WRONG])
def test_a_wrong_record_is_named_and_nothing_is_changed(
    folder: Path, edit: Any, file: str, spoil: Spoil, record: str, reason: str
) -> None:
    edit(file, spoil)
    with pytest.raises(FaultError) as refused:
        run(KINDS, [folder])
    assert refused.value.file == file
    assert record in refused.value.record
    assert reason in refused.value.reason
    assert not Region.objects.exists()


RUBBISH: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"regions: all", "not JSON: line 1, column 1"),
    "not UTF-8": ('{"regions": "Häme"}'.encode("latin-1"), "not UTF-8"),
    "10 MB": (b"x" * 10_000_000, "10,000,000 bytes"),
    "a list": (b"[]", "not hold one JSON object"),
    "deep": (b"[" * 100_000, "not the JSON we read"),
    "not a number": (b'{"regions": NaN}', "NaN is not a number"),
    "huge number": (b'{"regions": ' + b"9" * 5000 + b"}", "not the JSON we read"),
    "doubled name": (b'{"regions": [], "regions": []}', "“regions” stands twice"),
    "empty": (b"", "not JSON"),
}


@pytest.mark.parametrize(("content", "reason"), RUBBISH.values(), ids=RUBBISH.keys())
def test_a_file_of_rubbish_is_named_and_nothing_is_changed(
    imported: list[Count], folder: Path, edit: Any, content: bytes, reason: str
) -> None:
    edit("sources.json", lambda c: c["sources"][0].update(title="changed"))
    (folder / "regions.json").write_bytes(content)
    with pytest.raises(FaultError) as refused:
        run(KINDS, [folder])
    assert refused.value.file == "regions.json"
    assert reason in refused.value.reason
    assert totals(run(KINDS, [FOLDER])) == (0, 0, 0)


def test_a_late_fault_takes_back_what_was_done_before_it(imported: list[Count], folder: Path, edit: Any) -> None:
    edit("regions.json", of("regions", "04", local_fi="muualla"))
    edit("groups.json", of("groups", "oma-hame", kind="party"))
    with pytest.raises(FaultError, match=r"groups\.json: groups, oma-hame: .*party"):
        run(KINDS, [folder])
    assert totals(run(KINDS, [FOLDER])) == (0, 0, 0)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="cannot be read: Is a directory"):
        read_file(tmp_path)


def test_a_moment_has_its_zone() -> None:
    moment = read_value(Pilot, "published_at", "2018-03-31T16:15:00+03:00")["published_at"]
    assert moment == datetime(2018, 3, 31, 13, 15, tzinfo=UTC)
    for wrong in ("2018-03-31T16:15:00", "at noon", 5):
        with pytest.raises(RefusedError, match="published_at"):
            read_value(Pilot, "published_at", wrong)


def test_what_is_not_known_may_be_null_where_the_column_may() -> None:
    assert read_value(Pilot, "budget_eur", None) == {"budget_eur": None}
    assert read_value(Pilot, "budget_eur", "200000.50") == {"budget_eur": Decimal("200000.50")}
    with pytest.raises(RefusedError, match="not a number"):
        read_value(Pilot, "budget_eur", True)


def test_a_field_that_must_be_there_is_asked_for() -> None:
    with pytest.raises(RefusedError, match="“position” is missing"):
        default_of(MandateItem, "position")


def test_a_kind_cannot_declare_what_its_model_lacks() -> None:
    with pytest.raises(LookupError, match="Region has no mayor"):
        columns_of(Region, "mayor")


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "groups.json").unlink()
    with pytest.raises(FaultError, match=r"groups\.json: the file is missing"):
        run(KINDS, [folder])


def test_a_child_that_other_records_still_need_is_not_removed(tmp_path: Path) -> None:
    programmes = Spec("programmes", Programme, parent="reform", fields=("name", "code_prefix"))
    reforms = Spec("reforms", Reform, file="reforms.json", fields=("name", "outcome"), children=(programmes,))
    programme = {"slug": "kokeilut", "name": {"fi": "Kokeilut"}, "code_prefix": "KOK"}
    reform = {"slug": "uudistus", "name": {"fi": "Uudistus"}, "outcome": "ahead", "programmes": [programme]}
    (tmp_path / "reforms.json").write_text(json.dumps({"reforms": [reform]}))
    run([KINDS[0], reforms], [tmp_path, FOLDER])
    make_pilot(programme=Programme.objects.get(slug="kokeilut"))
    (tmp_path / "reforms.json").write_text(json.dumps({"reforms": [{**reform, "programmes": []}]}))
    with pytest.raises(FaultError, match=r"reforms\.json: programmes: the file no longer has .* still need"):
        run([KINDS[0], reforms], [tmp_path, FOLDER])
    assert Programme.objects.filter(slug="kokeilut").exists()


def test_the_command_says_what_was_refused_and_fails(folder: Path, edit: Any) -> None:
    edit("regions.json", of("regions", "04", iso="FI-18"))
    with pytest.raises(CommandError) as refused:
        call_command("import_reference", folder=[folder, acts.FOLDER], stdout=StringIO())
    assert refused.value.returncode == 1
    assert "Nothing was changed: 1 record refused.\nregions.json: regions, 04: " in str(refused.value)
    assert not Region.objects.exists()
