"""Bring a database and the static files up to the code: one Django process for all steps, each named as it begins.

``python -m registry.embedded.prepare FILE``: the demo accounts are written to FILE.
"""

import logging
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import CommandError, call_command

from registry.embedded.built import static_files, translations

NO_ACCOUNTS = """\
DEMO=0: no demo accounts, no world to try. The first account: make manage ARGS="invite --help"
"""


def quietly(name: str, *arguments: str, **options: object) -> Callable[[], str]:
    """Return an act that runs a management command and returns the last line it printed."""

    def act() -> str:
        out = StringIO()
        call_command(name, *arguments, stdout=out, **options)
        return out.getvalue().strip().rsplit("\n", 1)[-1].strip()

    return act


STEPS: list[tuple[str, Callable[[], str]]] = [
    ("translations", translations),
    ("static files", static_files),
    ("database tables", quietly("migrate", interactive=False, verbosity=0)),
    ("reference data", quietly("import_reference")),
]


def main() -> None:
    """Run the steps, then make the demo accounts and a world for them to try, unless DEMO is 0."""
    django.setup()
    for name, act in STEPS:
        if act is static_files and settings.DEBUG:
            continue  # they are read where they lie
        start = time.monotonic()
        print(f"  {name} …", end=" ", flush=True)
        try:
            result = act()
        except CommandError as fault:
            sys.exit(f"\n{fault}")
        print(f"{time.monotonic() - start:.1f} s{f' ({result})' if result else ''}", flush=True)
    accounts = StringIO() if settings.DEMO else StringIO(NO_ACCOUNTS)
    if settings.DEMO:
        logging.getLogger("security").setLevel(logging.WARNING)  # what the world's roles do is nobody's act
        call_command("demo_accounts", stdout=accounts)
        call_command("demo_world", stdout=StringIO())
    Path(sys.argv[1]).write_text(accounts.getvalue())


if __name__ == "__main__":
    main()
