"""``python -m tests.faults.histories``: 2,000 random histories of 50 steps, and 500 worlds rehearsed and lived through.

RUNS, STEPS, HISTORIES and SEED in the environment change that. Two processes at once, each with a database of its own;
the last line of either kind ends with ``broken=0``. Each tells how far it is every 25 times; stopped by Ctrl-C or
SIGTERM, it gives the figures of what has ended.
"""

import importlib
import os
import sys
import time

import django

from . import parts

KINDS = {"machine": int(os.environ.get("RUNS") or 2000), "rehearsals": int(os.environ.get("HISTORIES") or 500)}


def main() -> int:
    """Be one of the processes, or start them; return the exit status."""
    if sys.argv[1:2] == ["--part"]:
        django.setup()
        parts.let_be_stopped()
        module = importlib.import_module(f"tests.faults.{sys.argv[2]}")
        return int(module.part(int(sys.argv[3]), int(sys.argv[4])))
    os.environ["SEED"] = os.environ.get("SEED") or str(int(time.time()))
    print(f"SEED={os.environ['SEED']}", flush=True)
    return max(parts.play(kind, runs) for kind, runs in KINDS.items() if runs)


if __name__ == "__main__":
    sys.exit(main())
