"""A proposal is assessed: assessors are named, each declares, writes by the criteria, and is ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pilots import access
from pilots.mail import reminders
from pilots.models import Assessment, Assessor, Criterion, CriterionAnswer, Declaration, Proposal, Round
from pilots.proposals.workflow import PROPOSALS
from regions.models import User
from registry.lib.database import locked, share
from registry.lib.editions import Merged, Shown, merge, write_if
from registry.lib.refusals import Incomplete, Refused, Stale

OVERALL, TEXT, SCORE = "overall", "text-", "score-"  # the parts of an assessment; a criterion's end with its key
UNCHANGED = _("You have declared this already.")
WHY_CHANGED = _("Say why your declaration changes.")
NOT_ASSESSED = _("The proposal is no longer assessed, or you no longer assess it.")
READY_ALREADY = _("Your assessment is ready. Open it again to change it.")


@transaction.atomic
def name_assessors(
    round_: Round, shown: Shown, typed: Iterable[User], user: User, at: datetime, until: date | None = None
) -> Merged:
    """Let the people who were ``typed`` into a form that showed ``shown`` assess in the round, and nobody else.

    What others changed meanwhile stands as well. What somebody has written stays, and counts if it is ready. ``until``:
    the day by which they are ready. New assessors are told, and all where that day changes. Raises ``Stale`` where both
    changed the day.
    """
    current = locked(Round.objects.all(), round_.pk)
    if current.cancelled_at is not None:
        raise Refused(_("The round is cancelled."))
    was = {one.user for one in current.assessors.select_related("user")}
    stored_now = {"assessors": was, "assess_until": current.assess_until}
    merged = merge(shown, {"assessors": set(typed), "assess_until": until}, stored_now, current.edition)
    if merged.conflicts:
        raise Stale(current, merged)
    people, until = merged.values["assessors"], merged.values["assess_until"]
    moved = until != current.assess_until
    current.assessors.exclude(user__in=people).delete()
    new = [Assessor(round=current, user=one, named_at=at, named_by=user) for one in people - was]
    Assessor.objects.bulk_create(new)
    if moved:
        write_if(Round.objects.filter(pk=current.pk), current.edition, assess_until=until)
        current = Round.objects.get(pk=current.pk)
    if current.published_at is not None:
        reminders.tell_assessors(current, _in_order(people - was - {user}), at)
        if moved:
            reminders.tell_assessors(current, _in_order(people & was - {user}), at, moved=True)
    return merged


def _in_order(people: Iterable[User]) -> list[User]:
    return sorted(people, key=lambda one: one.pk)


@transaction.atomic
def declare(
    proposal: Proposal, replaces: int, ground: str, words: str, user: User, at: datetime, because: str = ""
) -> Declaration:
    """Declare a conflict of interest on a ground, or (``ground`` empty) that there is none; return what holds now.

    ``replaces``: the number of the user's declaration that the form showed; 0: it showed none. An assessor without a
    conflict begins the assessment. Raises ``Stale`` where another declaration holds by now, ``Refused`` where nothing
    changes, ``Incomplete`` where a change has no reason.
    """
    current = locked(PROPOSALS.all(), proposal.pk)
    held = Declaration.objects.holding().filter(proposal=current, user=user).first()
    if (held.number if held else 0) != replaces:
        raise Stale(held)
    dealt_with = current.state == Proposal.State.SUBMITTED
    assesses = dealt_with and current.round.assessors.filter(user=user).exists()
    if held is not None and (held.ground, held.words) == (ground, words):
        if ground or not assesses or current.assessments.filter(user=user).exists():
            raise Refused(UNCHANGED)
        _begin(current, user, at)
        return held
    if held is not None and not because:
        raise Incomplete([("because", WHY_CHANGED)])
    if held is not None:
        Declaration.objects.filter(pk=held.pk).update(superseded_at=at)
    said = {"ground": ground, "words": words, "because": because if held else "", "declared_at": at}
    made = Declaration.objects.create(proposal=current, user=user, number=replaces + 1, **said)
    if assesses and not ground:
        _begin(current, user, at)
    return made


def _begin(proposal: Proposal, user: User, at: datetime) -> None:
    """Make the assessment of the user with an empty answer to each criterion, unless it is there."""
    share(Round.objects.filter(pk=proposal.round_id))  # its criteria stay as they are from now on
    begun = {"version": proposal.latest, "began_at": at, "saved_at": at}
    assessment, new = Assessment.objects.get_or_create(proposal=proposal, user=user, defaults=begun)
    if new:
        criteria = Criterion.objects.filter(round=proposal.round)
        CriterionAnswer.objects.bulk_create(CriterionAnswer(assessment=assessment, criterion=one) for one in criteria)


def answers_of(assessment: Assessment) -> list[CriterionAnswer]:
    """Return the answers with their criteria, in the order of the round (one query)."""
    return list(assessment.answers.select_related("criterion"))


def stored(assessment: Assessment, answers: Sequence[CriterionAnswer]) -> dict[str, Any]:
    """Return what a form of the assessment shows and changes, part by part."""
    texts = {f"{TEXT}{answer.criterion_id}": answer.text for answer in answers}
    scores = {f"{SCORE}{answer.criterion_id}": answer.score for answer in answers if answer.criterion.scored}
    return {**texts, **scores, OVERALL: assessment.overall}


def _current(assessment: Assessment, at: datetime) -> Assessment:
    """Return the assessment as it stands, locked; refuse it where its author may not write it any more."""
    proposal = locked(PROPOSALS.all(), assessment.proposal_id)  # before its assessments, as a declaration does
    current = locked(Assessment.objects.select_related("user"), assessment.pk)
    current.proposal = proposal
    if not access.may_assess(current.user, proposal, at):
        raise Refused(NOT_ASSESSED)
    return current


@transaction.atomic
def save(assessment: Assessment, shown: Shown, typed: Mapping[str, Any], at: datetime) -> Merged:
    """Write what was ``typed`` into a form that showed ``shown``, merged with what its author saved elsewhere since.

    Raises ``Stale`` where the same part was changed in both, ``Refused`` where it is ready or no longer assessed.
    """
    current = _current(assessment, at)
    if current.ready_at is not None:
        raise Refused(READY_ALREADY)
    answers = answers_of(current)
    was = stored(current, answers)
    known = {name: value for name, value in typed.items() if name in was}
    merged = merge(shown, known, was, current.edition, who=current.user)
    if merged.conflicts:
        raise Stale(current, merged)
    columns = {"overall": merged.values.get(OVERALL, current.overall), "version": current.proposal.latest}
    write_if(Assessment.objects.filter(pk=current.pk), current.edition, saved_at=at, **columns)
    for answer in answers:
        answer.text = merged.values.get(f"{TEXT}{answer.criterion_id}", answer.text)
        answer.score = merged.values.get(f"{SCORE}{answer.criterion_id}", answer.score)
    CriterionAnswer.objects.bulk_update(answers, ["text", "score"])
    return merged


def missing(assessment: Assessment, answers: Sequence[CriterionAnswer]) -> list[str]:
    """Return the parts without words: a number never stands for a text."""
    parts = [f"{TEXT}{answer.criterion_id}" for answer in answers if not answer.text.strip()]
    return parts if assessment.overall.strip() else [*parts, OVERALL]


@transaction.atomic
def make_ready(assessment: Assessment, at: datetime) -> None:
    """Let others read the assessment. Raises ``Incomplete`` with the parts that have no words."""
    current = _current(assessment, at)
    if wanting := missing(current, answers_of(current)):
        raise Incomplete(wanting)
    rows = Assessment.objects.filter(pk=current.pk, ready_at=None)
    rows.update(ready_at=at, version=current.proposal.latest)


@transaction.atomic
def reopen(assessment: Assessment, at: datetime) -> None:
    """Take the assessment back to change it; that it was open to others before stays on record."""
    current = _current(assessment, at)
    Assessment.objects.filter(pk=current.pk, ready_at__isnull=False).update(ready_at=None, reopened_at=at)


@dataclass
class Assessed:
    """The assessments of a proposal as a page shows them to one reader."""

    may_read: bool  # else only how many there are
    own_waits: bool  # the reader assesses, and is not ready
    ready: int
    to_come: int
    by_criterion: list[tuple[Criterion, list[tuple[Assessment, CriterionAnswer]]]] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    disqualified: list[Declaration] = field(default_factory=list)

    @property
    def there_are(self) -> bool:
        """Whether anybody assesses, or is disqualified."""
        return bool(self.ready or self.to_come or self.disqualified)


def assessed(proposal: Proposal, viewer: User, at: datetime) -> Assessed:
    """Return the assessments of the proposal as ``viewer`` may read them (five queries at most)."""
    may_read = access.may_read_assessments(viewer, proposal, at)
    ready = list(Assessment.objects.ready().filter(proposal=proposal).for_page())
    held = Declaration.objects.conflicts().filter(proposal=proposal).select_related("user")
    disqualified = sorted(held, key=lambda one: one.declared_at)
    done = {one.user_id for one in ready} | {one.user_id for one in disqualified}
    to_come = {one.user_id for one in proposal.round.assessors.all()} - done
    found = Assessed(may_read, viewer.pk in to_come, len(ready), len(to_come), disqualified=disqualified)
    if may_read and ready:
        found.assessments = ready
        answers = {(one.pk, answer.criterion_id): answer for one in ready for answer in one.answers.all()}
        for criterion in proposal.round.criteria.all():
            said = [(one, answers[one.pk, criterion.pk]) for one in ready if (one.pk, criterion.pk) in answers]
            found.by_criterion.append((criterion, said))
    return found
