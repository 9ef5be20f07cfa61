"""People: what sources tell of them, and nothing of the hidden."""

from datetime import date

import pytest
from django.test import Client

from regions.models import GroupContact, Membership, Person, Post
from registry.lib.database import since
from registry.lib.dates import reading
from tests.factories import make_group, make_organisation, make_person, make_post

LIST = "/en/people/"
JANUARY, MAY = date(2018, 1, 1), date(2018, 5, 31)
LIST_QUERIES, PAGE_QUERIES = 4, 6


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_list_asks_as_much_for_one_person_as_for_a_thousand(
    client: Client, db: None, django_assert_num_queries, rows: int
) -> None:
    people = Person.objects.bulk_create(Person(slug=f"p-{n}", name=f"Henkilö {n}") for n in range(rows))
    office = make_organisation()
    Post.objects.bulk_create(Post(person=person, organisation=office, title_fi="johtaja") for person in people)
    with django_assert_num_queries(LIST_QUERIES):
        assert len(client.get(LIST).context["page"]) == min(rows, 25)


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_the_page_asks_as_much_for_one_post_as_for_many(
    client: Client, db: None, django_assert_num_queries, rows: int
) -> None:
    person = make_person()
    for _ in range(rows):
        post = make_post(person, make_organisation())
        group = make_group()
        Membership.objects.create(group=group, person=person, role="chair")
        GroupContact.objects.create(group=group, post=post, position=1)
    with django_assert_num_queries(PAGE_QUERIES):
        assert client.get(f"{LIST}{person.slug}/").status_code == 200


def test_people_stand_by_their_last_name(client: Client, db: None) -> None:
    for name in ("Anna Öhman", "Öivind Aalto", "Bo Zetter"):
        make_person(name)
    assert [person.name for person in client.get(LIST).context["page"]] == ["Öivind Aalto", "Bo Zetter", "Anna Öhman"]


def test_a_hidden_person_is_nowhere(client: Client, db: None) -> None:
    hidden = make_person("Piilossa", hidden=True)
    make_post(hidden, make_organisation())
    for query in ("", "?q=Piilossa", "?pvm=2018-03-15"):
        assert client.get(LIST + query).context["page"].paginator.count == 0
    gone = client.get(f"{LIST}{hidden.slug}/")
    assert gone.status_code == client.get(f"{LIST}nobody/").status_code == 404


def test_a_post_is_told_as_of_its_source_and_never_claims_today(client: Client, db: None) -> None:
    person = make_person()
    make_post(person, make_organisation(), title_en="Director", known_on_days=reading(JANUARY, MAY))
    make_post(person, make_organisation(), title_en="Adviser", phone="010 000")
    text = client.get(f"{LIST}{person.slug}/").text
    assert "does not know whether it holds today" in text
    assert "mentioned: January–May 2018 (the start and the end are not known)" in text
    assert "as the source tells; the end is not known" in text
    assert "Nobody has checked it with the person." in text


def test_a_day_shows_the_posts_of_that_day(client: Client, db: None) -> None:
    person = make_person(checked_on=date(2026, 5, 1))
    office = make_organisation(validity=since(date(2013, 1, 1), date(2024, 12, 31)))
    make_post(person, office, title_en="Early", validity=since(date(2013, 1, 1), date(2017, 12, 31)))
    make_post(person, office, title_en="Late", validity=since(date(2018, 1, 1)))
    then = client.get(f"{LIST}{person.slug}/?pvm=2018-03-15").text
    assert "Late" in then
    assert "Early" not in then
    assert "It was last checked on 1 May 2026." in then
    assert "No post of this day is known." in client.get(f"{LIST}{person.slug}/?pvm=2026-01-01").text
    assert client.get(LIST + "?pvm=2026-01-01").context["page"].paginator.count == 0


def test_someone_known_by_a_place_in_a_group_alone_is_listed_with_it(client: Client, db: None) -> None:
    person, group = make_person(), make_group(name_en="Sub-group")
    validity = since(date(2018, 1, 1), date(2019, 12, 31))
    Membership.objects.create(group=group, person=person, role="chair", validity=validity)
    assert "Sub-group" in client.get(LIST).text
    assert "Sub-group" in client.get(LIST + "?pvm=2018-03-15").text
    assert person.name not in client.get(LIST + "?pvm=2020-03-15").text


def test_a_search_finds_a_name_and_says_when_none_is_found(client: Client, db: None) -> None:
    make_person("Valmistelija Virta")
    assert len(client.get(LIST + "?q=virta").context["page"]) == 1
    assert "Nobody was found" in client.get(LIST + "?q=zzz").text
    assert len(client.get(LIST + "?q=%00").context["page"]) == 1
