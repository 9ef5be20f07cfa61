"""Differences in words."""

import itertools
import random

import pytest
from django.template import Context, Template

from registry.lib.differences import MOST_PAIRS, Mark, Passage, has_changed, in_items, in_words

SAME, REMOVED, ADDED = Mark.SAME, Mark.REMOVED, Mark.ADDED


def told(before: str, after: str) -> list[tuple[Mark, str]]:
    return [(passage.mark, passage.words.strip()) for passage in in_words(before, after)]


def test_words_that_changed_stand_between_words_that_did_not() -> None:
    assert told("Yksi ovi yrityksille vuonna 2027.", "Yksi yhteinen ovi kunnille vuonna 2027.") == [
        (SAME, "Yksi"),
        (ADDED, "yhteinen"),
        (SAME, "ovi"),
        (REMOVED, "yrityksille"),
        (ADDED, "kunnille"),
        (SAME, "vuonna 2027."),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", []),
        ("", "uusi", [(ADDED, "uusi")]),
        ("vanha", "", [(REMOVED, "vanha")]),
        ("sama  teksti", "sama teksti", [(SAME, "sama  teksti")]),
        ("rivi\r\ntoinen", "rivi\ntoinen", [(SAME, "rivi\ntoinen")]),
        ("250 000 €", "350 000 €", [(REMOVED, "250"), (ADDED, "350"), (SAME, "000 €")]),
        ("te-palvelut", "te-palvelu", [(REMOVED, "te-palvelut"), (ADDED, "te-palvelu")]),
        (
            "Ensin kunta ja valtio",
            "Ensin ELY ja TE",
            [(SAME, "Ensin"), (REMOVED, "kunta ja valtio"), (ADDED, "ELY ja TE")],
        ),
    ],
)
def test_a_difference_reads_as_a_person_would_tell_it(
    before: str, after: str, expected: list[tuple[Mark, str]]
) -> None:
    assert told(before, after) == expected


def joined(passages: list[Passage], *, without: Mark) -> list[str]:
    return "".join(passage.words for passage in passages if passage.mark is not without).split()


def test_either_text_can_be_read_back_from_the_difference_however_long_it_is() -> None:
    made = random.Random(7)
    words = [f"sana{n}" for n in range(40)] + ["ja", ".", ",", "\n", "\n\n"]
    for length in [0, 1, 2, 5, 20, 200, 1_500, 15_000]:
        for other in [length, length // 2, length + 3]:
            before, after = (" ".join(made.choices(words, k=n)) for n in (length, other))
            passages = in_words(before, after)
            assert joined(passages, without=ADDED) == before.split()
            assert joined(passages, without=REMOVED) == after.split()
            assert all(one.mark is not two.mark for one, two in itertools.pairwise(passages))


@pytest.mark.parametrize("kinds", [2, 50, 5_000])
def test_texts_without_end_cost_no_more_than_a_bounded_work(kinds: int) -> None:
    made = random.Random(7)
    before, after = (" ".join(f"s{made.randrange(kinds)}" for _ in range(25_000)) for _ in range(2))
    passages = in_words(f"sama {before}", f"sama {after}")
    assert [passage.mark for passage in passages][:3] == [SAME, REMOVED, ADDED]
    assert MOST_PAIRS < 25_000**2


def test_items_of_a_list_are_removed_and_added_one_by_one_and_moving_one_is_no_change() -> None:
    passages = in_items(["Satakunta", "Kainuu"], ["Kainuu", "Lappi"])
    assert passages == [Passage(REMOVED, "Satakunta"), Passage(SAME, "Kainuu"), Passage(ADDED, "Lappi")]
    assert not has_changed(in_items(["a", "b"], ["b", "a"]))


def test_a_page_says_what_was_removed_and_added_to_eye_and_ear_and_runs_nothing() -> None:
    page = Template("{% for one in passages %}{{ one }}{% endfor %}")
    shown = page.render(Context({"passages": in_words("<b>vanha</b>", "<i>uusi</i>")}))
    assert "<b>" not in shown
    assert "&lt;" in shown
    assert "<del>" in shown
    assert "<ins>" in shown
    assert "[poistettu:]" in shown
    assert "[lisätty:]" in shown
