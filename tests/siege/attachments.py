"""Submissions with a file of 5 MB, two a second: every one is received, and its receipt hashes the original."""

import hashlib
import http.client
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pilots.models import Attachment, Proposal, Round, Version, receipt_hash
from regions.models import Organisation, User
from registry.lib import file_store
from tests.factories import make_proposal, make_round, make_user
from tests.files import pdf
from tests.pilots.interest import INTEREST, address
from tests.proxied import Proxy
from tests.siege.people import Browser, p95

EVERY = 0.5  # seconds
SIZE = 5 * 1024 * 1024


@dataclass
class Sent:
    """What a client knows of a submission: the file, the statuses, how long each part took."""

    proposal: Proposal
    sha256: str
    statuses: tuple[int, int] = (0, 0)
    took: tuple[float, float] = (0.0, 0.0)


def upload(browser: Browser, path: str, content: bytes, token: str) -> int:
    """Send a file as the form of a browser does; return the status."""
    mark = uuid.uuid4().hex
    head = f'--{mark}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n--{mark}\r\n'
    head += 'Content-Disposition: form-data; name="file"; filename="liite.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
    headers = {"Cookie": "; ".join(filter(None, (browser.cookie, browser.token)))}
    headers["Content-Type"] = f"multipart/form-data; boundary={mark}"
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, 60, source_address=(browser.source, 0))
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def run(running: Proxy, seconds: int = 60) -> int:
    """Let preparers attach and send, two a second; print figures; return how many bars are missed."""
    user = make_user(User.Role.PREPARER, Organisation.objects.filter(kind="regional_council").earliest("pk"))
    browser = Browser.of(running.port, "127.10.0.1", user)
    token = browser.form("/fi/tili/logout/").get("csrfmiddlewaretoken", "")
    round_, number = make_round(), round(seconds / EVERY)
    drafts = [make_proposal(round_, user, kind=Round.Asks.INTEREST, content=dict(INTEREST)) for _ in range(number)]

    def submit(place: int, began: float) -> Sent:
        content = pdf(b"% " + os.urandom(SIZE).hex().encode()[:SIZE])
        sent = Sent(drafts[place], hashlib.sha256(content).hexdigest())
        time.sleep(max(0.0, began + place * EVERY - time.monotonic()))
        at = time.monotonic()
        attached = upload(browser, address("attachments", sent.proposal), content, token)
        between = time.monotonic()
        fields = {"edition": "2", "csrfmiddlewaretoken": token}
        submitted = browser.ask(address("submit_proposal", sent.proposal), fields, Sec_Fetch_Mode="cors")[0]
        sent.statuses, sent.took = (attached, submitted), (between - at, time.monotonic() - between)
        return sent

    with ThreadPoolExecutor(8) as pool:
        began = time.monotonic() + 2
        done = list(pool.map(lambda place: submit(place, began), range(number)))
    lasted = time.monotonic() - began
    return tell(done, lasted)


def tell(done: list[Sent], lasted: float) -> int:
    """Print the figures; return how many submissions failed or have a receipt that does not hash the original."""
    failed = [one for one in done if one.statuses != (302, 302)]
    untrue = [one for one in done if one not in failed and not _is_true(one)]
    for name, times in zip(("attach", "send"), zip(*(one.took for one in done), strict=True), strict=True):
        print(f"{name}: p95 {p95(list(times)):.0f} ms, the slowest {max(times):.2f} s")
    print(f"{len(done)} submissions with {SIZE // 1024 // 1024} MB in {lasted:.0f} s, failed {len(failed)}")
    print(f"receipts that do not hash the original: {len(untrue)}")
    for one in failed[:5]:
        print("   ", one.statuses)
    return len(failed) + len(untrue)


def _is_true(sent: Sent) -> bool:
    """Whether the version, its receipt and the file on the disk are those of the original."""
    version = Version.objects.get(proposal=sent.proposal)
    attachment = Attachment.objects.get(proposal=sent.proposal)
    with file_store.read(attachment.stored) as file:
        kept = hashlib.sha256(file.read()).hexdigest()
    hashed = [one["sha256"] for one in version.attached]
    return hashed == [sent.sha256] == [kept] and version.sha256 == receipt_hash(version.content, version.attached)
