"""Signing in: guesses are delayed, nobody learns who has an account, no address comes from the request."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from regions import invitations
from regions.models import User
from tests.factories import PASSWORD
from tests.letters_with_links import letters, link, text_of
from tests.regions.signing_in import sign_in

pytestmark = pytest.mark.django_db
UNKNOWN = "nobody@satakunta.example"
AWAY = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example",
    "http://localhost@evil.example/",
]


@pytest.fixture
def known(preparer: User) -> str:
    """The address of an account."""
    cache.clear()
    return preparer.email


def bare(page: bytes, email: str) -> str:
    """Return a page without what each answer has of its own: the form's token and the address that was typed."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.decode()).replace(email, "")


def test_the_fourth_guess_from_one_place_waits_and_the_owner_elsewhere_does_not(known: str) -> None:
    for _ in range(3):
        assert "account" in sign_in(known, "wrong").text
    assert sign_in(known, PASSWORD).status_code == 200
    assert sign_in(known, PASSWORD, "198.51.100.7").status_code == 302


def test_many_of_one_office_sign_in_at_once(known: str) -> None:
    assert {sign_in(known, PASSWORD).status_code for _ in range(40)} == {302}


def test_guesses_are_counted_where_every_process_reads_them(known: str) -> None:
    sign_in(known, "wrong")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache WHERE cache_key LIKE %s", ["%login_failed%"])
        assert cursor.fetchone()[0] > 0


def test_a_wrong_password_and_an_unknown_address_answer_alike(known: str) -> None:
    answers = [bare(sign_in(email, "wrong").content, email) for email in (known, UNKNOWN)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("change", [{"is_active": False}, {"rights_until": "2020-01-01"}, {"role": ""}])
def test_the_right_password_opens_nothing_without_rights(known: str, change: dict[str, Any]) -> None:
    User.objects.update(**change)
    client = Client()
    client.post(reverse("account_login"), {"login": known, "password": PASSWORD})
    assert client.get(reverse("my_page")).status_code == 302
    assert client.get(reverse("my_page"))["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("change", "words"),
    [({"rights_until": "2020-01-31"}, "Your rights ended on 31 January 2020."), ({"role": ""}, "has no rights")],
)
def test_an_account_whose_rights_have_ended_is_told_so(known: str, change: dict[str, Any], words: str) -> None:
    User.objects.update(**change)
    with translation.override("en"):
        client, page = Client(), reverse("account_login")
    answer = client.post(page, {"login": known, "password": PASSWORD}, follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert words in answer.text
    assert words not in client.post(page, {"login": known, "password": "wrong"}, follow=True).text


def test_asking_for_a_new_password_does_not_tell_who_has_an_account(known: str) -> None:
    answers = [Client().post(reverse("account_reset_password"), {"email": email}) for email in (known, UNKNOWN)]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, answers[0]["Location"])}
    assert len({bare(Client().get(answer["Location"]).content, "") for answer in answers}) == 1


def test_the_letter_leads_to_the_site_whatever_host_was_asked_for(known: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    Client(HTTP_HOST="evil.example").post(reverse("account_reset_password"), {"email": known})
    assert "evil.example" not in text_of(letters()[-1])
    client = Client()
    page = client.get(link(), follow=True)
    words = "a longer password yet"
    client.post(page.request["PATH_INFO"], {"password1": words, "password2": words})
    assert sign_in(known, words).status_code == 302


@pytest.mark.parametrize("target", AWAY)
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_nobody_is_led_away_from_the_site(known: str, settings: Any, target: str, host: str) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(HTTP_HOST=host, query_params={"next": target})
    answers = [
        client.post(reverse("account_login"), {"login": known, "password": PASSWORD, "next": target}),
        client.get(reverse("account_login"), {"next": target}),
        client.post(reverse("account_logout"), {"next": target}),
    ]
    homes = {reverse("my_proposals"), reverse("home")}
    assert {answer["Location"] for answer in answers} <= homes


def test_a_new_password_ends_the_other_sessions(known: str, preparer: User) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.post(reverse("account_login"), {"login": known, "password": PASSWORD})
    words = {"oldpassword": PASSWORD, "password1": "a longer password yet", "password2": "a longer password yet"}
    here.post(reverse("account_change_password"), words)
    assert there.get(reverse("my_page")).status_code == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"rights_until": "2020-01-01"}, {"role": ""}])
def test_rights_that_are_taken_end_with_the_next_page(as_user: Any, preparer: User, change: dict[str, Any]) -> None:
    client = as_user(preparer)
    assert client.get(reverse("my_proposals")).status_code == 200
    User.objects.filter(pk=preparer.pk).update(**change)
    assert client.get(reverse("my_proposals")).status_code in {302, 403}


def test_a_second_address_is_not_taken(as_user: Any, known: str, preparer: User) -> None:
    typed = {"action_add": "", "email": "other@satakunta.example"}
    assert as_user(preparer).post(reverse("account_email"), typed).status_code == 404
    assert letters() == []
    assert not preparer.emailaddress_set.exclude(email=known).exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"rights_until": "2020-01-01"}, {"role": "reader"}])
def test_an_invitation_falls_with_the_rights_of_who_sent_it(officer: User, change: dict[str, Any]) -> None:
    at = timezone.now()
    invitations.invite(officer, email=UNKNOWN, role="officer", organisation=None, language="fi", at=at)
    path = link()
    assert Client().get(path).status_code == 200
    User.objects.filter(pk=officer.pk).update(**change)
    assert Client().get(path).status_code == 404
