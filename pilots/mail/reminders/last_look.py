"""The last look at a queued letter, just before its body goes: it decides, and acts on what it finds.

The outbox cancels a letter that no longer holds. What the letter was for is settled, planned again or posted anew here.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from pilots import access
from pilots.mail import outbox
from pilots.mail.letters import Check, Item, row_of
from pilots.mail.outbox import Verdict
from pilots.models import Message, Proposal, Reminder
from regions.models import User

from .assessors import assessor_holds
from .clarifications import clarification_holds, still_waits
from .decide import Decision, by_urgency, can_be_told, not_worth_waiting
from .digest import digest_holds
from .eligibility import Eligible, Facts, deadlines_of
from .hand_over import hand_over, plan_again, settle, with_facts
from .invitations import invites_a_body, invites_a_person, tells_a_body_of_the_end
from .quiet_hours import QUIET, goes_before, others_before, recent_letter

State = Reminder.State


@transaction.atomic(savepoint=False)
def last_look(message: Message, at: datetime) -> Verdict:
    """Decide what becomes of a queued letter at ``at``, and do what follows from it (``outbox.LastLook``).

    Nothing goes to an account that is gone or shut. An invitation goes to an address that has none yet.
    """
    check = row_of(message.letter).check
    if check is Check.LINK:
        return Verdict.SEND if outbox.link_holds(message, at) else Verdict.CANCEL
    if message.user_id is None:
        return Verdict.SEND if invites_a_body(message) or tells_a_body_of_the_end(message) else Verdict.CANCEL
    if check is Check.REMINDERS:
        return _look_at_a_reminder(message, message.user_id, at)
    if not HOLDS[check](message, at):
        return Verdict.CANCEL
    return _look_at_the_address(message, check, at)


def _look_at_the_address(message: Message, check: Check, at: datetime) -> Verdict:
    """Let a letter go to the address that its receiver has; else post it anew to that one. A digest is written anew."""
    user = message.user
    if check in {Check.NONE, Check.ORIGINAL} or user is None or user.email == message.address:
        return Verdict.SEND
    if check is not Check.DIGEST:
        outbox.post_again(message, user, at)
    return Verdict.CANCEL


def _look_at_a_reminder(message: Message, receiver: int, at: datetime) -> Verdict:
    """Let a reminder letter go if all that it tells holds and the address is the receiver's.

    Else settle the reminders that have nothing to tell, with the reason, and post the others as a new letter.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=receiver)
    reminders = list(with_facts(message.reminders.all()).select_for_update(of=("self",)).order_by("pk"))
    if not reminders:  # another run has posted them anew, and died before this letter was cancelled
        return Verdict.CANCEL
    eligible, ineligible = Facts(reminders).sort(reminders, at)
    if not ineligible and _tells(message, eligible) and message.address == user.email and outbox.has_address(user):
        return _look_at_the_quiet_hours(message, eligible, at)
    settle(ineligible, at, was=State.QUEUED)
    if eligible:
        _post_anew(eligible, user, at)
    return Verdict.CANCEL


def _tells(message: Message, eligible: Iterable[Eligible]) -> bool:
    """Whether the letter tells just what its reminders tell now."""
    told = {(told.step_id, told.closes_at, told.letter) for told in message.told.all()}
    return told == {(item.step.pk, item.closes_at, str(item.letter)) for _, item in eligible}


def _look_at_the_quiet_hours(message: Message, eligible: Sequence[Eligible], at: datetime) -> Verdict:
    """Let the letter go unless another reminder letter has reached the receiver in the last 20 hours, or goes first.

    Two letters meet so after the mail server was away for longer than the quiet hours. What cannot wait any longer is
    skipped, the rest is planned again.
    """
    others = others_before(message, at)
    if any(goes_before(other, message, at) for other in others):
        return Verdict.WAIT
    recent = [letter for letter in map(recent_letter, others) if letter.heard_at > at - QUIET]
    if not recent:
        return Verdict.SEND
    settle(not_worth_waiting(eligible, recent, at), at, was=State.QUEUED)
    plan_again(message.reminders.all())
    return Verdict.CANCEL


def _post_anew(eligible: Sequence[Eligible], user: User, at: datetime) -> None:
    """Post the reminders as a new letter. If it would reach nobody they are skipped, and staff see the reason."""
    if not can_be_told(user):
        settle([(reminder, Reminder.Reason.NO_ADDRESS) for reminder, _ in eligible], at, was=State.QUEUED)
        return
    plan_again(Reminder.objects.filter(pk__in=[reminder.pk for reminder, _ in eligible]))
    hand_over(Decision(by_urgency(eligible)), at)


# --- Letters without reminders: they hold, or they are cancelled, and nothing else follows ----------------------------


def _account_is_open(message: Message, at: datetime) -> bool:
    return message.user is not None and message.user.is_active


def _rights_last(message: Message, at: datetime) -> bool:
    return message.user is not None and message.user.works(at)


def _still_edits(message: Message, at: datetime) -> bool:
    if message.user is None or message.proposal_id is None:
        return False
    proposal = Proposal.objects.prefetch_related("editorships").get(pk=message.proposal_id)
    return access.edits(message.user, proposal, at)


def _correction_holds(message: Message, at: datetime) -> bool:
    return _rights_last(message, at) and _dates_hold(message)


def _dates_hold(message: Message) -> bool:
    """Whether the dates of a correction are still the receiver's: a later change has posted its own correction."""
    return all(
        told.step.round.cancelled_at is None and told.closes_at in deadlines_of(told.user, told.step)
        for told in message.told.select_related("step__round", "user")
    )


def _forward_holds(message: Message, at: datetime) -> bool:
    """Whether a letter to a deputy may go: the deputy is still the deputy, and what the first letter said holds."""
    first = message.forward_of
    if first is None or (deputy := outbox.deputy_of(first, at)) is None:
        return False
    same = deputy.pk == message.user_id and deputy.email == message.address
    return same and may_tell_deputy(first, deputy, at)


HOLDS: dict[Check, Callable[[Message, datetime], bool]] = {
    Check.ACCOUNT: _account_is_open,
    Check.RIGHTS: _rights_last,
    Check.ROUND: invites_a_person,
    Check.DATES: _correction_holds,
    Check.CLARIFICATION: clarification_holds,
    Check.EDITOR: _still_edits,
    Check.ASSESSOR: assessor_holds,
    Check.DIGEST: digest_holds,
    Check.ORIGINAL: _forward_holds,
    Check.NONE: lambda _message, _at: True,
}


def may_tell_deputy(message: Message, deputy: User, at: datetime) -> bool:
    """Whether what a letter said still holds, and the deputy may know it (``outbox.MayTellDeputy``).

    A deputy outside the ministry has to be allowed to read the drafts of which the letter tells.
    """
    check, items = row_of(message.letter).check, list[Item]()
    if check is Check.DATES and not _dates_hold(message):
        return False
    if check is Check.CLARIFICATION and not still_waits(message):
        return False
    if check is Check.REMINDERS:
        reminders = list(with_facts(message.reminders.all()).order_by("pk"))
        eligible, ineligible = Facts(reminders).sort(reminders, at)
        if ineligible or not _tells(message, eligible):
            return False
        items = [item for _, item in eligible]
    proposals = {proposal for item in items for proposal in item.proposals}
    if message.proposal is not None:
        proposals.add(message.proposal)
    return access.may_use_desk(deputy, at) or all(access.may_read_draft(deputy, one, at) for one in proposals)
