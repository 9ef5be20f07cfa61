"""The portal's Celery application with a visibility timeout far shorter than a task, and with a poison task."""

import os
import signal

from registry.celery import app

app.conf.broker_transport_options = {
    "visibility_timeout": 1,
    "unacked_restore_throttle": 1,
    "unacked_restore_limit": 50,
}


@app.task(name="tests.faults.poison")
def poison() -> None:
    """Kill whoever carries it out."""
    os.kill(os.getpid(), signal.SIGKILL)
