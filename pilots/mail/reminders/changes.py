"""What a changed deadline or a cancelled round does to plan, queue and people; returned, so that a page can show it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from pilots.mail import outbox
from pilots.models import (
    DeadlineChange,
    Editor,
    Letter,
    Message,
    Proposal,
    Reminder,
    ReminderRule,
    Round,
    Step,
    Told,
)
from regions.models import Organisation, User
from registry.lib.dates import today

from .hand_over import call_back
from .own_dates import OwnDates, beliefs, drafting, last_known, perhaps_read
from .plan import plan

State, Reason = Reminder.State, Reminder.Reason
MOVED, CANCELLED = "the deadline moved", "the round was cancelled"


@dataclass(frozen=True)
class Replanned:
    """One reminder of a person: when it was due, and when it is now; None: not planned, or no longer."""

    user: User
    rule: ReminderRule
    was: datetime | None
    due: datetime | None
    past: bool = False  # its new moment has passed already: it is not sent


@dataclass(frozen=True)
class Telling:
    """A letter that tells someone of the change: which dates they had in mind, which ones hold now."""

    user: User
    message: Message
    was: tuple[datetime, ...] = ()
    told: bool = False  # whether an earlier letter told them what ``was`` says
    dates: tuple[datetime, ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether the person has an address that works."""
        return self.message.state != Message.State.DEAD


@dataclass
class Difference:
    """What a change does: letters cancelled before they were sent, reminders planned anew, people told."""

    facts: tuple[object, ...] = ()  # what was asked, and of which version
    cancelled: list[Message] = field(default_factory=list)
    replanned: list[Replanned] = field(default_factory=list)
    letters: list[Telling] = field(default_factory=list)

    def samples(self) -> list[Message]:
        """Return one of the letters in each language, as it is sent: Finnish, Swedish, English."""
        found = {one.message.language: one.message for one in reversed(self.letters)}
        return [found[language] for language in ("fi", "fi+sv", "sv", "en") if language in found]

    @property
    def seal(self) -> str:
        """A fingerprint of all this: what a page showed is what is done, or it is not done."""
        content: list[Any] = [
            [str(fact) for fact in self.facts],
            sorted(message.pk for message in self.cancelled),
            sorted([one.user.pk, one.rule.pk, str(one.was), str(one.due), one.past] for one in self.replanned),
            sorted([one.user.pk, one.reachable, one.message.subject, one.message.body] for one in self.letters),
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True)
class _Change:
    """A changed deadline: of a step for all (with its public line), or of some organisations (None)."""

    step: Step
    before: OwnDates
    after: OwnDates
    line: DeadlineChange | None
    at: datetime


def _lock_people(steps: Sequence[Step]) -> None:
    """Lock the accounts whose reminders or letters in the queue are about the steps.

    Hand-over and last look lock a person before that person's reminders, and these before the letter: whoever holds
    the person meets nobody halfway.
    """
    planned = Reminder.objects.filter(user=OuterRef("pk"), step__in=steps, state__in=[State.PLANNED, State.QUEUED])
    queued = Told.objects.filter(user=OuterRef("pk"), step__in=steps, message__state=Message.State.QUEUED)
    people = User.objects.filter(Exists(planned) | Exists(queued)).select_for_update(no_key=True).order_by("pk")
    list(people.values_list("pk", flat=True))


def _lock_queued(steps: Sequence[Step]) -> list[Message]:
    """Lock and return the letters in the queue that tell of the steps: a sender asks for them at its fence, and waits.

    A letter whose body is being sent is locked too, but it cannot be called back and is not returned.
    """
    telling = Exists(Told.objects.filter(message=OuterRef("pk"), step__in=steps))
    queued = Message.objects.filter(telling, state=Message.State.QUEUED)
    queued = queued.select_related("user__organisation", "forward_of__user")
    locked = queued.prefetch_related("told").select_for_update(of=("self",), no_key=True).order_by("pk")
    return [message for message in locked if message.body_at is None]


def _untrue(message: Message, step: Step, before: OwnDates, after: OwnDates) -> bool:
    """Whether a letter tells its reader a date of the step that was theirs and has changed, or is not theirs."""
    reader = message.forward_of.user if message.forward_of is not None else message.user  # a deputy reads for another
    if reader is None:
        return True
    was, own = before.of(reader), after.of(reader)
    changed = {date for organisation, date in was.items() if own[organisation] != date}
    told = {entry.closes_at for entry in message.told.all() if entry.step_id == step.pk}
    return bool(told & changed) or not told <= set(own.values())


