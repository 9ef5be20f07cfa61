"""The Monday digest: one letter per ISO week to each user who wants it, if there is something to tell."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from pilots.mail import outbox
from pilots.mail.letters import Digest
from pilots.mail.weeks import Week
from pilots.models import Installation, Letter, Message
from regions.models import User
from registry.lib.dates import today

from .digest_facts import WeekFacts, week_at
from .hand_over import Queued

log = logging.getLogger(__name__)

AT_ONCE = 200  # people whose facts are read at once
IN_A_SWEEP = 1_000  # letters; then others go first, and the next sweep goes on


def queue_digests(
    at: datetime, *, may_continue: outbox.MayContinue = lambda: True, at_most: int = IN_A_SWEEP
) -> Queued:
    """Post the digests that are due at ``at``: from Monday at 8, or the next working day, until the next day's end.

    After ``at_most`` letters it stops, so that receipts do not wait for thousands of digests; the next sweep goes on.
    Any number of these may run at once: each account is locked, and the key of the letter names its week. When all
    digests are posted the week is done: a user who switches the digest on later gets that of the next week. A digest
    that was cancelled before it was sent, because what it told had changed, is written anew.
    """
    queued, week, last = Queued(), week_at(at), 0
    if week is None:
        return queued
    while may_continue() and queued.posted < at_most:
        people = list(_audience(week, at).filter(pk__gt=last)[:AT_ONCE])
        if not people:
            if not queued.failed:
                _done(week)
            break
        last = people[-1].pk
        facts = WeekFacts(people, week, at)
        for user in people:
            try:
                queued.posted += _post(user, facts.told_to(user), week, at)
            except Exception:
                log.exception("The digest of account %s waits: it cannot be written", user.pk)
                queued.failed += 1
    return queued


def _of_week(week: Week) -> QuerySet[Message]:
    return Message.objects.filter(user=OuterRef("pk"), letter=Letter.DIGEST, created_at__gte=week.due)


def _audience(week: Week, at: datetime) -> QuerySet[User]:
    """Return the users whose digest is not posted yet; once the week is done, only those whose digest was cancelled."""
    wanting = User.objects.working(today(at)).filter(wants_digest=True, address_failed_at=None)
    waiting = wanting.filter(~Exists(_of_week(week).exclude(state=Message.State.CANCELLED)))
    if Installation.objects.filter(digests_until__gte=week.monday).exists():
        waiting = waiting.filter(Exists(_of_week(week)))
    return waiting.select_related("organisation").order_by("pk")


def _done(week: Week) -> None:
    """Record that the week is done. Before the first sweep is recorded there is no row to record it in."""
    earlier = Q(digests_until=None) | Q(digests_until__lt=week.monday)
    Installation.objects.filter(earlier).update(digests_until=week.monday)


@transaction.atomic
def _post(user: User, content: Digest, week: Week, at: datetime) -> bool:
    """Post the letter if there is something to tell, and keep which dates it tells; return whether it was posted."""
    if not content.tells_anything:
        return False
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    states = list(Message.objects.filter(_mine(user, week)).values_list("state", flat=True))
    if any(state != Message.State.CANCELLED for state in states):  # another sweep was first
        return False
    again = f":{len(states)}" if states else ""
    outbox.post(
        content,
        user,
        at=at,
        key=f"digest:{user.pk}:{week.number}{again}",
        tells=[outbox.Deadline(entry.step, entry.closes_at) for entry in content.entries],
        useless_after=week.useless_after,
    )
    return True


def _mine(user: User, week: Week) -> Q:
    return Q(user=user, letter=Letter.DIGEST, created_at__gte=week.due)


def digest_holds(message: Message, at: datetime) -> bool:
    """Whether a digest in the queue is still wanted, and would be written at ``at`` word for word as it was.

    Before sending, the digest is rendered again; if the text differs, it is cancelled, and the next sweep writes it
    anew.
    """
    week, user = week_at(at), message.user
    if week is None or user is None:
        return False
    if not (user.wants_digest and user.works(at) and user.email == message.address):
        return False
    content = WeekFacts([user], week, at).told_to(user)
    return content.tells_anything and content.text(user.language, user=user).body == message.body
