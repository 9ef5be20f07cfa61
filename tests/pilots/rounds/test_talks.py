"""A round that begins with talks: nothing is sent in them, and nobody is reminded to."""

from datetime import timedelta

import pytest

from pilots import access
from pilots.mail import reminders
from pilots.models import Proposal, Reminder, Round, Step
from pilots.rounds.workflow import deadlines as workflow
from regions.models import Organisation, User
from tests.factories import make_proposal, make_round, make_step
from tests.pilots.autumn_round import CLOSES, PUBLISHED, finnish
from tests.pilots.moved_deadlines import WHY

TALKED = finnish(2026, 10, 30, 16, 15)


@pytest.fixture
def round_with_talks(officer: User, council: Organisation) -> Round:
    """Talks until 30.10.2026, then proposals until 27.11.2026."""
    made = make_round(opens_at=PUBLISHED, closes_at=TALKED, published_at=PUBLISHED, owner=officer, invited=[council])
    made.steps.update(kind=Step.Kind.TALKS)
    make_step(made, opens_at=TALKED, closes_at=CLOSES)
    reminders.default_rules(made, PUBLISHED)
    return Round.objects.get(pk=made.pk)


def test_nothing_is_begun_or_sent_in_talks(round_with_talks: Round, preparer: User, council: Organisation) -> None:
    amid, after = TALKED - timedelta(days=3), TALKED + timedelta(days=3)
    assert not access.may_start(preparer, round_with_talks, amid)
    assert access.may_start(preparer, round_with_talks, after)
    proposal = make_proposal(round_with_talks, preparer)
    assert access.open_step(proposal, amid) is None
    assert access.open_step(proposal, after) == round_with_talks.steps.get(position=2)
    assert not Step.objects.beginning(council.pk, amid).exists()
    assert Step.objects.beginning(council.pk, after).exists()
    assert round_with_talks.closes_for(council.pk, amid) == CLOSES


def test_nobody_is_reminded_of_talks(round_with_talks: Round, preparer: User, officer: User) -> None:
    make_proposal(round_with_talks, preparer)
    reminders.plan(round_with_talks, PUBLISHED)
    steps = set(Reminder.objects.filter(user__in=[preparer, officer]).values_list("step__position", flat=True))
    assert steps == {2}


def test_talks_that_last_longer_are_no_new_deadline_of_a_draft(
    round_with_talks: Round, preparer: User, officer: User
) -> None:
    make_proposal(round_with_talks, preparer)
    talks = round_with_talks.steps.get(position=1)
    difference = workflow.move_deadline(talks, TALKED + timedelta(days=3), WHY, officer, finnish(2026, 10, 20), 1)
    assert difference.letters == []
    assert Proposal.objects.count() == 1
