"""Guessing passwords: from many addresses, of many accounts, of easy words; the owner gets in all the same."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from regions import guesses, passwords
from regions.models import KnownNetwork, User
from tests.factories import PASSWORD, make_user
from tests.regions.signing_in import sign_in

pytestmark = pytest.mark.django_db
WAIT = "Too many wrong tries. Try again at"


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    cache.clear()
    with translation.override("en"):
        yield


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No time goes into checking passwords; the passwords that were checked are listed."""
    tried: list[str] = []

    def check(user: User, raw: str) -> bool:
        tried.append(raw)
        return raw == PASSWORD

    monkeypatch.setattr(User, "check_password", check)
    return tried


def test_thirty_guesses_an_hour_are_tried_on_an_account_from_all_addresses(preparer: User, quickly: list[str]) -> None:
    answers = [sign_in(preparer.email, "wrong", f"198.51.{n}.{n}") for n in range(60)]
    assert len(quickly) == 30
    assert [WAIT in answer.text for answer in answers] == [False] * 30 + [True] * 30
    assert WAIT in sign_in(preparer.email, PASSWORD, "203.0.113.9").text


def test_the_owner_gets_in_from_a_network_that_is_known(preparer: User, quickly: list[str]) -> None:
    assert sign_in(preparer.email, PASSWORD, "192.0.2.7").status_code == 302
    for n in range(40):
        sign_in(preparer.email, "wrong", f"198.51.{n}.{n}")
    assert sign_in(preparer.email, PASSWORD, "192.0.2.200").status_code == 302


def test_a_network_is_kept_as_a_keyed_hash_and_for_ninety_days(preparer: User) -> None:
    at = timezone.now()
    guesses.remember(preparer, "192.0.2.7", at - timedelta(days=91))
    guesses.remember(preparer, "2001:db8::1", at)
    kept = KnownNetwork.objects.get()
    assert re.fullmatch("[0-9a-f]{64}", kept.network)
    assert guesses.Try(preparer.email, "2001:db8::ffff").is_from_a_known_network(at)
    assert not guesses.Try(preparer.email, "2001:db9::1").is_from_a_known_network(at)
    assert not guesses.Try(preparer.email, "2001:db8::1").is_from_a_known_network(at + timedelta(days=90))


def test_an_address_tries_twenty_accounts_in_ten_minutes(quickly: list[str]) -> None:
    people = [make_user("reader") for _ in range(25)]
    answers = [sign_in(user.email, "wrong") for user in people]
    assert len(quickly) == 20
    assert [WAIT in answer.text for answer in answers] == [False] * 20 + [True] * 5


def test_the_right_password_is_no_guess(quickly: list[str]) -> None:
    people = [make_user("reader") for _ in range(25)]
    assert {sign_in(user.email, PASSWORD).status_code for user in people} == {302}


def test_the_refusal_says_when_the_next_try_may_be_made(preparer: User) -> None:
    with time_machine.travel("2026-11-27 12:29:30+00:00", tick=False):
        for _ in range(3):
            sign_in(preparer.email, "wrong")
        assert f"{WAIT} 14:35." in sign_in(preparer.email, PASSWORD).text
    with time_machine.travel("2026-11-27 12:35:00+00:00", tick=False):
        assert sign_in(preparer.email, PASSWORD).status_code == 302


EASY = [
    *("123456789012", "aaaaaaaaaaaa", "salasana1234", "Salasana1234!", "Password1234!", "iloveyou1234"),
    *("pilottirekisteri", "satakuntaliitto", "tyoministerio2026", "Työministeriö 2026!", "Kesäkuu2026Helsinki"),
    *("qwertyuiop12", "Etelä-Savo 2027", "abababababab", "Satakuntaliitto-Preparer1"),
]


@pytest.mark.parametrize("password", EASY)
def test_a_password_that_is_easy_to_guess_is_refused_in_the_readers_language(password: str) -> None:
    for language in ("fi", "sv"):
        with translation.override(language), pytest.raises(ValidationError) as refused:
            validate_password(password, User(email="a@b.example", name="Matti"))
        assert not re.search(r"This|password|easy", " ".join(refused.value.messages))


def test_ones_own_words_are_easy_to_guess() -> None:
    assert passwords.is_easy("MeikalainenVirtanen1", "Meikäläinen Virtanen")
    assert not passwords.is_easy("MeikalainenVirtanen1")


@pytest.mark.parametrize(
    "password", ["seven grey herons walk", PASSWORD, "kuusi oravaa juoksee", "V9$kd82jsQmz!pw", "8347-xKq2!9982"]
)
def test_a_good_password_is_taken(password: str) -> None:
    validate_password(password, User(email="a@b.example", name="Matti"))


def test_the_limit_of_resets_answers_with_429_and_when_to_try_again(preparer: User) -> None:
    answers = [ask_for_a_reset(preparer.email) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) > 0


def ask_for_a_reset(email: str) -> Any:
    return Client().post(reverse("account_reset_password"), {"email": email})
