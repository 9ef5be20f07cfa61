"""The flood: slow connections, the worst searches, files and wrong passwords, while a preparer saves and sends."""

import subprocess
import time
from collections import Counter
from pathlib import Path

from pilots.models import Proposal, Round
from regions.models import Organisation, User
from tests.factories import make_proposal, make_round, make_user
from tests.pilots.interest import INTEREST, address
from tests.proxied import Proxy
from tests.siege.people import Browser, Crowd, half_sent, p95, timed

SEARCH = "/fi/pilotit/?q=" + "+".join(f"olematonsanayhdistelma{letter}" for letter in "abcdefghij")
MADE_UP = "session=madeupmadeupmadeupmadeup{:08}"


def draft() -> tuple[User, Proposal]:
    """Return a preparer and a whole expression of interest that is not sent."""
    body = Organisation.objects.filter(kind="regional_council").earliest("pk")
    user = make_user(User.Role.PREPARER, body)
    return user, make_proposal(make_round(), user, kind=Round.Asks.INTEREST, content=dict(INTEREST))


def work(browser: Browser, proposal: Proposal, rounds: int) -> tuple[list[float], list[float], Counter[int]]:
    """Save and send again and again; return the seconds of each save and each submission, and the statuses."""
    saves: list[float] = []
    sends: list[float] = []
    statuses: Counter[int] = Counter()
    page, check = address("edit_section", proposal, "basics"), address("check_proposal", proposal)
    send = address("submit_proposal", proposal)
    for number in range(rounds):
        hidden = browser.form(page)
        fields = {**hidden, "title": INTEREST["title"], "summary": f"Sanat {time.time()} {number}", "regions": "04"}
        seconds, status = timed(lambda typed=fields: browser.ask(page, typed)[0])
        saves.append(seconds)
        statuses[status] += 1
        hidden = browser.form(check)
        seconds, status = timed(lambda typed=hidden: browser.ask(send, typed)[0])
        sends.append(seconds)
        statuses[status] += 1
    return saves, sends, statuses


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
    for name, before, during in zip(("save", "send"), idle, flooded, strict=False):
        bar = max(3 * p95(before), 300)
        missed += p95(during) > bar
        print(f"{name}: p95 idle {p95(before):.0f} ms, in the flood {p95(during):.0f} ms, bar {bar:.0f} ms")
    print(f"statuses of the preparer: idle {dict(idle[2])}, in the flood {dict(flooded[2])}")
    print(f"the largest web worker: {largest} MiB (bar 150)")
    missed += any(status >= 500 or not status for status in flooded[2])
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
