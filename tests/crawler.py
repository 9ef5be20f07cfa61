"""Every page that a reader reaches, in three languages and on four days, held to what a public registry promises.

``make crawl``: nothing is shown that no source says, no two pages differ in a figure, every page leads on, and a text
in another language than the page's is marked.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.test.runner import DiscoverRunner
from django.test.utils import override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

LANGUAGES = ("fi", "sv", "en")
DAYS = ("", "2018-03-15", "2021-06-01", "2026-06-01")
FULL_DAY = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
QUICK = (date(2018, 3, 15), date(2025, 1, 1), date(2026, 1, 1))  # the days that a page of a day offers
UNKNOWN = {"fi": "ei tiedossa", "sv": "inte känt", "en": "not known"}
VOID = {"input", "img", "br", "meta", "link", "hr", "path", "rect", "circle", "use", "wbr", "source", "col"}
LISTS = ("pilots", "organisations", "results", "laws")


class Page(HTMLParser):
    """What is read of a page: its texts with their language, its links, its pairs of title and value, its facets."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self.links: list[str] = []  # of the whole page
        self.onward: list[str] = []  # of its content
        self.pairs: list[tuple[str, str]] = []
        self.heading = ""
        self._open: list[tuple[str, str]] = []
        self._term = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang") or (self._open[-1][1] if self._open else "")
        if tag == "a" and (href := given.get("href")):
            self.links.append(href)
            if self._inside("main"):
                self.onward.append(href)
        if tag == "dt":
            self._term = ""
        if tag == "dd":
            self.pairs.append((self._term, ""))
        if tag not in VOID:
            self._open.append((tag, str(language)))

    def handle_endtag(self, tag: str) -> None:
        while self._open and tag not in VOID:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if not words or self._inside("script") or self._inside("style"):
            return
        self.texts.append((words, self._open[-1][1] if self._open else ""))
        if self._inside("dt"):
            self._term = f"{self._term} {words}".strip()
        if self._inside("dd") and self.pairs:
            term, value = self.pairs[-1]
            self.pairs[-1] = (term, f"{value} {words}".strip())
        if self._inside("h1"):
            self.heading = f"{self.heading} {words}".strip()

    def _inside(self, tag: str) -> bool:
        return any(name == tag for name, _ in self._open)

    @property
    def words(self) -> str:
        """All that is read on the page."""
        return " ".join(words for words, _ in self.texts)


def facts() -> Iterator[Any]:
    """Yield every text and number of the reference data and of the accessibility statement."""
    folders = [Path(settings.BASE_DIR) / app / "reference" for app in ("pilots", "regions")]
    ahead: list[Any] = [json.loads(file.read_text()) for folder in folders for file in folder.glob("*.json")]
    ahead.append(json.loads((Path(settings.BASE_DIR) / "registry" / "accessibility.json").read_text()))
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            ahead += list(value.values())
        elif isinstance(value, list):
            ahead += value
        else:
            yield value


def sourced_days() -> set[date]:
    """Return the days that the data give, and the last days of periods whose first day after is given."""
    days = set()
    for value in facts():
        if isinstance(value, str):
            for found in re.findall(r"\d{4}-\d\d-\d\d", value):
                day = date.fromisoformat(found)
                days |= {day, day - timedelta(days=1)}
            days |= {date(int(y), int(m), int(d)) for d, m, y in FULL_DAY.findall(value)}
    return days


def names_by_language() -> dict[str, set[str]]:
    """Return, for Swedish and English, the Finnish texts of records that have another text in that language."""
    finnish: dict[str, set[str]] = {"sv": set(), "en": set()}
    folders = [Path(settings.BASE_DIR) / app / "reference" for app in ("pilots", "regions")]
    ahead: list[Any] = [json.loads(file.read_text()) for folder in folders for file in folder.glob("*.json")]
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            ahead += list(value.values())
            for language, texts in finnish.items():
                other = value.get(language)
                if (
                    isinstance(value.get("fi"), str)
                    and isinstance(other, str)
                    and other
                    and not other.startswith(value["fi"])
                ):
                    texts.add(value["fi"])
        elif isinstance(value, list):
            ahead += value
    return finnish


