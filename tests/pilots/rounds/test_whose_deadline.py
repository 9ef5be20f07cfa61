"""Whose deadline is it: one rule, in Python for a row and in SQL for many, to the microsecond."""

from datetime import datetime, timedelta

import pytest

from pilots import access
from pilots.mail import reminders
from pilots.models import Extension, Letter, Message, Round, Step, ToldDeadline
from pilots.models.deadlines import deadline_of
from pilots.rounds.calendars import own_deadlines
from regions.models import Organisation, User
from tests.factories import make_proposal, make_round, make_step
from tests.pilots.autumn_round import CLOSES, PUBLISHED

TICK = timedelta(microseconds=1)
EARLIER, LATER = CLOSES - timedelta(days=1), CLOSES + timedelta(days=1)
EXTENSIONS = [None, EARLIER, CLOSES, LATER]
INSTANTS = [moment + shift for moment in (PUBLISHED, EARLIER, CLOSES, LATER) for shift in (-TICK, timedelta(), TICK)]


@pytest.fixture
def one_step(officer: User) -> Step:
    """The only step of a round, open from ``PUBLISHED`` to ``CLOSES``."""
    round_ = make_round(opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, owner=officer)
    return Step.objects.get(round=round_)


def extend(step: Step, organisation: Organisation | None, closes_at: datetime | None, officer: User) -> None:
    """Give the organisation an extension of the step until ``closes_at``, past all rules; None: no extension."""
    if closes_at is not None:
        fields = {"reason": "Sairaus", "granted_at": PUBLISHED, "granted_by": officer}
        Extension.objects.create(step=step, organisation=organisation, closes_at=closes_at, **fields)


def told(step: Step, user: User) -> ToldDeadline:
    """Return a row that says that the user was told of the step's deadline for all, as lists read it."""
    fields = {"address": user.email, "language": "fi", "subject": "x", "body": "x", "mime": b"", "deployment": "x"}
    message = Message.objects.create(
        letter=Letter.STAFF, user=user, message_id="<told@x>", created_at=PUBLISHED, next_try_at=PUBLISHED, **fields
    )
    ToldDeadline.objects.create(message=message, user=user, step=step, deadline_version=1, closes_at=CLOSES)
    return ToldDeadline.objects.with_today().get()


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_deadline_of_an_organisation_is_the_same_wherever_it_is_asked(
    one_step: Step, preparer: User, stranger: User, officer: User, extension: datetime | None
) -> None:
    proposal = make_proposal(one_step.round, preparer)
    extend(one_step, preparer.organisation, extension, officer)
    deadlines = {
        preparer.organisation_id: max(CLOSES, extension or CLOSES),
        stranger.organisation_id: CLOSES,
        None: CLOSES,
    }
    for organisation_id, deadline in deadlines.items():
        annotated = Step.objects.annotate(deadline=deadline_of(organisation_id)).get(pk=one_step.pk)
        assert annotated.deadline == annotated.closes_for(organisation_id) == deadline
        assert one_step.round.closes_for(organisation_id, PUBLISHED) == deadline
    own = deadlines[preparer.organisation_id]
    assert proposal.closes_at(PUBLISHED) == own
    assert reminders.deadlines_of(preparer, one_step) == {own}
    assert reminders.OwnDates(one_step).of(preparer) == {preparer.organisation_id: own}
    assert [entry.closes_at for entry in own_deadlines(preparer, PUBLISHED)] == [own]
    assert told(one_step, preparer).now_closes_at == own


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("at", INSTANTS)
def test_a_step_takes_proposals_at_the_same_instants_in_python_and_in_sql(
    one_step: Step, preparer: User, stranger: User, officer: User, extension: datetime | None, at: datetime
) -> None:
    extend(one_step, preparer.organisation, extension, officer)
    for user, deadline in ((preparer, max(CLOSES, extension or CLOSES)), (stranger, CLOSES)):
        proposal = make_proposal(one_step.round, user)
        open_ = PUBLISHED <= at <= deadline
        assert one_step.begins_now(user.organisation_id, at) == one_step.takes_now(proposal, at) == open_
        assert Step.objects.beginning(user.organisation_id, at).exists() == open_
        assert Step.objects.taking(proposal, at).exists() == open_
        assert Round.objects.answerable_by(user.organisation_id, at).exists() == open_
        assert (access.open_step(proposal, at) == one_step) == open_
        assert access.may_start(user, one_step.round, at) == open_


def test_an_editor_of_other_organisations_has_their_deadlines_and_not_the_own(
    one_step: Step, preparer: User, stranger: User, officer: User
) -> None:
    extend(one_step, preparer.organisation, LATER, officer)
    make_proposal(one_step.round, preparer, organisation=stranger.organisation)
    assert reminders.deadlines_of(preparer, one_step) == {CLOSES}
    assert reminders.OwnDates(one_step).of(preparer) == {stranger.organisation_id: CLOSES}
    assert told(one_step, preparer).now_closes_at == CLOSES


STEPS = {
    "none": [],
    "one": [(0, 2)],
    "two with a pause": [(0, 2), (4, 6)],
    "two that overlap": [(0, 4), (2, 6)],
    "two that meet": [(0, 2), (2, 4)],
}
HOURS = range(7)


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("kind", ["draft", "published", "cancelled"])
def test_the_phase_of_a_round_is_the_same_in_python_and_in_sql(db: None, kind: str, steps: str) -> None:
    fields = {
        "draft": {"published": False},
        "published": {},
        "cancelled": {"cancelled_at": PUBLISHED, "cancelled_because_fi": "Raukesi"},
    }
    round_ = make_round(**fields[kind])
    round_.steps.all().delete()
    for opens, closes in STEPS[steps]:
        make_step(round_, opens_at=PUBLISHED + timedelta(hours=opens), closes_at=PUBLISHED + timedelta(hours=closes))
    for at in [PUBLISHED + timedelta(hours=hour) + shift for hour in HOURS for shift in (-TICK, timedelta(), TICK)]:
        phase = round_.phase(at)
        assert Round.objects.open(at).exists() == (phase == "open")
        assert Round.objects.ahead(at).exists() == (phase == "ahead")
        assert Round.objects.over(at).exists() == (phase in {"closed", "cancelled", "past"})
        assert Round.objects.public().exists() == (phase != "draft")
        open_steps = Step.objects.filter(round=round_, opens_at__lte=at, closes_at__gte=at)
        assert {step for step in round_.steps.all() if step.phase(at) == "open"} == {*open_steps}
