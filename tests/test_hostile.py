"""Whatever is sent, to whatever address, by whomever: the answer is below 500."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from pilots import outbox
from pilots.models import Letter, NewsItem, StaffLetter, Sweep, Version, fingerprint
from pilots.questions.asked import SECTIONS
from regions import invitations, wishes
from regions.models import Organisation, User
from tests.factories import (
    make_group,
    make_person,
    make_pilot,
    make_post,
    make_programme,
    make_proposal,
    make_round,
    make_user,
)

pytestmark = pytest.mark.django_db

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
    *("q", "page", "pvm", "kind", "region", "time", "programme", "stage", "client", "theme", "model", "procurement"),
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


@pytest.fixture
def arguments(preparer: User, officer: User, council: Organisation, settings: Any) -> dict[str, list[Any]]:
    """A row of every kind, and the arguments of the addresses that take some."""
    settings.ACCOUNT_RATE_LIMITS = False
    at = timezone.now()
    Sweep.objects.create(swept_at=at)  # else /health says, rightly, that no reminder goes out
    region = council.coverages.get().region
    round_, unpublished = make_round(slug="open", invited=[council]), make_round(slug="coming", published=False)
    content = {"title": "Ehdotus"}
    proposal = make_proposal(round_, preparer, state="submitted", submitted_at=at, content=content)
    sent = {"content": content, "sha256": fingerprint(content), "submitted_at": at, "submitted_by": preparer}
    Version.objects.create(proposal=proposal, step=round_.steps.get(), number=1, **sent)
    receipt = {"proposal_title": "x", "organisation": "y", "round_name": "z", "version": "1", "sha256": "0", "url": "/"}
    message = outbox.post(Letter.RECEIPT, preparer, at=at, context=receipt | {"submitted_at": at}, proposal=proposal)
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
        "unsubscribe": [wishes.ticket(preparer, wishes.Wish.REMINDERS)],
        "told_organisation": [council.slug],
        "new_letter": [round_.slug],
        **dict.fromkeys(("letter", "edit_letter", "send_letter"), [letter_of(officer, round_).pk]),
        "told_person": [preparer.pk],
        "accept_invitation": [invited(officer)],
        "edit_section": [proposal.pk, "basics"],
        "receipt": [proposal.pk, 1],
        **dict.fromkeys(("round", "round_desk", "cancel_round", "start_proposal"), by_kind["round"]),
        **dict.fromkeys(("move_deadline", "extend_deadline"), [round_.slug, 1]),
        **dict.fromkeys(("edit_round", "publish_round"), by_kind["unpublished"]),
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
    invitations.Invitation.objects.create(
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
    return reverse(name, args=arguments.get(name) or ["1"] * count)


def quoted(pairs: list[tuple[str, str]]) -> str:
    """Return a query string of names and values that are quoted already."""
    return "&".join(f"{name}={value.replace('{name}', name)}" for name, value in pairs)


def turns(fields: list[str], many: int) -> list[str]:
    """Return query strings in which each field has another hostile value, each time the next ones."""
    values = list(HOSTILE.values())
    return [
        quoted([(name, values[(turn * 5 + place) % len(values)]) for place, name in enumerate(fields)])
        for turn in range(many)
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
        if answer.status_code >= 500:
            self.found.append(f"{method} {where[:200]} {str(args)[:200]} {more} -> {answer.status_code}")


@pytest.fixture
def faults() -> Iterator[Faults]:
    """Collects faults; the log of thousands of refusals is not kept."""
    logging.disable(logging.CRITICAL)
    yield Faults()
    logging.disable(logging.NOTSET)


@pytest.fixture
def people(officer: User, preparer: User) -> dict[str, User | None]:
    """Who sends hostile things."""
    return {"anyone": None, "preparer": preparer, "officer": officer}


SITE = [name for name in NAMES if not name.startswith("admin:")]


@pytest.mark.parametrize("who", ["anyone", "preparer", "officer"])
def test_no_address_fails_at_hostile_parameters(
    arguments: Any, people: Any, as_user: Any, faults: Any, who: str
) -> None:
    for name in SITE:
        client = as_user(people[who])
        for query in turns(list(ASKED), 3):
            faults.ask(client, "get", f"{address(name, arguments)}?{query}")
    assert faults.found == []


@pytest.mark.parametrize("label", HOSTILE)
def test_no_list_fails_when_every_parameter_is_hostile(
    arguments: Any, officer: User, as_user: Any, faults: Any, label: str
) -> None:
    lists = [name for name in SITE if not PATTERNS[name].pattern.converters and not name.startswith("account")]
    query, client = quoted([(name, HOSTILE[label]) for name in ASKED]), as_user(officer)
    for name in lists:
        faults.ask(client, "get", f"{reverse(name)}?{query}")
    assert faults.found == []


@pytest.mark.parametrize("who", ["anyone", "preparer", "officer"])
def test_no_address_fails_at_hostile_forms(arguments: Any, people: Any, as_user: Any, faults: Any, who: str) -> None:
    for name in SITE:
        client, where = as_user(people[who]), address(name, arguments)
        page = client.get(where)
        fields = [pair[0] for pair in Fields(page.text).pairs] if "html" in page.headers["Content-Type"] else []
        for body in turns(list(dict.fromkeys([*fields, "edition", "act", "next", "remove", "ticket"])), 2):
            faults.ask(as_user(people[who]), "post", where, body, content_type=FORM)
    assert faults.found == []


DEADLINES = ("move_deadline", "extend_deadline", "cancel_round")
DEEP = ("nul", "beyond bigint", "far day")


@pytest.mark.parametrize(
    ("who", "name"),
    [
        *(
            ("officer", name)
            for name in ("new_round", "edit_round", "edit_pilot", "invite", "new_letter", "edit_letter", *DEADLINES)
        ),
        *(("preparer", name) for name in ("editors", "start_proposal", "my_page", "account_change_password")),
        *(("anyone", name) for name in ("account_login", "account_reset_password", "accept_invitation")),
    ],
)
def test_one_hostile_field_among_good_ones_is_no_fault(
    arguments: Any, people: Any, as_user: Any, faults: Any, who: str, name: str
) -> None:
    where = address(name, arguments)
    good = Fields(as_user(people[who]).get(where).text).pairs
    for hostile in (field for field in dict(good) if not field.endswith(("_sv", "_en"))):
        rest = urlencode([pair for pair in good if pair[0] != hostile])
        for label in DEEP:
            body = f"{rest}&{quoted([(hostile, HOSTILE[label])])}"
            faults.ask(as_user(people[who]), "post", where, body, content_type=FORM)
    assert faults.found == []


@pytest.mark.parametrize("section", [section.slug for section in SECTIONS])
def test_every_answer_of_a_proposal_takes_hostile_words(
    arguments: Any, preparer: User, as_user: Any, faults: Any, section: str
) -> None:
    client, pk = as_user(preparer), arguments["proposal"][0]
    where = reverse("edit_section", args=[pk, section])
    for label in HOSTILE:
        fields = Fields(client.get(where).text).pairs  # the edition rises with every save
        body = quoted([(name, value if name == "edition" else HOSTILE[label]) for name, value in fields])
        faults.ask(client, "post", where, body, content_type=FORM)
        for page in ("proposal", "check_proposal"):
            faults.ask(client, "get", reverse(page, args=[pk]))
    assert faults.found == []


@pytest.mark.parametrize(
    "management",
    [
        {"TOTAL_FORMS": "1000000000", "INITIAL_FORMS": "0"},
        {"TOTAL_FORMS": "1", "INITIAL_FORMS": "1000000000"},
        {"TOTAL_FORMS": "-1", "INITIAL_FORMS": "-1"},
        {"TOTAL_FORMS": "\0", "INITIAL_FORMS": "x"},
        {"TOTAL_FORMS": "1001", "INITIAL_FORMS": "1001", "MIN_NUM_FORMS": "9" * 99, "MAX_NUM_FORMS": "-1"},
        {},
    ],
)
def test_absurd_formsets_are_refused(
    arguments: Any, officer: User, as_user: Any, faults: Any, management: dict[str, str]
) -> None:
    client = as_user(officer)
    for name in ("new_round", "edit_round"):
        where = address(name, arguments)
        pairs = Fields(client.get(where).text).pairs
        prefix = next(one[0].removesuffix("-TOTAL_FORMS") for one in pairs if one[0].endswith("-TOTAL_FORMS"))
        form = {one: value for one, value in pairs if not one.endswith("_FORMS")}
        wrong = {f"{prefix}-{key}": value for key, value in management.items()}
        faults.ask(client, "post", where, {**form, **wrong, f"{prefix}-0-id": "999999999999999999999"})
    assert faults.found == []


@pytest.mark.parametrize(
    "cookie",
    [
        'session="\\000abcdefghijk"',
        'session="abcdefghijk\\000"',
        'session="\\355\\240\\200abcdefg"',
        "session=" + "a" * 4_000,
        'csrf="\\000"; messages="\\000"; django_language="\\000"',
        "session=; csrf=; messages=W10:1x:x",
    ],
)
def test_no_cookie_is_a_fault(arguments: Any, faults: Any, cookie: str) -> None:
    for where in (reverse("home"), reverse("my_page"), reverse("account_login"), "/admin/", "/nowhere"):
        faults.ask(Client(HTTP_COOKIE=cookie), "get", where)
        faults.ask(Client(HTTP_COOKIE=cookie), "post", where, {"login": "a@b.example", "password": "x"})
    assert faults.found == []


def test_too_many_parameters_are_refused_on_every_page_of_errors_too(as_user: Any, officer: User, faults: Any) -> None:
    query = "&".join(f"q={number}" for number in range(3_000))
    for where in ("/fi/", "/nowhere", "/fi/nowhere/", reverse("pilots"), reverse("desk"), reverse("health")):
        for client in (Client(), as_user(officer)):
            faults.ask(client, "get", f"{where}?{query}")
            faults.ask(client, "post", where, query, content_type=FORM)
    assert faults.found == []


def test_a_megabyte_in_a_field_is_answered(arguments: Any, people: Any, as_user: Any, faults: Any) -> None:
    forms = [
        ("preparer", "edit_section"),
        ("officer", "edit_pilot"),
        ("officer", "new_round"),
        ("anyone", "account_login"),
    ]
    for who, name in forms:
        where, client = address(name, arguments), as_user(people[who])
        for field, _value in Fields(client.get(where).text).pairs[:5]:
            faults.ask(client, "post", where, f"{field}={MEGABYTE}", content_type=FORM)
        faults.ask(client, "post", where, f"a={MEGABYTE * 4}", content_type=FORM)
    assert faults.found == []


@pytest.mark.parametrize(
    "kind",
    [
        *("", ";;;", "application/json", "text/xml", "multipart/form-data", "multipart/form-data; boundary="),
        *("multipart/form-data; boundary=x", "multipart/form-data; boundary=x; charset=utf-16"),
        *("application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=utf-16"),
    ],
)
def test_no_kind_of_body_is_a_fault(arguments: Any, people: Any, as_user: Any, faults: Any, kind: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="edition"; filename="\0"\r\n\r\nabc\r\n--x--'
    for who, name in (("preparer", "edit_section"), ("officer", "edit_pilot"), ("anyone", "account_login")):
        faults.ask(as_user(people[who]), "post", address(name, arguments), body, content_type=kind)
    assert faults.found == []


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ACCEPT_LANGUAGE": "\0"},
        {"HTTP_ACCEPT_LANGUAGE": "fi;q=nan,sv;q=1e999,*;q="},
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": "local\0host"},
        {"HTTP_IF_NONE_MATCH": "\0"},
        {"HTTP_IF_MODIFIED_SINCE": "Mon, 99 Foo 99999999999 99:99:99 GMT"},
        {"HTTP_X_FORWARDED_FOR": "nowhere, \0"},
        {"HTTP_ACCEPT_ENCODING": "gzip;q=bogus"},
        {"CONTENT_LENGTH": "-1"},
        {"HTTP_REFERER": "\0", "HTTP_ORIGIN": "null", "HTTP_USER_AGENT": "\0"},
    ],
)
def test_no_header_is_a_fault(arguments: Any, faults: Any, headers: dict[str, str]) -> None:
    for where in (reverse("home"), "/pilots/", reverse("pilots_csv"), reverse("account_login")):
        faults.ask(Client(), "get", where, **headers)
        faults.ask(Client(), "post", where, {"login": "a@b.example", "password": "x"}, **headers)
    assert faults.found == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"])
def test_no_method_is_a_fault(arguments: Any, officer: User, as_user: Any, faults: Any, method: str) -> None:
    client = as_user(officer)
    client.raise_request_exception = False
    answers = {name: client.generic(method, address(name, arguments)).status_code for name in SITE}
    assert [name for name, status in answers.items() if status >= 500] == []


def test_no_table_of_the_admin_fails_at_hostile_parameters(arguments: Any, as_user: Any, faults: Any) -> None:
    client = as_user(make_user("", is_superuser=True))
    for name in (name for name in NAMES if name.startswith("admin:") and name.endswith("_changelist")):
        for query in turns(["q", "o", "p", "all", "_popup", "_to_field", "id", "id__in", "name__x", "e"], 2):
            faults.ask(client, "get", f"{reverse(name)}?{query}")
        for key in ("nul_00", "_00", "9" * 40, "x"):
            faults.ask(client, "get", f"{reverse(name)}{key}/change/")
    assert faults.found == []


def test_every_form_asks_for_its_token(arguments: Any, people: Any) -> None:
    """Whoever is signed in, a form of another site changes nothing.

    Mail programs post to ``unsubscribe`` by themselves: its signed address is asked for, no session.
    """
    taken = {}
    for who, user in people.items():
        for name in (name for name in SITE if name != "unsubscribe"):
            client = Client(enforce_csrf_checks=True)
            if user is not None:
                client.force_login(user)
            status = client.post(address(name, arguments), {"edition": "1"}).status_code
            if status not in {403, 405}:
                taken[who, name] = status
    assert taken == {}
