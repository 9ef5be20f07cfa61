"""A proposal is decided once: proposed, confirmed or returned, corrected; with all that follows, or not at all."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pilots import access
from pilots.models import DECIDED, DECIDED_AS, Decision, Proposal, StaffLetter
from regions.models import User
from registry.lib.database import locked
from registry.lib.failpoints import reach
from registry.lib.refusals import Incomplete, Refused, Stale

from .following import follow
from .letters import write_letter
from .registering import register
from .verdicts import Verdict

WAITS = _("A decision on this proposal waits for the second decider.")
SAME_PERSON = _("Another decider has to confirm the decision.")
DISQUALIFIED = _("You have declared a conflict of interest with this proposal. Another decider decides.")


@transaction.atomic
def decide(proposal: Proposal, version: int, verdict: Verdict, user: User, at: datetime) -> Decision:
    """Decide on the proposal's latest version, which the decider read as number ``version``; return the decision.

    Where the round wants two deciders the decision waits for the other one. A proposal that was decided is decided
    anew by a decision that corrects the one that holds and says why; that one stays as it is.
    Raises ``Stale`` where there is a newer version or another decision than the decider saw, ``Incomplete`` with what
    the verdict lacks, ``Refused`` where the proposal is no longer dealt with; then nothing is written.
    """
    current = _locked(proposal)
    if current.latest is None or current.state not in {Proposal.State.SUBMITTED, *DECIDED}:
        raise Refused
    _see_that_nothing_disqualifies(user, current)
    held = current.decisions.holding().first()
    corrects = bool(verdict.correction_because)
    if current.latest.number != version or corrects is (held is None):
        raise Stale(current)
    if current.decisions.waiting().exists():
        raise Refused(WAITS)
    late = late_of(current)
    if missing := faults(verdict, late=late):
        raise Incomplete(missing)
    decision = Decision.objects.create(
        proposal=current,
        version=current.latest,
        number=current.decisions.count() + 1,
        corrects=held,
        correction_because=verdict.correction_because,
        late=late,
        needs_second=current.round.two_deciders,
        proposed_at=at,
        proposed_by=user,
        **verdict.columns(),
    )
    return decision if decision.needs_second else _make(decision, user, at)


def faults(verdict: Verdict, *, late: bool) -> list[tuple[str, str]]:
    """Return what the verdict lacks: the field and the sentence."""
    reasons = verdict.reasons
    wanted = [
        (verdict.selects or reasons.fi, "reasons_fi", _("Give the reasons: the proposal is not selected.")),
        (verdict.selects or reasons.sv, "reasons_sv", _("Give the reasons: the proposal is not selected.")),
        (not verdict.selects or verdict.programme, "programme", _("Choose the programme of the pilot.")),
        (
            not (verdict.selects and late) or verdict.late_because,
            "late_because",
            _("The proposal came late. Say why it is accepted nevertheless."),
        ),
        (
            verdict.publicity == Decision.Publicity.PUBLIC or verdict.secrecy_ground,
            "secrecy_ground",
            _("Give the ground of secrecy in law."),
        ),
    ]
    return [(name, str(words)) for given, name, words in wanted if not given]


@transaction.atomic
def confirm(decision: Decision, user: User, at: datetime) -> Decision:
    """Confirm as the second decider what another proposed, and return it as it was made.

    Raises ``Refused`` for the person who proposed it, ``Stale`` where the proposal moved on or somebody was first.
    """
    proposal = _locked(decision.proposal)
    current = Decision.objects.for_page().get(pk=decision.pk)
    if not current.waits or proposal.latest_id != current.version_id or proposal.state == Proposal.State.WITHDRAWN:
        raise Stale(proposal)
    if current.proposed_by_id == user.pk:
        raise Refused(SAME_PERSON)
    _see_that_nothing_disqualifies(user, proposal)
    return _make(current, user, at)


@transaction.atomic
def send_back(decision: Decision, because: str, user: User, at: datetime) -> None:
    """Return a decision that waits to its proposer with the reason; it stays on record. Raises ``Stale``."""
    proposal = _locked(decision.proposal)
    moved = (
        Decision.objects.waiting()
        .filter(pk=decision.pk)
        .update(returned_at=at, returned_by=user, returned_because=because)
    )
    if not moved:
        raise Stale(proposal)


def _see_that_nothing_disqualifies(user: User, proposal: Proposal) -> None:
    """Refuse to let ``user`` decide who has declared a conflict of interest since the page was opened."""
    if access.is_disqualified(user, proposal):
        raise Refused(DISQUALIFIED)


def _locked(proposal: Proposal) -> Proposal:
    related = ("round", "organisation", "pilot", "latest__step", "latest__submitted_by", "told")
    return locked(Proposal.objects.select_related(*related), proposal.pk)


def _make(decision: Decision, user: User, at: datetime) -> Decision:
    """Make the decision, with all that follows: state, pilot, letter. The proposal is locked."""
    Decision.objects.filter(pk=decision.pk).update(decided_at=at, decided_by=user)
    decision.decided_at, decision.decided_by = at, user
    reach("after_decision")
    proposal = decision.proposal
    Proposal.objects.filter(pk=proposal.pk).update(state=DECIDED_AS[decision.outcome], decided_at=at)
    if decision.selects and proposal.pilot is None:
        proposal.pilot = register(decision, user, at)
        Proposal.objects.filter(pk=proposal.pk).update(pilot=proposal.pilot)
    reach("after_registration")
    if proposal.pilot is not None and proposal.pilot.untold:
        follow(proposal.pilot, decision, user, at)
    if decision.corrects is not None:
        _drop_letter(decision.corrects)
    write_letter(decision, user, at)
    reach("after_letter")
    return decision


def _drop_letter(decision: Decision) -> None:
    """Take away the letter of a decision that was corrected before it was told: it would tell what no longer holds."""
    StaffLetter.objects.filter(decision=decision, sent_at=None).delete()


def late_of(proposal: Proposal) -> bool:
    """Whether the latest version came after the deadline that holds for all (an extension let it in)."""
    return proposal.latest is not None and proposal.latest.came_at > proposal.latest.step.closes_at
