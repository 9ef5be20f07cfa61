"""No page, form, error or letter shows English to a reader of Finnish or Swedish."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone, translation

from pilots.models import Letter
from regions.models import User
from tests.cast import SCRIPT
from tests.english import ENGLISH, english
from tests.factories import make_round, make_submitted, make_user
from tests.matrix import expected, pages
from tests.posted import posted
from tests.sitemap import TOKEN, Scene, address, names, set_the_scene

pytestmark = pytest.mark.django_db
NATIONAL = ("fi", "sv")


def test_english_is_seen_where_it_stands_and_left_where_it_is_marked() -> None:
    planted = '<html lang="fi"><p>Hyvä</p><p lang="en">This is marked.</p><p>This password is too short.</p></html>'
    assert english(planted, "fi") == ["This password is too short."]
    assert english('<html lang="sv"><input aria-label="Enter a day"></html>', "sv") == ["Enter a day"]


@pytest.fixture
def scene() -> Scene:
    """A row of every kind."""
    return set_the_scene(timezone.now())


def signed_in(scene: Scene, actor: str) -> Client:
    """Return the client of an actor."""
    client, user = Client(headers=SCRIPT), scene.people[actor]
    if user is not None:
        client.force_login(user)
    return client


@pytest.mark.parametrize("language", NATIONAL)
@pytest.mark.parametrize("actor", ["anyone", "preparer", "officer"])
def test_no_page_and_no_form_sent_empty_shows_english(scene: Scene, actor: str, language: str) -> None:
    found: dict[str, Any] = {}
    client = signed_in(scene, actor)
    with translation.override(language):
        for name, url in pages(scene, actor):
            found[f"GET {name}"] = english(client.get(url).content.decode(), language)
        forms = [name for name in names() if expected(name, "POST", actor) in {200, 409, 422}]
        assert forms
        for name in forms:
            answer = client.post(address(scene, name), {})
            found[f"POST {name}"] = english(answer.content.decode(), language)
    assert {name: words for name, words in found.items() if words} == {}


def words_after(client: Client, url: str, typed: dict[str, str], language: str) -> tuple[str, list[str]]:
    """Return the page that answers what was typed, and what of it is English."""
    page = client.post(url, typed).content.decode()
    return page, english(page, language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "Salasana on liian lyhyt: siinä on oltava vähintään 12 merkkiä."),
        ("sv", "Lösenordet är för kort: det ska ha minst 12 tecken."),
    ],
)
def test_a_short_password_is_refused_in_the_readers_language(scene: Scene, language: str, words: str) -> None:
    with translation.override(language):
        typed = {"full_name": "Uusi Käyttäjä", "password1": "lyhyt", "password2": "lyhyt"}
        page, wrong = words_after(Client(), reverse("accept_invitation", args=[TOKEN]), typed, language)
    assert words in page
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "Kirjoita sähköpostiosoite kokonaan, esimerkiksi kirjaamo@virasto.example."),
        ("sv", "Skriv hela e-postadressen, till exempel registratur@myndighet.example."),
    ],
)
def test_a_bad_address_is_refused_in_the_readers_language(language: str, words: str) -> None:
    with translation.override(language):
        for name in ("account_login", "account_reset_password"):
            typed = {"email": "ei osoite", "login": "ei osoite", "password": "jotain"}
            page, wrong = words_after(Client(), reverse(name), typed, language)
            assert words in page, name
            assert wrong == []


@pytest.mark.parametrize(("language", "words"), [("fi", "Liian monta yritystä"), ("sv", "För många försök")])
@override_settings(ACCOUNT_RATE_LIMITS={"reset_password": "1/m/ip"})
def test_too_many_attempts_are_answered_in_the_readers_language(language: str, words: str) -> None:
    cache.clear()
    client = Client()
    with translation.override(language):
        answers = [client.post(reverse("account_reset_password"), {"email": "a@b.example"}) for _ in range(3)]
    assert answers[-1].status_code == 429
    page = answers[-1].content.decode()
    assert f"<h1>{words}</h1>" in page
    assert reverse("home") in page
    assert english(page, language) == []


@pytest.mark.parametrize("language", NATIONAL)
@pytest.mark.parametrize("path", ["x/", "pilotit/KP-1999-999/", "landskap/x/"])
def test_a_page_that_is_not_there_is_told_in_the_readers_language(client: Client, language: str, path: str) -> None:
    answer = client.get(f"/{language}/{path}", follow=True)
    assert answer.status_code == 404
    assert english(answer.content.decode(), language) == []


OF_A_PROPOSAL = {
    *(Letter.RECEIPT, Letter.WITHDRAWAL),
    *(Letter.EDITOR_ADDED, Letter.INVITED_TO_WRITE, Letter.TEAM_NEWS, Letter.FILE_HELD_BACK),
    *(Letter.CLARIFICATION, Letter.CLARIFICATION_REMINDER, Letter.CLARIFICATION_WITHDRAWN),
}
NOT_POSTED = {Letter.FORWARDED, Letter.STAFF, Letter.NEW_PASSWORD, Letter.INVITATION}


@pytest.mark.parametrize("language", NATIONAL)
@pytest.mark.parametrize("letter", [letter for letter in Letter if letter not in NOT_POSTED])
def test_no_letter_shows_english(preparer: User, letter: Letter, language: str) -> None:
    reader = make_user(
        User.Role.PREPARER, preparer.organisation, email=f"{language}@letters.example", language=language
    )
    round_ = make_round(name_sv="Omgången", contact_sv="registratur", guidance_sv="Anvisning")
    about: dict[str, Any] = {"step": round_.steps.get()}
    if letter in OF_A_PROPOSAL:
        about = {"proposal": make_submitted(round_, reader)}
    message = posted(reader, letter, round_=round_, **about)
    assert not ENGLISH.search(message.subject), message.subject
    assert [line for line in message.body.splitlines() if ENGLISH.search(line)] == []
