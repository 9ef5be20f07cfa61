"""People who ask for sign-in letters on pages, each from an address of the loopback, and who follow the links."""

import random
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.test import override_settings
from django.urls import reverse

from regions.models import User
from tests.siege.people import Browser

from .checker import Mail, Manifest
from .children import PATIENCE

SITE = "http://127.0.0.1"
EACH = 10  # invitations of an inviter: as many as a day allows
A_PAGE = 1.0  # seconds that a page may take
LINK = re.compile(rf"{re.escape(SITE)}(/\S+)")
PASSWORD = "Kolme metsää ja yksi järvi"
RESET, INVITED = ("valitse uusi salasana", "Linkki toimii kerran"), ("Kutsu Pilottirekisteriin",)
FOLLOWED = 3  # of each kind of link, to their end


@dataclass(frozen=True)
class Size:
    """How many come, and within how many seconds."""

    people: int
    inviters: int
    seconds: float

    @property
    def letters(self) -> int:
        """How many letters they ask for."""
        return self.people + EACH * self.inviters


@dataclass
class Crowd:
    """All who ask, and what each page took."""

    accounts: list[User]
    size: Size
    pages: list[tuple[float, int]] = field(default_factory=list)  # seconds, status
    beside: list[tuple[float, int]] = field(default_factory=list)  # the same of pages that send no mail

    @property
    def invited(self) -> list[str]:
        """The addresses that are invited."""
        return [f"kutsuttu.{n}@liitto.example" for n in range(EACH * self.size.inviters)]

    def come(self, base: str, key: str) -> None:
        """Let all ask at a server with this key, each at a moment of their own."""
        port, chance = urlsplit(base).port or 0, random.Random(1)
        forgetful, inviters = self.accounts[: self.size.people], self.accounts[self.size.people :]
        with override_settings(SECRET_KEY=key):
            signed_in = [Browser.of(port, f"127.6.0.{n + 1}", user) for n, user in enumerate(inviters)]
        acts = [(Browser(port, _source(n)), "account_reset_password", user.email) for n, user in enumerate(forgetful)]
        acts += [(signed_in[n // EACH], "invite", address) for n, address in enumerate(self.invited)]
        moments = [chance.uniform(0, self.size.seconds * PATIENCE) for _ in forgetful]
        moments += [n % EACH * self.size.seconds * PATIENCE / EACH for n in range(len(self.invited))]
        with ThreadPoolExecutor(16) as at_once:  # the first pages of a web worker load what it needs
            list(
                at_once.map(
                    lambda n: Browser(port, f"127.6.1.{n + 1}").ask(reverse("account_reset_password")), range(32)
                )
            )
        begin = time.monotonic()

        def ask(number: int) -> None:
            time.sleep(max(0.0, begin + moments[number] - time.monotonic()))
            browser, page, address = acts[number]
            self._send(browser, reverse(page), {"email": address, "language": "fi"})
            began = time.monotonic()
            status, _ = Browser(port, browser.source).ask(reverse("about"))
            self.beside.append((time.monotonic() - began, status))

        with ThreadPoolExecutor(len(acts)) as at_once:
            list(at_once.map(ask, range(len(acts))))

    def _look(self, browser: Browser, path: str, fields: dict[str, str] | None = None) -> int:
        began = time.monotonic()
        status, _ = browser.ask(path, fields)
        self.pages.append((time.monotonic() - began, status))
        return status

    def _send(self, browser: Browser, path: str, fields: dict[str, str]) -> int:
        """Open a page with a form and send it; return the status of the answer."""
        self._look(browser, path)
        token = browser.token.partition("=")[2]
        return self._look(browser, path, {**fields, "csrfmiddlewaretoken": token})

    def told(self) -> str:
        """Tell in a line how long the pages took."""
        seconds = sorted(took for took, _ in self.pages)
        statuses = dict(Counter(status for _, status in self.pages))
        p95 = seconds[-len(seconds) // 20]
        beside = max(took for took, _ in self.beside)
        slowest = f"the slowest {seconds[-1]:.2f} s, p95 {p95:.2f} s; of pages without mail {beside:.2f} s"
        return f"{len(seconds)} pages, {slowest}; {statuses}"

    def check(self, manifest: Manifest) -> None:
        """See that every page came in time and as it should; expect a letter for each who asked."""
        assert {status for _, status in self.pages} == {200, 302}, self.told()
        at_most = max(A_PAGE * PATIENCE, 2 * max(took for took, _ in self.beside))  # a machine may be busy with others
        assert max(took for took, _ in self.pages) < at_most, self.told()
        for user in self.accounts[: self.size.people]:
            manifest.expect(user.email, *RESET)
        for address in self.invited:
            manifest.expect(address, *INVITED)

    def follow(self, base: str, mails: list[Mail]) -> None:
        """Open the link of every letter, and a few of each kind to their end: a new password, a new account."""
        port, ends = urlsplit(base).port or 0, Counter[str]()
        for number, mail in enumerate(mails):
            found = LINK.search(mail.text)
            assert found, mail.text
            path, browser = found[1], Browser(port, _source(number))
            if browser.ask(path)[0] == 302:
                path = browser.led_to
                assert browser.ask(path)[0] == 200, mail.text
            kind = "new" if mail.to in self.invited else "known"
            fields = {"name": "Kutsuttu", "password1": PASSWORD, "password2": PASSWORD}
            if ends[kind] < FOLLOWED:
                status = self._send(browser, path, fields)
                assert status == 302, (status, path, mail.to)
                ends[kind] += 1
        made = User.objects.filter(email__in=self.invited).count()
        chosen = User.objects.filter(pk__in=[user.pk for user in self.accounts]).exclude(password="!").count()
        assert (made, chosen) == (ends["new"], ends["known"]), (made, chosen, ends)


def _source(number: int) -> str:
    """Return an address of the loopback, the n-th."""
    return f"127.5.{number // 200}.{number % 200 + 1}"
