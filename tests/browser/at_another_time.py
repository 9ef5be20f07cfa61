"""Runs a module with its clock ahead: ``python -m tests.browser.at_another_time SECONDS MODULE ARGUMENT…``."""

import runpy
import sys
from datetime import UTC, datetime, timedelta

import time_machine

if __name__ == "__main__":
    ahead, module, *arguments = sys.argv[1:]
    traveller = time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(ahead)), tick=True)
    traveller.start()
    sys.argv = [module, *arguments]
    sys.path.insert(0, "")
    if module.endswith(".py"):
        runpy.run_path(module, run_name="__main__")
    else:
        runpy.run_module(module, run_name="__main__")
