"""The proxy as it is shipped, started for a test; and an application that tells what reached it."""

import gc
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.embedded.mail import free_port
from registry.embedded.portal import ROOT
from registry.lib.downloads import cut
from tests.waiting import answers, wait_until

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
Respond = Callable[[str, list[tuple[str, str]]], Any]


def telling(environ: dict[str, Any], respond: Respond) -> Iterator[bytes]:
    """Answer with what reached the application; ``/half`` with a file that breaks off, ``/stranger`` as the portal."""
    pool = environ.get("HTTP_X_POOL")
    if environ["PATH_INFO"] == "/stranger" and pool == "people":
        respond("200 OK", [("X-Accel-Redirect", "@stranger")])
        return
    respond("200 OK", [("Content-Type", "application/json")])
    if environ["PATH_INFO"] == "/half":
        yield b"the first half"
        raise OSError("the database has ended the statement")
    told: dict[str, Any] = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    told["left alone"] = gc.get_freeze_count()
    body = environ["wsgi.input"].read().decode()
    yield json.dumps({**told, "method": environ["REQUEST_METHOD"], "body": body}).encode()


@dataclass(frozen=True)
class Answer:
    """What a client got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, str]:
        """What reached the application."""
        facts: dict[str, str] = json.loads(self.body)
        return facts


@dataclass(frozen=True)
class Proxy:
    """A running proxy."""

    port: int
    log: Path

    def ask(self, path: str, method: str = "GET", body: str = "", source: str = "127.0.0.1", **headers: str) -> Answer:
        """Ask from an address of the loopback; raise what the library raises where the answer is not whole."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(source, 0))
        try:
            connection.request(method, path, body or None, {key.replace("_", "-"): v for key, v in headers.items()})
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()


@contextmanager
def started(command: list[str], log: Path, env: Mapping[str, str]) -> Iterator[None]:
    """Run a process while the block runs."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(env), stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def web(application: str, folder: Path, name: str, **more: str) -> Iterator[int]:
    """Run web workers as the portal's are run; give their port."""
    port = free_port()
    config = ["--config", "python:registry.web_server", "--bind", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", application, *config]
    with started(command, folder / f"{name}.log", {**os.environ, "WEB_WORKERS": "1", "WEB_THREADS": "4", **more}):
        wait_until(lambda: answers(port))
        yield port


@contextmanager
def proxy(folder: Path, readers: int, people: int, **more: str) -> Iterator[Proxy]:
    """Run the proxy before two pools."""
    port = free_port()
    home = Path(tempfile.mkdtemp(prefix="proxy-"))
    home.chmod(0o711)  # started by root, its workers are another account: large bodies wait in files of theirs
    env = {
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
        "READERS": f"127.0.0.1:{readers}",
        "PEOPLE": f"127.0.0.1:{people}",
        "PROXY_HOME": str(home),
        "PROXY_LISTEN": f"127.0.0.1:{port}",
        **more,
    }
    log = folder / "proxy.log"
    with started([str(ROOT / ".docker" / "proxy" / "start.sh")], log, env):
        wait_until(lambda: answers(port))
        yield Proxy(port, log)
    shutil.rmtree(home)


@contextmanager
def site(application: str, folder: Path, **more: str) -> Iterator[Proxy]:
    """Run the whole: the proxy, a pool of readers, a pool of people."""
    with ExitStack() as stack:
        readers = stack.enter_context(web(application, folder, "readers", **more))
        people = stack.enter_context(web(application, folder, "people", **more))
        yield stack.enter_context(proxy(folder, readers, people))


def breaking(environ: dict[str, Any], respond: Respond) -> Iterator[bytes]:
    """Break a file off as the portal's downloads do."""
    respond("200 OK", [("Content-Type", "text/csv")])
    yield b"the first half" * 10
    cut(environ)
    raise OSError("the database has ended the statement")
