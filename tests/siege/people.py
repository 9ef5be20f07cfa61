"""People with a browser of their own: who writes, and those who stand in the way."""

import http.client
import math
import re
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from regions.models import User

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FIELD = re.compile(r'name="(csrfmiddlewaretoken|shown|edition|ticket)" value="([^"]*)"')


@dataclass
class Browser:
    """A browser at an address of the loopback."""

    port: int
    source: str
    cookie: str = ""
    token: str = ""  # the cookie of its forms
    led_to: str = ""  # where the last answer sent the browser
    sent_at: float = 0.0  # when the last request was wholly handed to the network; 0: it was not

    @classmethod
    def of(cls, port: int, source: str, user: User) -> "Browser":
        """Return the browser of somebody who has signed in."""
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        return cls(port, source, f"{name}={client.cookies[name].value}")

    def ask(
        self, path: str, fields: dict[str, str] | None = None, seconds: float = 120, **more: str
    ) -> tuple[int, bytes]:
        """Return status and body of an answer that was whole; status 0 where there was none. ``more``: headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, seconds, source_address=(self.source, 0))
        headers = {"Cookie": "; ".join(filter(None, (self.cookie, self.token)))}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        self.sent_at = 0.0
        try:
            if fields is None:
                connection.request("GET", path, headers=headers)
            else:
                connection.request("POST", path, urlencode(fields), headers | FORM)
            self.sent_at = time.time()
            answer = connection.getresponse()
            for value in answer.headers.get_all("Set-Cookie", []):
                if value.startswith("csrf="):
                    self.token = value.partition(";")[0]
                elif not self.cookie:
                    self.cookie = value.partition(";")[0]
            self.led_to = answer.getheader("Location", "")
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def form(self, path: str) -> dict[str, str]:
        """Return the hidden fields of the form of a page; none where it was not shown."""
        status, body = self.ask(path)
        return dict(FIELD.findall(body.decode())) if status == 200 else {}


@dataclass
class Crowd:
    """Those who do one thing again and again, each in a thread; what they were answered is counted."""

    answers: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def add(self, name: str, acts: Iterable[Callable[[], int]], pause: float = 0.0) -> None:
        """Let each of ``acts`` be done until the end, with a pause between."""

        def again(act: Callable[[], int]) -> None:
            while not self.over.is_set():
                self.answers[f"{name} {act()}"] += 1
                self.over.wait(pause)

        for act in acts:
            self.threads.append(threading.Thread(target=again, args=(act,), daemon=True))
            self.threads[-1].start()

    def end(self) -> str:
        """End all, and return what they were answered."""
        self.over.set()
        for thread in self.threads:
            thread.join(5)
        return ", ".join(f"{name}: {number}" for name, number in sorted(self.answers.items()))


def half_sent(port: int, source: str, seconds: float = 20) -> Callable[[], int]:
    """Return the act of a client that sends half a request and waits."""

    def act() -> int:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 30, (source, 0)) as client:
            client.sendall(b"POST /fi/tili/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nlogin=")
            client.settimeout(seconds)
            client.recv(1000)
        return 0

    return act


def timed(act: Callable[[], int]) -> tuple[float, int]:
    """Return how many seconds an act took, and its status."""
    began = time.perf_counter()
    status = act()
    return time.perf_counter() - began, status


def p95(seconds: list[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return statistics.quantiles(seconds, n=20)[-1] * 1000 if len(seconds) > 1 else seconds[0] * 1000


def p99(seconds: list[float]) -> float:
    """Return the 99th percentile in milliseconds, of few the slowest."""
    return sorted(seconds)[max(0, math.ceil(len(seconds) * 0.99) - 1)] * 1000
