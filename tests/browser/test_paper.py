"""Pages on A4: tables are tables, what only a screen needs is left out, the sheet says where it is from."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.pages import Visit
from tests.sitemap import Scene, set_the_scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
A4 = 794  # pixels of the width of a sheet


@pytest.fixture
def paper(portal: str, visit: Visit) -> tuple[Page, Scene]:
    """A page as wide as a sheet, shown as it is printed, and the rows behind the addresses."""
    scene = set_the_scene(timezone.now())
    page: Page = visit(None, width=A4)
    page.emulate_media(media="print")
    return page, scene


def test_a_list_is_a_table_on_paper_without_search_map_or_order(paper: tuple[Page, Scene]) -> None:
    page, _scene = paper
    page.goto(reverse("pilots"))
    assert page.locator("table tbody td").first.evaluate("cell => getComputedStyle(cell).display") == "table-cell"
    for screen_only in (".search-form", ".facets", ".site-nav", ".skip-part"):
        expect(page.locator(screen_only).first).to_be_hidden()
    expect(page.locator(".on-paper")).to_be_visible()
    expect(page.locator(".on-paper")).to_contain_text("CC BY 4.0")
    expect(page.locator(".on-paper")).to_contain_text(reverse("pilots"))


def test_the_maps_stay_off_paper_and_the_sources_are_on_it(paper: tuple[Page, Scene]) -> None:
    page, scene = paper
    page.goto(reverse("region", args=scene.arguments["region"]))
    expect(page.locator("figure.map")).to_be_hidden()
    expect(page.locator("#sources-of-this")).to_be_visible()


def test_on_a_screen_the_line_of_the_sheet_is_not_seen(portal: str, visit: Visit) -> None:
    page = visit(None, width=A4)
    page.goto(reverse("home"))
    expect(page.locator(".on-paper")).to_be_hidden()
