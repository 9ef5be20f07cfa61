"""A statement that is composed once reads what its arguments ask for, and refuses to be decided by them."""

import gc
import weakref
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import override

from pilots.models import Pilot, Round, Step
from regions.models import Region, User
from registry.lib.composed import MOST, ComposedOnce, Keys, filled
from registry.lib.database import many, name_order
from registry.lib.dates import today
from tests.factories import make_pilot, make_round

MORNING, EVENING = datetime(2027, 3, 1, 7, tzinfo=UTC), datetime(2027, 3, 1, 19, tzinfo=UTC)
Asked = dict[str, QuerySet[Any]]


@ComposedOnce
def pilot_and_steps(code: str, viewer: Any, at: datetime) -> Asked:
    steps = Step.objects.filter(closes_at__gte=at - timedelta(days=2), opens_at__lte=at)
    rounds = Round.objects.filter(changed_at__date__lte=today(at))
    return {"pilot": Pilot.objects.visible_to(viewer, at).filter(code=code), "steps": steps, "rounds": rounds}


@ComposedOnce
def by_name(limit: int) -> Asked:
    return {"regions": Region.objects.order_by(name_order())[:limit]}


@ComposedOnce
def these(keys: Keys) -> Asked:
    return {"pilots": Pilot.objects.filter(pk__in=many(keys))}


@pytest.mark.django_db
def test_each_request_reads_the_rows_of_its_own_keys() -> None:
    pilots = [make_pilot().pk for _ in range(3)]
    for keys in (pilots[:2], pilots[2:], [], pilots):
        assert {row.pk for row in these(Keys(keys))["pilots"]} == {*keys}
    assert these.composed(Keys(pilots)) is these.composed(Keys())


@pytest.mark.django_db
def test_each_request_reads_what_it_asks_for() -> None:
    first, second = make_pilot(), make_pilot()
    make_round(opens_at=MORNING, closes_at=MORNING + timedelta(hours=6))
    for pilot, at, open_steps in ((first, MORNING, 1), (second, EVENING, 1), (first, MORNING + timedelta(days=3), 0)):
        found = pilot_and_steps(pilot.code, AnonymousUser(), at)
        assert [row.pk for row in found["pilot"]] == [pilot.pk]
        assert len(found["steps"]) == open_steps


def test_a_statement_is_composed_once_for_a_day_and_a_language() -> None:
    kept = pilot_and_steps.composed("KP-1", AnonymousUser(), MORNING)
    assert pilot_and_steps.composed("KP-2", AnonymousUser(), EVENING) is kept
    assert pilot_and_steps.composed("KP-1", AnonymousUser(), MORNING + timedelta(days=1)) is not kept
    given = ("KP-3", AnonymousUser(), EVENING)
    assert filled(kept, given) == ["KP-3", EVENING - timedelta(days=2), EVENING, "Europe/Helsinki", date(2027, 3, 1)]
    with override("sv"):
        assert by_name.composed(3).sql != pilot_and_steps.composed("KP-1", AnonymousUser(), MORNING).sql
        swedish = by_name.composed(3)
    assert by_name.composed(3) is not swedish
    assert by_name.composed(4) is not by_name.composed(3)


@pytest.mark.django_db
def test_what_an_account_may_read_is_decided_anew(officer: User) -> None:
    hidden = make_pilot(published=False)
    assert pilot_and_steps(hidden.code, AnonymousUser(), MORNING)["pilot"] == []
    assert [row.pk for row in pilot_and_steps(hidden.code, officer, MORNING)["pilot"]] == [hidden.pk]


def test_no_request_is_held_by_the_first_that_reads_a_page() -> None:
    request = HttpRequest()
    request.user = SimpleLazyObject(lambda held=request: AnonymousUser())
    held = weakref.ref(request)
    pilot_and_steps.composed("KP-1", request.user, MORNING + timedelta(days=9))
    del request
    gc.collect()
    assert held() is None


def test_no_more_than_a_number_of_statements_is_kept() -> None:
    first = by_name.composed(1)
    for limit in range(2, MOST + 2):
        by_name.composed(limit)
    assert by_name.composed(1) is not first


@pytest.mark.parametrize(
    "decide",
    [
        lambda at: at < EVENING,
        lambda at: at >= EVENING,
        lambda at: at - EVENING,
        lambda at: today(at - timedelta(hours=20)),
    ],
)
def test_nothing_is_decided_by_a_moment_that_is_not_known(decide: Any) -> None:
    @ComposedOnce
    def deciding(at: datetime) -> Asked:
        decide(at)
        return {"pilots": Pilot.objects.all()}

    with pytest.raises(TypeError, match="not known"):
        deciding.composed(MORNING)
