"""A round that is cancelled: everyone who knows of it hears that, and nothing else."""

from datetime import timedelta

import pytest

from pilots.mail import reminders
from pilots.models import Letter, Message, Reminder, Round
from pilots.rounds.workflow import deadlines as workflow
from regions.models import User
from registry.lib.refusals import Refused
from tests.factories import make_organisation, make_round, make_user
from tests.pilots.autumn_round import CLOSES, PLANNED, PUBLISHED, QUEUED, SKIPPED, draft_of, of, submit
from tests.pilots.moved_deadlines import FIRST, LATER, NOW, WHY, deliver, move

pytestmark = pytest.mark.django_db


def test_a_cancelled_round_tells_everyone_who_knows_of_it_and_stops_the_rest(
    autumn_round: Round, preparer: User, stranger: User, officer: User
) -> None:
    other = make_round(opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(other, PUBLISHED)
    draft_of(preparer, autumn_round)
    draft_of(preparer, other)
    writes_there = draft_of(make_user(User.Role.PREPARER, make_organisation()), other).created_by
    submit(draft_of(stranger, autumn_round), PUBLISHED, title="x")
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(FIRST)
    shown = workflow.cancel(autumn_round, WHY, officer, FIRST, undo=True)
    difference = workflow.cancel(autumn_round, WHY, officer, FIRST, seen=shown.fingerprint)
    autumn_round.refresh_from_db()
    assert (autumn_round.cancelled_at, autumn_round.cancelled_by, autumn_round.cancelled_because_sv) == (
        FIRST,
        officer,
        WHY.sv,
    )
    assert [one.user for one in difference.cancelled] == [preparer]
    assert Message.objects.get(user=writes_there).state == "queued"
    assert [one.user for one in difference.letters] == [preparer, stranger]
    assert all(one.message.body.startswith("Kierros on peruttu.") for one in difference.letters)
    assert f"Syy: {WHY.fi}" in difference.letters[0].message.body
    assert not Reminder.objects.filter(step__round=autumn_round, state__in=[PLANNED, QUEUED]).exists()
    assert (14, SKIPPED, "cancelled") in of(preparer)
    assert reminders.queue_due(FIRST + timedelta(minutes=1)).posted == 1  # of the other round
    deliver(FIRST + timedelta(minutes=1))
    assert set(Message.objects.filter(state="sent").values_list("letter", flat=True)) == {
        Letter.ROUND_CANCELLED,
        Letter.DRAFT_NOT_SENT,
        Letter.OPEN_ROUND,  # of the other round, which is open to all
    }
    with pytest.raises(Refused, match="peruttu"):
        workflow.cancel(autumn_round, WHY, officer, FIRST)


def test_a_correction_under_way_when_the_round_is_cancelled_is_not_sent(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    move(autumn_round, LATER, officer)
    workflow.cancel(autumn_round, WHY, officer, NOW)
    assert Message.objects.get(letter=Letter.CORRECTION).state == "cancelled"
    assert Message.objects.get(letter=Letter.ROUND_CANCELLED).state == "queued"


@pytest.mark.parametrize(("language", "words"), [("sv", "Omgången har ställts in."), ("en", "has been cancelled.")])
def test_a_cancellation_is_in_its_readers_language(
    autumn_round: Round, preparer: User, officer: User, language: str, words: str
) -> None:
    User.objects.filter(pk=preparer.pk).update(language=language)
    draft_of(preparer, autumn_round)
    [one] = workflow.cancel(autumn_round, WHY, officer, NOW).letters
    assert words in one.message.body
