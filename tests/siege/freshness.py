"""Readers while many write: nobody gets an old page after a commit, and no writer stands in another's way."""

import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from pilots.models import NewsItem, Pilot
from regions.models import Organisation
from tests.siege.people import Browser, p95, timed

READERS, REQUESTS, WRITERS, PAUSE = 50, 10_000, 32, 0.2  # PAUSE: seconds between the transactions of a writer
LOOK = 0.1  # seconds between two looks at who waits
NUMBER = re.compile(rb"Tila (\d+)\.")
# A writer meets the locks of another at COMMIT alone, and only while the other one commits too: on documents of the
# search, on the version. A wait for room in a file of the database is no wait for another transaction.
WAITING = """
SELECT wait_event || ': ' || left(query, 80) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND wait_event IN ('transactionid', 'tuple') AND state = 'active'
  AND query NOT LIKE 'COMMIT%' AND datname = current_database()
"""


@dataclass
class Writing:
    """What has been committed: the number that stands on the page of each news item, and how transactions ended."""

    items: list[NewsItem]
    committed: dict[int, int] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)
    waits: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def write(self, place: int, pilot: int, organisation: int) -> None:
        """Change own rows of three tables again and again, in an order of chance, and note each commit."""
        chance, item = random.Random(place), self.items[place]
        number = 0
        while not self.over.is_set():
            number += 1
            words = f"Tila {number}."
            acts = [
                lambda words=words: NewsItem.objects.filter(pk=item.pk).update(body_fi=words, body_sv=words),
                lambda: Pilot.objects.filter(pk=pilot).update(edition=F("edition") + 1),
                lambda words=words: Organisation.objects.filter(pk=organisation).update(note_fi=words, note_sv=words),
            ]
            chance.shuffle(acts)
            try:
                with transaction.atomic():
                    for act in acts:
                        act()
            except OperationalError as error:
                self.ends[type(error.__cause__).__name__] += 1
            else:
                self.committed[item.pk] = number
                self.ends["committed"] += 1
            self.over.wait(PAUSE)
        connection.close()

    def watch(self) -> None:
        """Note which statements are seen to wait for the open transaction of another writer."""
        while not self.over.is_set():
            with connection.cursor() as cursor:
                cursor.execute(WAITING)
                self.waits += [query for (query,) in cursor.fetchall()]
            self.over.wait(LOOK)
        connection.close()


def _planted() -> list[NewsItem]:
    """Return a published news item for each writer."""
    now = timezone.now()
    return [
        NewsItem.objects.create(
            slug=f"tila-{place}",
            title_fi=f"Kirjoittaja {place}",
            title_sv=f"Skribent {place}",
            body_fi="Tila 0.",
            body_sv="Tila 0.",
            published_at=now - timedelta(days=1),
        )
        for place in range(WRITERS)
    ]


def run(port: int) -> int:
    """Let all read and write; print figures; return how many pages were old or none, transactions failed or waited."""
    writing = Writing(_planted())
    pilots = list(Pilot.objects.public().values_list("pk", flat=True)[:WRITERS])
    organisations = list(Organisation.objects.order_by("pk").values_list("pk", flat=True)[:WRITERS])
    connection.close()
    statuses: Counter[int] = Counter()
    old: list[str] = []
    seconds: list[float] = []

    def read(place: int) -> None:
        browser, chance = Browser(port, f"127.9.2.{place + 1}"), random.Random(place)
        for _ in range(REQUESTS // READERS):
            item = chance.choice(writing.items)
            least = writing.committed.get(item.pk, 0)
            body = b""

            def ask(path: str = reverse("news_item", args=[item.slug])) -> int:
                nonlocal body
                status, body = browser.ask(path)
                return status

            took, status = timed(ask)
            seconds.append(took)
            statuses[status] += 1
            shown = NUMBER.search(body)
            if status == 200 and (shown is None or int(shown[1]) < least):
                old.append(f"{item.slug}: {int(shown[1]) if shown else None} after {least}")

    writers = [
        threading.Thread(target=writing.write, args=(place, pilots[place], organisations[place]), daemon=True)
        for place in range(WRITERS)
    ]
    readers = [threading.Thread(target=read, args=(place,)) for place in range(READERS)]
    began = time.perf_counter()
    watcher = threading.Thread(target=writing.watch, daemon=True)
    for thread in (*writers, *readers, watcher):
        thread.start()
    for thread in readers:
        thread.join()
    took = time.perf_counter() - began
    writing.over.set()
    for thread in (*writers, watcher):
        thread.join(30)
    print(
        f"{len(seconds)} pages read by {READERS} in {took:.0f} s, p95 {p95(seconds):.0f} ms, statuses {dict(statuses)}"
    )
    print(f"{WRITERS} writers meanwhile: {dict(writing.ends)}; old pages: {len(old)} {old[:3]}")
    print(f"seen to wait for another's open transaction: {len(writing.waits)} {writing.waits[:3]}")
    failed = sum(number for end, number in writing.ends.items() if end != "committed")
    return len(old) + failed + len(writing.waits) + sum(number for status, number in statuses.items() if status != 200)
