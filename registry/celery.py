"""The Celery application and its schedule: one sweep a minute. The database decides what is due."""

import os
from datetime import UTC, datetime

import django
from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
django.setup(set_prefix=False)

EVERY = settings.SWEEP_SECONDS
SOON = 5.0  # seconds within which letters and files are looked for that somebody waits for
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
app = Celery("pilottirekisteri", broker=settings.BROKER_URL)
app.conf.update(
    timezone="UTC",
    enable_utc=True,
    task_ignore_result=True,  # results are rows in the database
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=900,  # a run of four minutes, and ten for the mail server's last answer
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # Longer than any task and any countdown (there is none): a shorter one runs a living task twice.
    broker_transport_options={"visibility_timeout": 1200, "unacked_restore_throttle": 1},
    # In memory: a file of last runs would say nothing that the last sweep in the database does not.
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        "sweep": {
            "task": "pilots.tasks.sweep",
            "schedule": float(EVERY),
            "options": {"expires": EVERY - 1},
            "last_run_at": NEVER,  # so a beat that starts asks for a sweep at once
        },
        "sign_in_letters": {
            "task": "pilots.tasks.send_sign_in_letters",
            "schedule": SOON,
            "options": {"expires": SOON - 1},
        },
        "scan_attachments": {
            "task": "pilots.tasks.scan_attachments",
            "schedule": SOON,
            "options": {"expires": SOON - 1},
        },
    },
)
app.autodiscover_tasks(["pilots"])
