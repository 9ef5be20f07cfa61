"""What an import refuses: the file, the record and the reason are named, and nothing is changed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pilots import imports as acts
from pilots.models import Pilot, Programme, Reform
from regions.imports import FOLDER, KINDS, Count, FaultError, Spec, run
from regions.imports.faults import RefusedError
from regions.imports.files import read_file
from regions.imports.values import columns_of, default_of, read_value
from regions.models import MandateItem, Region
from tests.factories import make_pilot
from tests.regions.reference_data import by_slug, totals

pytestmark = pytest.mark.django_db

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
