"""Walks in Chromium: no page asks to send a form again, and no word is lost that is older than ten seconds."""

import os
import random
import re
from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Dialog, Error, Page

from registry.lib.answered_forms import SHOWN_AT
from tests.browser.pages import Visit
from tests.browser.walks.scenes import SCENES, Scene
from tests.factories import PASSWORD
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not os.environ.get("WALKS"), reason="make walks takes these walks"),
]
WALKS = int(os.environ.get("WALKS") or 1)
SEED = int(os.environ.get("SEED") or 0)
STEPS = 10
WORD = re.compile(r"sana\d+")


class Walker:
    """A writer at one or two tabs of a browser. A question before unsaved words are left is answered: stay."""

    def __init__(self, visit: Visit, scene: Scene, chance: random.Random, *, javascript: bool) -> None:
        self.visit, self.scene, self.chance, self.javascript = visit, scene, chance, javascript
        self.posted = set[str]()
        self.typed = set[str]()  # in the page that is open, and not saved yet
        self.asked = self.cache_misses = 0
        self.page = self.open()

    def open(self) -> Page:
        """Open the form in a new browser."""
        page = self.visit(self.scene.writer, javascript=self.javascript)
        page.on("dialog", self._stay)
        page.goto(self.scene.address)
        self.typed = set()
        return page

    def _stay(self, dialog: Dialog) -> None:
        self.asked += 1
        dialog.dismiss()

    def type(self) -> None:
        """Add a word at the end of a field."""
        field = self.page.locator(f"[name={self.chance.choice(self.scene.fields)}]")
        word = f"sana{self.chance.randrange(10**9)}"
        field.press("Control+End")
        field.press_sequentially(f" {word}")
        self.typed.add(word)

    def save(self) -> None:
        """Press the button that saves; where both windows changed a field, keep both texts."""
        self._press(self.page.locator("main form button.btn-primary").first.click)
        self._settle()

    def _settle(self) -> None:
        """Write together what the conflict page shows side by side, and save."""
        while self.page.locator("#conflicts").count():
            for name in self.scene.fields:
                row = self.page.locator(f"tr:has(#conflict-{name})")
                if row.count():
                    words = WORD.findall(row.inner_text())
                    mine = self.page.input_value(f"[name={name}]")
                    both = " ".join([mine, *(word for word in dict.fromkeys(words) if word not in mine)])
                    self.page.fill(f"[name={name}]", both)
            self._press(self.page.locator("main form button.btn-primary").first.click)
        if self.page.get_by_text("Kirjoittamasi teksti on tallessa").count():
            self._sign_in()

    def _press(self, press: Callable[[], None]) -> None:
        self.posted |= self.typed
        press()
        self.page.wait_for_load_state()
        self.typed = set()
        if self.page.locator("input[name=login]").count():
            self._sign_in()

    def _sign_in(self) -> None:
        self.page.fill("input[name=login]", self.scene.writer.email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.press("input[name=password]", "Enter")
        self.page.locator("main form button.btn-primary").first.click()
        self.page.wait_for_load_state()

    def step(self) -> None:
        """Do something that people do; the form is open again at the end."""
        act = self.chance.choice(
            ["type", "type", "save", "back", "reload", "language", "link", "tab", "session", "kill"]
        )
        getattr(self, f"_{act}", self.type if act == "type" else self.save)()
        if not self.page.locator(f"[name={self.scene.fields[0]}]").count():
            self._go(self.scene.address)

    def _go(self, where: str) -> None:
        """Go somewhere; where the page asks, save first, and go then."""
        before = self.asked
        try:
            self.page.goto(where)
        except Error as error:
            if "ERR_ABORTED" not in error.message:
                raise
        if self.asked > before:
            self.save()
            self.page.goto(where)
        self.typed = set()

    def _back(self) -> None:
        if self.typed:
            self.save()
        try:
            self.page.go_back()
            self.page.reload()
        except Error as error:
            self.cache_misses += "ERR_CACHE_MISS" in error.message
            if "ERR_ABORTED" not in error.message and "ERR_CACHE_MISS" not in error.message:
                raise
        if self.page.url == "about:blank":
            self.page.goto(self.scene.address)

    def _reload(self) -> None:
        self._go(self.page.url)

    def _language(self) -> None:
        language = self.chance.choice(["sv", "en", "fi"])
        button = self.page.locator(f"button[name=_language][value={language}]")
        if button.count():
            kept = self.scene.kind == "editor"
            typed = self.typed
            self._press(button.click)
            self.typed = set() if kept else typed
            if not kept:
                shown = " ".join(self.page.input_value(f"[name={name}]") for name in self.scene.fields)
                assert typed <= set(WORD.findall(shown))
                self.save()

    def _link(self) -> None:
        self._go(self.chance.choice(self.scene.elsewhere))

    def _tab(self) -> None:
        """Change a field in a second tab, and save it there."""
        first, self.page, typed = self.page, self.page.context.new_page(), self.typed
        self.page.on("dialog", self._stay)
        self.page.goto(self.scene.address)
        self.typed = set()
        self.type()
        self.save()
        self.page.close()
        self.page, self.typed = first, typed

    def _session(self) -> None:
        """Write on after the session has ended, and save."""
        self.type()
        self.page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        self.save()

    def _kill(self) -> None:
        """Let the script save, where it does; then end the browser."""
        if self.javascript and self.scene.kind == "editor" and self.typed:
            typed = self.typed
            wait_until(lambda: typed <= set(WORD.findall(self.scene.stored())) or self._has_conflict(), 20)
            self.posted |= typed
        self.page.context.close()
        self.page = self.open()
        self.find_again()

    def find_again(self) -> None:
        """Follow the page of the form back to each text that was left, and save it with the words of both sides."""
        link = self.page.locator(f'a[href^="?{SHOWN_AT}="]')
        while link.count():
            self._press(link.first.click)
            self.save()
            self.page.goto(self.scene.address)

    def _has_conflict(self) -> bool:
        return "ikkunassa" in self.page.locator("#autosave").inner_text()


@pytest.mark.parametrize("javascript", [True, False])
def test_no_word_is_lost_and_no_form_is_asked_for_again(visit: Visit, javascript: bool) -> None:
    posted = asked = 0
    for walk in range(-(-WALKS // 2)):
        kind = list(SCENES)[walk % len(SCENES)]
        walker = Walker(visit, SCENES[kind](), random.Random(f"{SEED} {walk}"), javascript=javascript)
        for _step in range(STEPS):
            walker.step()
        walker.save()
        walker.page.goto(walker.scene.address)
        walker.find_again()
        assert walker.posted <= set(WORD.findall(walker.scene.stored())), f"walk {SEED} {walk} {kind}"
        assert walker.cache_misses == 0
        posted, asked = posted + len(walker.posted), asked + walker.asked
        walker.page.context.close()
    print(
        f"\nchromium javascript={javascript}: walks={-(-WALKS // 2)} words={posted} asked={asked} lost=0 cache_misses=0"
    )
