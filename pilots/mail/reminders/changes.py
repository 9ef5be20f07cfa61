"""What a changed deadline or a cancelled round does to plan, queue and people; returned, so that a page can show it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from pilots.mail import outbox
from pilots.mail.letters import Correction, RoundCancelled
from pilots.models import DeadlineChange, Editor, Letter, Message, Proposal, Reminder, Round, Step, ToldDeadline
from regions.models import Organisation, User
from registry.lib.dates import today
from registry.lib.editions import fingerprint

from .hand_over import call_back
from .invitations import invited_by_letter, tell_bodies_of_the_end
from .own_dates import OwnDates, dates_told_last, invited_to, last_known, perhaps_read, writing
from .plan import preparers
from .replanning import Replanned, compare, lock_planned, replan

State, Reason = Reminder.State, Reminder.Reason
MOVED, CANCELLED = "the deadline moved", "the round was cancelled"


@dataclass(frozen=True)
class Telling:
    """A letter that tells a user of the change: which dates the user had in mind, which dates hold now."""

    user: User
    message: Message
    was: tuple[datetime, ...] = ()
    told: bool = False  # whether an earlier letter told the user what ``was`` says
    dates: tuple[datetime, ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether the user has an address that works."""
        return self.message.state != Message.State.DEAD


@dataclass
class Difference:
    """What a change does: letters cancelled before they were sent, reminders planned anew, people told."""

    facts: tuple[object, ...] = ()  # what was asked, and of which version
    cancelled: list[Message] = field(default_factory=list)
    replanned: list[Replanned] = field(default_factory=list)
    letters: list[Telling] = field(default_factory=list)

    def samples(self) -> list[Message]:
        """Return one letter in each language, as it is sent: Finnish, Swedish, English."""
        samples = {letter.message.language: letter.message for letter in reversed(self.letters)}
        return [samples[language] for language in ("fi", "fi+sv", "sv", "en") if language in samples]

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the whole difference: a change is done as its page showed it, or it is not done."""
        content: list[Any] = [
            [str(fact) for fact in self.facts],
            sorted(message.pk for message in self.cancelled),
            sorted([one.user.pk, one.rule.pk, str(one.was), str(one.due), one.past] for one in self.replanned),
            sorted([one.user.pk, one.reachable, one.message.subject, one.message.body] for one in self.letters),
        ]
        return fingerprint(content)


@dataclass(frozen=True)
class _Change:
    """A changed deadline: of a step for all (with its public line), or of some organisations (None)."""

    step: Step
    before: OwnDates
    after: OwnDates
    line: DeadlineChange | None
    at: datetime
    recalled: Sequence[Message] = ()  # the letters in the queue that it has cancelled


@dataclass(frozen=True)
class _Reader:
    """A user who has to hear of a change: which dates the user has in mind, and whether a letter told them.

    ``in_mind``: the dates by organisation that the user knew before corrections which the change recalls unsent.
    """

    user: User
    was: set[datetime]
    told: bool
    in_mind: dict[int | None, datetime]


def _lock_people(steps: Sequence[Step]) -> None:
    """Lock the accounts whose reminders, or whose letters in the queue, are about the steps.

    Hand-over and last look lock an account before its reminders, and these before the letter. A change that holds the
    account meets neither of them halfway.
    """
    planned = Reminder.objects.filter(user=OuterRef("pk"), step__in=steps, state__in=[State.PLANNED, State.QUEUED])
    queued = ToldDeadline.objects.filter(user=OuterRef("pk"), step__in=steps, message__state=Message.State.QUEUED)
    people = User.objects.filter(Exists(planned) | Exists(queued)).select_for_update(no_key=True).order_by("pk")
    list(people.values_list("pk", flat=True))


def _lock_queued(steps: Sequence[Step]) -> list[Message]:
    """Lock and return the letters in the queue that tell of the steps. A sender at its fence waits for the lock.

    A letter whose body is being sent is locked too, but it cannot be called back and is not returned.
    """
    telling = Exists(ToldDeadline.objects.filter(message=OuterRef("pk"), step__in=steps))
    queued = Message.objects.filter(telling, state=Message.State.QUEUED)
    queued = queued.select_related("user__organisation", "forward_of__user")
    locked = queued.prefetch_related("told").select_for_update(of=("self",), no_key=True).order_by("pk")
    return [message for message in locked if message.body_at is None]


def _tells_a_changed_date(message: Message, step: Step, before: OwnDates, after: OwnDates) -> bool:
    """Whether a letter tells a date of the step that has changed for its reader, or that is not the reader's."""
    reader = message.forward_of.user if message.forward_of is not None else message.user  # a deputy reads for another
    if reader is None:
        return True
    was, own = before.of(reader), after.of(reader)
    changed = {date for organisation, date in was.items() if after.of_organisation(organisation) != date}
    told = {entry.closes_at for entry in message.told.all() if entry.step_id == step.pk}
    return bool(told & changed) or not told <= set(own.values())


def _concerned(change: _Change) -> tuple[set[int], set[int]]:
    """Return whom a change concerns besides those who were told a date, and whom only where the date comes earlier.

    An extension concerns the preparers of its organisation, a move the editors of drafts and of sent proposals, and
    each of them the users who were about to be told of an earlier change. A move to an earlier date concerns all
    who are invited.
    """
    step, at = change.step, change.at
    people = {letter.user_id for letter in change.recalled if letter.user_id and letter.letter == Letter.CORRECTION}
    people |= writing(step, at)
    if change.line is None:
        own = preparers(at).filter(organisation__in=change.after.differing(change.before))
        return {*own.values_list("pk", flat=True)} | people, set()
    return people, invited_to(step.round, at)


