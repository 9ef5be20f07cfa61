"""A person at a browser, whose clicks are counted."""

import re

from playwright.sync_api import Locator, Page

from tests.browser.pages import press
from tests.factories import PASSWORD


class Newcomer:
    """A person who clicks only what the pages offer."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, target: Locator) -> None:
        """Click what leads to another page."""
        self.clicks += 1
        press(self.page, target.first)

    def sign_in(self, language: str, email: str) -> None:
        """Open the front page, and sign in from there."""
        self.page.goto(f"/{language}/")
        self.click(self.page.locator(".site-header .account a"))
        self.page.fill("[name=login]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.click(self.page.locator("main form button[type=submit]"))

    def try_first(self, number: int) -> None:
        """Follow a line of *Try this first*; -1 is the last one."""
        self.click(self.page.locator("[aria-labelledby=try-first] li").nth(number).locator("a, button"))

    def own_work(self) -> None:
        """Go back to the page where the work of the role is."""
        self.click(self.page.locator(".site-work a"))

    def go_on(self) -> None:
        """Press the main button of the form."""
        self.click(self.page.locator("main button.btn-primary").last)

    def read_letter(self, words: str) -> str:
        """Open the newest letter with these words in its subject, and return its text."""
        self.click(self.page.locator("main table a", has_text=re.compile(words)))
        return self.page.locator(".letter").inner_text()

    def answer(self, answers: dict[str, str]) -> None:
        """Fill in a section."""
        for name, value in answers.items():
            field = self.page.locator(f"[name={name}]")
            if self.page.locator(f"select[name={name}]").count():
                field.select_option(value)
            elif field.count() > 1 or field.get_attribute("type") == "checkbox":
                self.page.check(f"[name={name}][value='{value}']")
            else:
                field.fill(value)
