"""The log of security: who signed in, who was refused, whose rights changed; and what no log may hold."""

import json
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from regions.models import User
from registry.access_log import AccessLog, told
from registry.lib import log_lines, security_log
from tests.factories import PASSWORD
from tests.regions.signing_in import sign_in

pytestmark = pytest.mark.django_db
Events = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def events() -> Iterator[Events]:
    """The events of the log, as they stand in its lines."""
    cache.clear()
    lines: list[str] = []
    handler = logging.Handler()
    handler.setFormatter(log_lines.JsonLines())
    handler.emit = lambda record: lines.append(handler.format(record))
    security_log.log.addHandler(handler)
    yield lambda: [json.loads(line) for line in lines]
    security_log.log.removeHandler(handler)


def test_signing_in_and_out_and_failing_is_told(events: Events, preparer: User) -> None:
    sign_in(preparer.email, "wrong password")
    sign_in("nobody@satakunta.example", "wrong password")
    client = Client(REMOTE_ADDR="192.0.2.5")
    client.post(reverse("account_login"), {"login": preparer.email, "password": PASSWORD})
    client.post(reverse("account_logout"))
    told_of = [(event["event"], event["account"]) for event in events()]
    pk = preparer.pk
    assert told_of == [("sign_in_failed", pk), ("sign_in_failed", None), ("signed_in", pk), ("signed_out", pk)]
    assert events()[2]["address"] == "192.0.2.5"
    assert events()[2]["at"].endswith("+00:00")
    assert len({event["request"] for event in events()}) == 4
    assert not any(word in json.dumps(events()) for word in ("wrong", PASSWORD, "satakunta.example"))


def test_a_try_that_has_to_wait_is_told(events: Events, preparer: User) -> None:
    for _ in range(4):
        sign_in(preparer.email, "wrong")
    assert [event["event"] for event in events()] == ["sign_in_failed"] * 3 + ["sign_in_delayed"]


def test_a_refusal_is_told_with_its_account_and_without_a_traceback(
    events: Events, as_user: Any, reader: User, caplog: pytest.LogCaptureFixture
) -> None:
    with translation.override("en"):
        assert as_user(reader).get(reverse("invite")).status_code == 403
    [event] = events()
    assert (event["event"], event["page"], event["by"]) == ("refused", "invite", reader.pk)
    record = logging.makeLogRecord({"status_code": 403, "exc_info": (ValueError, ValueError(), None)})
    assert log_lines.Refusals().filter(record)
    assert record.exc_info is None


def test_passwords_and_invitations_are_told(events: Events, as_user: Any, officer: User) -> None:
    with translation.override("en"):
        Client().post(reverse("account_reset_password"), {"email": officer.email})
        as_user(officer).post(reverse("invite"), {"email": "new@ministry.example", "role": "reader"})
    assert [(event["event"], event.get("account"), event.get("role")) for event in events()] == [
        ("new_password_asked", officer.pk, None),
        ("invited", None, "reader"),
    ]


def test_a_number_of_proxies_that_does_not_fit_is_no_fault_of_the_reader(preparer: User, settings: Any) -> None:
    cache.clear()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    form = {"login": preparer.email, "password": PASSWORD}
    client = Client(headers={"x-forwarded-for": "203.0.113.7"})
    assert client.post(reverse("account_login"), form).status_code == 302


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/fi/kutsut/Abc-_123/", "[accept_invitation]"),
        ("/en/my-calendar/5/3f7fcf3f.ics", "[my_ics]"),
        ("/fi/tili/password/reset/key/a-b/", "[account_reset_password_from_key]"),
        ("/fi/viestit/?q=meikalainen", "/fi/viestit/"),
        ("/no/such/page?x=1", "/no/such/page"),
        ("/fi/pilotit/", "/fi/pilotit/"),
        ("/fi/kutsut/Abc-_123", "[accept_invitation]"),  # the site leads to the address with its slash
        ("/FI/KUTSUT/Abc-_123/", "[accept_invitation]"),
        ("/sv/kutsut/Abc-_123/", "[accept_invitation]"),
        ("/kutsut/Abc-_123/", "/kutsut/Abc-_123/"),
        ("/", "/"),
    ],
)
def test_the_access_log_holds_no_secret_address_and_no_words_of_a_search(path: str, line: str) -> None:
    assert told(path) == line


def test_a_line_of_the_access_log_names_no_page_that_somebody_came_from() -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/fi/kutsut/Abc123/",
        "RAW_URI": "/fi/kutsut/Abc123/?q=1",
        "QUERY_STRING": "q=1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": "http://localhost/fi/kutsut/Abc123/",
    }
    answer = SimpleNamespace(status="200 OK", sent=1, headers=[])
    log = AccessLog.__new__(AccessLog)
    seconds = SimpleNamespace(seconds=0, microseconds=1, days=0)
    atoms = log.atoms(answer, SimpleNamespace(headers=[]), environ, seconds)
    assert atoms["r"] == "GET [accept_invitation] HTTP/1.1"
    assert "Abc123" not in " ".join(str(atoms[name]) for name in ("r", "U", "q", "f"))
