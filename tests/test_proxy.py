"""The reverse proxy as it is shipped, before real web workers: who waits for whom, who is refused, what is told."""

import contextlib
import http.client
import re
import socket
import ssl
import subprocess
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from pilots.models import Proposal
from regions.models import User
from tests.browser.processes import environment
from tests.factories import make_proposal, make_round
from tests.proxied import NGINX, Proxy, proxy, site, web
from tests.waiting import wait_until

pytestmark = [pytest.mark.skipif(not NGINX, reason="nginx is not installed (on Debian: apt-get install nginx-light)")]
THREE = ("Liian monta pyyntöä", "För många förfrågningar", "Too many requests")
IN_THE_CLEAR = ("lähetettiin salaamatta", "skickades okrypterad", "sent unencrypted")
TLS = ssl.TLSVersion
TELLING = "tests.proxied:telling"


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The proxy before an application that tells what reached it."""
    with site(TELLING, tmp_path_factory.mktemp("echo")) as running:
        yield running


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Proxy]:
    """The proxy before two pools of the portal on the database of the tests."""
    place = environment(broker="redis://127.0.0.1:1/0", mail="smtp://127.0.0.1:1", base_url="http://localhost:8000")
    with site("registry.wsgi", tmp_path_factory.mktemp("portal"), **place) as running:
        yield running


def test_a_session_s_cookie_chooses_the_pool(echo: Proxy) -> None:
    assert echo.ask("/").told["HTTP_X_POOL"] == "readers"
    for cookie in ("session=abc", "csrf=x; session=abc", "__Host-session=abc", "a=b;__Host-session=abc"):
        assert echo.ask("/", Cookie=cookie).told["HTTP_X_POOL"] == "people", cookie
    for cookie in ("csrf=session", "xsession=abc", "session=", "mysession=abc; a=session"):
        assert echo.ask("/", Cookie=cookie).told["HTTP_X_POOL"] == "readers", cookie


def test_nothing_that_the_proxy_says_can_be_said_by_a_client(echo: Proxy) -> None:
    forged = {"X_Forwarded_For": "9.9.9.9", "X_Pool": "people", "X_Arrived": "1 1", "X_Forwarded_Host": "evil.example"}
    told = echo.ask("/", source="127.0.0.9", **forged).told
    assert (told["HTTP_X_FORWARDED_FOR"], told["HTTP_X_POOL"]) == ("127.0.0.9", "readers")
    assert "HTTP_X_FORWARDED_HOST" not in told
    moment, took = map(float, told["HTTP_X_ARRIVED"].split())
    assert abs(moment - time.time()) < 60
    assert 0 <= took < 60


def test_what_ends_tls_before_the_proxy_is_believed_if_it_is_named(echo: Proxy, tmp_path: Path) -> None:
    with web(TELLING, tmp_path, "pool") as port, proxy(tmp_path, port, port, PROXY_TRUSTED="127.0.0.9") as behind:
        said = {"X_Forwarded_For": "9.9.9.9", "X_Forwarded_Proto": "https"}
        assert behind.ask("/", source="127.0.0.9", **said).told["HTTP_X_FORWARDED_FOR"] == "9.9.9.9"
        assert behind.ask("/", source="127.0.0.8", **said).told["HTTP_X_FORWARDED_FOR"] == "127.0.0.8"


def test_a_stranger_is_answered_by_the_readers_pool_with_what_was_sent(echo: Proxy) -> None:
    told = echo.ask("/stranger", "POST", "kirjoitettu=sana", source="127.0.1.1", Cookie="session=made-up").told
    assert (told["HTTP_X_POOL"], told["method"], told["body"]) == ("readers", "POST", "kirjoitettu=sana")


def test_who_makes_up_sessions_is_counted_and_refused_by_address(echo: Proxy) -> None:
    def made_up(number: int, source: str) -> int:
        return echo.ask("/stranger", source=source, Cookie=f"session=made-up-{number}").status

    answers = [made_up(number, "127.0.1.2") for number in range(45)]
    assert set(answers) == {200, 429}
    assert answers[:30] == [200] * 30
    refused = echo.ask("/stranger", source="127.0.1.2", Cookie="session=made-up")
    assert int(refused.headers["retry-after"]) > 0
    assert all(words in refused.body.decode() for words in THREE)
    assert made_up(1, "127.0.1.3") == 200, "others are not counted with it"
    assert echo.ask("/", source="127.0.1.2", Cookie="session=living").status == 200, "who is known is spared"


def test_what_one_address_asks_is_bounded_and_living_sessions_behind_it_are_spared(echo: Proxy) -> None:
    answers = [echo.ask("/", source="127.0.1.4").status for _ in range(160)]
    assert answers[:100] == [200] * 100
    assert 429 in answers
    assert [echo.ask("/", source="127.0.1.4", Cookie="session=a").status for _ in range(160)] == [200] * 160
    assert echo.ask("/", source="127.0.1.5").status == 200


def test_a_file_that_breaks_off_never_ends_like_a_whole_one(echo: Proxy) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        echo.ask("/half", source="127.0.1.6")


def test_a_form_that_is_too_large_is_refused_in_three_languages(echo: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", echo.port), timeout=60) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n")
        answer = client.recv(65536).decode()
    assert " 413 " in answer.splitlines()[0]
    assert all(words in answer for words in ("Lomake on liian suuri", "Formuläret är för stort", "too large"))


def test_one_address_takes_files_and_no_other_takes_more_than_a_form(echo: Proxy) -> None:
    large = "x" * 21_500_000
    for path in ("/fi/ehdotukset/1/liitteet/", "/sv/forslag/1/bilagor/", "/en/proposals/1/attachments/"):
        assert echo.ask(path, "POST", large, source="127.0.1.7").status == 200, path
        with translation.override(path[1:3]):
            assert path == reverse("attachments", args=[1])
    for path in ("/fi/ehdotukset/1/liitteet/1/", "/fi/ehdotukset/1/", "/fi/ehdotukset/x/liitteet/"):
        with contextlib.suppress(ConnectionError):  # it is refused while it is still being sent
            assert echo.ask(path, "POST", large, source="127.0.1.7").status == 413, path
    with contextlib.suppress(ConnectionError):
        assert echo.ask("/fi/ehdotukset/1/liitteet/", "POST", "x" * 32_000_000, source="127.0.1.7").status == 413


def test_web_workers_that_are_away_are_told_in_three_languages(tmp_path: Path) -> None:
    with web(TELLING, tmp_path, "pool") as port:
        context = proxy(tmp_path, port, 1)
        with context as behind:
            answer = behind.ask("/", Cookie="session=a")
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert all(words in answer.body.decode() for words in ("ei juuri nyt vastaa", "svarar inte", "does not answer"))


def test_slow_requests_hold_no_web_worker_and_are_dropped(echo: Proxy) -> None:
    halves = [b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nhalf"]
    slow = [socket.create_connection(("127.0.0.1", echo.port), timeout=60) for _ in range(40)]
    for number, client in enumerate(slow):
        client.sendall(halves[number % 2])
    assert echo.ask("/", source="127.0.1.7").status == 200, "four threads stand behind the proxy"

    def end_of(client: socket.socket) -> bytes:
        try:
            return client.recv(65536).split(b"\r\n")[0]
        except ConnectionResetError:
            return b""

    with ThreadPoolExecutor(len(slow)) as at_once:
        assert all(b" 200 " not in end for end in at_once.map(end_of, slow))
    for client in slow:
        client.close()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nLong: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["long address", "long header", "no host", "trace"],
)
def test_the_proxy_s_own_answers_have_the_headers_of_a_page(echo: Proxy, request_: bytes) -> None:
    answer = raw(echo, request_)
    assert re.match(r"HTTP/1.1 4(00|05|14) ", answer)
    assert "default-src 'none'" in answer
    assert all(words in answer for words in ("Pyyntöä ei ymmärretty", "Begäran kunde inte", "was not understood"))


def test_trace_is_refused(echo: Proxy) -> None:
    assert " 405 " in raw(echo, b"TRACE / HTTP/1.1\r\nHost: x\r\nSecret: word\r\n\r\n").splitlines()[0]


def test_a_request_with_two_lengths_is_refused(echo: Proxy) -> None:
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    twice = b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"
    for lengths in (both, twice):
        assert " 400 " in raw(echo, b"POST / HTTP/1.1\r\nHost: x\r\n" + lengths).splitlines()[0]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    """A certificate and its key, as files."""
    pem, key = tmp_path / "pem", tmp_path / "key"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x"]
    subprocess.run([*made, "-keyout", str(key), "-out", str(pem)], check=True, capture_output=True)
    return str(pem), str(key)


def test_the_proxy_speaks_no_old_tls(tmp_path: Path, certificate: tuple[str, str]) -> None:
    with proxy(tmp_path, 1, 1, PROXY_CERTIFICATE=certificate[0], PROXY_KEY=certificate[1]) as behind:
        spoken = {version: tls(behind.port, version) for version in (TLS.TLSv1, TLS.TLSv1_1, TLS.TLSv1_2, TLS.TLSv1_3)}
    assert spoken == {TLS.TLSv1: False, TLS.TLSv1_1: False, TLS.TLSv1_2: True, TLS.TLSv1_3: True}


def test_what_comes_in_the_clear_to_a_door_for_tls_is_refused(tmp_path: Path, certificate: tuple[str, str]) -> None:
    with proxy(tmp_path, 1, 1, PROXY_CERTIFICATE=certificate[0], PROXY_KEY=certificate[1]) as behind:
        answer = raw(behind, b"GET /fi/kutsut/very-secret/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert " 403 " in answer.splitlines()[0]
    assert "Location" not in answer
    assert "very-secret" not in answer
    assert all(words in answer for words in IN_THE_CLEAR)


def tls(port: int, version: TLS) -> bool:
    """Whether the proxy speaks a version of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        try:
            context.wrap_socket(plain).close()
        except (ssl.SSLError, ConnectionError):
            return False
    return True


