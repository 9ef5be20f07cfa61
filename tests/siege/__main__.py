"""``make siege``: each load with real processes, its figures, and an exit status that says whether a bar was missed."""

import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.runner import DiscoverRunner

if TYPE_CHECKING:
    from tests.proxied import Proxy

PILOTS = int(os.environ.get("PILOTS") or "1000")
WINDOWS = int(os.environ.get("WINDOWS") or "40")
GUESSES = int(os.environ.get("GUESSES") or "10000")
PARTS = ("flood", "bare", "deadlines", "freshness", "guesses", "attachments")
SECONDS = int(os.environ.get("SECONDS") or "60")  # of the submissions with files


def loads(folder: Path) -> tuple[dict[str, Callable[[int], int]], dict[str, Callable[["Proxy"], int]]]:
    """Return the loads on a web server without the proxy, and those on the whole site."""
    from tests.siege import attachments, deadlines, flood, freshness, guesses  # noqa: PLC0415 - after django.setup()

    bare: dict[str, Callable[[int], int]] = {
        "bare": partial(flood.without_proxy, log=folder / "web.log"),
        "freshness": freshness.run,
    }
    whole: dict[str, Callable[[Proxy], int]] = {
        "flood": flood.run,
        "deadlines": partial(deadlines.run, windows=WINDOWS),
        "guesses": partial(guesses.run, folder=folder, number=GUESSES),
        "attachments": partial(attachments.run, seconds=SECONDS),
    }
    return bare, whole


def main(arguments: list[str]) -> int:
    """Make a database with pilots by the thousand, run the parts that were asked for, return how many bars failed."""
    django.setup()
    from tests.browser.processes import environment  # noqa: PLC0415 - after django.setup()
    from tests.proxied import NGINX, site, web  # noqa: PLC0415

    if not NGINX:
        print("The siege needs nginx: apt-get install nginx-light.")
        return 1
    wanted = [part for part in PARTS if not arguments or part in arguments]
    runner = DiscoverRunner(verbosity=0, interactive=False)
    old = runner.setup_databases()
    missed = 0
    try:
        call_command("import_reference", verbosity=0)
        with override_settings(DEMO=True):
            call_command("make_load", pilots=PILOTS, verbosity=0)
        connection.close()
        place = environment(broker="redis://127.0.0.1:1/0", mail="smtp://127.0.0.1:1", base_url="http://localhost:8000")
        place |= {"WEB_WORKERS": "2", "BEHIND_TLS_PROXY": "1"}
        folder = Path(tempfile.mkdtemp(prefix="siege-"))
        for part in wanted:
            print(f"\n── {part} ──", flush=True)
            own = folder / part
            own.mkdir()
            bare, whole = loads(own)
            if part in bare:
                with web("registry.wsgi", own, "web", **place) as port:
                    missed += bare[part](port)
            else:
                with site("registry.wsgi", own, **place) as running:
                    missed += whole[part](running)
    finally:
        connection.close()
        runner.teardown_databases(old)
    print(f"\nbars missed: {missed}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
