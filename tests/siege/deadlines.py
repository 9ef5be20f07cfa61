"""Submissions around deadlines: each is judged by the log of its client, while readers come and deadlines move."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from pilots.models import Proposal, Round, Step, Version
from pilots.rounds.workflow import deadlines
from regions.models import Organisation, User
from registry.lib.database import clock
from registry.lib.languages import InThree
from tests.factories import make_proposal, make_round, make_user
from tests.pilots.interest import INTEREST, address
from tests.proxied import Proxy
from tests.siege.flood import SEARCH, WAIT
from tests.siege.people import Browser, Crowd, p95, p99

AROUND, MOVED_BEFORE, MOVED_BY = 5.0, 2.0, 3.0  # seconds
EARLY = timedelta(seconds=2)  # who has sent so long before a deadline is in time
ACCEPTED, REFUSED, OTHERWISE = 302, 409, -409  # otherwise: refused, and not as too late
TOO_LATE = "Ei lähetetty: kierros on päättynyt"  # the heading of the page


@dataclass
class Window:
    """A deadline, and the one that it is moved to: as the officer knows it who moves it."""

    closes_at: datetime
    later: datetime | None = None
    asked: datetime | None = None  # when the officer began to move it
    moved: datetime | None = None  # when the officer had the answer

    @property
    def last(self) -> datetime:
        """The last deadline of the window."""
        return self.later or self.closes_at

    def stood(self, began: datetime, answered: datetime) -> list[datetime]:
        """Return the deadlines of which each may have been in force at some moment between two: both amid a move."""
        if self.later is None or self.asked is None or answered < self.asked:
            return [self.closes_at]
        return [self.later] if self.moved and began > self.moved else [self.closes_at, self.later]


@dataclass
class Sent:
    """What a client knows of a submission: when it began, was wholly sent, was answered, and how it ended."""

    window: Window
    proposal: int
    began: datetime
    sent: datetime
    answered: datetime
    status: int

    @property
    def wrong(self) -> bool:
        """Whether it was accepted though begun after its deadline, or refused though sent two seconds before."""
        deadlines = self.window.stood(self.began, self.answered)
        if self.status == ACCEPTED:
            return self.began > max(deadlines)
        return self.status == REFUSED and self.sent <= min(deadlines) - EARLY

    def __str__(self) -> str:
        """Tell it in seconds from the last deadline of its window."""
        moments = [(at - self.window.last).total_seconds() for at in (self.began, self.sent, self.answered)]
        return f"{self.status}: began {moments[0]:+.2f} s, sent {moments[1]:+.2f} s, answered {moments[2]:+.2f} s"


def make_window(clients: list[User], closes_at: datetime, moved: bool) -> tuple[Window, list[Proposal]]:
    """Make a round with a draft of each client."""
    round_ = make_round(closes_at=closes_at)
    drafts = [make_proposal(round_, user, kind=Round.Asks.INTEREST, content=dict(INTEREST)) for user in clients]
    return Window(closes_at, closes_at + timedelta(seconds=MOVED_BY) if moved else None), drafts


def move(window: Window, round_id: int, officer: User) -> None:
    """Move the deadline shortly before it, and note when."""
    time.sleep(max(0.0, (window.closes_at - datetime.now(UTC)).total_seconds() - MOVED_BEFORE))
    step = Step.objects.get(round=round_id)
    window.asked = datetime.now(UTC)
    reason = InThree("Katko", "Avbrott", "")
    deadlines.move_deadline(step, window.last, reason, officer, clock(), step.deadline_version)
    window.moved = datetime.now(UTC)
    connection.close()


def run(running: Proxy, windows: int = 40, clients: int = 50, every: float = 4.0) -> int:
    """Let ``clients`` submit once in each window; print figures; return how many are misclassified."""
    body = Organisation.objects.filter(kind="regional_council").earliest("pk")
    people = [make_user(User.Role.PREPARER, body) for _ in range(clients)]
    officer = make_user(User.Role.OFFICER)
    browsers = [Browser.of(running.port, f"127.9.0.{n + 1}", user) for n, user in enumerate(people)]
    token = [browser.form("/fi/tili/logout/").get("csrfmiddlewaretoken", "") for browser in browsers]
    start = datetime.now(UTC) + timedelta(seconds=30 + windows * clients * 0.05)
    plan: list[list[tuple[datetime, Window, Proposal]]] = [[] for _ in people]
    chance = random.Random(1)
    made: list[Window] = []
    movers: list[threading.Thread] = []
    for number in range(windows):
        window, drafts = make_window(people, start + timedelta(seconds=number * every), moved=number % 2 == 1)
        made.append(window)
        if window.later:
            movers.append(threading.Thread(target=move, args=(window, drafts[0].round_id, officer)))
        for own, proposal in zip(plan, drafts, strict=True):
            own.append((window.last + timedelta(seconds=chance.uniform(-AROUND, AROUND)), window, proposal))
    assert datetime.now(UTC) < start - timedelta(seconds=2 * AROUND), "the drafts were made too slowly"
    crowd = Crowd()
    readers = [Browser(running.port, f"127.9.1.{n + 1}") for n in range(10)]
    crowd.add("search", [lambda one=one: one.ask(SEARCH)[0] for one in readers], pause=1)
    results: list[Sent] = []

    def submit(place: int) -> None:
        for at, window, proposal in sorted(plan[place], key=lambda line: line[0]):
            time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
            began, browser = datetime.now(UTC), browsers[place]
            fields = {"edition": "1", "csrfmiddlewaretoken": token[place]}
            page = address("submit_proposal", proposal)
            status, body = browser.ask(page, fields, Sec_Fetch_Mode="cors")  # a script gets the answer itself
            if status == REFUSED and TOO_LATE not in body.decode():
                status = OTHERWISE
            sent = datetime.fromtimestamp(browser.sent_at, UTC)
            results.append(Sent(window, proposal.pk, began, sent, datetime.now(UTC), status))

    threads = [*movers, *(threading.Thread(target=submit, args=(place,)) for place in range(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("readers meanwhile:", crowd.end())
    return tell(results, made)


def waits(results: list[Sent]) -> list[float]:
    """Return the seconds between what a client wholly sent and the reading of the clock that judged it in time."""
    accepted = {one.proposal: one.sent for one in results if one.status == ACCEPTED}
    read = Version.objects.filter(proposal__in=accepted, number=1).values_list("proposal", "submitted_at")
    return [(at - accepted[proposal]).total_seconds() for proposal, at in read]


def tell(results: list[Sent], windows: list[Window]) -> int:
    """Print the figures; return how many submissions were misclassified or not answered as they should be."""
    wrong = [one for one in results if one.wrong]
    statuses = dict(Counter(one.status for one in results))
    took = [(one.moved - one.asked).total_seconds() for one in windows if one.moved and one.asked]
    unmoved = sum(one.later is not None and one.moved is None for one in windows)
    waited = p95([(one.answered - one.sent).total_seconds() for one in results if one.status in {ACCEPTED, REFUSED}])
    print(f"{len(took)} deadlines moved, the slowest in {max(took, default=0):.2f} s; answers p95 {waited:.0f} ms")
    print(f"{len(results)} submissions in {len(windows)} windows: statuses {statuses}, misclassified {len(wrong)}")
    wait = p99(waits(results))
    print(f"wait before the database's clock: p99 {wait:.0f} ms, bar {WAIT} ms")
    for one in wrong[:10]:
        print("   ", one)
    otherwise = sum(one.status not in {ACCEPTED, REFUSED} for one in results)
    return len(wrong) + unmoved + otherwise + (wait > WAIT)
