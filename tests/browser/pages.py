"""Pages of the browser, and buttons that are pressed on them."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

Visit = Callable[..., Page]


def press(page: Page, button: Locator | str) -> None:
    """Press a button, and wait for the page that comes: a click by itself returns while the old one is still there."""
    with page.expect_navigation():
        (page.locator(button).first if isinstance(button, str) else button).click()
