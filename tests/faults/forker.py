"""A parent with Django loaded that forks a sweeper when it is asked to: ``python -m tests.faults.forker SOCKET``."""

import json
import os
import signal
import socket
import sys

import django


def sweep(every: float, env: dict[str, str]) -> None:
    """Be ``manage.py sweep --loop`` until the end."""
    from django.core.management import call_command  # noqa: PLC0415 (Django is set up by now)

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(env)
    try:
        call_command("sweep", loop=True, every=every)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def main(number: int) -> None:
    """Fork for every line that asks for it, and say the number of the process."""
    django.setup()
    from pilots.management.commands import sweep as _loaded  # noqa: F401, PLC0415 (so that it is loaded before a fork)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries them
    with socket.socket(fileno=number) as line, line.makefile("rw") as talk:
        for question in map(json.loads, talk):
            if not question:
                answer = 0
            elif (answer := os.fork()) == 0:
                sweep(question["every"], question["env"])
            talk.write(json.dumps({"pid": answer}) + "\n")
            talk.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
