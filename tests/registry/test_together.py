"""Related rows read by the same statement are those that ``prefetch_related`` reads."""

from datetime import date
from typing import Any

import pytest
from django.db.models import Count, Prefetch

from pilots.models import Pilot, Stage
from regions.models import Organisation, Region, Source
from registry.lib.dates import reading
from registry.lib.together import read_together
from tests.factories import make_card, make_organisation, make_pilot

LOOKUPS: tuple[Any, ...] = (
    *("regions", "lead__coverages__region", "stage_log__sources", "related", "children__stage_log", "result_card"),
    Prefetch("partners", Pilot._meta.get_field("partners").related_model.objects.select_related("organisation")),
    Prefetch("parent", Pilot.objects.public().only("code", "name_fi", "start_days")),
    Prefetch("continued_by", Pilot.objects.public(), to_attr="later"),
)

OURS = {"later", "as_read"}  # attributes that no column has


@pytest.fixture
def pilots(satakunta: Region, etela_savo: Region, council: Organisation) -> None:
    whole, hidden = make_pilot(is_set=True), make_pilot(published=False)
    for parent, regions in ((whole, [etela_savo, satakunta]), (hidden, [satakunta]), (None, [])):
        pilot = make_pilot(parent=parent, regions=regions, lead=council, continues=whole)
        pilot.related.add(whole)
        for place, (first, last) in enumerate([(date(2018, 1, 1), date(2018, 3, 31)), (date(2019, 2, 3), None)]):
            days = reading(first, last) if last else None
            entry = pilot.stage_log.create(position=9 - place, stage=Stage.RUNNING, when_days=days)
            entry.sources.add(Source.objects.create(key=f"{pilot.pk}-{place}", title="Lähde"))
        pilot.partners.create(position=1, organisation=make_organisation(), state="agreed")
        pilot.partners.create(position=2, words_fi="Yritys", state="agreed")
    make_card(whole)


def told(row: Any, deep: int = 3) -> Any:
    """Return all that a row has and knows, down to the rows of rows of rows."""
    columns = {name: value for name, value in row.__dict__.items() if not name.startswith("_") and name not in OURS}
    if not deep:
        return columns
    caches = {**row.__dict__.get("_prefetched_objects_cache", {}), "later": row.__dict__.get("later", ())}
    single = {name: one and told(one, deep - 1) for name, one in row._state.fields_cache.items()}
    return columns, {name: [told(one, deep - 1) for one in rows] for name, rows in caches.items()}, single


@pytest.mark.django_db
def test_the_rows_are_those_of_prefetch_related(pilots: None, django_assert_num_queries: Any) -> None:
    by_many = [told(pilot) for pilot in Pilot.objects.order_by("pk").prefetch_related(*LOOKUPS)]
    with django_assert_num_queries(1):
        by_one = [told(pilot) for pilot in Pilot.objects.order_by("pk").together(*LOOKUPS)]
    assert len(by_one) == 5
    assert by_one == by_many


@pytest.mark.django_db
def test_what_is_read_is_not_asked_again(pilots: None, django_assert_num_queries: Any) -> None:
    pilot = Pilot.objects.together("regions", "result_card", "parent").filter(parent__isnull=False).first()
    with django_assert_num_queries(0):
        assert {region.code for region in pilot.regions.all()} == {"04", "10"}
        assert pilot.parent.is_set
        assert not hasattr(pilot, "result_card")


@pytest.mark.django_db
def test_rows_of_several_questions_are_read_by_one_statement(pilots: None, django_assert_num_queries: Any) -> None:
    asked: dict[str, Any] = {
        "regions": Region.objects.annotate(n=Count("pilots")).order_by("-n", "code"),
        "some": Pilot.objects.order_by("-pk").select_related("lead").prefetch_related(*LOOKUPS)[1:3],
        "logged": Pilot.objects.with_log().order_by("pk"),
        "none": Pilot.objects.none(),
        "nobody": Pilot.objects.filter(pk__in=[]),
    }
    with django_assert_num_queries(1):
        found = read_together(**asked)
    for name, rows in asked.items():
        assert [told(row) for row in found[name]] == [told(row) for row in rows], name
    assert [region.n for region in found["regions"]] == [2, 1]
