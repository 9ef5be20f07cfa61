"""Whatever is sent, to whatever address, by whomever: the answer is below 500."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from pilots.proposals.questions.form_1 import FORM_1
from pilots.proposals.questions.own import OWN
from regions.models import Organisation, User
from tests.factories import make_user
from tests.hostile import (
    ASKED,
    FORM,
    HOSTILE,
    MEGABYTE,
    NAMES,
    PATTERNS,
    Faults,
    Fields,
    address,
    quoted,
    rows,
    sample,
    turns,
    values_for,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def arguments(preparer: User, officer: User, council: Organisation, settings: Any) -> dict[str, list[Any]]:
    """A row of every kind, and the arguments of the addresses that take some."""
    settings.ACCOUNT_RATE_LIMITS = False
    return rows(preparer, officer, council)


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
LISTS = [name for name in SITE if not PATTERNS[name].pattern.converters and not name.startswith("account")]
LABELS = list(HOSTILE)
SECTIONS = [*(section.slug for section in FORM_1.sections), OWN]


@pytest.mark.parametrize("who", ["anyone", "preparer", "officer"])
def test_no_address_fails_at_hostile_parameters(
    arguments: Any, people: Any, as_user: Any, faults: Any, who: str
) -> None:
    for place, name in enumerate(SITE):
        client = as_user(people[who])
        for query in turns(ASKED, 3, place):
            faults.ask(client, "get", f"{address(name, arguments)}?{query}")
    assert faults.found == []


@pytest.mark.parametrize("label", HOSTILE)
def test_no_list_fails_when_every_parameter_is_hostile(
    arguments: Any, officer: User, as_user: Any, faults: Any, label: str
) -> None:
    query, client = quoted([(name, HOSTILE[label]) for name in ASKED]), as_user(officer)
    for name in sample(LISTS, 2, LABELS.index(label)):  # a list and its file are neighbours: one of them gets the value
        faults.ask(client, "get", f"{reverse(name)}?{query}")
    assert faults.found == []


@pytest.mark.parametrize("who", ["anyone", "preparer", "officer"])
def test_no_address_fails_at_hostile_forms(arguments: Any, people: Any, as_user: Any, faults: Any, who: str) -> None:
    for place, name in enumerate(SITE):
        client, where = as_user(people[who]), address(name, arguments)
        page = client.get(where)
        fields = [pair[0] for pair in Fields(page.text).pairs] if "html" in page.headers["Content-Type"] else []
        for body in turns(dict.fromkeys([*fields, "edition", "act", "next", "remove", "ticket"]), 2, place):
            faults.ask(as_user(people[who]), "post", where, body, content_type=FORM)
    assert faults.found == []


DEADLINES = ("move_deadline", "extend_deadline", "cancel_round")
OFFICERS = (
    "new_round",
    "edit_round",
    "edit_pilot",
    "invite",
    "new_letter",
    "edit_letter",
    "round_questions",
    "correct_answer",
    *DEADLINES,
)
FORMS = [
    *(("officer", name) for name in OFFICERS),
    *(("preparer", name) for name in ("editors", "start_proposal", "my_page", "inquire", "account_change_password")),
    *(("anyone", name) for name in ("account_login", "account_reset_password", "accept_invitation")),
]


@pytest.mark.parametrize(("who", "name"), FORMS)
def test_one_hostile_field_among_good_ones_is_no_fault(
    arguments: Any, people: Any, as_user: Any, faults: Any, who: str, name: str
) -> None:
    where = address(name, arguments)
    good = Fields(as_user(people[who]).get(where).text).pairs
    for hostile, label in values_for(dict(good), 3 * FORMS.index((who, name))):
        rest = urlencode([pair for pair in good if pair[0] != hostile])
        body = f"{rest}&{quoted([(hostile, HOSTILE[label])])}"
        faults.ask(as_user(people[who]), "post", where, body, content_type=FORM)
    assert faults.found == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_answer_of_a_proposal_takes_hostile_words(
    arguments: Any, preparer: User, as_user: Any, faults: Any, section: str
) -> None:
    client, pk = as_user(preparer), arguments["proposal"][0]
    where = reverse("edit_section", args=[pk, section])
    for label in sample(HOSTILE, len(SECTIONS), SECTIONS.index(section)):
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


METHODS = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"]


@pytest.mark.parametrize("method", METHODS)
def test_no_method_is_a_fault(arguments: Any, officer: User, as_user: Any, faults: Any, method: str) -> None:
    client = as_user(officer)
    client.raise_request_exception = False
    names = sample(SITE, len(METHODS), METHODS.index(method))
    answers = {name: client.generic(method, address(name, arguments)).status_code for name in names}
    assert [name for name, status in answers.items() if status >= 500] == []


def test_no_table_of_the_admin_fails_at_hostile_parameters(arguments: Any, as_user: Any, faults: Any) -> None:
    client = as_user(make_user("", is_superuser=True))
    tables = [name for name in NAMES if name.startswith("admin:") and name.endswith("_changelist")]
    for place, name in enumerate(tables):
        for query in turns(["q", "o", "p", "all", "_popup", "_to_field", "id", "id__in", "name__x", "e"], 2, place % 2):
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


def test_the_sample_leaves_out_no_value_no_field_and_no_address() -> None:
    fields = [f"field {number}" for number in range(len(HOSTILE))]
    assert {field for field, _label in values_for(fields, 7)} == set(fields)
    assert {label for _field, label in values_for(fields, 7)} == set(HOSTILE)
    for cases, one_in in ((HOSTILE, len(SECTIONS)), (LISTS, 2), (SITE, len(METHODS))):
        assert {case for turn in range(one_in) for case in sample(cases, one_in, turn)} == set(cases)
    queries = [query for turn in range(len(HOSTILE)) for query in turns(["q"], len(HOSTILE), turn)]
    assert set(queries) == {quoted([("q", value)]) for value in HOSTILE.values()}
