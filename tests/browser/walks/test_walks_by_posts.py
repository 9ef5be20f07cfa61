"""Walks without scripts: each word that was saved or posted is stored at the end, or was shown to be saved."""

import html
import os
import random
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from registry.lib.answered_forms import SHOWN_AT
from tests.browser.walks.scenes import SCENES, Scene
from tests.factories import PASSWORD
from tests.forms import action_of, form_of

pytestmark = pytest.mark.django_db
WALKS = int(os.environ.get("POSTS") or 1)
SEED = int(os.environ.get("SEED") or 0)
STEPS = 20
WORD = re.compile(r"sana\d+")


class Walker:
    """A writer without scripts, with two windows of one browser; each shows a page, and what is typed into it."""

    def __init__(self, scene: Scene, chance: random.Random) -> None:
        self.scene, self.chance = scene, chance
        self.client = Client(headers={"Sec-Fetch-Mode": "navigate"})
        self.client.force_login(scene.writer)
        self.windows: list[dict[str, Any]] = []
        self.actions = [scene.address, scene.address]  # where the form of each window is sent
        self.history: list[list[tuple[str, str]]] = [[], []]  # of each window: how each page was asked for
        self.posted: set[str] = set()
        self.cache_misses = 0
        for number in (0, 1):
            self.windows.append({})
            self.visit(number, scene.address)

    def visit(self, number: int, where: str) -> Any:
        """Open an address in a window; return its page."""
        page = self.client.get(where, follow=True)
        assert page.status_code == 200, where
        self.history[number].append(("GET", where))
        self._look(number, page)
        return page

    def _look(self, number: int, page: Any) -> None:
        """Keep the form that the page has, with the words of both sides where a conflict stands in it."""
        try:
            form = form_of(page)
        except StopIteration:
            self.windows[number] = {}
            return
        text = html.unescape(page.content.decode())
        for name in self.scene.fields:
            if f'id="conflict-{name}"' in text:
                row = text.partition(f'id="conflict-{name}"')[2].partition("</tr>")[0]
                mine = " ".join(form.get(name, [""]))
                form[name] = [" ".join([mine, *(word for word in WORD.findall(row) if word not in mine.split())])]
        self.windows[number], self.actions[number] = form, action_of(page)

    def type(self, number: int) -> None:
        """Add a word to one of the fields; a page of another form has none of them, and is left first."""
        if not any(name in self.windows[number] for name in self.scene.fields):
            self.visit(number, self.scene.address)
        if form := self.windows[number]:
            name = self.chance.choice(self.scene.fields)
            form[name] = [f"{' '.join(form.get(name, ['']))} sana{self.chance.randrange(10**9)}".strip()]

    def send(self, number: int, **button: str) -> None:
        """Post the window's form, and follow where it leads."""
        form = self.windows[number]
        if not form:
            self.visit(number, self.scene.address)
            return
        where = self.actions[number]
        words = set(WORD.findall(" ".join(word for name in self.scene.fields for word in form.get(name, [""]))))
        only_shown = "_language" in button and self.scene.kind != "editor"
        if not only_shown:
            self.posted |= words
        answer = self.client.post(where, {**form, **button})
        if not 300 <= answer.status_code < 400:  # this page would be asked for by POST again
            self.cache_misses += 1
            self._look(number, answer)
            return
        there = answer["Location"]
        page = self.client.get(there, follow=True)
        self.history[number].append(("GET", there))
        if reverse("account_login") in page.request["PATH_INFO"]:
            self._sign_in(number, page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"])
            return
        self._look(number, page)
        if only_shown:
            shown = " ".join(word for name in self.scene.fields for word in self.windows[number].get(name, [""]))
            assert words <= set(WORD.findall(shown)), "a word was lost on the way to another language"

    def _sign_in(self, number: int, where: str) -> None:
        """Sign in, and save what was kept."""
        page = self.client.get(where)
        assert page.status_code == 200
        back = self.client.post(where, {"login": self.scene.writer.email, "password": PASSWORD}, follow=True)
        self.save_kept(number, back)

    def save_kept(self, number: int, page: Any) -> None:
        """Press the button that saves what was kept over an ended session."""
        text = html.unescape(page.content.decode())
        fields: dict[str, list[str]] = {}
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.content.decode()):
            fields.setdefault(name, []).append(html.unescape(value))
        assert fields, text
        self.windows[number] = fields
        main = text.partition('id="content"')[2]
        self.actions[number] = re.findall(r'<form method="post" action="([^"]+)"', main)[0]
        self.send(number)

    def end_session(self) -> None:
        """Sign out everywhere, as after a night."""
        self.client.cookies.pop(settings.SESSION_COOKIE_NAME)

    def step(self) -> None:
        """Do something that people do."""
        number = self.chance.randrange(2)
        act = self.chance.choice(
            ["type", "type", "type", "save", "save", "link", "back", "reload", "language", "fault", "session", "go"]
        )
        if act == "type":
            self.type(number)
        elif act == "save":
            self.send(number)
        elif act in {"link", "session"}:
            self._leave(number, act)
        elif act in {"back", "reload"}:
            how, where = self.history[number][-1 if act == "reload" else max(-2, -len(self.history[number]))]
            self.cache_misses += how != "GET"
            self.visit(number, where)
        elif act == "language":
            self.send(number, _language=self.chance.choice(["sv", "en", "fi"]))
        elif act == "go" and self.scene.kind == "editor":
            self.send(number, go="basics")
            self.visit(number, self.scene.address)
        elif act == "fault" and self.scene.fault is not None:
            self._send_with_fault(number, *self.scene.fault)

    def _leave(self, number: int, act: str) -> None:
        if act == "link":
            self.visit(number, self.chance.choice(self.scene.elsewhere))
            return
        if self.windows[number]:
            self.end_session()
            self.send(number)

    def _send_with_fault(self, number: int, name: str, value: str) -> None:
        """Send a fault, and mend it on the page that comes."""
        if not self.windows[number]:
            return
        before = self.windows[number].get(name, [""])
        self.send(number, **{name: value})
        if self.windows[number]:
            assert self.windows[number].get(name) == [value]
            self.windows[number][name] = before
            self.send(number)

    def end(self) -> set[str]:
        """Save what both windows still show, until nothing clashes; return the words that were posted and are lost."""
        for _again in range(2):
            for number in (0, 1):
                if self.windows[number]:
                    self.send(number)
                if self.windows[number]:
                    self.send(number)
        self._settle_what_was_left()
        return self.posted - set(WORD.findall(self.scene.stored()))

    def _settle_what_was_left(self) -> None:
        """Follow the page of the form back to each text that was left, and save it with the words of both sides."""
        for _again in range(20):
            left = re.findall(rf'href="([?]{SHOWN_AT}=[^"]+)"', self.visit(0, self.scene.address).text)
            if not left:
                return
            saved = self.windows[0]
            self.visit(0, self.scene.address + left[0])
            for name, fault in [self.scene.fault] if self.scene.fault else []:
                if self.windows[0].get(name) == [fault]:
                    self.windows[0][name] = saved[name]
            self.send(0)
        pytest.fail("the page still leads to a text that is not saved")


@pytest.mark.parametrize("kind", SCENES)
def test_no_word_that_was_posted_is_lost_without_scripts(kind: str) -> None:
    misses, posted, walks = 0, 0, -(-WALKS // len(SCENES))
    for walk in range(walks):
        walker = Walker(SCENES[kind](), random.Random(f"{SEED} {kind} {walk}"))
        for _step in range(STEPS):
            walker.step()
        gone = walker.end()
        assert not gone, f"walk {SEED} {kind} {walk}"
        misses += walker.cache_misses
        posted += len(walker.posted)
        if walk + 1 == walks or (walk + 1) % 25 == 0:
            print(f"\nposts {kind}: walks={walk + 1} words={posted} lost=0 cache_misses={misses}", flush=True)
    assert posted
    assert misses == 0
