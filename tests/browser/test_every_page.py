"""Every page, in three languages, signed in and out: accessible, narrow, without JavaScript."""

from collections.abc import Iterator

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Page, Response

from tests.browser.axe import findings
from tests.browser.pages import Visit
from tests.matrix import pages
from tests.sitemap import Scene, set_the_scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(portal: str) -> Scene:
    """The rows that the addresses point at."""
    return set_the_scene(timezone.now())


def walk(page: Page, scene: Scene, actor: str, language: str) -> Iterator[tuple[str, Response]]:
    """Open every page that ``actor`` may read, in ``language``; yield its name and the answer."""
    with translation.override(language):
        addresses = pages(scene, actor)
    for name, address in addresses:
        response = page.goto(address)
        assert response is not None
        yield name, response


# The forms that change something: only these may set a cookie for someone who is not signed in.
GUARDED = {"account_login", "account_reset_password", "account_reset_password_from_key", "accept_invitation"}
ACTORS = ["anyone", "preparer", "officer"]


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_axe_finds_nothing_on_any_page(visit: Visit, scene: Scene, actor: str, language: str) -> None:
    page, found, seen = visit(scene.people[actor]), {}, 0
    for name, response in walk(page, scene, actor, language):
        assert response.status == 200, (name, response.status)
        seen += 1
        violations = findings(page)
        if violations:
            found[name] = violations
    print(f"axe: {sum(map(len, found.values()))} violations on {seen} pages, {language}, {actor}")
    assert found == {}


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_no_page_scrolls_sideways_at_320_pixels_and_none_breaks_the_policy(
    visit: Visit, scene: Scene, actor: str, language: str
) -> None:
    page, wide, complaints = visit(scene.people[actor], width=320), {}, []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for name, _response in walk(page, scene, actor, language):
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide[name] = over
    assert wide == {}
    assert complaints == []


@pytest.mark.parametrize("actor", ACTORS)
def test_every_page_reads_the_same_without_javascript(visit: Visit, scene: Scene, actor: str) -> None:
    page = visit(scene.people[actor], javascript=False)
    for name, response in walk(page, scene, actor, "fi"):
        assert response.status == 200, name
        assert page.locator("h1").count() == 1, name
        assert page.locator("main").inner_text().strip(), name


def test_a_reader_leaves_nothing_behind(visit: Visit, scene: Scene) -> None:
    page, guarded = visit(None), set()
    for name, _response in walk(page, scene, "anyone", "fi"):
        if page.context.cookies():
            guarded.add(name)
            assert page.locator("input[name=csrfmiddlewaretoken]").count(), name
        page.context.clear_cookies()
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0, name
    assert guarded <= GUARDED
