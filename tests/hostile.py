"""What is hostile: values, requests made of them, and a row behind every address that they are sent to.

`make test` sends a sample: each value and each field at least once, the same ones every time. `make hostile`
(HOSTILE=all) sends every value in every field.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from pilots.models import Installation, Letter, NewsItem, StaffLetter
from regions import invitations, preferences
from regions.models import Invitation, Organisation, User
from tests.factories import (
    make_attachment,
    make_extension_request,
    make_group,
    make_inquiry,
    make_municipality,
    make_own_form,
    make_person,
    make_pilot,
    make_post,
    make_programme,
    make_public_answer,
    make_round,
    make_submitted,
)
from tests.posted import posted

ALL = os.environ.get("HOSTILE") == "all"
# As they stand in an address or a form's body, already quoted.
HOSTILE = {
    "nul": "%00",
    "nul in words": "palvelu%00%00allianssi",
    "lone surrogate": "%ED%A0%80",
    "not utf-8": "%FF%FE%C3%28",
    "huge number": "9" * 400,
    "negative": "-1",
    "beyond bigint": "9223372036854775808",
    "not a number": "NaN",
    "infinite": "-Infinity",
    "quotes": quote("';--\"<script>alert(1)</script>{{7*7}}{% x %}"),
    "pattern": quote("(.*)*+[\\%_^$|"),
    "wide": quote("١٢٣ ²³ \u202e\u2028\ufeff 𝟘"),
    "header": "a%0d%0aSet-Cookie:%20x=1",
    "far day": "9999-12-31T23:59:59",
    "day 0": "0000-00-00",
    "list": "1&{name}=2&{name}=",
    "nested": "1&{name}[]=2&{name}.a=3&{name}__in=4",
    "empty": "",
    "long": "p" * 2_000,
}
MEGABYTE = "a%C3%A4" * 140_000
# Every parameter that some page of the site reads from its address.
ASKED = (
    *(
        "q",
        "page",
        "pvm",
        "kind",
        "region",
        "time",
        "programme",
        "stage",
        "client",
        "municipality",
        "theme",
        "model",
        "procurement",
    ),
    *("target", "publication", "sort", "round", "state", "letter", "next", "o", "ordering", "format"),
    *("organisation", "since", "until", "twice"),
)


def patterns(found: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield (name, pattern) of every address, the admin's too."""
    for one in found:
        if isinstance(one, URLResolver):
            space = f"{one.namespace}:" if one.namespace else ""
            yield from patterns(one.url_patterns, prefix + space)
        elif one.name:
            yield prefix + one.name, one


NAMES = sorted(dict(patterns(get_resolver().url_patterns)))


def rows(preparer: User, officer: User, council: Organisation) -> dict[str, list[Any]]:
    """A row of every kind, and the arguments of the addresses that take some."""
    at = timezone.now()
    Installation.objects.create(swept_at=at)  # else /health says, rightly, that no reminder goes out
    region = council.coverages.get().region
    round_, unpublished = make_round(slug="open", invited=[council]), make_round(slug="coming", published=False)
    make_own_form(
        round_,
        {"kind": "choice", "choices_fi": ["a", "b"], "choices_sv": ["a", "b"]},
        {"kind": "text", "limit": 100},
        {"kind": "number"},
        {"kind": "day"},
    )
    proposal = make_submitted(round_, preparer, at)
    message = posted(preparer, Letter.RECEIPT, at=at, proposal=proposal)
    news = NewsItem.objects.create(slug="news", title_fi="Uutinen", title_sv="Nyhet", body_fi="a", body_sv="b")
    NewsItem.objects.update(published_at=at)
    group = make_group(slug="group")
    person = make_person()
    make_post(person, council)
    pilot = make_pilot(regions=[region])
    by_kind = {
        "round": [round_.slug],
        "unpublished": [unpublished.slug],
        "proposal": [proposal.pk],
        "pilot": [pilot.code],
    }
    return {
        "region": [region.slug],
        "municipality": [make_municipality("pori", region).slug],
        "organisation": [council.slug],
        "group": [group.slug],
        "person": [person.slug],
        "programme": [make_programme(slug="programme").slug],
        "news_item": [news.slug],
        "message": [message.pk],
        "my_ics": [preparer.pk, preparer.calendar_key()],
        "region_ics": [region.slug],
        "round_ics": [round_.slug],
        "step_ics": [round_.slug, 1],
        "unsubscribe": [preferences.token(preparer, preferences.Preference.REMINDERS)],
        "told_organisation": [council.slug],
        "new_letter": [round_.slug],
        **dict.fromkeys(("letter", "edit_letter", "send_letter"), [letter_of(officer, round_).pk]),
        "told_person": [preparer.pk],
        "accept_invitation": [invited(officer)],
        "attachments": [proposal.pk],
        **dict.fromkeys(("attachment", "remove_attachment"), [proposal.pk, make_attachment(proposal).pk]),
        "edit_section": [proposal.pk, "basics"],
        "receipt": [proposal.pk, 1],
        **dict.fromkeys(("round", "round_desk", "cancel_round", "start_proposal", "round_questions"), by_kind["round"]),
        **dict.fromkeys(("correct_round", "invite_more", "hand_over_round", "copy_round", "rehearsal"), [round_.slug]),
        **dict.fromkeys(("round_decisions", "set_deciders", "decision_letters", "publish_outcome"), [round_.slug]),
        **dict.fromkeys(("move_deadline", "extend_deadline", "ask_for_extension", "ask_for_step"), [round_.slug, 1]),
        **dict.fromkeys(("inquire", "round_inquiries"), [round_.slug]),
        "decline_extension": [round_.slug, make_extension_request(round_.steps.first(), preparer).pk],
        "answer_inquiry": [round_.slug, make_inquiry(round_, preparer).pk],
        "correct_answer": [round_.slug, make_public_answer(round_, officer).number],
        **dict.fromkeys(("edit_round", "publish_round", "delete_round"), by_kind["unpublished"]),
        **dict.fromkeys(("move_on", "delete_draft", "decide_proposal", "confirm_questions"), by_kind["proposal"]),
        **dict.fromkeys(("pilot", "edit_pilot", "publish_pilot"), by_kind["pilot"]),
        **dict.fromkeys(
            ("proposal", "check_proposal", "submit_proposal", "withdraw_proposal", "editors"), by_kind["proposal"]
        ),
    }


