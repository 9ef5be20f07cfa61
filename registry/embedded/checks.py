"""The parts of the check: heading and command of each, and how they are run side by side."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from registry.embedded.portal import ROOT

CODE = ["registry", "regions", "pilots", "tests"]
PRODUCTION = {  # for `check --deploy`
    "BASE_URL": "https://pilottirekisteri.example",
    "ALLOWED_HOSTS": "pilottirekisteri.example",
    "BEHIND_TLS_PROXY": "1",
    "EMAIL_URL": "smtp+tls://user:word@mail.example:587",
    "CLAMD": "scanner.example:3310",
    "SECRET_KEY": "a stand-in for the check, long enough to pass: 0123456789 abcdefghijklmnopqrstuvwxyz",
}


@dataclass(frozen=True)
class Part:
    """One part of the check: its heading, its command line, and where its environment differs."""

    heading: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)


def tool(name: str, *arguments: str) -> list[str]:
    """Return the command line of a program of the virtual environment."""
    return [str(Path(sys.executable).with_name(name)), *arguments]


def manage(*arguments: str) -> list[str]:
    """Return the command line of a management command; a warning is an error."""
    return [sys.executable, "-W", "error", "manage.py", *arguments]


def all_but_the_tests() -> list[Part]:
    """Return the parts that are no tests, the longest first."""
    templates = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.html"))]
    return [
        Part("Types", tool("mypy", *CODE)),
        Part("Translations", manage("translations", "check")),
        Part("Imports go down only", tool("lint-imports", "--no-cache")),
        Part("Migrations", manage("makemigrations", "--check", "--dry-run")),
        Part("Deployment", manage("check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
        Part("Templates", tool("djade", "--check", *templates)),
        Part("Format", tool("ruff", "format", "--check", ".")),
        Part("Lint", tool("ruff", "check", ".")),
    ]


def verdict(part: Part, passed: bool, start: float) -> str:
    """Return the line that says how a part went."""
    return f"{'passed' if passed else 'FAILED'}: {part.heading} ({time.monotonic() - start:.1f} s)"


def run(part: Part, env: dict[str, str]) -> bool:
    """Run a part under its heading, its output as it comes; return whether it passed."""
    print(f"\n── {part.heading} ──", flush=True)
    start = time.monotonic()
    passed = subprocess.run(part.command, cwd=ROOT, env=env | part.env, check=False).returncode == 0
    print(verdict(part, passed, start), flush=True)
    return passed


def run_side_by_side(parts: Sequence[Part], env: dict[str, str]) -> dict[str, bool]:
    """Run parts at once, as many as there are processors; print each when it ends. Return which passed."""

    def quietly(part: Part) -> tuple[bool, str]:
        start = time.monotonic()
        done = subprocess.run(
            part.command, cwd=ROOT, env=env | part.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        passed, said = done.returncode == 0, done.stdout.decode(errors="replace").rstrip()
        return passed, f"\n── {part.heading} ──\n{said}\n{verdict(part, passed, start)}"

    results = {part.heading: False for part in parts}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(quietly, part): part for part in parts}
        for future in as_completed(running):
            passed, said = future.result()
            results[running[future].heading] = passed
            print(said, flush=True)
    return results
