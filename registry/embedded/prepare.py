"""Bring a database and the static files up to the code: one Django process for all steps, each named as it begins.

``python -m registry.embedded.prepare``
"""

import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import django
from django.core.management import call_command, get_commands


def quietly(name: str, *arguments: str, **options: object) -> Callable[[], str]:
    """Return an act that runs a management command and returns the last line it printed."""

    def act() -> str:
        out = StringIO()
        call_command(name, *arguments, stdout=out, **options)
        return out.getvalue().strip().rsplit("\n", 1)[-1].strip()

    return act


STEPS: list[tuple[str, Callable[[], str]]] = [
    ("translations", quietly("translations", "compile")),
    ("static files", quietly("collectstatic", interactive=False, verbosity=1)),
    ("database tables", quietly("migrate", interactive=False, verbosity=0)),
    ("reference data", quietly("import_reference")),
]


def main() -> None:
    """Run the steps; then print the demo accounts to the file named by the first argument."""
    django.setup()
    for name, act in STEPS:
        if name == "reference data" and "import_reference" not in get_commands():
            continue
        start = time.monotonic()
        print(f"  {name} …", end=" ", flush=True)
        result = act()
        print(f"{time.monotonic() - start:.1f} s{f' ({result})' if result else ''}", flush=True)
    accounts = StringIO()
    if "import_reference" in get_commands():
        call_command("demo_accounts", stdout=accounts)
    Path(sys.argv[1]).write_text(accounts.getvalue())


if __name__ == "__main__":
    main()
