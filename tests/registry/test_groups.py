"""Groups: the list, and the page with its two chairs."""

from datetime import date

import pytest
from django.test import Client

from regions.models import Group, GroupContact, LogEntry, MandateItem, Membership, Region
from registry.lib.database import since
from registry.lib.dates import reading
from tests.factories import make_group, make_organisation, make_person, make_post

LIST, PAGE = "/en/groups/", "/en/groups/prep/"
LIST_QUERIES, PAGE_QUERIES = 6, 14


def chair(group: Group, name: str = "", **fields: object) -> Membership:
    person = make_person(name, **{key: fields.pop(key) for key in ("hidden",) if key in fields})
    make_post(person, make_organisation(name_en=f"Home of {person.name}"))
    return Membership.objects.create(group=group, person=person, role="chair", **fields)


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_list_asks_as_much_for_one_group_as_for_a_thousand(
    client: Client, satakunta: Region, django_assert_num_queries, rows: int
) -> None:
    parent = make_group()
    for n in range(rows):
        group = make_group(parent=parent, kind="sub_group")
        if n < 30:
            group.regions.add(satakunta)
            chair(group)
    with django_assert_num_queries(LIST_QUERIES):
        assert client.get(LIST).status_code == 200


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_the_page_asks_as_much_for_one_row_as_for_many(
    client: Client, satakunta: Region, django_assert_num_queries, rows: int
) -> None:
    group = make_group(slug="prep", parent=make_group())
    group.regions.add(satakunta)
    for n in range(rows):
        member = chair(group)
        GroupContact.objects.create(group=group, post=member.person.posts.get(), position=n)
        Membership.objects.create(group=group, person=make_person(), role="member")
        chair(make_group(parent=group, kind="sub_group"))
        make_group(successor=group)
        LogEntry.objects.create(group=group, position=n, kind="done", what_fi="x")
        for kind in MandateItem.Kind:
            MandateItem.objects.create(group=group, kind=kind, position=n, text_fi=f"{kind} {n}")
    with django_assert_num_queries(PAGE_QUERIES):
        assert client.get(PAGE).status_code == 200


def test_two_chairs_stand_side_by_side_with_their_home_organisations(client: Client, db: None) -> None:
    group = make_group(slug="prep")
    chair(group, "Ensimmäinen")
    chair(group, "Toinen")
    text = client.get(PAGE).text
    assert ">Chairs</h2>" in text
    assert "Home of Ensimmäinen" in text
    assert "Home of Toinen" in text
    assert "The other members are not known." in text


def test_a_hidden_person_is_nowhere_on_it(client: Client, db: None) -> None:
    group = make_group(slug="prep")
    hidden = chair(group, "Piilossa", hidden=True)
    GroupContact.objects.create(group=group, post=hidden.person.posts.get(), position=1)
    child = make_group(parent=group, kind="sub_group")
    chair(child, "Piilossa", hidden=True)
    assert "Piilossa" not in client.get(PAGE).text + client.get(LIST).text


def test_the_chairs_are_those_of_the_day(client: Client, db: None) -> None:
    chair(make_group(slug="prep"), "Entinen", validity=since(date(2018, 1, 1), date(2019, 12, 31)))
    assert "Entinen" in client.get(PAGE + "?pvm=2018-03-15").text
    assert "Entinen" not in client.get(PAGE).text
    assert "The chair is not known." in client.get(PAGE).text


def test_the_log_tells_fuzzy_dates_in_the_words_of_the_source(client: Client, db: None) -> None:
    group = make_group(slug="prep", members_known=True)
    days = reading(date(2018, 3, 1), date(2018, 5, 31))
    LogEntry.objects.create(
        group=group, position=1, kind="done", what_fi="Suunnitelma", when_words="kevät 2018", when_days=days
    )
    text = client.get(PAGE).text
    assert 'March–May 2018 <span class="reading">(<span lang="fi">”kevät 2018”</span>)</span>' in text
    assert "No other members are named here." in text


def test_groups_are_narrowed_by_kind_and_region(client: Client, satakunta: Region, etela_savo: Region) -> None:
    one, other = make_group(name_fi="Yksi"), make_group(name_fi="Kaksi", kind="meeting")
    one.regions.add(satakunta)
    other.regions.add(etela_savo)
    found = client.get(LIST + "?region=region-04").context
    assert [group.name_fi for group in found["page"]] == ["Yksi"]
    assert {choice.value: choice.count for choice in found["facets"][1].choices} == {"region-04": 1, "region-10": 1}
    assert [group.name_fi for group in client.get(LIST + "?kind=meeting").context["page"]] == ["Kaksi"]
    assert "No group was found" in client.get(LIST + "?kind=meeting&region=region-04").text
    assert "It was left out: Kind." in client.get(LIST + "?kind=x").text


def test_a_group_that_is_not_there_is_not_found(client: Client, db: None) -> None:
    assert client.get("/en/groups/nobody/").status_code == 404
