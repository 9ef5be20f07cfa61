"""The edition of a row and the three-way merge of a form."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import signing
from hypothesis import given
from hypothesis import strategies as st

from pilots.models import Pilot
from registry.lib.dates import reading
from registry.lib.editions import Merged, Shown, edition_of, fingerprint, merge, same, token, write_if
from registry.lib.refusals import Stale
from tests.factories import make_pilot

ROW, OTHER = Pilot(pk=7), Pilot(pk=8)
CODES = st.sets(st.sampled_from("abcdef"))
ROWS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["one", "two", "three"]))


def opened(values: dict[str, Any], edition: int = 1, **posted: str) -> Shown:
    """Return what a form carries back that showed ``values``."""
    return Shown.read({"edition": str(edition), "shown": token(ROW, values), **posted}, ROW)


def merged(before: Any, mine: Any, theirs: Any) -> Merged:
    """Return the merge of one field that was opened at edition 1 and is stored at edition 2."""
    return merge(opened({"field": before}), {"field": mine}, {"field": theirs}, 2)


@pytest.mark.parametrize(
    ("mine", "theirs", "value", "taken"),
    [
        ("old", "old", "old", []),
        ("mine", "old", "mine", []),
        ("old", "theirs", "theirs", ["field"]),
        ("new", "new", "new", []),
        ("", "old", "", []),
        ("old", "", "", ["field"]),
    ],
)
def test_a_field_that_one_of_the_two_changed_takes_the_change(
    mine: str, theirs: str, value: str, taken: list[str]
) -> None:
    result = merged("old", mine, theirs)
    assert (result.values, result.conflicts, result.taken) == ({"field": value}, [], taken)


def test_a_field_that_both_changed_is_a_conflict_and_keeps_mine() -> None:
    result = merged("old", "mine", "theirs")
    assert result.values == {"field": "mine"}
    [conflict] = result.conflicts
    assert (conflict.name, conflict.mine, conflict.theirs) == ("field", "mine", "theirs")


def test_what_is_stored_stands_where_it_was_chosen_on_the_conflict_page() -> None:
    shown = opened({"field": "theirs"}, 2, **{"keep-field": "theirs", "keep-other": "mine"})
    assert shown.theirs == {"field"}
    result = merge(shown, {"field": "mine", "other": "x"}, {"field": "newer", "other": "x"}, 3)
    assert (result.values, result.conflicts) == ({"field": "newer", "other": "x"}, [])


@given(CODES, CODES, CODES)
def test_choices_merge_as_a_set_and_never_conflict(before: set[str], mine: set[str], theirs: set[str]) -> None:
    result = merged(before, mine, theirs)
    assert result.conflicts == []
    assert result.values["field"] == (theirs - (before - mine)) | (mine - before)


@given(ROWS, ROWS, ROWS)
def test_rows_merge_by_their_keys(before: dict[str, str], mine: dict[str, str], theirs: dict[str, str]) -> None:
    result = merged(before, mine, theirs)
    for key in "abcd":
        then, typed, stored = before.get(key), mine.get(key), theirs.get(key)
        assert result.values["field"].get(key) == (stored if typed == then else typed)
    clash = any(before.get(k) not in {mine.get(k), theirs.get(k)} and mine.get(k) != theirs.get(k) for k in "abcd")
    assert bool(result.conflicts) is clash


def test_a_list_of_rows_without_keys_is_one_field() -> None:
    assert merged(["a"], ["a", "b"], ["a", "c"]).conflicts
    assert merged(["a"], ["a"], ["a", "c"]).values == {"field": ["a", "c"]}


@pytest.mark.parametrize(
    "lie",
    ["", "x", "\0", "\ud800", token(OTHER, {"field": "old"}), signing.dumps(["pilots.pilot 7", {}])],
    ids=["empty", "a letter", "NUL", "half a character", "another row's", "without a field"],
)
def test_a_form_without_a_token_of_this_row_overwrites_only_the_edition_that_it_showed(lie: str) -> None:
    shown = Shown.read({"edition": "4", "shown": lie}, ROW)
    assert merge(shown, {"field": "mine"}, {"field": "stored"}, 4).values == {"field": "mine"}
    assert merge(shown, {"field": "mine"}, {"field": "stored"}, 5).conflicts
    assert merge(shown, {"field": {"a"}}, {"field": {"b"}}, 5).conflicts
    assert not merge(shown, {"field": "stored"}, {"field": "stored"}, 5).conflicts


def test_a_change_under_an_unchanged_edition_is_seen_by_the_fingerprint() -> None:
    assert merge(opened({"field": "old"}), {"field": "old"}, {"field": "imported"}, 1).values == {"field": "imported"}


@pytest.mark.parametrize(
    ("typed", "edition"),
    [("3", 3), ("", 0), ("x", 0), ("-3", 0), ("²", 0), ("٣", 0), ("9" * 10, 0), ("999999999", 999_999_999)],
)
def test_an_edition_that_makes_no_sense_is_none(typed: str, edition: int) -> None:
    assert edition_of({"edition": typed}) == edition
    assert edition_of({}) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a\r\nb ", "a\nb"),
        ("Hyva\u0308", "Hyv\xe4"),
        (None, ""),
        (set(), None),
        ([], None),
        ({}, None),
        (Decimal("1000.00"), Decimal("1000")),
        (datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 14, tzinfo=ZoneInfo("Europe/Helsinki"))),
        ((ROW, [1]), (7, [1])),
        (frozenset({ROW}), {7}),
        (reading(date(2019, 1, 1), None), reading(date(2019, 1, 1), None)),
    ],
)
def test_values_that_read_alike_are_the_same(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, False),
        (0, None),
        (Decimal(0), None),
        ("a b", "ab"),
        (["a", "b"], ["b", "a"]),
        (time(16, 15), time(16, 16)),
        (reading(date(2019, 1, 1), None), reading(None, date(2019, 1, 1))),
    ],
)
def test_values_that_read_otherwise_differ(one: Any, other: Any) -> None:
    assert not same(one, other)


def test_a_fingerprint_is_the_sha_256_of_canonical_json() -> None:
    assert fingerprint({"b": "ä", "a": 1}) == fingerprint({"a": 1, "b": "ä"})
    assert fingerprint({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.django_db
def test_a_row_is_written_only_over_the_edition_that_was_seen() -> None:
    pilot = make_pilot()
    rows = Pilot.objects.filter(pk=pilot.pk)
    write_if(rows, 1, name_en="First")
    with pytest.raises(Stale) as stale:
        write_if(rows, 1, name_en="Second")
    assert (stale.value.current.name_en, stale.value.current.edition) == ("First", 2)
    with pytest.raises(Stale) as gone:
        write_if(rows.filter(published_at=None), 2, name_en="Third")
    assert gone.value.current is None
