"""Secret addresses that come without TLS: refused, and never sent on by a redirect."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from registry.lib.languages import LANGUAGES
from registry.secret_addresses import PAGES

SECRET = "Abc-_123"
GIVEN = {
    "my_ics": {"pk": 5, "key": SECRET},
    "accept_invitation": {"token": SECRET},
    "account_reset_password_from_key": {"uidb36": "1", "key": SECRET},
    "unsubscribe": {"token": SECRET},
}
THREE = ("lähetettiin salaamatta", "skickades okrypterad", "sent unencrypted")


def addresses() -> list[str]:
    """Return every secret address in each language, as it is and as people mistype it."""
    found = []
    for language in LANGUAGES:
        with override(language):
            found += [reverse(name, kwargs=given) for name, given in GIVEN.items()]
    swapped = [f"/en/{path.split('/', 2)[2]}" for path in found]
    return [*found, *swapped, *(path.rstrip("/") for path in found), *(path.upper() for path in found)]


@pytest.fixture(autouse=True)
def with_tls(settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def test_the_secret_pages_are_all_named() -> None:
    assert set(GIVEN) == PAGES


@pytest.mark.parametrize("path", addresses())
@pytest.mark.parametrize("method", ["get", "post", "head"])
def test_a_secret_address_in_the_clear_is_refused_and_sent_nowhere(path: str, method: str, client: Client) -> None:
    answer = getattr(client, method)(path)
    assert answer.status_code == 403
    assert SECRET.lower() not in f"{answer.headers} {answer.content!r}".lower(), "it carries the secret on"
    assert "Location" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    for header in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"):
        assert header in answer.headers, header
    assert method == "head" or all(words in answer.content.decode() for words in THREE)


@pytest.mark.parametrize("path", ["/", "/fi/", "/fi/pilotit/", "/fi/kutsut/", "/fi/kutsu-joku/", "/sv/piloter.csv"])
def test_any_other_address_in_the_clear_is_led_to_tls(path: str, client: Client) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://testserver{path}")


@pytest.mark.django_db
@pytest.mark.parametrize("path", addresses()[:4])
def test_over_tls_a_secret_address_opens_what_it_opened(path: str, client: Client) -> None:
    answer = client.get(path, headers={"x-forwarded-proto": "https"})
    assert "salaamatta" not in answer.content.decode()


@pytest.mark.django_db
def test_an_installation_without_tls_refuses_none(settings, client: Client) -> None:
    settings.SECURE_SSL_REDIRECT = False
    assert "salaamatta" not in client.get("/fi/kutsut/Abc/").content.decode()
