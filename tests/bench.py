"""``make bench``: pages as ratios to a bare view that returns the same bytes, in one run; queries; bytes over the wire.

Each page is asked for through the whole Django stack (middleware, views, templates, PostgreSQL) with the real
reference data. Between any two pages the floor is measured again, so that a noisy machine disturbs both alike. Pages at
many sizes of the registry are measured in ``tests.bench_pages``, mail in ``tests.bench_mail``.
"""

import gzip
import statistics
import sys
import time

import brotli
import django
from django.contrib.auth.decorators import login_not_required
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.runner import DiscoverRunner
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from tests import bench_mail

ROUNDS, BATCH = 15, 8
ROW = "{:<16} {:>7} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7}"
_floor: dict[str, bytes] = {"bytes": b""}


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    """Return the bytes of the page under measurement: what Django costs without us."""
    return HttpResponse(_floor["bytes"])


def _seconds(client: Client, address: str) -> float:
    start = time.perf_counter()
    for _ in range(BATCH):
        client.get(address)
    return (time.perf_counter() - start) / BATCH


def measure(client: Client, name: str, address: str) -> str:
    """Return a line of the report for one page."""
    answer = client.get(address)
    assert answer.status_code == 200, (name, answer.status_code)
    _floor["bytes"] = answer.content
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
        asked = len(queries)
    pairs = [(_seconds(client, address), _seconds(client, "/bare")) for _ in range(ROUNDS)]
    ratio = statistics.median(page / floor for page, floor in pairs)
    page, floor = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    body = answer.content
    sizes = (len(body), len(gzip.compress(body)), len(brotli.compress(body)))
    return ROW.format(name, f"{ratio:.1f}", f"{page:.2f}", f"{floor:.2f}", asked, *sizes)


def _addresses() -> dict[str, str]:
    from pilots.models import Pilot, Round  # noqa: PLC0415 - after django.setup()

    return {
        "home": reverse("home"),
        "pilots": reverse("pilots"),
        "pilots, search": reverse("pilots") + "?q=allianssi",
        "pilot": reverse("pilot", args=[Pilot.objects.public().earliest("pk").code]),
        "rounds": reverse("rounds"),
        "round": reverse("round", args=[Round.objects.public().earliest("pk").slug]),
        "regions": reverse("regions"),
    }


def _small() -> None:
    """Print the table of the pages at the size of the reference data, beside a view that returns the same bytes."""
    client = Client()
    print(ROW.format("page", "ratio", "ms", "floor ms", "queries", "bytes", "gzip", "brotli"))
    for name, address in _addresses().items():
        print(measure(client, name, address), flush=True)


def main(arguments: list[str]) -> int:
    """Make a database with the reference data, measure the parts that were asked for, print their tables."""
    django.setup()
    from registry import urls, web_server  # noqa: PLC0415 - after django.setup()
    from tests import bench_floor, bench_pages, bench_searches, bench_writes  # noqa: PLC0415

    parts = {
        "small": _small,
        "pages": bench_pages.report,
        "searches": bench_searches.report,
        "writes": bench_writes.report,
        "mail": bench_mail.report,
    }
    urls.urlpatterns += [path("bare", bare), *bench_floor.FLOOR, *bench_searches.FLOOR]
    runner = DiscoverRunner(verbosity=0, interactive=False)
    old = runner.setup_databases()
    try:
        call_command("import_reference", verbosity=0)
        bench_floor.make_table()
        web_server.post_worker_init(None)
        with override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
            for report in [report for name, report in parts.items() if not arguments or name in arguments]:
                report()
                print()
    finally:
        runner.teardown_databases(old)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
