"""The list of pilots counted by bitmaps: the same rows, order and counts as SQL and as a recount in Python."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pilots.catalogue.filters import shelf as shelf_module
from pilots.catalogue.filters.bitmaps import BitmapCounter
from pilots.catalogue.filters.pilots import PilotFilter
from pilots.catalogue.filters.shelf import shelf_for
from pilots.demo import load
from pilots.models import ClientType, Pilot, Programme, Stage
from regions.models import Region, User
from registry.lib import bitmaps
from registry.lib.dates import reading, today
from registry.lib.facets import SqlCounter
from registry.lib.lists import PER_PAGE
from registry.lib.versions import current_version
from tests.factories import make_card, make_pilot, make_region
from tests.recount import DAY, OF_ONE_USE, OF_PILOTS, asking, found, left, make_pilots, random_choices

FILTERS = 20  # random ones, for each reader
READ = (
    *("regions__coverages__organisation", "municipalities", "themes", "delivery_models", "model_uses", "stage_log"),
    *("target_groups__parent__parent", "partners__organisation"),
)


def naive_rows(visible: Any) -> list[dict[str, set[str]]]:
    rows = visible.select_related("programme", "lead", "area_of", "result_card").prefetch_related(*READ)
    return found(rows.order_by("pk"), OF_PILOTS)


def counts(context: dict[str, Any]) -> dict[str, Any]:
    return {
        facet.name: [(one.value, one.label, one.count, one.parts) for one in facet.choices]
        for facet in context["facets"]
    }


@pytest.fixture
def many(satakunta: Region, etela_savo: Region) -> None:
    """A hundred and fifty pilots more, like those of the fixture."""
    make_pilots(satakunta, etela_savo)
    make_card(make_pilot(is_set=True, regions=[satakunta]))
    make_pilot(parent=Pilot.objects.get(is_set=True), client_type=ClientType.PERSONAL)
    load.make(150, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    Pilot.objects.filter(pk__in=list(Pilot.objects.order_by("pk").values_list("pk", flat=True)[::9])).update(
        published_at=None
    )


@pytest.mark.parametrize("who", ["anyone", "preparer", "officer"])
def test_rows_order_and_counts_are_those_of_a_recount_for_every_reader(
    who: str, many: None, preparer: User, officer: User, request: pytest.FixtureRequest
) -> None:
    at = timezone.now()
    viewer = None if who == "anyone" else request.getfixturevalue(who)
    Pilot.objects.filter(pk__in=list(Pilot.objects.values_list("pk", flat=True)[:30])).update(
        lead=preparer.organisation
    )
    visible = Pilot.objects.visible_to(viewer, at)
    rows, keys = naive_rows(visible), list(visible.order_by("pk").values_list("pk", flat=True))
    assert len(rows) > 100
    desk, chance = who == "officer", Random(7)
    for number, choices in enumerate(random_choices(rows, FILTERS)):
        asked = asking(choices | {"sort": [chance.choice(["name", "code", "start", "changed"])]})
        listed = PilotFilter(asked, visible, desk=desk, day=DAY, counter=BitmapCounter(None, viewer, DAY, at))
        context = listed.context()
        passing = left(rows, choices)
        assert context["page"].paginator.count == len(passing), choices
        page = context["page"].paginator.get_page(chance.randrange(1, 9))
        start = page.start_index() - 1 if page.object_list else 0
        assert [pilot.pk for pilot in page] == list(listed.qs.values_list("pk", flat=True)[start : start + PER_PAGE])
        for facet in context["facets"]:
            if facet.name in OF_ONE_USE and OF_ONE_USE - {facet.name} & choices.keys():
                continue
            naive = Counter(value for row in left(rows, choices, leaving_out=facet.name) for value in row[facet.name])
            assert {one.value: one.count for one in facet.choices} == naive, (choices, facet.name)
        if number % 10 == 0:
            by_sql = PilotFilter(asked, visible, desk=desk, day=DAY, counter=SqlCounter())
            assert counts(by_sql.context()) == counts(context)
    assert len(keys) == len(rows)


@pytest.mark.django_db
def test_a_counted_page_asks_nothing_for_its_counts(many: None) -> None:
    at = timezone.now()
    counter = BitmapCounter(None, None, DAY, at)

    def page(number: int) -> list[str]:
        listed = PilotFilter(QueryDict(f"page={number}"), Pilot.objects.public(), desk=False, day=DAY, counter=counter)
        with CaptureQueriesContext(connection) as captured:
            listed.context()
        return [query["sql"] for query in captured]

    page(1)
    first, last = page(1), page(5)
    assert len(first) == len(last) == 1
    assert not [sql for sql in first if "COUNT(" in sql or "OFFSET" in sql]


def change(act: Callable[[], Any]) -> None:
    with transaction.atomic():
        act()


@pytest.mark.django_db(transaction=True)
def test_every_change_is_seen_by_the_next_reader_and_only_the_changed_pilots_are_read_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    region, other = make_region("04"), make_region("10")
    one, two = make_pilot(regions=[region], stage=Stage.RUNNING), make_pilot(regions=[region])
    read: list[Any] = []
    facts = shelf_module._facts

    def reading_facts(keys: list[int] | None) -> Any:
        read.append(keys)
        return facts(keys)

    monkeypatch.setattr(shelf_module, "_facts", reading_facts)

    def same() -> None:
        at = timezone.now()
        version = current_version()
        assert version
        for query in ("stage=running&region=region-10&sort=code",):
            pair = [
                PilotFilter(QueryDict(query), Pilot.objects.public(), desk=False, day=today(at), counter=counter)
                for counter in (BitmapCounter(version, None, today(at), at), SqlCounter())
            ]
            contexts = [listed.context() for listed in pair]
            assert counts(contexts[0]) == counts(contexts[1]), query
            assert [row.pk for row in contexts[0]["page"]] == [row.pk for row in contexts[1]["page"]], query

    same()
    acts: list[Callable[[], Any]] = [
        lambda: one.regions.set([other]),
        lambda: Pilot.objects.filter(pk=one.pk).update(client_type="personal", name_fi="Aamu"),
        lambda: make_card(two),
        lambda: two.stage_log.create(position=1, stage="running"),
        lambda: Pilot.objects.filter(pk=two.pk).update(published_at=None),
        lambda: Region.objects.filter(pk=region.pk).update(name_fi="Aakkosissa ensin"),
        lambda: make_pilot(regions=[region, other]),
        lambda: one.regions.clear(),
        lambda: one.delete(),
    ]
    same()
    read.clear()
    for act in acts:
        change(act)
        same()
    assert None not in read
    assert [len(keys) for keys in read] == [1] * (len(acts) - 1)  # a region's name is of no pilot
    change(lambda: Programme.objects.update(confirm_months=1))
    same()
    assert read[-1] is None


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_was_open_meanwhile_is_not_forgotten(satakunta: Region) -> None:
    first = make_pilot(regions=[satakunta])
    second = make_pilot()
    at = timezone.now()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE pilots_pilot SET client_type = 'business' WHERE id = %s", [first.pk])
        change(lambda: Pilot.objects.filter(pk=second.pk).update(client_type="personal"))
        before = shelf_for(current_version(), today(at), at)
        assert (before.having("client", ["business"]), before.having("client", ["personal"])) == (0, 1 << second.pk)
        with other.cursor() as cursor:
            cursor.execute("COMMIT")
    finally:
        other.close()
    assert shelf_for(current_version(), today(at), at).having("client", ["business"]) == 1 << first.pk


@pytest.mark.django_db
def test_within_a_transaction_nothing_is_kept(satakunta: Region, client: Client) -> None:
    for n in range(1, 3):
        make_pilot(regions=[satakunta])
        assert client.get(reverse("pilots")).context["page"].paginator.count == n


@pytest.mark.django_db
def test_an_organisation_reads_what_it_leads_once_it_was_told(preparer: User) -> None:
    make_pilot(published=False, lead=preparer.organisation)
    Pilot.objects.filter(pk=make_pilot(published=False, lead=preparer.organisation).pk).update(untold=True)
    at = timezone.now()
    counter = BitmapCounter(None, preparer, today(at), at)
    assert counter.visible == bitmaps.of(Pilot.objects.visible_to(preparer, at).values_list("pk", flat=True)) > 0


@pytest.mark.django_db(transaction=True)
def test_the_page_of_another_day_counts_how_far_the_pilots_were_then(client: Client, officer: User) -> None:
    pilot = make_pilot(stage=Stage.ENDED)
    pilot.stage_log.create(position=1, stage="running", when_days=reading(date(2018, 1, 1), date(2018, 1, 1)))
    pilot.stage_log.create(position=2, stage="ended", when_days=reading(date(2018, 9, 1), date(2018, 9, 1)))
    make_pilot(name_fi="Piilossa", published=False)

    def stages(query: str = "") -> dict[str, int]:
        facets = client.get(reverse("pilots") + query).context["facets"]
        return {one.value: one.count for facet in facets if facet.name == "stage" for one in facet.choices}

    assert (stages(), stages("?pvm=2018-03-15"), stages()) == ({"ended": 1}, {"running": 1}, {"ended": 1})
    client.force_login(officer)
    assert sum(stages().values()) == 2


@pytest.mark.parametrize("keys", [[], [0], [7, 8, 9], [3, 1000, 64, 63, 65], range(300)])
def test_a_set_is_counted_and_paged_as_a_set_of_keys(keys: Iterable[int]) -> None:
    rows = bitmaps.of(keys)
    order = [*range(1001, -1, -1)]
    assert rows.bit_count() == len(set(keys))
    assert bitmaps.portion(order, rows, 0, 9999) == sorted(keys, reverse=True)
    assert bitmaps.portion(order, rows, 1, 3) == sorted(keys, reverse=True)[1:3]
    assert bitmaps.portion([5], rows, 0, 9) == [key for key in keys if key == 5]
