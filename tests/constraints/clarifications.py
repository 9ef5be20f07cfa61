"""The rules that the database keeps of clarifications, each broken once."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from pilots.models import Clarification, ClarificationReminder
from regions.models import User
from tests.constraints.refusal import Violate, again, an_account, bend
from tests.factories import make_organisation, make_round, make_submitted, make_version

NOW = timezone.now()
DAY = timedelta(days=1)
CONTENT = {"title": "Ehdotus", "summary": "Ennen"}


def asked(**fields: Any) -> Clarification:
    """Return a clarification of the summary that waits, unless told."""
    writer = an_account(User.Role.PREPARER, make_organisation())
    proposal = make_submitted(make_round(), writer, NOW - DAY, **CONTENT)
    given = {"number": 1, "question": "summary", "label_fi": "Tiivistelmä", "words": "Montako?"}
    given |= {"due_at": NOW + 9 * DAY, "asked_at": NOW, "asked_by": an_account(User.Role.OFFICER)}
    return Clarification.objects.create(proposal=proposal, version=proposal.latest, **{**given, **fields})


def answered(**content: Any) -> Clarification:
    """Return a clarification with an answer: the version before with another ``content``."""
    clarification = asked()
    bend(clarification, answer=make_version(clarification.proposal, NOW, {**CONTENT, "summary": "Jälkeen", **content}))
    return clarification


def withdrawn() -> Clarification:
    officer = an_account(User.Role.OFFICER)
    return asked(withdrawn_at=NOW, withdrawn_by=officer, withdrawn_because="Löytyi")


def a_reminder(**fields: Any) -> ClarificationReminder:
    return ClarificationReminder.objects.create(
        **{"clarification": asked(), "days_before": 1, "due_at": NOW + 8 * DAY, **fields}
    )


VIOLATIONS: dict[str, Violate] = {
    "a_clarification_has_its_own_number": lambda: again(withdrawn(), question="title"),
    "one_clarification_of_a_question_waits_at_a_time": lambda: again(asked(), number=2),
    "a_clarification_says_what_is_asked": lambda: asked(words=""),
    "a_clarification_is_due_after_it_is_asked": lambda: asked(due_at=NOW - DAY),
    "a_withdrawn_clarification_says_by_whom_and_why": lambda: asked(withdrawn_at=NOW),
    "a_clarification_is_answered_or_withdrawn": lambda: bend(
        answered(), withdrawn_at=NOW, withdrawn_by=an_account(User.Role.OFFICER), withdrawn_because="Löytyi"
    ),
    "only_an_answered_clarification_is_read_and_by_somebody": lambda: asked(read_at=NOW),
    "pilots_clarification_answer_id_key": lambda: again(answered(), number=2),
    "pilots_clarification_number_check": lambda: asked(number=-1),
    "an_answer_changes_only_its_question": lambda: answered(title="Toinen"),
    "what_was_asked_never_changes": lambda: bend(asked(), words="Milloin?"),
    "a_version_clarifies_what_came_before_it": lambda: again(
        asked().version, number=2, clarifies_since=NOW + DAY, submitted_at=NOW
    ),
    "a_reminder_of_a_clarification_is_planned_once": lambda: again(a_reminder()),
    "a_reminder_of_a_clarification_is_in_a_known_state": lambda: a_reminder(state="lost", settled_at=NOW),
    "a_skipped_reminder_of_a_clarification_says_why": lambda: a_reminder(state="skipped", settled_at=NOW),
    "a_settled_reminder_of_a_clarification_has_its_time": lambda: a_reminder(state="queued"),
    "pilots_clarificationreminder_days_before_check": lambda: a_reminder(days_before=-1),
}
