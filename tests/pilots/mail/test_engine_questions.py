"""Which rows the reminder engine locks, in which order and how.

People, rounds and steps, to which much refers, are locked by ``NO KEY``, so that nobody's foreign key waits; several
rows in one order, so that two never wait for each other, or none that somebody else holds.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.mail import outbox, reminders
from pilots.mail.outbox import Verdict, bounces, leases
from pilots.mail.outbox.envelopes import sender_of
from pilots.models import Letter, Message, Round
from pilots.rounds.workflow import deadlines as workflow
from regions.models import User
from tests.factories import make_organisation, make_user
from tests.pilots.autumn_round import FIVE_BEFORE, PUBLISHED, draft_of, finnish
from tests.pilots.mail.mail_server import Relay
from tests.pilots.mail.returned import block, report
from tests.pilots.moved_deadlines import LATER, WHY, move, the_step

pytestmark = pytest.mark.django_db
LOCK = re.compile(r"FOR (?:NO KEY )?(?:UPDATE|SHARE|KEY SHARE).*$")
SETTLED = re.compile(r"SET state = '(?P<state>\w+)'.*synchronous_commit.* WHERE (?P<lazy>true|false)\)", re.DOTALL)
HOUR = timedelta(hours=1)
HAND_OVER = [
    "regions_user 1 FOR NO KEY UPDATE SKIP LOCKED",
    "pilots_reminder id FOR NO KEY UPDATE",
    "pilots_message id FOR NO KEY UPDATE",
    "pilots_reminder due_at id FOR UPDATE OF pilots_reminder",
    "regions_user 1 FOR NO KEY UPDATE SKIP LOCKED",  # nobody is left
]
STEP = "pilots_step id FOR NO KEY UPDATE"
CALLED_BACK = ["regions_user 1 FOR NO KEY UPDATE", "pilots_message id FOR NO KEY UPDATE OF pilots_message"]
PLANNED_ANEW = "pilots_reminder due_at id FOR NO KEY UPDATE OF pilots_reminder"


@contextmanager
def asked(locks: list[str]) -> Iterator[CaptureQueriesContext]:
    """Add to ``locks`` what is locked in the block: the table, in which order (1: of the first column), how."""
    with CaptureQueriesContext(connection) as queries:
        yield queries
    for query in queries:
        if how := LOCK.search(query["sql"]):
            [table] = re.findall(r'FROM "(\w+)"', query["sql"])[:1]
            order = re.findall(r"\b(\w+)\"? ASC", query["sql"].rpartition("ORDER BY")[2])
            locks.append(" ".join([table, *order, how[0].replace('"', "")]))


def people(round_: Round, many: int) -> list[User]:
    """Return so many preparers with a draft each, whose reminder of five days before is due at ``FIVE_BEFORE``."""
    found = [make_user(User.Role.PREPARER, make_organisation()) for _ in range(many)]
    for user in found:
        draft_of(user, round_)
    reminders.plan(round_, FIVE_BEFORE - HOUR)
    return found


@pytest.mark.parametrize("many", [1, 3])
def test_the_hand_over(autumn_round: Round, many: int) -> None:
    people(autumn_round, many)
    locks: list[str] = []
    with asked(locks):
        assert reminders.queue_due(FIVE_BEFORE).posted == many + 1  # the owner's, too
    assert locks == HAND_OVER


def letter(user: User) -> Message:
    """Return the person's letter, read anew."""
    return Message.objects.get(user=user)


def test_the_last_look_at_a_reminder(autumn_round: Round) -> None:
    [user] = people(autumn_round, 1)
    reminders.queue_due(FIVE_BEFORE)
    message, locks = letter(user), list[str]()
    with asked(locks):
        assert reminders.last_look(message, FIVE_BEFORE) is Verdict.SEND
    assert locks == ["regions_user FOR NO KEY UPDATE", "pilots_reminder id FOR UPDATE OF pilots_reminder"]


@pytest.mark.parametrize("many", [1, 3])
def test_the_last_look_at_a_correction(autumn_round: Round, officer: User, many: int) -> None:
    user, *others = people(autumn_round, many)
    for other in others:  # a date of each of their organisations
        proposal = other.organisation.proposals.get()
        proposal.editorships.create(user=user, added_at=PUBLISHED, added_by=other)
    for n, one in enumerate([user, *others]):
        assert one.organisation
        workflow.extend(the_step(autumn_round), [one.organisation], LATER + n * HOUR, "Syy", officer, FIVE_BEFORE)
    message, locks = Message.objects.filter(user=user, letter=Letter.CORRECTION).latest("pk"), list[str]()
    assert message.told.count() == many
    with asked(locks):
        assert reminders.last_look(message, FIVE_BEFORE) is Verdict.SEND
    assert locks == []


