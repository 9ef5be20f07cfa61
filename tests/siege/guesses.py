"""Ten thousand guesses on an account from two hundred addresses, all at once: few are tried, and the owner gets in."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from regions import guesses
from regions.models import Organisation, User
from registry.lib.database import clock
from tests.factories import PASSWORD, make_user
from tests.proxied import Proxy
from tests.siege.people import Browser

ADDRESSES = 200
AT_MOST = 40  # guesses that are tried in an hour
OWN = "127.10.200.1"  # where the owner signed in from before
SIGN_IN = "/fi/tili/login/"


def sign_in(browser: Browser, user: User, password: str) -> int:
    """Try a password; return the status: 302 lets in."""
    fields = {"login": user.email, "password": password, "csrfmiddlewaretoken": browser.token.partition("=")[2]}
    return browser.ask(SIGN_IN, fields)[0]


def noted(folder: Path, event: str) -> int:
    """Return how often the log of security tells of an event."""
    lines = [line for log in folder.glob("*.log") for line in log.read_text().splitlines() if f'"{event}"' in line]
    return sum(json.loads(line)["event"] == event for line in lines if line.startswith("{"))


def run(running: Proxy, folder: Path, number: int) -> int:
    """Let so many guesses come; print figures; return how many bars are missed."""
    body = Organisation.objects.filter(kind="regional_council").earliest("pk")
    user = make_user(User.Role.PREPARER, body)
    guesses.remember(user, OWN, clock())
    browsers = [Browser(running.port, f"127.10.{n}.1") for n in range(ADDRESSES)]  # each in a network of its own
    statuses = Counter[int]()

    def guess(browser: Browser) -> None:
        browser.form(SIGN_IN)
        for turn in range(number // ADDRESSES):
            statuses[sign_in(browser, user, f"wrong words {turn}")] += 1

    with ThreadPoolExecutor(50) as at_once:
        list(at_once.map(guess, browsers))
    owner = Browser(running.port, OWN)
    owner.form(SIGN_IN)
    entered = sign_in(owner, user, PASSWORD)
    tried = noted(folder, "sign_in_failed")
    print(
        f"{sum(statuses.values())} guesses from {ADDRESSES} addresses: {tried} tried (bar {AT_MOST}), {dict(statuses)}"
    )
    print(f"the owner from a known network: {entered}")
    broken = sum(status >= 500 or status in {0, 302} for status in statuses)
    return (not 0 < tried <= AT_MOST) + (entered != 302) + broken
