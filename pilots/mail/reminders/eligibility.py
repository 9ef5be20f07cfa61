"""Eligibility: which letter a reminder is at a moment, or why there is none."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property

from pilots import access
from pilots.mail.letters import Item, row_of
from pilots.models import Extension, Letter, Proposal, Reminder, ReminderRule, Round, Step, extended, organisations_of
from regions import preferences
from regions.models import User

Reason = Reminder.Reason


Eligible = tuple[Reminder, Item]
Ineligible = tuple[Reminder, Reminder.Reason | None]  # skipped for the reason; None: superseded, the deadline moved


def _wants(user: User, letter: Letter) -> bool:
    """Whether the user wants the reminder: reminders at all, and those of its kind."""
    preference = row_of(letter).preference
    return user.wants_reminders and (preference is None or preferences.wants(user, preference))


class Facts:
    """Proposals, editors, extensions and invitations behind some reminders, read in a constant number of queries.

    The reminders come with ``rule``, ``user`` and ``step.round.owner`` loaded.
    """

    def __init__(self, reminders: Sequence[Reminder]) -> None:
        rounds = {reminder.step.round_id for reminder in reminders}
        users = {reminder.user_id for reminder in reminders}
        steps = {reminder.step_id for reminder in reminders}
        self._edited: dict[tuple[int, int], list[Proposal]] = defaultdict(list)
        proposals = Proposal.objects.filter(round__in=rounds, editors__in=users).distinct().order_by("pk")
        proposals = proposals.select_related("organisation", "latest", "moved_on_to")
        for proposal in proposals.prefetch_related("editorships"):
            for editorship in proposal.editorships.all():
                self._edited[editorship.user_id, proposal.round_id].append(proposal)
        extensions = Extension.objects.filter(step__in=steps)
        self._extensions = {(extension.step_id, extension.organisation_id): extension for extension in extensions}
        self._rounds = rounds

    @cached_property
    def _invited(self) -> dict[int, set[int]]:
        """The rounds that invite organisations by name, with these; read only for people without a draft."""
        invited: dict[int, set[int]] = defaultdict(set)
        rows = Round.invited.through._default_manager.filter(round__in=self._rounds)
        for round_, organisation in rows.values_list("round", "organisation"):
            invited[round_].add(organisation)
        return invited

    @cached_property
    def _answered(self) -> set[tuple[int, int]]:
        """Rounds with the organisations that have a proposal; read only for people without a draft."""
        proposals = Proposal.objects.filter(round__in=self._rounds).order_by()
        return {*proposals.values_list("round", "organisation")}

    @cached_property
    def _reaching_invited(self) -> set[int]:
        """The rules that reach invited organisations; read only for people without a draft."""
        rules = ReminderRule.objects.filter(round__in=self._rounds)
        return set(rules.reaching_invited().values_list("pk", flat=True))

    def closes_at(self, step: Step, organisation: int | None) -> datetime:
        """Return the deadline of the step for an organisation, its extension counted."""
        return extended(step.closes_at, self._extensions.get((step.pk, organisation or 0)))

    def extension_version(self, step: Step, organisation: int | None) -> int:
        """Return the version of the organisation's extension of the step; 0: it has none."""
        extension = self._extensions.get((step.pk, organisation or 0))
        return extension.version if extension else 0

    def sort(self, reminders: Iterable[Reminder], at: datetime) -> tuple[list[Eligible], list[Ineligible]]:
        """Return the reminders that have something to tell at ``at``, and the others with the reason."""
        eligible, ineligible = list[Eligible](), list[Ineligible]()
        for reminder in reminders:
            outcome = self._look_at(reminder, at)
            if isinstance(outcome, Item):
                eligible.append((reminder, outcome))
            else:
                ineligible.append((reminder, outcome))
        return eligible, ineligible

    def _look_at(self, reminder: Reminder, at: datetime) -> Item | Reason | None:
        """Return what the reminder tells at ``at``, or why it tells nothing; None: the deadline moved."""
        round_ = reminder.step.round
        if reminder.deadline_version != reminder.step.deadline_version:
            return None
        if round_.cancelled_at is not None or round_.published_at is None:
            return Reason.CANCELLED
        if reminder.rule.audience == ReminderRule.Audience.OWNER:
            outcome = self._for_the_owner(reminder, at)
        else:
            outcome = self._for_a_preparer(reminder, at)
        unwanted = isinstance(outcome, Item) and not _wants(reminder.user, outcome.letter)
        return Reason.OPTED_OUT if unwanted else outcome

    def _for_the_owner(self, reminder: Reminder, at: datetime) -> Item | Reason | None:
        step, letter = reminder.step, reminder.rule.letter
        if step.round.owner_id != reminder.user_id or not access.may_use_desk(reminder.user, at):
            return Reason.NOT_AN_EDITOR
        if letter != Letter.OWNER_SUMMARY and at > step.closes_at:
            return Reason.CLOSED
        return Item(letter, step, step.closes_at, at)

    def _for_a_preparer(self, reminder: Reminder, at: datetime) -> Item | Reason | None:
        step, user = reminder.step, reminder.user
        mine = [
            proposal for proposal in self._edited.get((user.pk, step.round_id), []) if access.edits(user, proposal, at)
        ]
        if not mine:
            return self._without_a_draft(reminder, at)
        version = reminder.extension_version
        mine = [proposal for proposal in mine if self.extension_version(step, proposal.organisation_id) == version]
        if not mine:  # an extension was granted or changed after the reminder was planned
            return None
        mine = [proposal for proposal in mine if step.takes_some_time(proposal) or step.waits_for(proposal)]
        if not mine:
            return Reason.NOT_ASKED
        told = [proposal for proposal in mine if step.waits_for(proposal)]
        drafts = [proposal for proposal in told if proposal.state == Proposal.State.DRAFT]
        told = drafts or told
        if not told:
            all_withdrawn = all(proposal.state == Proposal.State.WITHDRAWN for proposal in mine)
            return Reason.WITHDRAWN if all_withdrawn else Reason.SUBMITTED
        closes_at = min(self.closes_at(step, proposal.organisation_id) for proposal in told)
        if at > closes_at:
            return Reason.CLOSED
        letter = Letter.DRAFT_NOT_SENT if drafts else Letter.CHANGES_NOT_SENT
        return Item(letter, step, closes_at, at, tuple(told))

    def _without_a_draft(self, reminder: Reminder, at: datetime) -> Item | Reason | None:
        """Look at a reminder of a preparer who edits nothing: the first rule reaches invited organisations.

        A round that invites nobody by name is open to all. An organisation with a proposal is not reached: its editors
        are reminded of that.
        """
        step, user = reminder.step, reminder.user
        invited = self._invited.get(step.round_id, set())
        if (
            reminder.rule_id not in self._reaching_invited
            or not access.may_prepare(user, at)
            or user.organisation_id is None
        ):
            return Reason.NOT_AN_EDITOR
        may_answer = user.organisation_id in invited if invited else bool(step.round.asks)
        if not may_answer or (step.round_id, user.organisation_id) in self._answered:
            return Reason.NOT_AN_EDITOR
        if not step.begins(user.organisation_id):
            return Reason.NOT_ASKED
        if self.extension_version(step, user.organisation_id) != reminder.extension_version:
            return None
        closes_at = self.closes_at(step, user.organisation_id)
        letter = Letter.NO_DRAFT if invited else Letter.OPEN_ROUND
        return Item(letter, step, closes_at, at) if at <= closes_at else Reason.CLOSED


def deadlines_of(user: User, step: Step) -> set[datetime]:
    """Return the deadlines of the step that are the user's: one for each organisation of ``organisations_of``."""
    edited = (
        Proposal.objects.filter(round=step.round_id, editors=user).order_by().values_list("organisation", flat=True)
    )
    extensions: dict[int | None, Extension] = {one.organisation_id: one for one in step.extensions.all()}
    return {extended(step.closes_at, extensions.get(pk)) for pk in organisations_of(user, edited)}