def letter_of(officer: User, round_: Any) -> StaffLetter:
    """Return a letter of staff that is not sent."""
    texts = {f"{name}_{language}": "Sana" for name in ("subject", "body") for language in ("fi", "sv")}
    return StaffLetter.objects.create(
        round=round_, audience="editors", written_at=timezone.now(), written_by=officer, **texts
    )


def invited(officer: User) -> str:
    """Return the token of an open invitation."""
    token = "hostile-token"
    Invitation.objects.create(
        email="invited@walk.example",
        role=User.Role.READER,
        token_sha256=invitations.fingerprint(token),
        invited_by=officer,
        invited_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    return token


PATTERNS = dict(patterns(get_resolver().url_patterns))
FORM = "application/x-www-form-urlencoded"


def address(name: str, arguments: dict[str, list[Any]]) -> str:
    """Return the address of ``name`` with the arguments of a real row, or with 1 where no row has any."""
    pattern = PATTERNS[name].pattern
    count = len(pattern.converters) or pattern.regex.groups
    made_up = ["csv"] if name.endswith("_file") else ["1"] * count
    return reverse(name, args=arguments.get(name) or made_up)


def quoted(pairs: list[tuple[str, str]]) -> str:
    """Return a query string of names and values that are quoted already."""
    return "&".join(f"{name}={value.replace('{name}', name)}" for name, value in pairs)


def turns(fields: Iterable[str], many: int, turn: int = 0) -> list[str]:
    """Return query strings in which each field has another hostile value, each time the next ones.

    The sample has one of them: that of ``turn``.
    """
    values = list(HOSTILE.values())
    return [
        quoted([(name, values[(number * 5 + place) % len(values)]) for place, name in enumerate(fields)])
        for number in (range(many) if ALL else [turn])
    ]


def sample(cases: Iterable[str], one_in: int, turn: int) -> list[str]:
    """Return one in so many of the cases: those of ``turn``. As many turns as that have them all."""
    return list(cases) if ALL else list(cases)[turn % one_in :: one_in]


def values_for(fields: Iterable[str], turn: int = 0) -> list[tuple[str, str]]:
    """Return each field with the name of a hostile value: the next one for each, from that of ``turn`` on."""
    labels = list(HOSTILE)
    return [
        (field, label)
        for place, field in enumerate(fields, turn)
        for label in (labels if ALL else [labels[place % len(labels)]])
    ]


class Fields(HTMLParser):
    """The fields of a page's forms, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a field."""
        found = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        unticked = found.get("type") in {"checkbox", "radio"} and "checked" not in found
        if tag == "select":
            self.select = name
        elif tag == "option" and "selected" in found:
            self.pairs.append((self.select, value))
        elif tag in {"input", "textarea"} and name and not unticked:
            self.pairs.append((name, value or ("" if found.get("type") == "hidden" else "Sana")))


class Faults:
    """Requests that were answered with 500 or above, or not at all."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def ask(self, client: Client, method: str, where: str, *args: Any, **more: Any) -> None:
        """Make a request and keep it if its answer is a fault."""
        client.raise_request_exception = False
        answer = getattr(client, method)(where, *args, **more)
        answer.getvalue()  # a file is written while it is read
        if answer.status_code >= 500:
            self.found.append(f"{method} {where[:200]} {str(args)[:200]} {more} -> {answer.status_code}")
