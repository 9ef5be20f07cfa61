"""The portal's Celery application with a schedule of one second."""

from registry.celery import app

app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": 1.0}}
