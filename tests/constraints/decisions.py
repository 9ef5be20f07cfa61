"""The rules that the database keeps of decisions, each broken once."""

from typing import Any

from django.utils import timezone

from pilots.models import Decision, PilotCounter, PilotPlan, StaffLetter
from regions.models import User
from tests.constraints.refusal import Violate, again, an_account, bend
from tests.factories import make_organisation, make_pilot, make_programme, make_round, make_submitted

NOW = timezone.now()
WHY = {"reasons_fi": "Perustelu", "reasons_sv": "Motivering"}


def a_decision(**fields: Any) -> Decision:
    """Return a decision that waits, unless told: the proposal is not selected."""
    writer = an_account(User.Role.PREPARER, make_organisation())
    proposal = fields.pop("proposal", None) or make_submitted(make_round(), writer)
    given = {"number": 1, "outcome": "not_selected", "proposed_at": NOW, "proposed_by": decider(), **WHY, **fields}
    return Decision.objects.create(proposal=proposal, version=proposal.latest, **given)


def decider() -> User:
    return an_account(User.Role.DECIDER)


def made(**fields: Any) -> Decision:
    return a_decision(decided_at=NOW, decided_by=decider(), **fields)


def selected(**fields: Any) -> Decision:
    return a_decision(**{"outcome": "selected", "programme": make_programme(), **fields})


def a_plan() -> PilotPlan:
    return PilotPlan.objects.create(pilot=make_pilot(), version=made().version, answers={}, made_at=NOW)


def correcting(**fields: Any) -> Decision:
    first = made()
    more = {"number": 2, "corrects": first, "correction_because": "Virhe", **fields}
    return a_decision(proposal=first.proposal, **more)


def sent_back() -> Decision:
    return correcting(returned_at=NOW, returned_by=decider(), returned_because="Ei")


def a_counter(**fields: Any) -> PilotCounter:
    return PilotCounter.objects.create(**{"programme": make_programme(), "year": 2027, **fields})


def a_letter(**fields: Any) -> StaffLetter:
    decision = made()
    words = {"subject_fi": "Päätös", "body_fi": "Teksti", "written_at": NOW, "written_by": decider()}
    about = {"proposal": decision.proposal} if fields["audience"] == "proposal" else {}
    return StaffLetter.objects.create(round=decision.proposal.round, decision=decision, **about, **words, **fields)


def published_early() -> None:
    """Publish a pilot of a round without a published outcome."""
    decision = made()
    pilot = make_pilot(published=False)
    bend(decision.proposal, state="accepted", decided_at=NOW, pilot=pilot)
    bend(pilot, published_at=NOW)


def themselves() -> None:
    """Write a decision that corrects itself: a trigger lets none become such."""
    a_decision(pk=10**9, corrects_id=10**9, correction_because="Virhe")


VIOLATIONS: dict[str, Violate] = {
    "a_decision_has_its_own_number": lambda: again(made()),
    "a_proposal_is_decided_once": lambda: again(made(), number=2),
    "one_decision_on_a_proposal_waits_for_the_second_decider": lambda: again(a_decision(), number=2),
    "a_decision_has_a_known_outcome": lambda: a_decision(outcome="maybe"),
    "a_proposal_that_is_not_selected_is_told_why": lambda: a_decision(reasons_sv=""),
    "a_selected_proposal_goes_into_a_programme": lambda: selected(programme=None),
    "only_a_selected_proposal_has_conditions": lambda: a_decision(conditions_fi="Ehto"),
    "a_late_proposal_is_selected_with_a_reason": lambda: selected(late=True),
    "a_decision_that_corrects_another_says_why": lambda: correcting(correction_because=""),
    "a_decision_does_not_correct_itself": themselves,
    "pilots_decision_corrects_id_key": lambda: again(sent_back(), number=3),
    "what_is_secret_has_its_ground_in_law": lambda: a_decision(publicity="secret"),
    "two_people_decide_where_the_round_says_so": lambda: made(needs_second=True),
    "a_decision_has_its_decider_and_its_moment": lambda: a_decision(decided_at=NOW),
    "a_returned_decision_says_by_whom_and_why": lambda: a_decision(returned_at=NOW),
    "only_a_decision_that_was_made_is_told": lambda: a_decision(told_at=NOW),
    "only_a_decision_that_was_told_is_published": lambda: made(published_at=NOW),
    "a_decision_never_changes": lambda: bend(made(), reasons_fi="Toinen"),
    "pilots_decision_number_check": lambda: a_decision(number=-1),
    "a_programme_counts_a_year_once": lambda: again(a_counter()),
    "a_counter_of_codes_only_rises": lambda: bend(a_counter(last_number=3), last_number=2),
    "pilots_pilotcounter_year_check": lambda: a_counter(year=-1),
    "pilots_pilotcounter_last_number_check": lambda: a_counter(last_number=-1),
    "pilots_pilotplan_pilot_id_key": lambda: again(a_plan(), version=made().version),
    "pilots_pilotplan_version_id_key": lambda: again(a_plan(), pilot=make_pilot()),
    "a_plan_never_changes": lambda: bend(a_plan(), answers={"fi": []}),
    "a_pilot_is_published_after_the_outcome_of_its_round": published_early,
    "an_outcome_is_published_of_a_published_round_by_somebody": lambda: bend(make_round(), outcome_published_at=NOW),
    "a_decision_letter_goes_to_the_writers_of_its_proposal": lambda: a_letter(audience="editors"),
    "pilots_staffletter_decision_id_key": lambda: again(a_letter(audience="proposal")),
}
