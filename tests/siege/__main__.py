"""``make siege``: each load with real processes, its figures, and an exit status that says whether a bar was missed."""

import os
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.runner import DiscoverRunner

PILOTS = int(os.environ.get("PILOTS") or "1000")
WINDOWS = int(os.environ.get("WINDOWS") or "40")
PARTS = ("flood", "bare", "deadlines", "freshness")


def main(arguments: list[str]) -> int:
    """Make a database with pilots by the thousand, run the parts that were asked for, return how many bars failed."""
    django.setup()
    from tests.browser.processes import environment  # noqa: PLC0415 - after django.setup()
    from tests.proxied import NGINX, site, web  # noqa: PLC0415
    from tests.siege import deadlines, flood, freshness  # noqa: PLC0415

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
            if part in {"bare", "freshness"}:
                with web("registry.wsgi", own, "web", **place) as port:
                    missed += freshness.run(port) if part == "freshness" else flood.without_proxy(port, own / "web.log")
            else:
                with site("registry.wsgi", own, **place) as running:
                    missed += flood.run(running) if part == "flood" else deadlines.run(running, WINDOWS)
    finally:
        connection.close()
        runner.teardown_databases(old)
    print(f"\nbars missed: {missed}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