@pytest.mark.parametrize("many", [1, 3])
def test_a_move(autumn_round: Round, officer: User, many: int) -> None:
    people(autumn_round, many)
    reminders.queue_due(FIVE_BEFORE)
    locks: list[str] = []
    with asked(locks):
        difference = move(autumn_round, LATER, officer, FIVE_BEFORE + HOUR)
    assert len(difference.cancelled) == len(difference.letters) + 1 == many + 1  # the owner has read nothing yet
    assert locks == [STEP, *CALLED_BACK, PLANNED_ANEW, PLANNED_ANEW]  # what was planned, and what is now


@pytest.mark.parametrize("many", [1, 3])
def test_a_cancelled_round(autumn_round: Round, officer: User, many: int) -> None:
    people(autumn_round, many)
    reminders.queue_due(FIVE_BEFORE)
    locks: list[str] = []
    with asked(locks):
        difference = workflow.cancel(autumn_round, WHY, officer, FIVE_BEFORE + HOUR)
    assert len(difference.cancelled) == many + 1
    assert locks == [STEP, "pilots_round FOR NO KEY UPDATE", *CALLED_BACK, PLANNED_ANEW]


def claim(_message: Message) -> None:
    assert leases.claim(uuid.uuid4(), FIVE_BEFORE)


def release(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(lease=uuid.uuid4(), leased_until=FIVE_BEFORE)
    assert leases.release_dead(FIVE_BEFORE + HOUR) == 1


def returned(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(state="sent", settled_at=FIVE_BEFORE)
    assert bounces.take(report(sender_of(message.pk), block(message.address)), FIVE_BEFORE) == "bounced"


def forwarded(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(state="bounced", settled_at=FIVE_BEFORE)
    assert message.user
    User.objects.filter(pk=message.user.pk).update(deputy=make_user(User.Role.PREPARER, message.user.organisation))
    assert outbox.forward_returned(FIVE_BEFORE + HOUR, may_tell_deputy=lambda *_: True) == 1


def stuck(_message: Message) -> None:
    """The server was away for longer than the quiet hours, and the next is due."""
    assert reminders.queue_due(finnish(2026, 11, 26)).posted


@pytest.mark.parametrize(
    ("act", "wanted"),
    [
        (claim, ["pilots_message next_try_at id FOR UPDATE SKIP LOCKED"] * 2),  # letters with a link, then the others
        (release, ["pilots_message FOR UPDATE SKIP LOCKED"]),
        (returned, ["pilots_message FOR UPDATE"]),
        (forwarded, ["pilots_message id FOR UPDATE OF pilots_message SKIP LOCKED"]),
        (stuck, HAND_OVER),
    ],
)
def test_what_is_locked(autumn_round: Round, settings: Any, act: Callable[[Message], None], wanted: list[str]) -> None:
    settings.BOUNCE_ADDRESS = "palautus@pilotit.example"
    [user] = people(autumn_round, 1)
    reminders.queue_due(FIVE_BEFORE)
    message, locks = letter(user), list[str]()
    with asked(locks):
        act(message)
    assert locks == wanted


@pytest.mark.parametrize("logged", [False, True])
def test_only_what_the_mail_servers_log_knows_need_not_wait_for_the_disk(
    autumn_round: Round, relay: Relay, settings: Any, tmp_path: Path, logged: bool
) -> None:
    settings.RELAY_LOG = str(tmp_path / "mail.log") if logged else ""
    (tmp_path / "mail.log").touch()
    first, second = people(autumn_round, 2)
    reminders.queue_due(FIVE_BEFORE)
    Message.objects.filter(user=second).update(useless_after=PUBLISHED)
    with asked([]) as queries:
        outcome = outbox.deliver(FIVE_BEFORE)
    assert (outcome.sent, outcome.expired) == (2, 1)  # the owner's, too
    lazily = {
        words["state"]: words["lazy"] == "true"
        for query in queries
        if (words := SETTLED.search(query["sql"]))  # how a message ended, and whether the disk is waited for
    }
    assert lazily == {"sent": logged, "expired": False}
    assert letter(first).settled_at
