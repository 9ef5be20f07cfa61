"""``python -m tests.faults``: every fault, injected for real; the verdict is that of the mail server's own log.

``--no-relay``: without the relay's log. ``--short``: the few of `make test`. ``--kills N``: so many random kills.
Names, or parts of names, choose some. RELAY=no and KILLS=N in the environment do the same as the options; PATIENCE=3
lets everything take three times as long, on a machine that is busy with other things.
"""

import argparse
import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from registry.embedded import portal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
os.environ.update(SECRET_KEY="faults", DEPLOYMENT_KEY="faults", BASE_URL="http://localhost:8000", DEBUG="0")
os.environ["DATABASE_URL"] = "postgres://portal@/nowhere"  # every fault has a database of its own
SIDE_BY_SIDE = 2
PR_SET_PDEATHSIG = 1


def options() -> argparse.Namespace:
    """Read the command line and the environment."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--no-relay", action="store_true", default=os.environ.get("RELAY") == "no")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--kills", type=int, default=int(os.environ.get("KILLS") or 0), help="random kills alone")
    parser.add_argument("--jobs", type=int, default=SIDE_BY_SIDE)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the logs of all faults, not only of the breached")
    return parser.parse_args()


def carry_out(fault: Any, place: Any) -> dict[str, Any]:
    """Let one fault happen; return what came of it."""
    start, broken, unmarked = time.monotonic(), "", []
    try:
        place.begin()
        fault.act(place)
        unmarked = [] if place.forgets else place.unmarked()
    except BaseException:  # also the runner's signal that it takes too long
        broken = traceback.format_exc()
    place.close()
    verdict = place.manifest.judge(place.log.read()).facts()
    return {
        **verdict,
        "kills": place.kills,
        "notes": place.notes,
        "unmarked": unmarked,
        "broken": broken,
        "seconds": time.monotonic() - start,
    }


class Runner:
    """Runs faults side by side, each in a process forked from this one."""

    def __init__(self, folder: Path, asked: argparse.Namespace) -> None:
        self.folder, self.asked = folder, asked
        self.shared: Any = None
        self.running: dict[int, tuple[Any, Path, float]] = {}
        self.done: list[tuple[Any, dict[str, Any]]] = []

    def servers(self) -> None:
        """Make the cluster that all are copied from, and the one that most share."""
        from tests.faults import servers  # noqa: PLC0415 (after the environment is set)

        self.seed = servers.seed(portal.state() / "faults", dict(os.environ))
        self.shared = servers.copy_of(self.seed, self.folder / "shared", fast=True)

    def start(self, fault: Any) -> None:
        """Fork a process in which the fault happens."""
        from tests.faults import children  # noqa: PLC0415
        from tests.faults.place import Place  # noqa: PLC0415

        folder = self.folder / fault.name.replace(" ", "-")[:60]
        folder.mkdir()
        pid = os.fork()
        if pid:
            self.running[pid] = (fault, folder, time.monotonic() + fault.within * children.PATIENCE)
            return
        code = 1
        try:
            signal.signal(signal.SIGTERM, _too_long)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
            place = Place(fault.name, folder, self.seed, self.shared, relay=not self.asked.no_relay)
            (folder / "result.json").write_text(json.dumps(carry_out(fault, place)))
            code = 0
        finally:
            os._exit(code)

    def reap(self) -> None:
        """Take in what has ended; end what takes too long."""
        for pid, (fault, folder, until) in list(self.running.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del self.running[pid]
                file = folder / "result.json"
                empty = {"broken": "ended without a word", "seconds": 0.0}
                self.done.append((fault, json.loads(file.read_text()) if file.exists() else empty))
                self.say(*self.done[-1], folder)
            elif time.monotonic() > until + 30:
                os.kill(pid, signal.SIGKILL)
            elif time.monotonic() > until:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
                self.running[pid] = (fault, folder, until + 5)

    def breaches(self, result: dict[str, Any]) -> list[str]:
        """Return what is wrong with a result."""
        wrong = [f"{kind}: {line}" for kind in ("lost", "distinct", "untrue") for line in result.get(kind, [])[:5]]
        if self.asked.no_relay:
            wrong += [f"the same bytes twice and not marked: {line}" for line in result.get("unmarked", [])[:5]]
        else:
            wrong += [f"twice: {line}" for line in result.get("same", [])[:5]]
        return wrong + ([result["broken"]] if result["broken"] else [])

    def say(self, fault: Any, result: dict[str, Any], folder: Path) -> None:
        """Print one fault's line, and what is wrong with it."""
        wrong = self.breaches(result)
        counts = " ".join(f"{kind}={len(result.get(kind, []))}" for kind in ("lost", "same", "distinct", "untrue"))
        print(
            f"{'FAULT' if wrong else 'ok   '} {fault.group}: {fault.name} · {result.get('accepted', 0)} mails"
            f" · {result.get('kills', 0)} kills · {counts} · {result['seconds']:.1f} s",
            flush=True,
        )
        for line in [*wrong, *result.get("notes", [])]:
            print("      " + line.strip().replace("\n", "\n      "), flush=True)
        if not wrong and not self.asked.keep:
            shutil.rmtree(folder, ignore_errors=True)

    def run(self, faults: list[Any]) -> None:
        """Run all, the long ones first."""
        waiting = sorted(faults, key=lambda fault: -fault.within)
        while waiting or self.running:
            while waiting and len(self.running) < self.asked.jobs:
                self.start(waiting.pop(0))
            self.reap()
            time.sleep(0.05)


def _too_long(number: int, frame: object) -> None:
    raise TimeoutError("it took too long")


def conclude(runner: Runner) -> int:
    """Print the last lines; return the exit status."""
    results = [result for _, result in runner.done]
    good = sum(not runner.breaches(result) for result in results)
    total = {
        kind: sum(len(result.get(kind, [])) for result in results) for kind in ("lost", "same", "distinct", "untrue")
    }
    doubled = total["distinct"] + (0 if runner.asked.no_relay else total["same"])
    print(f"\n{good} of {len(results)}")
    print(f"lost={total['lost']} doubled={doubled} untrue={total['untrue']}", end="")
    print(f" distinct={total['distinct']} same={total['same']}", end="")
    if runner.asked.no_relay:
        print(f" unmarked={sum(len(result.get('unmarked', [])) for result in results)}", end="")
    print(
        f" ({sum(result.get('accepted', 0) for result in results)} mails,"
        f" {sum(result.get('kills', 0) for result in results)} kills,"
        f" {'without' if runner.asked.no_relay else 'with'} the relay's log)"
    )
    return 0 if good == len(results) else 1


def main() -> int:
    """Run what was asked for; return the exit status."""
    import django  # noqa: PLC0415

    asked = options()
    os.environ["KILLS"] = str(asked.kills or "")
    django.setup()
    from tests.faults import catalogue  # noqa: PLC0415 (models are loaded by now)

    chosen = catalogue.chosen(asked.names, short=asked.short, kills=asked.kills)
    if asked.list:
        print("\n".join(f"{fault.group}: {fault.name}" for fault in chosen))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    runner = Runner(folder, asked)
    code = 1
    try:
        runner.servers()
        runner.run(chosen)
        code = conclude(runner)
    finally:
        if runner.shared is not None:
            runner.shared.stop()
        if code == 0 and not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"Logs: {folder}")
    return code


if __name__ == "__main__":
    sys.exit(main())
