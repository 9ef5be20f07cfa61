"""Pages at many sizes of the registry, each as a ratio to a floor of the same run (a part of ``make bench``).

The floor is what a bare Django view costs in the same process and the same database server (``tests.bench_floor``).
Time is CPU, of the web process and of its database session, so that other work on the machine disturbs less than it
would a clock.
"""

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pilots.models import NewsItem, Pilot
from regions.models import Region, User
from tests.bench_floor import Ready, make_table, read, ready
from tests.factories import make_user

ROUNDS, BATCH = 7, 3
SIZES = [int(size) for size in os.environ.get("PILOTS", "").split()] or [17, 1_000, 10_000]
ROW = "{:<46} {:>8} {:>9} {:>9} {:>7} {:>4}"


def cpu_of(backend: int) -> float:
    """Return the seconds of CPU that this process and its database session have taken."""
    taken = int(Path(f"/proc/{backend}/schedstat").read_text(encoding="ascii").split()[0])
    return time.process_time() + taken / 1e9


def _once(ask: Callable[[], object], backend: int, before: Callable[[], object]) -> float:
    """Return the mean CPU seconds of a few requests, each after ``before``, which is not counted."""
    total = 0.0
    for _ in range(BATCH):
        before()
        begun = cpu_of(backend)
        ask()
        total += cpu_of(backend) - begun
    return total / BATCH


def _floor_once(floor: Callable[[], HttpResponse], backend: int) -> float:
    """Return the mean CPU seconds of the floor. Nothing of it is kept: a kept floor would cost next to nothing."""
    with override_settings(KEPT_MEGABYTES=0):
        assert not floor().headers.get("ETag", "").startswith("W/"), "the floor comes from memory"
        return _once(floor, backend, nothing)


def measure(
    name: str, ask: Callable[[], object], floor: Callable[[], HttpResponse], before: Callable[[], object]
) -> float:
    """Print the line of one page, and return its CPU in milliseconds; ``before`` happens before each request."""
    backend = int(str(read("SELECT pg_backend_pid()")[0][0]))
    before()
    ask()
    _floor_once(floor, backend)
    before()
    with CaptureQueriesContext(connection) as captured:
        ask()
        asked = len(captured)
    pairs = [(_once(ask, backend, before), _floor_once(floor, backend)) for _ in range(ROUNDS)]
    ratios = sorted(page / bare for page, bare in pairs)
    page, bare = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    noise = (ratios[-2] - ratios[1]) / statistics.median(ratios) / 2
    figures = (f"{statistics.median(ratios):.2f}", f"{page:.2f}", f"{bare:.2f}", f"±{noise:.0%}", asked)
    print(ROW.format(name, *figures), flush=True)
    return page


def nothing() -> None:
    """Do nothing before a request."""


def _write() -> None:
    """Change one row that public pages read: the next reader is the first after a write."""
    NewsItem.objects.create(slug=f"bench-{time.monotonic_ns()}", title_fi="x", title_sv="x", body_fi="x", body_sv="x")


def _measure_size() -> dict[str, float]:
    """Print the table of one size, and return the CPU of each page."""
    reader, staff, floor = Client(headers={"accept-encoding": "br"}), Client(), Client()
    staff.force_login(make_user(User.Role.OFFICER, email=f"bench{time.monotonic_ns()}@ministry.example"))
    code = Pilot.objects.public().order_by("pk").values_list("code", flat=True)[0]
    pages = {
        "list": (reverse("pilots"), "/floor/rows"),
        "list, three filters": (reverse("pilots") + "?region=satakunta&stage=ended&client=personal", "/floor/rows"),
        "search": (reverse("pilots") + "?q=allianssi", "/floor/rows"),
        "pilot": (reverse("pilot", args=[code]), f"/floor/row/{code}"),
        "home": (reverse("home"), "/floor/rows"),
        "region": (reverse("region", args=[Region.objects.earliest("pk").slug]), "/floor/rows"),
    }
    found = {}
    for name, (address, bare) in pages.items():
        found |= _measure_page(name, reader, floor, address, bare)
    for name in ("list", "list, three filters", "search"):
        found[f"staff, {name}"] = _measure_staff(name, staff, floor, pages[name][0])
    return found


def _measure_staff(name: str, staff: Client, floor: Client, address: str) -> float:
    """Print the lines of one list for an officer, and return its CPU."""
    ask = partial(staff.get, address)
    with override_settings(KEPT_MEGABYTES=0):
        ready[name] = Ready(ask)
        measure(f"staff, {name} : floor", ask, partial(floor.get, "/floor/rows"), nothing)
        by_hand = partial(floor.get, f"/floor/template-and-sql/{name}")
        return measure(f"staff, {name} : its template and SQL", ask, by_hand, nothing)


def _measure_page(name: str, reader: Client, floor: Client, address: str, bare: str) -> dict[str, float]:
    """Print the lines of one page for a reader who has not signed in."""
    ask, constant_page, below = (
        partial(reader.get, address),
        partial(floor.get, "/floor/constant"),
        partial(floor.get, bare),
    )
    found = {}
    with override_settings(KEPT_MEGABYTES=64):
        etag = reader.get(address).headers["ETag"]
        if "?" not in address:
            measure(f"{name}, kept : constant", ask, constant_page, nothing)
        measure(f"{name}, 304 : constant", partial(ask, headers={"if-none-match": etag}), constant_page, nothing)
        found[f"{name}, after a write"] = measure(f"{name}, after a write : floor", ask, below, _write)
        template = partial(floor.get, f"/floor/template/{name}")
        with override_settings(KEPT_MEGABYTES=0):
            ready[name] = Ready(ask)
        measure(f"{name}, after a write : its template", ask, template, _write)
    with override_settings(KEPT_MEGABYTES=0):
        found[f"{name}, rendered"] = measure(f"{name}, rendered : floor", ask, below, nothing)
    return found


def grow(size: int) -> None:
    """Make pilots until there are so many, and print how many there are."""
    missing = size - Pilot.objects.count()
    if missing > 0:
        with override_settings(DEMO=True):
            call_command("make_load", pilots=missing, stdout=StringIO())
    make_table()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as PostgreSQL does by itself soon after so much was written
    print(f"\n{Pilot.objects.public().count():,} pilots; CPU ms a request, web process and database session")


def report() -> None:
    """Print a table for each size, then how much each page grows from the first size to the last."""
    found = []
    for size in SIZES:
        grow(size)
        print(ROW.format("page : what it is compared with", "ratio", "ms", "floor ms", "noise", "sql"))
        found.append(_measure_size())
    if len(found) > 1:
        print("\nGrowth from the first size to the last")
        for name in found[0]:
            print(f"{name:<46} {found[-1][name] / found[0][name]:>8.2f}")