def raw(running: Proxy, request: bytes) -> str:
    """Return what the proxy answers to these bytes."""
    got = b""
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while part := client.recv(65536):
                got += part
    return got.decode()


def test_no_log_of_the_proxy_holds_an_address_of_a_page(echo: Proxy) -> None:
    echo.ask("/fi/kutsut/very-secret/?q=name", source="127.0.1.8")
    wait_until(lambda: "127.0.1.8" in echo.log.read_text())
    assert "very-secret" not in echo.log.read_text()


def cookie_of(client: Client) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_preparer_is_served_by_the_people_s_pool_while_a_made_up_session_is_not(
    portal: Proxy, preparer: User
) -> None:
    proposal: Proposal = make_proposal(make_round(invited=[preparer.organisation]), preparer)
    client = Client()
    client.force_login(preparer)
    page = portal.ask(f"/fi/ehdotukset/{proposal.pk}/", Cookie=cookie_of(client))
    assert page.status == 200, page.body[:500]

    made_up = portal.ask("/fi/tietoa/", source="127.0.2.1", Cookie="session=madeupmadeupmadeupmadeupmadeup12")
    assert made_up.status == 200
    assert re.search(r'session="";.*Max-Age=0', made_up.headers["set-cookie"])
    gone = portal.ask(f"/fi/ehdotukset/{proposal.pk}/", source="127.0.2.2", Cookie="session=x" + "y" * 31)
    assert (gone.status, "/tili/" in gone.headers["location"]) == (302, True)


@pytest.mark.slow
def test_behind_the_proxy_a_secret_address_in_the_clear_is_sent_nowhere(tmp_path: Path, django_db_setup: None) -> None:
    place = environment(broker="redis://127.0.0.1:1/0", mail="smtp://127.0.0.1:1", base_url="https://portal.example")
    place |= {"BEHIND_TLS_PROXY": "1", "ALLOWED_HOSTS": "portal.example"}
    with web("registry.wsgi", tmp_path, "pool", **place) as port, proxy(tmp_path, port, port) as on:
        said = {"Host": "portal.example", "X_Forwarded_Proto": "http"}
        for cookie in ("", "session=made-up"):
            answer = on.ask("/fi/kutsut/very-secret/", Cookie=cookie, **said)
            assert (answer.status, "location" in answer.headers) == (403, False)
            assert b"very-secret" not in answer.body
            assert all(words in answer.body.decode() for words in IN_THE_CLEAR)
        led = on.ask("/fi/pilotit/", **said).headers["location"]
        assert led == "https://portal.example/fi/pilotit/"
        assert on.ask("/fi/kutsut/very-secret/", **said | {"X_Forwarded_Proto": "https"}).status == 404