def _planned(step: Step) -> list[Reminder]:
    rows = Reminder.objects.filter(step=step, state=State.PLANNED).select_related("rule", "user__organisation")
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("due_at", "pk"))


def _plan_anew(change: _Change) -> list[Replanned]:
    """Plan the step's reminders by its deadlines of now; return what is planned otherwise than it was.

    Whose own deadline stands where it stood, by an extension, keeps the plan as it is: nothing of it is lost. All other
    planned reminders of earlier versions are superseded.
    """
    step, at, version = change.step, change.at, change.step.deadline_version
    was, rows = _planned(step), Reminder.objects.filter(step=step)
    if change.line is not None:
        unmoved = change.after.unmoved_versions(change.before.closes_at)
        kept = rows.filter(deadline_version=version - 1, extension_version__in=unmoved)
        kept.exclude(state=State.SUPERSEDED).update(deadline_version=version)
    before = rows.aggregate(newest=Max("pk", default=0))["newest"]
    plan(step, at)
    stale = [one.pk for one in _planned(step) if not _current(one, step, change.after)]
    rows.filter(pk__in=stale).update(state=State.SUPERSEDED, settled_at=at)
    _take_over(rows.filter(pk__gt=before, deadline_version=version), at)
    past = Q(state=State.SKIPPED, reason=Reason.PAST, settled_at=at)
    now = rows.filter(Q(state=State.PLANNED) | past, deadline_version=version)
    return _compared(was, now.select_related("rule", "user__organisation").order_by("due_at", "pk"))


def _take_over(new: QuerySet[Reminder], at: datetime) -> None:
    """Let what was due, and not handed over yet, when the deadline moved be due still by its present version.

    Its moment is past for that version too, and would be skipped as past: nobody would hear. The same where the
    deadline comes back to a date whose point was due then. ``new``: what the change has planned, and no earlier row.
    """
    of_both = {"step": OuterRef("step"), "rule": OuterRef("rule"), "user": OuterRef("user")}
    overtaken = Reminder.objects.filter(**of_both, state=State.SUPERSEDED, due_at__lte=F("settled_at")).filter(
        Q(settled_at=at) | Q(due_at=OuterRef("due_at"))
    )
    past = new.filter(due_at__lte=at, settled_at=at, state=State.SKIPPED, reason=Reason.PAST)
    past.filter(Exists(overtaken)).update(state=State.PLANNED, reason="", settled_at=None)


def _current(reminder: Reminder, step: Step, after: OwnDates) -> bool:
    """Whether a planned reminder counts from a deadline that its person has now."""
    if reminder.deadline_version != step.deadline_version:
        return False
    if reminder.rule.audience == ReminderRule.Audience.OWNER:
        return True
    return reminder.extension_version in after.versions(reminder.user)


def _compared(was: Iterable[Reminder], now: Iterable[Reminder]) -> list[Replanned]:
    """Return by person and rule what is due at another moment than it was."""
    pairs: dict[tuple[int, int], tuple[list[Reminder], list[Reminder]]] = defaultdict(lambda: ([], []))
    for side, reminders in enumerate((was, now)):
        for reminder in reminders:
            pairs[reminder.user_id, reminder.rule_id][side].append(reminder)
    found = []
    for old, new in pairs.values():
        for one, other in zip_longest(old, new):
            if one and other and one.due_at == other.due_at and other.state == State.PLANNED:
                continue
            if one is None and other is not None and other.state != State.PLANNED:
                continue  # it was not planned, and its moment has passed: nothing changes
            known = other or one
            assert known is not None  # noqa: S101 - zip_longest gives one of them
            past = other is not None and other.state != State.PLANNED
            found.append(
                Replanned(known.user, known.rule, one.due_at if one else None, other.due_at if other else None, past)
            )
    return sorted(found, key=lambda one: (str(one.user), -one.rule.days_before))


def _to_be_told(change: _Change) -> list[tuple[User, set[datetime], bool]]:
    """Return who must hear: who was told a date that is no longer theirs, and who holds words that are not sent.

    With each: the dates they had in mind, and whether a letter told them. Who was told what is true now hears nothing;
    nor does a writer whose deadline is back where it was before moves that no letter had told yet.
    """
    step, told = change.step, beliefs(change.step)
    unread = last_known(step, change.after)
    drafts = drafting(step.round_id, change.at) if step.takes_proposals else set()
    people = User.objects.working(today(change.at)).filter(pk__in={*told, *drafts}).select_related("organisation")
    found = []
    for user in people.order_by("pk"):
        own, was = change.after.of(user), change.before.of(user)
        new = {date for organisation, date in own.items() if was[organisation] != date}
        if change.line is None and not new:
            continue
        if user.pk in told:
            believed = told[user.pk]
            if not believed <= set(own.values()) or (user.pk in drafts and not new <= believed):
                found.append((user, believed, True))
            continue
        known = unread[user.pk](user) if user.pk in unread else was
        if known != own:
            found.append((user, {known[one] for one in own if known[one] != own[one]}, False))
    return found


