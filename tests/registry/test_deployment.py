"""An installation with an https address refuses to start where it would be open, or mute."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import reverse

from registry import headers
from registry.embedded.checks import PRODUCTION

GOOD = {**PRODUCTION, "DEPLOYMENT_KEY": "the only one"}


def test_a_mail_server_has_to_be_named() -> None:
    assert "EMAIL_URL" in starts(EMAIL_URL=None)


def starts(**env: str | None) -> str:
    """Let a web server's way in be imported in a process of its own; return what it says against it."""
    given = {"PATH": os.environ["PATH"], "DATABASE_URL": "postgres://x@localhost:1/x", **GOOD, **env}
    given = {name: value for name, value in given.items() if value is not None}
    command = [sys.executable, "-W", "ignore", "-c", "import registry.wsgi"]
    done = subprocess.run(command, cwd=site.BASE_DIR, env=given, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (not done.stderr), done.stderr
    return done.stderr


def test_a_good_installation_starts_and_so_does_one_without_https() -> None:
    assert starts() == ""
    assert starts(BASE_URL="http://localhost:8000", DEMO="1", ALLOWED_HOSTS="*", EMAIL_URL="smtp://mail:1025") == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"DEMO": "1"},
        {"DEBUG": "1"},
        {"ALLOWED_HOSTS": "*"},
        {"BEHIND_TLS_PROXY": "0"},
        {"PROXIES": "9"},
        {"PROXIES": "0"},
        {"EMAIL_URL": "smtp://mail:1025"},
        {"EMAIL_URL": "consolemail://"},
        {"MAIL_CATCHER_URL": "http://localhost:8025"},
        {"DEPLOYMENT_KEY": " "},
        {"SECRET_KEY": "short"},
    ],
)
def test_an_open_or_mute_installation_refuses_to_start(wrong: dict[str, str]) -> None:
    said = starts(**wrong)
    assert "Refused to start" in said
    assert next(iter(wrong)) in said


def test_a_static_file_has_the_headers_of_a_page() -> None:
    given: dict[str, Any] = {}
    headers.of_a_static_file(given, "base.css", "/static/css/base.css")
    assert "frame-ancestors 'none'" in given["Content-Security-Policy"]
    assert given["X-Frame-Options"] == "DENY"
    assert given["Cross-Origin-Resource-Policy"] == "same-origin"
    assert site.WHITENOISE_ADD_HEADERS_FUNCTION is headers.of_a_static_file


@pytest.mark.django_db
def test_the_cookie_of_a_form_ends_with_the_browsers_session() -> None:
    answer = Client().get(reverse("account_login"))
    assert answer.cookies[site.CSRF_COOKIE_NAME]["max-age"] == ""
    assert answer.cookies[site.CSRF_COOKIE_NAME]["expires"] == ""
