"""The rules that the database keeps of assessments, declarations and notes, each broken once."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from pilots.models import Assessment, Assessor, Criterion, CriterionAnswer, Decision, Declaration, Note, Proposal
from regions.models import User
from tests.constraints.refusal import Violate, again, an_account, bend
from tests.factories import make_organisation, make_round, make_submitted

NOW = timezone.now()
DAY = timedelta(days=1)


def a_proposal() -> Proposal:
    return make_submitted(make_round(), an_account(User.Role.PREPARER, make_organisation()), NOW - DAY)


def an_assessor() -> Assessor:
    officer = an_account(User.Role.OFFICER)
    return Assessor.objects.create(round=make_round(), user=officer, named_at=NOW, named_by=officer)


def declared(**fields: Any) -> Declaration:
    given = {"user": an_account(User.Role.DECIDER), "number": 1, "declared_at": NOW}
    return Declaration.objects.create(**{"proposal": a_proposal(), **given, **fields})


def assessed(**fields: Any) -> Assessment:
    proposal, times = a_proposal(), {"began_at": NOW, "saved_at": NOW}
    user = an_account(User.Role.OFFICER)
    return Assessment.objects.create(
        **{"proposal": proposal, "user": user, "version": proposal.latest, **times, **fields}
    )


def answered(**fields: Any) -> CriterionAnswer:
    assessment = assessed()
    criterion = Criterion.objects.create(round=assessment.proposal.round, position=1, text_fi="Peruste")
    return CriterionAnswer.objects.create(assessment=assessment, criterion=criterion, **fields)


def noted(**fields: Any) -> Note:
    given = {"number": 1, "author": an_account(User.Role.OFFICER), "words": "Sanat", "written_at": NOW}
    return Note.objects.create(**{"proposal": a_proposal(), **given, **fields})


def decided_in_spite_of_a_conflict() -> None:
    conflict = declared(ground="party")
    reasons = {"reasons_fi": "Syy", "reasons_sv": "Orsak"}
    Decision.objects.create(
        proposal=conflict.proposal,
        version=conflict.proposal.latest,
        number=1,
        outcome="not_selected",
        proposed_at=NOW,
        proposed_by=conflict.user,
        **reasons,
    )


VIOLATIONS: dict[str, Violate] = {
    "somebody_is_an_assessor_of_a_round_once": lambda: again(an_assessor()),
    "a_declaration_has_its_own_number": lambda: again(declared(superseded_at=NOW)),
    "one_declaration_of_a_person_holds": lambda: again(declared(), number=2, because="Muuttui"),
    "a_conflict_of_interest_has_a_ground_in_law": lambda: declared(ground="whim"),
    "another_ground_is_explained": lambda: declared(ground="other"),
    "a_changed_declaration_says_why": lambda: declared(number=2),
    "a_declaration_ends_after_it_begins": lambda: declared(superseded_at=NOW - DAY),
    "what_was_declared_never_changes": lambda: bend(declared(), ground="party"),
    "pilots_declaration_number_check": lambda: declared(number=-1),
    "who_has_a_conflict_of_interest_decides_nothing": decided_in_spite_of_a_conflict,
    "somebody_assesses_a_proposal_once": lambda: again(assessed()),
    "a_ready_assessment_has_an_overall_view": lambda: assessed(ready_at=NOW),
    "pilots_assessment_edition_check": lambda: assessed(edition=-1),
    "an_assessment_answers_a_criterion_once": lambda: again(answered()),
    "a_score_is_a_number_from_1_to_5": lambda: answered(score=6),
    "a_note_has_its_own_number": lambda: again(noted()),
    "a_note_says_something": lambda: noted(words=""),
    "a_note_is_withdrawn_after_it_is_written": lambda: noted(withdrawn_at=NOW - DAY),
    "what_was_noted_never_changes": lambda: bend(noted(), words="Toiset sanat"),
    "pilots_note_number_check": lambda: noted(number=-1),
}
