"""The web server without the proxy: it comes back by itself, and a file that breaks off is seen to have done so."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import web_server
from tests.proxied import web

TELLING = "tests.proxied:telling"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A web server of four threads."""
    with web(TELLING, tmp_path_factory.mktemp("web"), "web") as running:
        yield running


def whole(port: int, request: bytes) -> bytes:
    """Return all that the server sends until it ends the connection; raise where that is reset."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(request)
        while part := client.recv(65536):
            got += part
    return got


def test_a_file_that_breaks_off_lacks_the_last_chunk(port: int) -> None:
    got = whole(port, b"GET /half HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"the first half" in got
    assert not got.endswith(b"0\r\n\r\n")


def test_the_garbage_collector_leaves_alone_what_a_worker_has_loaded(port: int) -> None:
    _, _, told = whole(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").partition(b"{")
    assert json.loads(b"{" + told[: told.rindex(b"}") + 1])["left alone"] > 1000


def test_slow_clients_hold_a_thread_for_a_while_only(port: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
    for number, client in enumerate(slow):
        client.sendall((b"GET / HTTP/1.1\r\nX-Slow: ", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nha")[number % 2])
    time.sleep(0.5)
    assert b"200 OK" in whole(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    for client in slow:
        client.close()


def test_a_file_of_an_older_protocol_is_reset_where_it_breaks_off(tmp_path: Path) -> None:
    with web("tests.proxied:breaking", tmp_path, "web") as port, pytest.raises(ConnectionResetError):
        whole(port, b"GET /half HTTP/1.0\r\n\r\n")


def test_the_limits_are_shorter_than_a_worker_s_own() -> None:
    assert web_server.RECEIVING < web_server.SENDING < web_server.timeout
