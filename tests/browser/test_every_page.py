"""Every page, in three languages, signed in and out: accessible, narrow, without JavaScript."""

import os
from collections.abc import Iterator

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Page, Response

from tests.browser.axe import findings
from tests.browser.pages import Visit
from tests.matrix import answers, pages
from tests.sitemap import Scene, address, set_the_scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(portal: str) -> Scene:
    """The rows that the addresses point at."""
    return set_the_scene(timezone.now())


LANGUAGES = ("fi", "sv", "en")
ACTORS = ("anyone", "preparer", "officer")
# Each actor reads each page in one language, and each actor in another: a page that all three read is seen in all
# three. ``make axe`` reads every page in every language.
TURNS = range(3) if os.environ.get("AXE") else range(1)


def language_of(name: str, actor: str, turn: int) -> str:
    """Return the language in which an actor reads a page in a turn."""
    return LANGUAGES[(list(answers()).index(name) + ACTORS.index(actor) + turn) % 3]


def walk(page: Page, scene: Scene, actor: str, turn: int = 0) -> Iterator[tuple[str, Response]]:
    """Open every page that ``actor`` may read; yield its name and the answer."""
    for name, _finnish in pages(scene, actor):
        language = language_of(name, actor, turn)
        with translation.override(language):
            response = page.goto(address(scene, name))
        assert response is not None
        yield f"{name}, {language}", response


# The forms that change something: only these may set a cookie for someone who is not signed in.
GUARDED = {"account_login", "account_reset_password", "account_reset_password_from_key", "accept_invitation"}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 700}


def test_a_page_that_all_read_is_seen_in_every_language() -> None:
    assert {language_of("home", actor, 0) for actor in ACTORS} == set(LANGUAGES)
    assert {language_of("home", "officer", turn) for turn in range(3)} == set(LANGUAGES)


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("turn", TURNS)
def test_axe_finds_nothing_no_page_is_too_wide_and_none_breaks_the_policy(
    visit: Visit, scene: Scene, actor: str, turn: int
) -> None:
    page, found, wide, seen = visit(scene.people[actor]), {}, {}, 0
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for name, response in walk(page, scene, actor, turn):
        assert response.status == 200, (name, response.status)
        seen += 1
        violations = findings(page)
        if violations:
            found[name] = violations
        page.set_viewport_size(NARROW)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide[name] = over
        page.set_viewport_size(WIDE)
    print(f"axe: {sum(map(len, found.values()))} violations on {seen} pages, {actor}")
    assert (found, wide, complaints) == ({}, {}, [])


@pytest.mark.parametrize("actor", ACTORS)
def test_every_page_reads_the_same_without_javascript(visit: Visit, scene: Scene, actor: str) -> None:
    page = visit(scene.people[actor], javascript=False)
    for name, response in walk(page, scene, actor):
        assert response.status == 200, name
        assert page.locator("h1").count() == 1, name
        assert page.locator("main").inner_text().strip(), name


def test_a_reader_leaves_nothing_behind(visit: Visit, scene: Scene) -> None:
    page, guarded = visit(None), set()
    for name, _response in walk(page, scene, "anyone"):
        if page.context.cookies():
            guarded.add(name.split(",")[0])
            assert page.locator("input[name=csrfmiddlewaretoken]").count(), name
        page.context.clear_cookies()
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0, name
    assert guarded <= GUARDED
