"""One's own deputy: named among colleagues with the same rights, on a page of one's own."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from regions import access
from regions.models import Organisation, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


def page_of(client: Client, name: str = "deputy") -> str:
    return client.get(reverse(name)).content.decode()


def test_a_colleague_is_named_and_shown(as_user: SignIn, preparer: User, colleague: User) -> None:
    client = as_user(preparer)
    assert "Sinulla ei ole sijaista" in page_of(client, "my_page")
    assert client.post(reverse("deputy"), {"deputy": colleague.pk}).status_code == 302
    preparer.refresh_from_db()
    assert preparer.deputy == colleague
    assert f"Sijaisesi on {colleague}" in page_of(client, "my_page")
    assert f'value="{colleague.pk}" selected' in page_of(client)


def test_nobody_is_a_choice(as_user: SignIn, preparer: User, colleague: User) -> None:
    User.objects.filter(pk=preparer.pk).update(deputy=colleague)
    as_user(preparer).post(reverse("deputy"), {"deputy": ""})
    preparer.refresh_from_db()
    assert preparer.deputy is None


def test_only_those_who_may_be_told_are_offered_and_taken(
    as_user: SignIn, preparer: User, colleague: User, stranger: User, officer: User, ended: User, council: Organisation
) -> None:
    closed = make_user(User.Role.PREPARER, council, email="closed@satakunta.example", is_active=False)
    reads = make_user(User.Role.READER, council, email="reads@satakunta.example")
    client = as_user(preparer)
    offered = page_of(client)
    assert colleague.email in offered
    for other in (stranger, officer, ended, closed, reads, preparer):
        assert f'value="{other.pk}"' not in offered, other
        answer = client.post(reverse("deputy"), {"deputy": other.pk})
        assert answer.status_code == 422, other
        assert "Sijainen" in answer.content.decode()
    preparer.refresh_from_db()
    assert preparer.deputy is None


@pytest.mark.parametrize("value", ["0", "-1", "x", "\x00x", "9" * 40])  # the guard drops a NUL
def test_nonsense_is_refused_in_words(as_user: SignIn, preparer: User, value: str) -> None:
    assert as_user(preparer).post(reverse("deputy"), {"deputy": value}).status_code == 422


def test_who_is_offered_is_who_may_be_told(preparer: User, colleague: User, stranger: User, officer: User) -> None:
    at = timezone.now()
    everyone = list(User.objects.all())
    for person in everyone:
        offered = set(User.objects.colleagues_of(person, at.date()))
        assert offered == {other for other in everyone if access.may_deputise(other, person, at)}


def test_a_deputy_who_cannot_be_one_any_more_is_said(as_user: SignIn, preparer: User, colleague: User) -> None:
    User.objects.filter(pk=preparer.pk).update(deputy=colleague)
    User.objects.filter(pk=colleague.pk).update(rights_until=date(2020, 1, 1))
    assert "ei voi enää olla sijaisesi" in page_of(as_user(preparer), "my_page")


def test_without_colleagues_the_page_says_what_to_do(as_user: SignIn, preparer: User) -> None:
    page = page_of(as_user(preparer))
    assert "Kenelläkään muulla samassa roolissa ei ole vielä tunnusta." in page
    assert f'href="{reverse("invite")}"' in page


def test_whose_rights_ended_names_nobody(as_user: SignIn, ended: User) -> None:
    assert as_user(ended).get(reverse("deputy")).status_code in {302, 403}


def test_an_address_that_failed_is_told_to_its_owner(as_user: SignIn, preparer: User) -> None:
    at = timezone.now()
    User.objects.filter(pk=preparer.pk).update(address_failed_at=at, address_fault="550 5.1.1 <no> such user")
    page = page_of(as_user(preparer), "my_page")
    assert "palautui" in page
    assert "550 5.1.1 &lt;no&gt; such user" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_number_of_queries(
    as_user: SignIn, preparer: User, council: Organisation, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        make_user(User.Role.PREPARER, council)
    client = as_user(preparer)
    with django_assert_num_queries(6):
        client.get(reverse("deputy"))
