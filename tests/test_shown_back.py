"""What is typed into a field and not taken stands in the page that says so: nothing typed is lost."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest

from regions.models import Organisation, User
from registry.lib.plaintext import clean
from tests.cast import SCRIPT
from tests.hostile import ALL, FORM, HOSTILE, Fields, address, quoted, rows

pytestmark = pytest.mark.django_db

# Beside what is hostile to any program: what people type where a day, a number or a name is asked for.
TYPED = {
    "day 1": "0001-01-01",
    "last day": "31.12.9999",
    "no such day": "30.2.2026",
    "no such day, as machines write": "2026-02-30",
    "midnight": "24.00",
    "no such time": "99:99",
    "words for a day": quote("ensi vuoden keväällä"),
    "two days": quote("1.5.–31.8.2026"),
    "half": quote("½"),
    "fraction": "1,5,5",
    "thousands": quote("1 000 000,00 €"),
    "underscores": "1_000",
    "exponent": "1e309",
    "minus": quote("−5"),
    "full width": quote("１２３"),
    "arabic digits": quote("٢٠٢٦"),
    "right to left": quote("פיילוט (2026) 15"),
    "loose isolate": quote("\u2068פיילוט"),
    "decomposed": quote("tyo\u0308llisyys"),
    "family": quote("👨‍👩‍👧"),
    "lines": quote("a\nb\r\nc"),
}
VALUES = {name: value for name, value in (HOSTILE | TYPED).items() if value and "{name}" not in value}
FORMS = [
    *(("officer", name) for name in ("new_round", "edit_round", "edit_pilot", "invite", "new_letter", "move_deadline")),
    *(("officer", name) for name in ("extend_deadline", "correct_round", "cancel_round")),
    ("officer", "correct_answer"),
    ("preparer", "editors"),
    ("preparer", "inquire"),
]
OF_THE_PAGE = {"q", "csrfmiddlewaretoken", "ticket", "next", "edition", "shown"}
KINDS = {"text", "date", "time", "number", "email", "url", "hidden", ""}


class Written(HTMLParser):
    """The fields of a page into which people write, each with what stands in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a field."""
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "textarea":
            self.area, self.fields[name] = name, ""
        elif tag == "input" and name and (found.get("type") or "") in KINDS:
            self.fields[name] = found.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """End a field of many lines."""
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        """Take the text of a field of many lines."""
        if self.area:
            self.fields[self.area] += data


def words(text: str) -> str:
    """Return a text as it is compared: blanks in a row are one, and at its ends none."""
    return re.sub(r"\s+", " ", unescape(clean(text))).strip()


@pytest.fixture
def arguments(preparer: User, officer: User, council: Organisation, settings: Any) -> dict[str, list[Any]]:
    """A row of every kind, and the arguments of the addresses that take some."""
    settings.ACCOUNT_RATE_LIMITS = False
    return rows(preparer, officer, council)


@pytest.mark.parametrize(("who", "name"), FORMS)
def test_what_is_not_taken_is_shown_back(
    arguments: Any, officer: User, preparer: User, as_user: Any, who: str, name: str
) -> None:
    user = {"officer": officer, "preparer": preparer}[who]
    client, where, lost = as_user(user), address(name, arguments), []
    page = client.get(where).text
    good, labels = Fields(page).pairs, list(VALUES)
    asked = [field for field in Written(page).fields if field not in OF_THE_PAGE]
    for place, field in enumerate(asked):
        one = labels[(place * 3 + FORMS.index((who, name))) % len(labels)]
        for label in labels if ALL else [one]:
            rest = urlencode([pair for pair in good if pair[0] != field])
            body = f"{rest}&{quoted([(field, VALUES[label])])}"
            answer = client.post(where, body, content_type=FORM, headers=SCRIPT)
            assert answer.status_code < 500, (field, label)
            typed = words(unquote(VALUES[label], errors="replace"))
            shown = {words(value) for value in Written(answer.text).fields.values()}
            if answer.status_code not in {302, 303} and typed and typed not in shown:
                lost.append((field, label, answer.status_code))
    assert lost == []