def _readers(change: _Change) -> list[_Reader]:
    """Return who has to hear: users who were told a date that is no longer theirs, and whom the change concerns.

    A user who was told the dates that hold now hears nothing. A user who was told nothing, and whose deadline is back
    where it was before changes of which no letter went, hears of an extension, and not of a move.
    """
    told = dates_told_last(change.step)
    concerned, invited = _concerned(change)
    working = User.objects.working(today(change.at)).filter(pk__in={*told, *concerned, *invited})
    unread = last_known(change.step, change.recalled)
    readers = []
    for user in working.select_related("organisation").order_by("pk"):
        own = change.after.of(user)
        was = {organisation: change.before.of_organisation(organisation) for organisation in own}
        in_mind = {organisation: unread.get(user.pk, was).get(organisation, was[organisation]) for organisation in own}
        new = {date for organisation, date in own.items() if was[organisation] != date}
        if change.line is None and not new:
            continue
        if user.pk in told:
            believed = told[user.pk]
            if not believed <= set(own.values()) or (user.pk in concerned and not new <= believed):
                readers.append(_Reader(user, believed, True, in_mind))
            continue
        known = in_mind
        if user.pk not in concerned:
            known = next((dates for dates in (in_mind, was) if _earlier(own, dates)), own)
        changed = {known[one] for one in own if known[one] != own[one]}
        if changed or change.line is None:
            readers.append(_Reader(user, changed or set(known.values()), False, in_mind))
    return readers


def _earlier(own: dict[int | None, datetime], dates: dict[int | None, datetime]) -> bool:
    """Whether a deadline comes earlier than in ``dates``."""
    return any(date < dates[organisation] for organisation, date in own.items())


def _tell(change: _Change, names: dict[int | None, Organisation]) -> list[Telling]:
    """Post a correction with their own dates to everyone who has to hear."""
    return [_correct(change, names, reader) for reader in _readers(change)]


def _correct(change: _Change, names: dict[int | None, Organisation], reader: _Reader) -> Telling:
    own, step, was = change.after.of(reader.user), change.step, reader.was
    dates, old = sorted(set(own.values())), sorted(was - set(own.values()))
    several = [(date, names[one]) for one, date in own.items() if one in names] if len(dates) > 1 else []
    content = Correction(
        step=step,
        closes_at=min(set(dates) - was, default=dates[0]),  # the subject tells what is new to them
        was=old,
        told=reader.told,
        several=sorted(several, key=lambda pair: (pair[0], pair[1].pk)),
        organisations=[names[one] for one in own if one in names],
        change=change.line,
        extended=change.line is None,
        reopened=min(was) < change.at <= dates[-1],
    )
    in_mind = {date: tuple((one, reader.in_mind[one]) for one in own if own[one] == date) for date in dates}
    tells = [outbox.Deadline(step, date, in_mind=in_mind[date]) for date in dates]
    message = outbox.post(content, reader.user, at=change.at, round_=step.round, tells=tells)
    return Telling(reader.user, message, tuple(old or sorted(was)), reader.told, tuple(dates))


@transaction.atomic
def dates_changed(step: Step, before: OwnDates, line: DeadlineChange | None, at: datetime) -> Difference:
    """Bring queue, plan and people up to the step's deadlines of now, in the transaction that changed them.

    ``before``: the dates as they were; ``line``: the public line of a move for all; None: extensions changed. The
    caller holds the step's lock. Letters in the queue that tell a date that has changed are cancelled, but for those
    whose body is being sent; their reminders are planned anew. Everyone with another date in mind gets a correction.
    """
    _lock_people([step])
    after, difference = OwnDates(step), Difference()
    queued = _lock_queued([step])
    difference.cancelled = [message for message in queued if _tells_a_changed_date(message, step, before, after)]
    call_back(difference.cancelled, at, MOVED)
    difference.replanned = replan(step, before, after, at, moved=line is not None)
    writing = Organisation.objects.filter(proposals__round=step.round_id).distinct()
    names: dict[int | None, Organisation] = {organisation.pk: organisation for organisation in writing}
    names |= {one.organisation_id: one.organisation for one in step.extensions.select_related("organisation")}
    difference.letters = _tell(_Change(step, before, after, line, at, difference.cancelled), names)
    return difference


@transaction.atomic
def round_cancelled(round_: Round, at: datetime) -> Difference:
    """Stop all that was to be told of a cancelled round, and tell everyone who knows of it; return what was done.

    The caller has cancelled the round in this transaction and holds its steps' locks. Told are all who were told one of
    its deadlines, all who got an invitation to it, and all who edit a draft or a submitted proposal.
    """
    difference, steps = Difference(), list(round_.steps.all())
    _lock_people(steps)
    difference.cancelled = _lock_queued(steps)
    call_back(difference.cancelled, at, CANCELLED)
    planned = lock_planned(steps)
    Reminder.objects.filter(pk__in=[reminder.pk for reminder in planned]).update(
        state=State.SKIPPED, reason=Reason.CANCELLED, settled_at=at
    )
    difference.replanned = compare(planned, [])
    told = ToldDeadline.objects.filter(perhaps_read(), step__in=steps, user=OuterRef("pk"))
    writing = Editor.objects.filter(
        proposal__round=round_,
        proposal__state__in=[Proposal.State.DRAFT, Proposal.State.SUBMITTED],
        user=OuterRef("pk"),
    )
    invited = invited_by_letter(round_).filter(user=OuterRef("pk"))
    people = (
        User.objects.working(today(at))
        .filter(Exists(told) | Exists(writing) | Exists(invited))
        .select_related("organisation")
    )
    for user in people.order_by("pk"):
        message = outbox.post(RoundCancelled(), user, at=at, round_=round_)
        difference.letters.append(Telling(user, message))
    tell_bodies_of_the_end(round_, at)
    return difference
