"""Searches, facets, pages far down and whole files at many sizes of the registry (a part of ``make bench``).

Each search is a ratio to the search for an exact rare word, the last page to the first, a file to one that a bare view
streams; each in the same run, as CPU of the web process and of its database session.
"""

import csv
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse
from django.utils import timezone

from pilots.catalogue.filters.bitmaps import BitmapCounter
from pilots.catalogue.filters.pilots import PilotFilter
from pilots.models import Pilot
from registry.lib.dates import today
from registry.lib.lists import PER_PAGE
from registry.lib.versions import current_version
from tests.bench_pages import ROW, SIZES, cpu_of, grow, measure, nothing
from tests.factories import make_pilot

RARE = "kuutamoneuvonta"
UNFINDABLE = "+".join(f"olematonsanayhdistelma{letter}" for letter in "abcdefghij")
SEARCHES = {
    "a slip": "kuutamoneuvnota",
    "no hit": "olematonsanayhdistelma",
    "ten unfindable words": UNFINDABLE,
    "a broad word": "palvelu",
}
FACETS = "?region=satakunta&stage=ended"
LINES = "SELECT code, name, summary, stage, client_type, programme, region FROM floor_rows ORDER BY name, id"
FILE_ROW = "{:<46} {:>8} {:>9} {:>9} {:>10} {:>8}"


class _Line:
    """What a writer of CSV writes into: it returns the line."""

    def write(self, line: str) -> str:
        return line


@login_not_required
def whole_file(request: HttpRequest) -> StreamingHttpResponse:
    """Stream every row of the flat table as CSV, 500 rows at a time."""
    write = csv.writer(_Line()).writerow

    def lines() -> Iterator[str]:
        with connection.connection.cursor(name="floor", withhold=True) as cursor:
            cursor.itersize = 500
            cursor.execute(LINES)
            yield from (write(row) for row in cursor)

    return StreamingHttpResponse(lines(), content_type="text/csv")


FLOOR = [path("floor/file", whole_file)]


def _memory() -> int:
    """Return the resident memory of this process, in KiB."""
    [line] = [line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmRSS" in line]
    return int(line.split()[1])


def _taken(reader: Client, address: str) -> tuple[float, float, int]:
    """Read a whole file; return its CPU seconds, the seconds to its first bytes, and how many KiB the process grew."""
    connection.ensure_connection()  # the request before may have ended an old one
    backend = connection.connection.info.backend_pid
    grown, before, begun, at = 0, _memory(), cpu_of(backend), time.perf_counter()
    answer = reader.get(address)
    pieces = iter(answer)
    next(pieces)
    first = time.perf_counter() - at
    for _piece in pieces:
        grown = max(grown, _memory() - before)
    answer.close()
    return cpu_of(backend) - begun, first, grown


def _count_facets(query: str) -> dict[str, Any]:
    """Return what the list of pilots shows for a query: rows, facets and numbers."""
    at = timezone.now()
    counter = BitmapCounter(current_version(), None, today(at), at)
    listed = PilotFilter(QueryDict(query), Pilot.objects.public(), desk=False, day=today(at), counter=counter)
    return {facet.name: facet for facet in listed.context()["facets"]}


def _measure_size(reader: Client, floor: Client) -> None:
    """Print the tables of one size."""
    pilots = reverse("pilots")
    rare: Callable[[], Any] = partial(reader.get, f"{pilots}?q={RARE}")
    for name, words in SEARCHES.items():
        measure(f"{name} : an exact rare word", partial(reader.get, f"{pilots}?q={words}"), rare, nothing)
    last = -(-Pilot.objects.public().count() // PER_PAGE)
    far, first = partial(reader.get, f"{pilots}?page={min(last, 2000)}"), partial(reader.get, pilots)
    measure(f"page {min(last, 2000)} : page 1", far, first, nothing)
    for query in ("", FACETS):
        measure(f"facets{query} : floor", partial(_count_facets, query[1:]), partial(floor.get, "/floor/rows"), nothing)
    print(FILE_ROW.format("file : floor", "ratio", "CPU ms", "floor ms", "first byte", "grew KiB"))
    for name, address in {
        "CSV": reverse("pilots_csv"),
        "XLSX": reverse("pilots_file", args=["xlsx"]),
        "JSON": reverse("pilots_file", args=["json"]),
    }.items():
        bare, _, _ = _taken(floor, "/floor/file")
        taken, waited, grown = _taken(reader, address)
        figures = (f"{taken / bare:.2f}", f"{taken * 1000:.0f}", f"{bare * 1000:.0f}", f"{waited * 1000:.0f} ms", grown)
        print(FILE_ROW.format(f"{name} of all pilots", *figures), flush=True)


def report() -> None:
    """Print the tables of each size."""
    make_pilot(code="KP-2018-900", name_fi=f"{RARE.capitalize()} kaikille")
    reader, floor = Client(), Client()
    with override_settings(KEPT_MEGABYTES=0):
        for size in SIZES:
            grow(size)
            print(ROW.format("search : what it is compared with", "ratio", "ms", "floor ms", "noise", "sql"))
            _measure_size(reader, floor)
