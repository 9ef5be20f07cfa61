"""The last look: whether what a queued letter says is still so, asked just before its first byte goes out."""

from datetime import datetime

from django.db import transaction

from pilots import access
from pilots.mail import outbox
from pilots.mail.letters import REMINDERS
from pilots.models import Letter, Message, Reminder
from regions.models import User

from .decide import Decision, can_be_told, keep_quiet
from .digest import digest_is_true
from .eligibility import Facts, Item, deadlines_of
from .hand_over import hand_over, letters_before, settle, with_all

State = Reminder.State


@transaction.atomic(savepoint=False)
def still_true(message: Message, at: datetime) -> bool:
    """Whether what a queued letter says is still so at ``at``.

    Nothing goes to an account that is gone or shut. Letters other than reminders and corrections tell of the past and
    stay true. A reminder that is no longer true in all its parts, or whose person has another address by now, is not
    sent: its reminders are settled with the reason, and what is still true is posted anew. Raises ``NotNowError`` where
    another reminder to the person has to go first.
    """
    if message.user_id is None:
        return False
    if message.letter == Letter.FORWARDED:
        return _still_the_deputys(message, at)
    if message.letter == Letter.CORRECTION:
        return message.user is not None and message.user.works(at) and _dates_hold(message)
    if message.letter == Letter.DIGEST:
        return digest_is_true(message, at)
    if message.letter not in REMINDERS:
        return _still_theirs(message, at)
    user = User.objects.select_for_update(no_key=True).get(pk=message.user_id)
    reminders = list(with_all(message.reminders.all()).select_for_update(of=("self",)).order_by("pk"))
    if not reminders:  # posted anew by a run that died before it cancelled this one
        return False
    facts = Facts(reminders)
    verdicts = [(reminder, facts.verdict(reminder, at)) for reminder in reminders]
    good = [(reminder, verdict) for reminder, verdict in verdicts if isinstance(verdict, Item)]
    says = {(entry.step_id, entry.closes_at, entry.letter) for entry in message.told.all()}
    now = {(item.step.pk, item.closes_at, str(item.letter)) for _, item in good}
    if len(good) == len(verdicts) and says == now and message.address == user.email and outbox.has_address(user):
        return not _held_up(message, good, at)
    settle([(r, verdict) for r, verdict in verdicts if not isinstance(verdict, Item)], at, was=State.QUEUED)
    if good:
        _post_anew(good, user, at)
    return False


def _still_theirs(message: Message, at: datetime) -> bool:
    """Whether a letter that stays true may still go to its person: one that staff wrote only while the rights hold."""
    if message.user is None:
        return False
    return message.user.works(at) if message.letter == Letter.STAFF else message.user.is_active


def _held_up(message: Message, good: list[tuple[Reminder, Item]], at: datetime) -> bool:
    """Whether another letter has reached the person in the last 20 hours: this one comes too late after all.

    Two letters meet so where the mail server was away for longer than the quiet hours. What cannot wait is skipped,
    the rest is planned again. Raises ``NotNowError`` where the other is still to go.
    """
    recent = letters_before(message, at)
    if not recent:
        return False
    decision = Decision()
    keep_quiet(good, recent, at, decision)
    settle(decision.settled, at, was=State.QUEUED)
    message.reminders.filter(state=State.QUEUED).update(state=State.PLANNED, settled_at=None, message=None)
    return True


def _post_anew(good: list[tuple[Reminder, Item]], user: User, at: datetime) -> None:
    """Post what is still true as a letter of its own; where it reaches nobody it is skipped, and staff see why."""
    if not can_be_told(user):
        settle([(reminder, Reminder.Reason.NO_ADDRESS) for reminder, _ in good], at, was=State.QUEUED)
        return
    Reminder.objects.filter(pk__in=[reminder.pk for reminder, _ in good], state=State.QUEUED).update(
        state=State.PLANNED, settled_at=None, message=None
    )
    good = sorted(good, key=lambda pair: (REMINDERS.index(pair[1].letter), pair[1].closes_at, pair[0].pk))
    hand_over(Decision(told=good), at)


def _dates_hold(message: Message) -> bool:
    """Whether a correction's dates are still the person's: a later move posted its own correction."""
    entries = list(message.told.select_related("step__round", "user"))
    return all(
        entry.step.round.cancelled_at is None and entry.closes_at in deadlines_of(entry.user, entry.step)
        for entry in entries
    )


def may_be_told(message: Message, deputy: User, at: datetime) -> bool:
    """Whether ``deputy`` may be told in the receiver's place what a letter said: it is still so, and theirs to know.

    Changes nothing: the letter itself has ended.
    """
    if message.letter == Letter.CORRECTION and not _dates_hold(message):
        return False
    proposals = {message.proposal} if message.proposal is not None else set()
    if message.letter in REMINDERS:
        reminders = list(with_all(message.reminders.all()).order_by("pk"))
        facts = Facts(reminders)
        items = [item for r in reminders if isinstance(item := facts.verdict(r, at), Item)]
        says = {(entry.step_id, entry.closes_at, entry.letter) for entry in message.told.all()}
        if len(items) < len(reminders) or says != {(i.step.pk, i.closes_at, str(i.letter)) for i in items}:
            return False
        proposals |= {proposal for item in items for proposal in item.proposals}
    return access.may_use_desk(deputy, at) or all(access.may_read_draft(deputy, p, at) for p in proposals)


def _still_the_deputys(message: Message, at: datetime) -> bool:
    """Whether a letter to a deputy is still to go: the deputy is one still, and what the first letter said is so."""
    first = message.forward_of
    if first is None or (deputy := outbox.deputy_of(first, at)) is None:
        return False
    same = deputy.pk == message.user_id and deputy.email == message.address
    return same and may_be_told(first, deputy, at)
