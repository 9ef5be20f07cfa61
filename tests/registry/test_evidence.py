"""When evidence counts as old: in Python and in SQL the same."""

from datetime import date, timedelta

import pytest

from regions.models import Post
from registry.lib.dates import fuzzy, reading
from registry.lib.evidence import NotConfirmed, known_by, months_before, not_confirmed
from tests.factories import make_organisation, make_person, make_post

SPRING = (date(2018, 1, 1), date(2018, 5, 31))


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        (date(2018, 3, 15), 12, date(2017, 3, 15)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 2, date(2022, 11, 30)),
        (date(2018, 1, 1), 0, date(2018, 1, 1)),
        (date(1, 6, 1), 12, date.min),
    ],
)
def test_months_are_counted_back_to_the_same_day_or_the_last_of_a_shorter_month(
    day: date, months: int, earlier: date
) -> None:
    assert months_before(day, months) == earlier


def test_evidence_is_old_the_day_after_so_many_months() -> None:
    known = fuzzy("kevät 2018", reading(*SPRING))
    assert not not_confirmed(known, date(2019, 5, 31))
    assert not_confirmed(known, date(2019, 6, 1))
    assert not not_confirmed(known, date(2020, 5, 31), months=24)


def test_what_has_no_day_of_evidence_does_not_grow_old() -> None:
    assert not not_confirmed(fuzzy("", None), date(2099, 1, 1))
    assert not not_confirmed(fuzzy("", reading(date(2018, 1, 1), None)), date(2099, 1, 1))


def test_the_database_says_the_same_on_every_day(db: None) -> None:
    post = make_post(make_person(), make_organisation())
    differing = []
    for latest in (date(2018, 5, 31), date(2020, 2, 29), None):
        Post.objects.update(known_on_days=reading(date(2018, 1, 1), latest))
        known = Post.objects.get(pk=post.pk).known_on
        for months in (1, 12):
            for number in range(0, 1200, 7):
                day = date(2018, 1, 1) + timedelta(days=number)
                old = Post.objects.filter(NotConfirmed("known_on_days", day, months)).exists()
                if old != not_confirmed(known, day, months):
                    differing.append((latest, months, day))
    assert differing == []


def test_a_fact_is_known_from_the_first_day_of_its_evidence_until_that_is_old(db: None) -> None:
    make_post(make_person(), make_organisation(), known_on_days=reading(*SPRING))
    days = (date(2017, 12, 31), SPRING[0], date(2019, 5, 31), date(2019, 6, 1))
    assert [Post.objects.filter(known_by(day)).exists() for day in days] == [False, True, True, False]
