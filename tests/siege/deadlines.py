"""Submissions around deadlines: each is judged by the log of its client, while readers come and deadlines move."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from pilots.models import Proposal, Round, Step
from pilots.rounds.workflow import deadlines
from regions.models import Organisation, User
from registry.lib.database import clock
from registry.lib.languages import InThree
from tests.factories import make_proposal, make_round, make_user
from tests.pilots.interest import INTEREST, address
from tests.proxied import Proxy
from tests.siege.flood import SEARCH
from tests.siege.people import Browser, Crowd

AROUND, MOVED_BEFORE, MOVED_BY = 5.0, 2.0, 3.0  # seconds


@dataclass
class Sent:
    """What a client knows of a submission: its deadline, when it began and was wholly sent, how it ended."""

    deadline: datetime
    began: datetime
    sent: datetime
    status: int

    @property
    def wrong(self) -> bool:
        """Whether it was accepted though begun after its deadline, or refused though sent two seconds before."""
        accepted = self.status == 302
        refused = self.status == 409
        early = self.sent <= self.deadline - timedelta(seconds=2)
        return (accepted and self.began > self.deadline) or (refused and early)


def window(clients: list[User], officer: User, closes_at: datetime, moved: bool) -> tuple[datetime, list[Proposal]]:
    """Make a round with a draft of each client; move its deadline shortly before it, where it is to move."""
    round_ = make_round(closes_at=closes_at)
    drafts = [make_proposal(round_, user, kind=Round.Asks.INTEREST, content=dict(INTEREST)) for user in clients]
    if not moved:
        return closes_at, drafts
    later = closes_at + timedelta(seconds=MOVED_BY)

    def move() -> None:
        time.sleep(max(0.0, (closes_at - datetime.now(UTC)).total_seconds() - MOVED_BEFORE))
        step = Step.objects.get(round=round_)
        reason = InThree("Katko", "Avbrott", "")
        deadlines.move_deadline(step, later, reason, officer, clock(), step.deadline_version)
        connection.close()

    threading.Thread(target=move, daemon=True).start()
    return later, drafts


def run(running: Proxy, windows: int = 40, clients: int = 50, every: float = 4.0) -> int:
    """Let ``clients`` submit once in each window; print figures; return how many are misclassified."""
    body = Organisation.objects.filter(kind="regional_council").earliest("pk")
    people = [make_user(User.Role.PREPARER, body) for _ in range(clients)]
    officer = make_user(User.Role.OFFICER)
    browsers = [Browser.of(running.port, f"127.9.0.{n + 1}", user) for n, user in enumerate(people)]
    token = [browser.form("/fi/tili/logout/").get("csrfmiddlewaretoken", "") for browser in browsers]
    start = datetime.now(UTC) + timedelta(seconds=30 + windows * clients * 0.02)
    plan: list[list[tuple[datetime, datetime, Proposal]]] = [[] for _ in people]
    chance = random.Random(1)
    for number in range(windows):
        closes_at = start + timedelta(seconds=number * every)
        deadline, drafts = window(people, officer, closes_at, moved=number % 2 == 1)
        for own, proposal in zip(plan, drafts, strict=True):
            own.append((deadline + timedelta(seconds=chance.uniform(-AROUND, AROUND)), deadline, proposal))
    crowd = Crowd()
    readers = [Browser(running.port, f"127.9.1.{n + 1}") for n in range(10)]
    crowd.add("search", [lambda one=one: one.ask(SEARCH)[0] for one in readers], pause=1)
    results: list[Sent] = []

    def submit(place: int) -> None:
        for at, deadline, proposal in sorted(plan[place], key=lambda line: line[0]):
            time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
            began = datetime.now(UTC)
            fields = {"edition": "1", "csrfmiddlewaretoken": token[place]}
            status, _ = browsers[place].ask(address("submit_proposal", proposal), fields)
            results.append(Sent(deadline, began, began + timedelta(milliseconds=50), status))

    threads = [threading.Thread(target=submit, args=(place,)) for place in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("readers meanwhile:", crowd.end())
    wrong = [one for one in results if one.wrong]
    statuses = dict(Counter(one.status for one in results))
    print(f"{len(results)} submissions in {windows} windows: statuses {statuses}, misclassified {len(wrong)}")
    return len(wrong) + sum(one.status not in {302, 409} for one in results)
