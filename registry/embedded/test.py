"""``make test``: everything that the check runs, one heading each, on servers of our own.

``python -m registry.embedded.test [ARGUMENTS]``: with arguments, pytest alone with them; ``--bench``: the measurements.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from registry.embedded import portal
from registry.embedded.broker import Broker
from registry.embedded.portal import ROOT
from registry.embedded.postgres import Postgres
from registry.embedded.processes import Refusal

CODE = ["registry", "regions", "pilots"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNSET = dict.fromkeys(  # the tests begin with the defaults; what wants these sets them itself
    ("MAIL_CATCHER_URL", "OPERATIONS_EMAIL", "RELAY_LOG", "BOUNCE_ADDRESS", "BOUNCE_MAILBOX"), ""
)
PRODUCTION = {  # what `check --deploy` looks at: another place's values
    "BASE_URL": "https://pilottirekisteri.example",
    "ALLOWED_HOSTS": "pilottirekisteri.example",
    "SECRET_KEY": "a stand-in for the check, long enough to pass: 0123456789 abcdefghijklmnopqrstuvwxyz",
}


def browser() -> str:
    """Return the path of a Chromium: CHROMIUM, or what PATH has; empty if there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")


def tool(name: str, *arguments: str) -> list[str]:
    """Return the command line of a program of the virtual environment."""
    return [str(Path(sys.executable).with_name(name)), *arguments]


def manage(*arguments: str) -> list[str]:
    """Return the command line of a management command."""
    return [sys.executable, "-W", "error", "manage.py", *arguments]


def made() -> list[tuple[str, list[str], dict[str, str]]]:
    """Return what makes the files that pages are made with: heading, command line, environment that differs."""
    return [
        ("Translations compiled", manage("translations", "compile"), {}),
        ("Static files", [sys.executable, "-W", "error", "-m", "registry.embedded.static"], {}),
    ]


def checks() -> list[tuple[str, list[str], dict[str, str]]]:
    """Return what runs before all the tests: heading, command line, environment that differs."""
    templates = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.html"))]
    return [
        ("Format", tool("ruff", "format", "--check", "."), {}),
        ("Lint", tool("ruff", "check", "."), {}),
        ("Imports go down only", tool("lint-imports", "--no-cache"), {}),
        ("Types", tool("mypy", *CODE), {}),
        *([("Templates", tool("djade", "--check", *templates), {})] if templates else []),
        ("Translations", manage("translations", "check"), {}),
        *made(),
        ("Migrations", manage("makemigrations", "--check", "--dry-run"), {}),
        ("Deployment", manage("check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
    ]


def pytest(arguments: list[str]) -> list[str]:
    """Return pytest's command line: with arguments as they are, else everything with coverage on two processes."""
    if arguments:  # the database of the last run is kept: only what is new of the migrations runs
        return [sys.executable, "-m", "pytest", "--reuse-db", *arguments]
    chosen = [] if browser() else ["-m", "not browser"]
    return [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "--cov",
        "--cov-report=term",
        *chosen,
    ]


def left_out(env: dict[str, str]) -> int:
    """Return how many browser tests there are, where they cannot run."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "browser"]
    listing = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout
    return len(re.findall(r"^tests/\S+::", listing, re.MULTILINE))


def run(heading: str, command: list[str], env: dict[str, str]) -> bool:
    """Run one part under its heading; return whether it passed."""
    print(f"\n── {heading} ──", flush=True)
    start = time.monotonic()
    passed = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode == 0
    print(f"{'passed' if passed else 'FAILED'}: {heading} ({time.monotonic() - start:.1f} s)", flush=True)
    return passed


def parts(arguments: list[str], env: dict[str, str]) -> dict[str, bool]:
    """Run what was asked for; return which parts passed."""
    before = made() if arguments else checks()
    done = {heading: run(heading, command, env | more) for heading, command, more in before}
    if arguments[:1] == ["--bench"]:
        return done | {"Bench": run("Bench", [sys.executable, "-m", "tests.bench", *arguments[1:]], env)}
    return done | {"Tests": run("Tests", pytest(arguments), env)}


def main(arguments: list[str]) -> int:
    """Start the servers, run the parts, say how it went; return the exit status."""
    folder = portal.state() / "test"
    fast = arguments[:1] != ["--bench"]  # what is measured waits for the disk, as in production
    postgres, broker = Postgres(folder / "postgres", fast=fast), Broker(folder / "broker")
    try:
        postgres.start()
        broker.start()
        env = portal.environment(folder, postgres, broker, portal.Ports(8000)) | {"DEMO": "0", **UNSET}
        env |= {"CHROMIUM": browser()} if browser() else {}
        done = parts(arguments, env)
        missing = 0 if browser() or arguments else left_out(env)
    except Refusal as refusal:
        print(refusal.text, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    finally:
        for server in (broker, postgres):
            if server.process is not None:
                server.stop()
    return conclude(done, missing)


def conclude(done: dict[str, bool], missing: int) -> int:
    """Print the last lines; return the exit status."""
    failed = [heading for heading, passed in done.items() if not passed]
    print(f"\n{len(done) - len(failed)} of {len(done)} parts passed{': ' if failed else '.'}", end="")
    print(", ".join(f"{heading} FAILED" for heading in failed))
    if missing:
        print(
            f"{missing} browser tests were left out: no Chromium was found. On Debian: apt-get install chromium."
            " Elsewhere name one: CHROMIUM=/path/to/chromium make test."
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
