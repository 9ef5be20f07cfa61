"""The part of ``make bench`` that measures mail: how fast letters leave, and how much memory their sender needs.

The floor is one raw ``smtplib`` connection that sends the same bytes to the same server (``tests.sink``, a process of
its own) before and after. The first server answers at once, which no real one may; the second has each mail on disk;
the third is a real Postfix, where there is one.
``python -m tests.bench_mail CONNECTIONS AT`` is the sender: a process of its own as well, with all its checks.
"""

import json
import os
import resource
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django
from django.db import connection
from django.utils import timezone

from tests import postfix

MAILS, LARGE = 500, 10_000
AT_ONE_DESK = 4  # people who write a proposal together
ROW = "{:<46} {:>9} {:>9} {:>7}"


@contextmanager
def sink(*options: str) -> Iterator[int]:
    """Run the mail server; yield its port."""
    command = [sys.executable, "-m", "tests.sink", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate("\n")


def people(number: int) -> list[Any]:
    """Make editors of drafts in a round that closes in twenty days; return them."""
    from pilots.mail.reminders import default_rules  # noqa: PLC0415
    from pilots.models import Editor, Message, Reminder, ReminderRule  # noqa: PLC0415 - after django.setup()
    from regions.models import User  # noqa: PLC0415
    from tests.factories import make_organisation, make_proposal, make_round, make_user  # noqa: PLC0415

    for model in (Reminder, ReminderRule, Editor):  # of the measurement before
        model._default_manager.all().delete()
    Message.objects.all().delete()
    now, owner = timezone.now(), make_user(User.Role.OFFICER)
    round_ = make_round(owner=owner, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=20))
    users: list[User] = []
    while len(users) < number:
        council = make_organisation()
        like = make_user(User.Role.PREPARER, council)
        proposal = make_proposal(round_, like)
        few = min(AT_ONE_DESK, number - len(users)) if number <= MAILS else number
        more = User.objects.bulk_create(
            User(
                email=f"p{like.pk}-{n}@receiver.example", name=f"Valmistelija {n}", role=like.role, language="fi",
                organisation=council, password="!",
            )
            for n in range(few)
        )  # fmt: skip
        Editor.objects.bulk_create(Editor(proposal=proposal, user=user, added_at=now, added_by=like) for user in more)
        users += more
    default_rules(round_, now)
    return users


def reminders(number: int) -> datetime:
    """Plan and hand over a reminder to each of so many people; return when they are due."""
    from pilots.mail.reminders import plan_all, queue_due  # noqa: PLC0415 - after django.setup()

    people(number)
    due = timezone.now() + timedelta(days=7)
    plan_all(timezone.now())
    queue_due(due)
    return due


def receipts(number: int) -> datetime:
    """Queue a receipt for each of so many people, in their last size; return when they are due."""
    from pilots.models import Letter, Message, Proposal  # noqa: PLC0415 - after django.setup()
    from tests.posted import posted  # noqa: PLC0415

    now, users = timezone.now(), people(number)
    first = posted(users[0], Letter.RECEIPT, at=now, proposal=Proposal.objects.latest("pk"), title="Kasvupalvelut")
    kept = {name: getattr(first, name) for name in ("letter", "language", "subject", "body", "mime", "deployment")}
    Message.objects.bulk_create(
        [
            Message(
                **kept, user=user, address=user.email, message_id=f"<{user.pk}@bench.example>", created_at=now,
                next_try_at=now,
            )
            for user in users[1:]
        ],
        batch_size=500,
    )  # fmt: skip
    return now


def raw(port: int, mails: list[bytes]) -> float:
    """Return how many mails a second one plain connection sends."""
    start = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="bench.example") as smtp:
        for mail in mails:
            smtp.sendmail("rekisteri@rekisteri.example", ["reader@receiver.example"], mail)
    return len(mails) / (time.perf_counter() - start)


def ours(port: int, connections: int, at: datetime, log: Path) -> dict[str, float]:
    """Send what is due with a process of its own; return mails a second and its peak memory in MB.

    ``log``: the mail server's, read before each letter.
    """
    database = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    asked = {"DATABASE_URL": database, "EMAIL_URL": f"smtp://127.0.0.1:{port}", "MAIL_CONNECTIONS": str(connections)}
    asked |= {"MAIL_RATE": "0", "DJANGO_SETTINGS_MODULE": "registry.settings", "RELAY_LOG": str(log)}
    command = [sys.executable, "-m", "tests.bench_mail", str(connections), at.isoformat()]
    environment = {**os.environ, **asked}
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    measured: dict[str, float] = json.loads(answer)
    return measured


def send(connections: int, at: datetime) -> dict[str, float]:
    """Send what is due at ``at`` and measure it."""
    from pilots.mail import outbox, reminders  # noqa: PLC0415 - after django.setup()

    start = time.perf_counter()
    outcome = outbox.deliver(at, last_look=reminders.last_look, connections=connections)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"sent": outcome.sent, "rate": outcome.sent / seconds, "memory": memory}


def compare(port: int, name: str, connections: int, log: Path) -> str:
    """Return a line: our mails a second over so many connections, compared to the floor before and after."""
    from pilots.models import Message  # noqa: PLC0415 - after django.setup()

    at = (reminders if name.startswith("reminders") else receipts)(MAILS)
    known = Message.objects.values_list(
        "mime", flat=True
    )  # the floor's have other names, for the log is asked for ours
    mails = [bytes(mime).replace(b"Message-ID: <", b"Message-ID: <floor-", 1) for mime in known]
    before = raw(port, mails)
    measured = ours(port, connections, at, log)
    assert measured["sent"] == len(mails), measured
    floor = (before + raw(port, mails)) / 2
    ratio = measured["rate"] / floor
    return ROW.format(f"{name}, {connections} connections", f"{measured['rate']:.0f}", f"{floor:.0f}", f"{ratio:.2f}")


def report() -> None:
    """Measure in the test database and print the table."""
    print(ROW.format("mails", "a second", "floor", "ratio"))
    with sink() as quick, sink("--durable") as durable, tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "mail.log")
        log.touch()
        for name, port in (("receipts", quick), ("receipts, to disk", durable), ("reminders, to disk", durable)):
            for connections in (1, 2, 4):
                print(compare(port, name, connections, log), flush=True)
        if postfix.installed():  # what a portal really stands before
            with postfix.running(Path(folder), behind=quick, bounces="palautus@pilotit.example") as relay:
                for name in ("receipts, to Postfix", "reminders, to Postfix"):
                    for connections in (1, 2, 4):
                        print(compare(relay.door, name, connections, relay.log), flush=True)
        measured = ours(quick, 2, receipts(LARGE), log)
    rate, memory = measured["rate"], measured["memory"]
    print(
        f"{measured['sent']:.0f} letters in the queue: {rate:.0f} a second, peak memory of the sender {memory:.0f} MB"
    )


if __name__ == "__main__":
    django.setup()
    print(json.dumps(send(int(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))))