def _tell(change: _Change, names: dict[int | None, Organisation]) -> list[Telling]:
    """Post a correction to everyone who must hear, with their own dates; keep what it tells."""
    letters = [_correct(change, names, user, was, told) for user, was, told in _to_be_told(change)]
    Told.objects.bulk_create(
        Told(
            user=one.user,
            step=change.step,
            message=one.message,
            letter=Letter.CORRECTION,
            deadline_version=change.step.deadline_version,
            closes_at=date,
        )
        for one in letters
        for date in one.dates
    )
    return letters


def _correct(
    change: _Change, names: dict[int | None, Organisation], user: User, was: set[datetime], told: bool
) -> Telling:
    own, step = change.after.of(user), change.step
    dates, old = sorted(set(own.values())), sorted(was - set(own.values()))
    several = [(date, names[one]) for one, date in own.items() if one in names] if len(dates) > 1 else []
    context = {
        "step": step,
        "closes_at": min(set(dates) - was, default=dates[0]),  # the subject tells what is new to them
        "several": sorted(several, key=lambda pair: (pair[0], pair[1].pk)),
        "was": old,
        "told": told,
        "change": change.line,
        "extended": change.line is None,
        "organisations": [names[one] for one in own if one in names],
        "reopened": min(was) < change.at <= dates[-1],
    }
    message = outbox.post(Letter.CORRECTION, user, at=change.at, context=context, round_=step.round)
    return Telling(user, message, tuple(old or sorted(was)), told, tuple(dates))


@transaction.atomic
def dates_changed(step: Step, before: OwnDates, line: DeadlineChange | None, at: datetime) -> Difference:
    """Bring queue, plan and people up to the step's deadlines of now, in the transaction that changed them.

    ``before``: the dates as they were; ``line``: the public line of a move for all; None: extensions changed. The
    caller holds the step's lock. Letters in the queue that tell a date that has changed are cancelled, but for those
    whose body is being sent; their reminders are planned anew. Everyone with another date in mind gets a correction.
    """
    _lock_people([step])
    change = _Change(step, before, OwnDates(step), line, at)
    difference = Difference()
    difference.cancelled = [one for one in _lock_queued([step]) if _untrue(one, step, before, change.after)]
    call_back(difference.cancelled, at, MOVED)
    difference.replanned = _plan_anew(change)
    names: dict[int | None, Organisation] = {
        one.pk: one for one in Organisation.objects.filter(proposals__round=step.round_id).distinct()
    }
    names |= {one.organisation_id: one.organisation for one in step.extensions.select_related("organisation")}
    difference.letters = _tell(change, names)
    return difference


@transaction.atomic
def round_cancelled(round_: Round, at: datetime) -> Difference:
    """Stop all that was to be told of a cancelled round, and tell everyone who knows of it; return what was done.

    The caller has cancelled the round in this transaction and holds its steps' locks. Told are all who were told one of
    its deadlines, and all who edit a draft or a submitted proposal.
    """
    difference, steps = Difference(), list(round_.steps.all())
    _lock_people(steps)
    difference.cancelled = _lock_queued(steps)
    call_back(difference.cancelled, at, CANCELLED)
    rows = Reminder.objects.filter(step__in=steps, state=State.PLANNED).select_related("rule", "user__organisation")
    planned = list(rows.select_for_update(of=("self",), no_key=True).order_by("due_at", "pk"))
    Reminder.objects.filter(pk__in=[one.pk for one in planned]).update(
        state=State.SKIPPED, reason=Reason.CANCELLED, settled_at=at
    )
    difference.replanned = _compared(planned, [])
    told = Told.objects.filter(perhaps_read(), step__in=steps, user=OuterRef("pk"))
    writing = Editor.objects.filter(
        proposal__round=round_,
        proposal__state__in=[Proposal.State.DRAFT, Proposal.State.SUBMITTED],
        user=OuterRef("pk"),
    )
    people = User.objects.working(today(at)).filter(Exists(told) | Exists(writing)).select_related("organisation")
    for user in people.order_by("pk"):
        message = outbox.post(Letter.ROUND_CANCELLED, user, at=at, context={}, round_=round_)
        difference.letters.append(Telling(user, message))
    return difference
