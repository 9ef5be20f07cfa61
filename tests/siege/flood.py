"""The flood: slow connections, the worst searches, files and wrong passwords, while a preparer saves and sends."""

import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pilots.models import Proposal, Round, Version
from regions.models import Organisation, User
from tests.factories import make_proposal, make_round, make_user
from tests.pilots.interest import INTEREST, address
from tests.proxied import Proxy
from tests.siege.people import Browser, Crowd, half_sent, p95, p99, timed

SEARCH = "/fi/pilotit/?q=" + "+".join(f"olematonsanayhdistelma{letter}" for letter in "abcdefghij")
WAIT = 1000  # milliseconds before the database's clock is read, of 99 in a hundred
MADE_UP = "session=madeupmadeupmadeupmadeup{:08}"


def draft() -> tuple[User, Proposal]:
    """Return a preparer and a whole expression of interest that is not sent."""
    body = Organisation.objects.filter(kind="regional_council").earliest("pk")
    user = make_user(User.Role.PREPARER, body)
    return user, make_proposal(make_round(), user, kind=Round.Asks.INTEREST, content=dict(INTEREST))


@dataclass
class Work:
    """What a preparer's saves and submissions took, in seconds, and their statuses.

    A wait lasts from a submission that is wholly sent to the reading of the database's clock that judges it.
    """

    saves: list[float] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def work(browser: Browser, proposal: Proposal, rounds: int) -> Work:
    """Save and send again and again; return what it took."""
    done = Work()
    page, check = address("edit_section", proposal, "basics"), address("check_proposal", proposal)
    send = address("submit_proposal", proposal)
    for number in range(rounds):
        hidden = browser.form(page)
        fields = {**hidden, "title": INTEREST["title"], "summary": f"Sanat {time.time()} {number}", "regions": "04"}
        seconds, status = timed(lambda typed=fields: browser.ask(page, typed)[0])
        done.saves.append(seconds)
        done.statuses[status] += 1
        hidden = browser.form(check)
        seconds, status = timed(lambda typed=hidden: browser.ask(send, typed)[0])
        done.sends.append(seconds)
        done.statuses[status] += 1
        judged_at = Version.objects.filter(proposal=proposal).latest("number").submitted_at
        done.waits.append(judged_at.timestamp() - browser.sent_at)
    return done


def memory(name: str) -> int:
    """Return the resident memory of the largest web worker, in MiB."""
    lines = subprocess.run(["ps", "-eo", "rss,args"], capture_output=True, text=True, check=True).stdout.splitlines()
    sizes = [int(line.split()[0]) for line in lines if "gunicorn" in line and name in line]
    return max(sizes, default=0) // 1024


def gather(port: int) -> Crowd:
    """Let 200 addresses come at once: half of those who search with made-up sessions."""
    crowd = Crowd()
    sources = [f"127.7.{number // 100}.{number % 100 + 1}" for number in range(200)]
    crowd.add("slow", [half_sent(port, source) for source in sources])
    searching = [
        Browser(port, source, MADE_UP.format(number) if number % 2 else "") for number, source in enumerate(sources)
    ]
    crowd.add("search", [lambda browser=browser: browser.ask(SEARCH)[0] for browser in searching])
    crowd.add("file", [lambda one=one: one.ask("/fi/pilotit.csv")[0] for one in searching[:20]], pause=0.5)
    guessing = [Browser(port, source) for source in sources[:20]]
    crowd.add("guess", [lambda browser=browser: guess(browser) for browser in guessing], pause=12)
    return crowd


def guess(browser: Browser) -> int:
    """Try a wrong password; return the status."""
    hidden = browser.form("/fi/tili/login/")
    return browser.ask("/fi/tili/login/", {**hidden, "login": "nobody@x.example", "password": "wrong words"})[0]


def run(running: Proxy, rounds: int = 20) -> int:
    """Measure idle and under the flood; print figures; return how many bars are missed."""
    user, proposal = draft()
    browser = Browser.of(running.port, "127.8.0.1", user)
    work(browser, proposal, 3)  # the first requests of a process load what it needs
    idle = work(browser, proposal, rounds)
    crowd = gather(running.port)
    time.sleep(5)
    flooded = work(browser, proposal, rounds)
    largest = memory("registry.wsgi")
    print("answers to the flood:", crowd.end())
    missed = 0
    for name, before, during in (("save", idle.saves, flooded.saves), ("send", idle.sends, flooded.sends)):
        bar = max(3 * p95(before), 300)
        missed += p95(during) > bar
        print(f"{name}: p95 idle {p95(before):.0f} ms, in the flood {p95(during):.0f} ms, bar {bar:.0f} ms")
    wait = p99(flooded.waits)
    print(
        f"wait before the database's clock: p99 idle {p99(idle.waits):.0f} ms, in the flood {wait:.0f} ms, bar {WAIT}"
    )
    print(f"statuses of the preparer: idle {dict(idle.statuses)}, in the flood {dict(flooded.statuses)}")
    print(f"the largest web worker: {largest} MiB (bar 150)")
    missed += any(status >= 500 or not status for status in flooded.statuses) + (wait > WAIT)
    return missed + (largest > 150)


def without_proxy(port: int, log: Path) -> int:
    """Let the flood come to a web server without the proxy, end it, and see when it answers again."""
    crowd = gather(port)
    time.sleep(20)
    print("answers without the proxy:", crowd.end())
    began = time.perf_counter()
    browser = Browser(port, "127.8.0.2")
    while browser.ask("/fi/tietoa/", seconds=5)[0] != 200 and time.perf_counter() - began < 120:
        time.sleep(0.5)
    took = time.perf_counter() - began
    print(f"answers again {took:.1f} s after the flood (bar 30 s); log: {log}")
    return took > 30
