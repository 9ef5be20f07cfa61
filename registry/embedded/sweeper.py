"""The sweep of ``make dev``: again and again, with the code as it stands.

``python -m registry.embedded.sweeper SECONDS``
"""

import sys
import time
import traceback

import django
from django.core.management import call_command
from django.db import close_old_connections
from django.utils import autoreload


def sweep_again_and_again(pause: float) -> None:
    """Sweep until the code changes; a fault is printed and ends nothing."""
    autoreload.check_errors(django.setup)()
    while True:
        try:
            call_command("sweep")
        except Exception:
            traceback.print_exc()
        close_old_connections()
        time.sleep(pause)


if __name__ == "__main__":
    autoreload.run_with_reloader(sweep_again_and_again, float(sys.argv[1]))
