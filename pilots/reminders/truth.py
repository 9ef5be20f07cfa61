"""What is true of a person and a deadline at the moment of sending: which letter, or why none."""

from dataclasses import dataclass
from datetime import datetime

from pilots import access
from pilots.models import Extension, Letter, Proposal, Reminder, ReminderRule, Round, Step
from regions.models import User

Reason = Reminder.Reason


@dataclass(frozen=True)
class Item:
    """One thing to tell in a reminder: a letter about a step, with the person's own deadline and proposals."""

    letter: Letter
    step: Step
    closes_at: datetime
    proposals: tuple[Proposal, ...] = ()

    @property
    def round(self) -> Round:
        """The step's round."""
        return self.step.round

    def counts(self) -> dict[str, int]:
        """Return how many have submitted, have a draft, are invited and silent (for the owner's letters)."""
        there = list(self.round.proposals.values_list("organisation", "state"))
        silent = self.round.invited.exclude(pk__in=[organisation for organisation, _ in there]).count()
        states = [state for _, state in there]
        drafts = states.count(Proposal.State.DRAFT)
        withdrawn = states.count(Proposal.State.WITHDRAWN)
        return {"submitted": len(states) - drafts - withdrawn, "drafts": drafts, "silent": silent}


class Facts:
    """What is known of one person and some reminders' steps, read at once."""

    def __init__(self, user: User, reminders: list[Reminder], at: datetime) -> None:
        self._user, self._at = user, at
        rounds = {reminder.step.round_id for reminder in reminders}
        self._proposals = list(
            Proposal.objects.filter(round__in=rounds, editorships__user=user)
            .select_related("organisation")
            .prefetch_related("versions", "editorships")
            .order_by("pk")
        )
        steps = {reminder.step_id for reminder in reminders}
        extensions = Extension.objects.filter(step__in=steps).values_list("step", "organisation", "closes_at")
        self._extensions = {(step, organisation): closes_at for step, organisation, closes_at in extensions}

    def closes_at(self, step: Step, organisation: int | None) -> datetime:
        """Return the deadline of the step for an organisation, its extension counted."""
        return max(step.closes_at, self._extensions.get((step.pk, organisation or 0), step.closes_at))

    def verdict(self, reminder: Reminder) -> Item | Reason | None:
        """Return what the reminder has to tell now, or why there is nothing to tell; None: the deadline has moved."""
        round_ = reminder.step.round
        if reminder.deadline_version != reminder.step.deadline_version:
            return None
        if round_.cancelled_at is not None or round_.published_at is None:
            return Reason.CANCELLED
        if reminder.rule.audience == ReminderRule.Audience.OWNER:
            return self._for_the_owner(reminder)
        return self._for_a_preparer(reminder)

    def _for_the_owner(self, reminder: Reminder) -> Item | Reason:
        step, letter = reminder.step, Letter(reminder.rule.letter)
        if step.round.owner_id != self._user.pk or not access.may_use_desk(self._user, self._at):
            return Reason.NOT_AN_EDITOR
        if letter != Letter.OWNER_SUMMARY and self._at > step.closes_at:
            return Reason.CLOSED
        return Item(letter, step, step.closes_at)

    def _for_a_preparer(self, reminder: Reminder) -> Item | Reason:
        step = reminder.step
        mine = [
            proposal
            for proposal in self._proposals
            if proposal.round_id == step.round_id and access.edits(self._user, proposal, self._at)
        ]
        if not mine:
            return self._without_a_draft(reminder)
        drafts = [proposal for proposal in mine if proposal.state == Proposal.State.DRAFT]
        submitted = [proposal for proposal in mine if proposal.state == Proposal.State.SUBMITTED]
        changed = [proposal for proposal in submitted if proposal.has_unsent_changes]
        if not (drafts or changed):
            all_withdrawn = all(proposal.state == Proposal.State.WITHDRAWN for proposal in mine)
            return Reason.WITHDRAWN if all_withdrawn else Reason.SUBMITTED
        told = drafts or changed
        open_ones = [p for p in told if self._at <= self.closes_at(step, p.organisation_id)]
        if not open_ones:
            return Reason.CLOSED
        closes_at = min(self.closes_at(step, proposal.organisation_id) for proposal in open_ones)
        letter = Letter.DRAFT_NOT_SENT if drafts else Letter.CHANGES_NOT_SENT
        return Item(letter, step, closes_at, tuple(open_ones))

    def _without_a_draft(self, reminder: Reminder) -> Item | Reason:
        """Invited organisations without a proposal hear of the first rule; a colleague's draft is the colleague's."""
        step, user = reminder.step, self._user
        if not reminder.rule.first or not access.may_prepare(user, self._at) or user.organisation_id is None:
            return Reason.NOT_AN_EDITOR
        if not step.round.invited.filter(pk=user.organisation_id).exists():
            return Reason.NOT_AN_EDITOR
        if step.round.proposals.filter(organisation=user.organisation_id).exists():
            return Reason.NOT_AN_EDITOR
        closes_at = self.closes_at(step, user.organisation_id)
        return Item(Letter.NO_DRAFT, step, closes_at) if self._at <= closes_at else Reason.CLOSED
