"""``make test``: everything that the check runs, one heading each, on servers of our own.

``python -m registry.embedded.test [ARGUMENTS]``: with arguments, pytest alone with them. ``--check``: all but the
tests. ``--bench``: the measurements. ``--crawl``: every page of the reference data, held to what it promises.
``--siege``: the loads of a deadline day.
"""

import os
import re
import shutil
import subprocess
import sys

from registry.embedded import built, checks, portal
from registry.embedded.broker import Broker
from registry.embedded.checks import Part
from registry.embedded.portal import ROOT
from registry.embedded.postgres import Postgres
from registry.embedded.processes import Refusal

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNSET = dict.fromkeys(  # tests begin with the defaults; a test that wants one of these sets it
    ("MAIL_CATCHER_URL", "OPERATIONS_EMAIL", "RELAY_LOG", "BOUNCE_ADDRESS", "BOUNCE_MAILBOX", "CLAMD"), ""
)
# These walk every page as everyone, or start real processes. Their coverage is not measured: it would cost half of
# their time again, and the tests of the rooms reach the same lines.
SITE = (
    *("tests/browser", "tests/embedded", "tests/faults", "tests/test_compose.py", "tests/test_directions.py"),
    *("tests/test_hostile.py", "tests/test_languages.py", "tests/test_leaks.py", "tests/test_matrix.py"),
    *("tests/test_roles.py", "tests/test_shown_back.py"),
)
BUILT = Part("Translations compiled, static files", [sys.executable, "-W", "error", "-m", "registry.embedded.built"])


def browser() -> str:
    """Return the path of a Chromium: CHROMIUM, or what PATH has; empty if there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")


def tests(arguments: list[str]) -> list[Part]:
    """Return the tests: with arguments these alone, else all on several processes, those of the rooms with coverage."""
    command = [sys.executable, "-m", "pytest", "--reuse-db"]
    if arguments:  # the database of the last run is kept: only new migrations run
        return [Part("Tests", [*command, *arguments])]
    processes = max(2, min(4, os.cpu_count() or 2))
    chosen = [] if browser() else ["-m", "not browser"]
    command += ["-q", "--ff", "--durations=20", "--dist", "worksteal", *chosen]
    rooms = [f"--ignore={path}" for path in SITE]
    return [
        Part("Tests", [*command, "-n", str(processes), "--create-db", *rooms, "--cov", "--cov-report=term"]),
        # They often wait for a browser or for another process: one process more keeps the machine at work.
        Part("Tests of the whole site", [*command, "-n", str(processes + 1), *SITE]),
    ]


def left_out(env: dict[str, str]) -> int:
    """Return how many browser tests there are, where they cannot run."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "browser"]
    listing = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout
    return len(re.findall(r"^tests/\S+::", listing, re.MULTILINE))


def build(env: dict[str, str]) -> dict[str, bool]:
    """Compile the translations and collect the static files if they have changed; return whether that passed."""
    if built.is_up_to_date(env["STATIC_ROOT"]):
        return {}
    return {BUILT.heading: checks.run(BUILT, env)}


def parts(arguments: list[str], env: dict[str, str]) -> dict[str, bool]:
    """Run what was asked for; return which parts passed."""
    if arguments[:1] == ["--check"]:
        return checks.run_side_by_side(checks.all_but_the_tests(), env)
    if arguments[:1] == ["--bench"]:
        bench = Part("Bench", [sys.executable, "-m", "tests.bench", *arguments[1:]])
        return build(env) | {bench.heading: checks.run(bench, env)}
    if arguments[:1] == ["--crawl"]:
        crawl = Part("Crawl", [sys.executable, "-m", "tests.crawler"])
        return build(env) | {crawl.heading: checks.run(crawl, env)}
    if arguments[:1] == ["--siege"]:
        siege = Part("Siege", [sys.executable, "-m", "tests.siege", *arguments[1:]])
        return build(env) | {siege.heading: checks.run(siege, env)}
    done = {} if arguments else checks.run_side_by_side(checks.all_but_the_tests(), env)
    done |= build(env)
    return done | {part.heading: checks.run(part, env) for part in tests(arguments)}


def main(arguments: list[str]) -> int:
    """Start the servers, run the parts, say how it went; return the exit status."""
    folder = portal.state() / "test"
    fast = arguments[:1] not in (["--bench"], ["--siege"])  # what is measured waits for the disk, as in production
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
    if not shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        print("The tests of the proxy were left out: nginx was not found. On Debian: apt-get install nginx-light.")
    if missing:
        print(
            f"{missing} browser tests were left out: no Chromium was found. On Debian: apt-get install chromium."
            " Elsewhere name one: CHROMIUM=/path/to/chromium make test."
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
