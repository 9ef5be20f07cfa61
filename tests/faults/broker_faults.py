"""Broker: flushed, refused, killed, impatient, poisoned, restored with stale messages. The rows are the queue."""

import json
import signal
import sys
import time
import urllib.error
import urllib.request

import redis
from django.urls import reverse

from registry.embedded.broker import Broker

from .children import until
from .place import Place
from .register import fault
from .world import simple

HASTY = [sys.executable, "-m", "celery", "-A", "tests.faults.hasty_celery"]
QUEUE = "celery"


def _client(broker: Broker) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(broker.socket))


def _tick(place: Place, broker: Broker, number: int, task: str = "pilots.tasks.sweep") -> None:
    """Put so many ticks into the queue, as beat does but without a time at which they expire."""
    code = f"from tests.faults.hasty_celery import app\nfor _ in range({number}): app.send_task({task!r})"
    assert place.child("ticks", [sys.executable, "-c", code], BROKER_URL=broker.url()).ends(60) == 0


def _seconds(address: str) -> float:
    """Return how long a page takes; health may say 503 before the first sweep."""
    start = time.monotonic()
    try:
        urllib.request.urlopen(address, timeout=10).close()
    except urllib.error.HTTPError as error:
        error.close()
        if not address.endswith("/health"):
            raise
    return time.monotonic() - start


@fault("Broker", short=True)
def flushed_with_200_ticks_queued(place: Place) -> None:
    simple(place, 60)
    broker = place.broker()
    _tick(place, broker, 200)
    with _client(broker) as client:
        assert client.llen(QUEUE) == 200
        client.flushall()
    place.beat(BROKER_URL=broker.url())
    place.worker(BROKER_URL=broker.url())
    place.finish()


@fault("Broker")
def refused_for_an_hour(place: Place) -> None:
    """The pages answer as if nothing were; the loop alone does all the work."""
    simple(place, 60)
    base = place.web()
    place.sweeper()
    pages = [*(reverse(name) for name in ("home", "pilots", "rounds", "account_login")), "/health"]
    for path in pages:  # the first of each reads its templates
        _seconds(base + path)
    slowest = max(_seconds(base + path) for path in pages * 3)
    place.notes.append(f"the slowest page took {slowest:.2f} s")
    assert slowest < 1, f"a page took {slowest:.2f} s"
    place.finish()


@fault("Broker")
def the_broker_dies_in_a_task(place: Place) -> None:
    simple(place, 200)
    place.script({"at": "dot", "delay": 0.03})
    broker = place.broker()
    place.beat(BROKER_URL=broker.url())
    place.worker(processes_=2, BROKER_URL=broker.url())
    for number in (20, 100):
        place.until_accepted(number)
        assert broker.process is not None
        broker.process.send_signal(signal.SIGKILL)
        broker.process.wait()
        place.kills += 1
        time.sleep(1)
        broker.begin()
        broker.wait()
    place.finish(90)


@fault("Broker")
def the_visibility_timeout_is_shorter_than_a_task(place: Place) -> None:
    """A living task is given to a second worker, again and again."""
    simple(place, 150)
    place.script({"at": "dot", "delay": 0.1})
    broker = place.broker()
    _tick(place, broker, 2)
    for _ in range(2):
        place.child(
            "worker", [*HASTY, "worker", "-c", "3", "-l", "INFO"], BROKER_URL=broker.url(), MAIL_CONNECTIONS="4"
        )
    place.finish(90)


@fault("Broker")
def poison_in_the_queue(place: Place) -> None:
    """Tasks that are not known, not readable, wrongly called, or that kill whoever takes them."""
    simple(place, 60)
    broker = place.broker()
    _tick(place, broker, 5, "nobody.knows.this")
    _tick(place, broker, 1, "tests.faults.poison")
    with _client(broker) as client:
        (known,) = client.lrange(QUEUE, 0, 0)
        for body in ("bm90IGpzb24=", "W1sxLDIsM10sIHt9LCB7fV0="):
            client.lpush(QUEUE, json.dumps({**json.loads(known), "body": body}))
    _tick(place, broker, 3)
    place.beat(BROKER_URL=broker.url())
    worker = place.child("worker", [*HASTY, "worker", "-c", "2", "-l", "INFO"], BROKER_URL=broker.url())
    place.until_all_came(60)
    until(lambda: "WorkerLostError" in worker.said(), 30, "the poison was never taken")
    place.linger()


@fault("Broker")
def stale_ticks_after_a_restore(place: Place) -> None:
    simple(place, 100)
    broker = place.broker()
    _tick(place, broker, 100)
    with _client(broker) as client:
        stale = client.lrange(QUEUE, 0, -1)
    place.beat(BROKER_URL=broker.url())
    place.worker(processes_=2, BROKER_URL=broker.url())
    until(lambda: place.missing() == 0, 60, "not all were sent")
    with _client(broker) as client:
        client.rpush(QUEUE, *stale)
    place.finish()


@fault("Process")
def the_pool_child_is_killed_after_the_commit_before_the_acknowledgement(place: Place) -> None:
    """The task comes again, to another child."""
    simple(place, 40)
    broker = place.broker()
    place.beat(BROKER_URL=broker.url())
    points = place.once("after_settle@5=kill")
    worker = place.worker(BROKER_URL=broker.url(), FAILPOINTS=points)
    place.finish()
    place.kills += 1
    assert "WorkerLostError" in worker.said(), "no child was killed"


@fault("Process")
def the_pool_child_is_killed_after_the_dot(place: Place) -> None:
    simple(place, 40)
    broker = place.broker()
    place.beat(BROKER_URL=broker.url())
    worker = place.worker(BROKER_URL=broker.url(), FAILPOINTS=place.once("after_dot@5=kill"))
    place.finish()
    place.kills += 1
    assert "WorkerLostError" in worker.said(), "no child was killed"


@fault("Process")
def beat_and_worker_are_killed_and_only_the_loop_is_left(place: Place) -> None:
    simple(place, 150)
    place.script({"at": "dot", "delay": 0.03})
    broker = place.broker()
    beat, worker = place.beat(BROKER_URL=broker.url()), place.worker(BROKER_URL=broker.url())
    place.until_accepted(20)
    beat.kill()
    worker.kill()
    place.kills += 2
    place.sweeper()
    place.finish()
