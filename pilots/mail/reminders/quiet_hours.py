"""The quiet hours: one reminder letter to a person in 20 hours, counted from when the person got the last one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from pilots.mail.letters import REMINDERS
from pilots.models import UNSENT, Message

QUIET = timedelta(hours=20)
SOON = timedelta(minutes=1)  # a letter that was sent later than this after it was written is counted from its sending
SENT = [Message.State.SENT, Message.State.DELIVERED, Message.State.BOUNCED]


@dataclass(frozen=True)
class RecentLetter:
    """A reminder letter that a person got in the quiet hours: when, and of which steps with which dates."""

    heard_at: datetime
    deadlines: frozenset[tuple[int, datetime]]


def _heard_after(moment: datetime) -> Q:
    """Return the condition on messages: a reminder letter written, sent or perhaps sent after ``moment``.

    A letter that was given up does not count, unless the mail server may have it all the same.
    """
    written = Q(created_at__gt=moment) & (~Q(state__in=UNSENT) | Q(in_doubt=True))
    sent = Q(settled_at__gt=moment, state__in=SENT)
    return Q(letter__in=REMINDERS) & (written | sent | Q(next_try_at__gt=moment, in_doubt=True))


def waiting(at: datetime) -> Q:
    """Return the condition on reminders that are due and wait for the quiet hours to end."""
    return Q(Exists(Message.objects.filter(_heard_after(at - QUIET), user=OuterRef("user"))))


def letters_since(people: Sequence[int], moment: datetime) -> dict[int, list[RecentLetter]]:
    """Return the reminder letters that each person has got after ``moment``, perhaps has, or is about to get."""
    recent: dict[int, list[RecentLetter]] = defaultdict(list)
    messages = Message.objects.filter(_heard_after(moment), user__in=people).defer("mime", "body")
    for message in messages.prefetch_related("told"):
        if (letter := recent_letter(message)).heard_at > moment:
            recent[message.user_id or 0].append(letter)
    return recent


def others_before(message: Message, at: datetime) -> list[Message]:
    """Return the other reminder letters to the receiver that were sent in the 20 hours before ``at``, or are in doubt.

    A letter in doubt is here however old it is: the mail server may have it, and nobody knows yet.
    """
    others = Message.objects.filter(user=message.user_id, letter__in=REMINDERS).exclude(pk=message.pk)
    in_doubt = Q(state=Message.State.QUEUED, in_doubt=True)
    gone = Q(settled_at__gt=at - QUIET, state__in=SENT) | Q(body_at__gt=at - QUIET)
    return list(others.filter(gone | in_doubt).defer("mime", "body").prefetch_related("told"))


def goes_before(other: Message, message: Message, at: datetime) -> bool:
    """Whether a letter in doubt is to be tried again at ``at`` before ``message`` may go.

    Otherwise the quiet hours of ``message`` would delay that try, and nobody would know whether ``other`` has arrived.
    Of two letters in doubt neither waits. A letter that another installation has queued is never tried here.
    """
    if message.in_doubt or other.deployment != message.deployment:
        return False
    return other.state == Message.State.QUEUED and other.body_at is None and other.next_try_at <= at


def recent_letter(message: Message) -> RecentLetter:
    """Return when a letter reached its receiver, and what it told.

    A letter that was sent within a minute counts from when it was written. For a letter in doubt we assume the latest
    possible time: ``next_try_at``, also where it was given up since.
    """
    sent_at = message.settled_at if message.state in SENT else message.body_at
    if sent_at is None and message.in_doubt:
        sent_at = message.next_try_at
    heard_at = sent_at if sent_at is not None and sent_at > message.created_at + SOON else message.created_at
    return RecentLetter(heard_at, frozenset((told.step_id, told.closes_at) for told in message.told.all()))
