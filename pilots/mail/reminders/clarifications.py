"""Letters of clarifications: the request, its reminders, its withdrawal. Each is for all who edit the proposal.

The reminders of a clarification are planned as rows when it is asked, and settled when it ends. They stand beside the
reminders of deadlines: the quiet hours of one neither delay nor drop the other.
"""

import logging
from datetime import datetime

from django.db import transaction

from pilots import access
from pilots.mail import outbox
from pilots.mail.letters import ClarificationReminded, ClarificationRequest, ClarificationWithdrawn
from pilots.models import Clarification, ClarificationReminder, Letter, Message, Proposal, ReminderRule
from registry.lib.failpoints import reach

from .audience import Audience, audiences
from .hand_over import Queued

log = logging.getLogger(__name__)

DAYS_BEFORE = (3, 1)  # days before a due date, as ``ReminderRule.due_at`` counts them
State, Reason = ClarificationReminder.State, ClarificationReminder.Reason


def ask_editors(clarification: Clarification, at: datetime) -> None:
    """Plan the reminders of a new clarification, and post the request to every editor."""
    moments = {days: ReminderRule(days_before=days).due_at(clarification.due_at) for days in DAYS_BEFORE}
    planned: dict[datetime, int] = {moment: days for days, moment in moments.items() if moment > at}
    ClarificationReminder.objects.bulk_create(
        ClarificationReminder(clarification=clarification, days_before=days, due_at=moment)
        for moment, days in planned.items()
    )
    _post(ClarificationRequest(clarification), _editors_of(clarification, at), at)


def tell_withdrawn(clarification: Clarification, at: datetime) -> None:
    """Post to every editor that the clarification need no longer be answered, and settle its reminders."""
    settle(clarification, Reason.WITHDRAWN, at)
    _post(ClarificationWithdrawn(clarification), _editors_of(clarification, at), at)


def settle(clarification: Clarification, reason: ClarificationReminder.Reason, at: datetime) -> None:
    """Settle the planned reminders of a clarification that has ended."""
    planned = clarification.reminders.filter(state=State.PLANNED)
    planned.update(state=State.SKIPPED, reason=reason, settled_at=at)


def queue_clarifications(at: datetime, *, may_continue: outbox.MayContinue = lambda: True) -> Queued:
    """Hand over the reminders of clarifications that are due at ``at``, each clarification in a transaction of its own.

    Any number of these may run at once: each skips the proposals that somebody has locked. A letter that
    cannot be written leaves its reminder planned, is logged, and hinders no other.
    """
    queued = Queued()
    due = ClarificationReminder.objects.filter(state=State.PLANNED, due_at__lte=at)
    for pk in due.order_by("clarification").values_list("clarification", flat=True).distinct():
        if not may_continue():
            break
        try:
            queued.posted += _hand_over(pk, at)
        except Exception:
            log.exception("The reminder of clarification %s waits: its letter cannot be written", pk)
            queued.failed += 1
    return queued


@transaction.atomic
def _hand_over(pk: int, at: datetime) -> int:
    """Hand over what is due of a clarification; return how many letters were posted.

    The proposal is locked, as an answer locks it. Where somebody holds it, the next sweep hands over.
    """
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    if rows.filter(clarifications=pk).first() is None:
        return 0
    clarification = Clarification.objects.for_page().get(pk=pk)
    due = list(clarification.reminders.filter(state=State.PLANNED, due_at__lte=at).order_by("due_at"))
    if not due:
        return 0
    audience = _editors_of(clarification, at).wanting_reminders
    reason = _why_not(clarification, audience, at)
    latest, earlier = due[-1], due[:-1]
    _settle([one.pk for one in earlier], reason or Reason.COLLAPSED, at)
    _settle([latest.pk], reason, at)
    if reason is not None:
        return 0
    _post(ClarificationReminded(clarification), audience, at, key=f"{clarification.pk}:{latest.days_before}")
    reach("after_clarification_reminder")
    return len(audience.people)


def _why_not(clarification: Clarification, audience: Audience, at: datetime) -> ClarificationReminder.Reason | None:
    """Return why no reminder goes at ``at``; None: it goes."""
    if clarification.answer_id is not None:
        return Reason.ANSWERED
    if clarification.withdrawn_at is not None:
        return Reason.WITHDRAWN
    if not clarification.waits:
        return Reason.CLOSED
    if at > clarification.due_at:
        return Reason.PAST
    return None if audience.people or audience.without_address else Reason.NOBODY


def _settle(pks: list[int], reason: ClarificationReminder.Reason | None, at: datetime) -> None:
    state = State.SKIPPED if reason else State.QUEUED
    rows = ClarificationReminder.objects.filter(pk__in=pks, state=State.PLANNED)
    rows.update(state=state, reason=reason or "", settled_at=at)


def clarification_holds(message: Message, at: datetime) -> bool:
    """Whether a letter of a clarification may still go: it waits for its answer, and the receiver edits the proposal.

    A reminder also has to be wanted, and the due date to come.
    """
    user, about = message.user, message.clarification
    if user is None or about is None or not still_waits(message):
        return False
    proposal = Proposal.objects.prefetch_related("editorships").get(pk=about.proposal_id)
    if not access.edits(user, proposal, at):
        return False
    return message.letter == Letter.CLARIFICATION or (user.wants_reminders and at <= about.due_at)


def still_waits(message: Message) -> bool:
    """Whether the clarification that a letter asks for waits for its answer."""
    return Clarification.objects.waiting().filter(messages=message).exists()


def _editors_of(clarification: Clarification, at: datetime) -> Audience:
    return audiences([clarification.proposal_id], at)[clarification.proposal_id]


def _post(
    content: ClarificationRequest | ClarificationReminded | ClarificationWithdrawn,
    audience: Audience,
    at: datetime,
    *,
    key: str = "",
) -> None:
    """Post the letter to each of the audience; the row of a person without an address says so to staff."""
    clarification, proposal = content.clarification, content.clarification.proposal
    until = clarification.due_at if isinstance(content, ClarificationReminded) else None
    for person in [*audience.people, *audience.without_address]:
        message = outbox.post(
            content,
            person,
            at=at,
            round_=proposal.round,
            proposal=proposal,
            useless_after=until,
            key=f"clarification:{key}:{person.pk}" if key else "",
        )
        Message.objects.filter(pk=message.pk).update(clarification=clarification)
