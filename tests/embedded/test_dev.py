"""`make dev`: the portal for a developer, on a checkout that changes under it."""

import shutil
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from registry.embedded import processes
from registry.embedded.portal import ROOT
from tests.embedded.launcher import Launcher, ports_in_a_row
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
PARTS = ("manage.py", "pyproject.toml", "registry", "regions", "pilots", "templates", "static", "requirements")
FAULTY_VIEW = """
from django.contrib.auth.decorators import login_not_required

@login_not_required
def slip(request):
    raise RuntimeError("a slip of the developer")


urlpatterns.insert(0, path("slip", slip))
"""


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Launcher]:
    """`make dev` in a copy of the checkout."""
    checkout, state = tmp_path / "checkout", tmp_path / "var"
    checkout.mkdir()
    state.mkdir()
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, checkout / part)
    launcher = Launcher(state, ports_in_a_row(), "--dev", checkout=checkout)
    launcher.start()
    yield launcher
    if launcher.is_running():
        launcher.end()


def page(launcher: Launcher, path: str) -> tuple[int, str]:
    """Return the status and the text of a page; 0 while nothing answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{launcher.port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_what_changes_is_seen_at_once_and_faults_are_shown_and_letters_go(dev: Launcher) -> None:
    assert page(dev, "/fi/")[0] == 200

    home = dev.checkout / "templates" / "home.html"
    home.write_text(home.read_text().replace("{% block content %}", "{% block content %}<p>Uusi sana</p>"))
    wait_until(lambda: "Uusi sana" in page(dev, "/fi/")[1], 10)

    (dev.checkout / "static" / "css" / "trial.css").write_text("p { color: red }")
    assert page(dev, "/static/css/trial.css") == (200, "p { color: red }")

    wait_until(lambda: swept(dev), 30)

    with (dev.checkout / "registry" / "urls.py").open("a") as code:
        code.write(FAULTY_VIEW)
    wait_until(lambda: page(dev, "/slip")[0] == 500, 30)
    assert "a slip of the developer" in page(dev, "/slip")[1]

    assert dev.end(signal.SIGINT)[0] == 0
    assert dev.children() == {}


def swept(launcher: Launcher) -> bool:
    """Whether a sweep has been."""
    state = launcher.state / "postgres"
    password, socket = (state / "password").read_text(), processes.socket_folder(state / "s", ".s.PGSQL.65535")
    connection = psycopg2.connect(host=str(socket), dbname="portal", user="portal", password=password)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(swept_at) FROM pilots_installation")
            row = cursor.fetchone()
    finally:
        connection.close()
    return row != (0,)