@dataclass
class Crawl:
    """What was found wrong, by rule; and the pages that were read."""

    today: date
    days: set[date]
    finnish: dict[str, set[str]]
    client: Client = field(default_factory=Client)
    pages: int = 0
    found: dict[str, list[str]] = field(default_factory=dict)

    def note(self, rule: str, what: str) -> None:
        """Note a fault."""
        self.found.setdefault(rule, []).append(what)
        print(f"{rule}: {what}", flush=True)

    def read(self, address: str) -> Page | None:
        """Return the page at the address, None where it is no page; an answer other than 200 is a fault."""
        answer = self.client.get(address)
        if answer.status_code != 200:
            if "login" not in answer.headers.get("Location", "") and answer.status_code != 302:
                self.note("an address that does not answer", f"{address} {answer.status_code}")
            return None
        if answer.streaming or not answer.headers["Content-Type"].startswith("text/html"):
            return None
        self.pages += 1
        return Page(answer.text)

    def walk(self, language: str, day: str) -> None:
        """Read every page that is reached from the home page in the language, on the day."""
        query = f"?pvm={day}" if day else ""
        ahead, seen = [f"/{language}/"], set[str]()
        while ahead:
            address = ahead.pop()
            if address in seen:
                continue
            seen.add(address)
            page = self.read(address + query)
            if page is None:
                continue
            self.judge(address + query, page, language, day)
            ahead += [found[0] for href in page.links if (found := re.match(rf"/{language}/[^?#]*", href))]

    def judge(self, address: str, page: Page, language: str, day: str) -> None:
        """Hold one page to the rules."""
        allowed = self.days | {self.today, *QUICK, *([date.fromisoformat(day)] if day else [])}
        for d, m, y in FULL_DAY.findall(page.words):
            if date(int(y), int(m), int(d)) not in allowed:
                self.note("a day that no source gives", f"{address} {d}.{m}.{y}")
        if not [href for href in page.onward if href.split("#")[0] and href.split("?")[0] != address.split("?")[0]]:
            self.note("a page without a way on", address)
        for name in re.findall(r"[0-9a-f]{8,}\.txt", page.words):
            self.note("the name of a file", f"{address} {name}")
        self.judge_pairs(address, page, language)
        for words, marked in page.texts:
            if language != "fi" and marked != "fi" and words in self.finnish[language]:
                self.note("Finnish that is not marked", f"{address} {words[:60]}")

    def judge_pairs(self, address: str, page: Page, language: str) -> None:
        """Hold the titles and values of one page to each other."""
        values: dict[str, set[bool]] = {}
        for term, value in page.pairs:
            if term:
                values.setdefault(term, set()).add(UNKNOWN[language] in value and len(value) < 40)
        for term, unknown in values.items():
            if len(unknown) > 1:
                self.note("not known beside a value", f"{address} {term}")

    def count(self, language: str, day: str) -> None:
        """Hold the count of every choice of every list to the list that it leads to."""
        for name in LISTS:
            with override(language):
                address = reverse(name)
            answer = self.client.get(address, {"pvm": day} if day else {})
            for facet in answer.context["facets"]:
                for choice in facet.choices:
                    there = self.client.get(address + choice.url)
                    if there.context["page"].paginator.count != choice.count:
                        self.note("a figure that differs", f"{address} {facet.name}={choice.value} {day}")


def main() -> int:
    """Import the reference data into a database of its own, read every page, print what is wrong; 1 if anything is."""
    django.setup()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    old = runner.setup_databases()
    try:
        call_command("import_reference", stdout=StringIO())
        with override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
            runner.setup_test_environment()
            crawl = Crawl(timezone.localdate(), sourced_days(), names_by_language())
            for language in LANGUAGES:
                for day in DAYS:
                    crawl.walk(language, day)
                    print(language, day or "today", crawl.pages, "pages", flush=True)
            for day in DAYS:
                crawl.count("fi", day)
    finally:
        runner.teardown_databases(old)
    for rule, places in crawl.found.items():
        print(f"{rule}: {len(places)}")
    print(f"\n{crawl.pages} pages, {sum(map(len, crawl.found.values()))} faults")
    return 1 if crawl.found else 0


if __name__ == "__main__":
    raise SystemExit(main())
