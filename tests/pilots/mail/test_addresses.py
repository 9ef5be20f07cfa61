"""Addresses that do not work: staff see whom letters do not reach; an officer says that they do again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.mail import outbox
from pilots.models import Message, ReturnedMail
from regions.models import Organisation, User
from tests.factories import make_user
from tests.posted import posted

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SignIn = Callable[[User | None], Client]


@pytest.fixture
def unreachable(preparer: User) -> User:
    """The preparer, whose address does not work."""
    preparer.address_failed_at, preparer.address_fault = NOW - timedelta(hours=1), "550 5.1.1 <b>no</b> such user"
    preparer.save()
    return preparer


def page_of(client: Client, name: str = "addresses") -> str:
    return client.get(reverse(name)).content.decode()


def lost(user: User, **fields: Any) -> Message:
    message = posted(user, at=NOW)
    if fields:
        Message.objects.filter(pk=message.pk).update(**fields)
    return message


def test_staff_see_who_where_since_when_and_why(
    as_user: SignIn, reader: User, unreachable: User, council: Organisation
) -> None:
    page = page_of(as_user(reader))
    for words in (unreachable.email, council.name.plain, "550 5.1.1 &lt;b&gt;no&lt;/b&gt; such user"):
        assert words in page
    assert "Sijaista ei ole: soita" in page
    assert reverse("told_person", args=[unreachable.pk]) in page
    assert "Osoite toimii taas" not in page, "a reader mends nothing"


def test_staff_see_whether_a_deputy_was_told(
    as_user: SignIn, officer: User, unreachable: User, colleague: User
) -> None:
    first = lost(unreachable)
    lost(unreachable)
    User.objects.filter(pk=unreachable.pk).update(deputy=colleague)
    lost(colleague, forward_of=first)
    page = page_of(as_user(officer))
    assert "2 viestiä ei mennyt perille." in page
    assert f"{colleague} sai tiedon 1 viestistä." in page


def test_letters_that_were_lost_before_are_not_counted(as_user: SignIn, officer: User, unreachable: User) -> None:
    before = lost(unreachable)
    Message.objects.filter(pk=before.pk).update(settled_at=NOW - timedelta(days=2))
    assert "0 viestiä ei mennyt perille." in page_of(as_user(officer))


def test_an_officer_mends_an_address_and_mail_goes_again(as_user: SignIn, officer: User, unreachable: User) -> None:
    assert not outbox.has_address(unreachable)
    answer = as_user(officer).post(reverse("mend_address", args=[unreachable.pk]), follow=True)
    assert "Viestit lähtevät taas" in answer.content.decode()
    assert "Kaikki osoitteet toimivat" in answer.content.decode()
    unreachable.refresh_from_db()
    assert outbox.has_address(unreachable)
    assert posted(unreachable).state == Message.State.QUEUED


def test_an_address_that_works_is_mended_without_effect(as_user: SignIn, officer: User, preparer: User) -> None:
    answer = as_user(officer).post(reverse("mend_address", args=[preparer.pk]), follow=True)
    assert "lähtevät jo" in answer.content.decode()
    assert as_user(officer).post(reverse("mend_address", args=[10**9])).status_code == 404


def test_others_neither_see_nor_mend(
    as_user: SignIn, unreachable: User, colleague: User, stranger: User, reader: User
) -> None:
    for user in (colleague, stranger, unreachable):
        assert as_user(user).get(reverse("addresses")).status_code == 403
    for user in (colleague, stranger, unreachable, reader):
        assert as_user(user).post(reverse("mend_address", args=[unreachable.pk])).status_code == 403
    unreachable.refresh_from_db()
    assert unreachable.address_failed_at is not None


def test_the_desk_says_how_many_do_not_work(as_user: SignIn, officer: User, unreachable: User, stranger: User) -> None:
    User.objects.filter(pk=stranger.pk).update(address_failed_at=NOW, address_fault="550")
    assert "Korjaa 2 osoitetta, jotka eivät toimi" in page_of(as_user(officer), "desk")
    outbox.address_mended(stranger)
    assert "Korjaa 1 osoite, joka ei toimi" in page_of(as_user(officer), "desk")
    outbox.address_mended(unreachable)
    assert "osoite, joka ei toimi" not in page_of(as_user(officer), "desk")


def test_what_came_back_is_counted_by_what_it_was(as_user: SignIn, officer: User) -> None:
    for n, outcome in enumerate(["unsigned", "unsigned", "not_understood", "bounced"]):
        read_at = NOW - timedelta(days=40) if outcome == "bounced" else NOW
        ReturnedMail.objects.create(sha256=f"{n:064}", read_at=read_at, outcome=outcome)
    page = " ".join(page_of(as_user(officer)).split())
    assert "tunnus on väärennetty</th><td>2</td>" in page
    assert "pantu sivuun</th><td>1</td>" in page
    assert "ei voitu toimittaa" not in page


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_page_takes_the_same_number_of_queries(
    as_user: SignIn, officer: User, council: Organisation, rows: int, django_assert_num_queries: Any
) -> None:
    colleague = make_user(User.Role.PREPARER, council)
    User.objects.bulk_create(
        User(
            email=f"p{n}@walk.example",
            role=User.Role.PREPARER,
            organisation=council,
            deputy=colleague,
            address_failed_at=NOW,
            address_fault="550",
        )
        for n in range(rows)
    )
    client = as_user(officer)
    with django_assert_num_queries(5):
        client.get(reverse("addresses"))
