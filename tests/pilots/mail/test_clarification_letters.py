"""The letters of clarifications: planned with the request, once to each editor, never untrue."""

from datetime import datetime, timedelta

import pytest

from pilots.mail import outbox, reminders, watch
from pilots.mail.outbox import Verdict
from pilots.models import Clarification, ClarificationReminder, Installation, Message
from pilots.proposals import clarifying, workflow
from regions.models import User
from registry.lib.dates import is_working_day, today
from tests.factories import make_submitted
from tests.pilots.proposals.clarified import DAY, NOW, answer, ask
from tests.pilots.proposals.decided import a_closed_round

pytestmark = pytest.mark.django_db
State, Reason = ClarificationReminder.State, ClarificationReminder.Reason


@pytest.fixture
def asked(preparer: User, colleague: User, officer: User) -> Clarification:
    """A clarification of a proposal with two editors."""
    proposal = make_submitted(a_closed_round(), preparer, NOW - 2 * DAY, title="Ehdotus", summary="Ennen")
    workflow.add_editor(proposal, colleague, preparer, NOW)
    return ask(proposal, officer)


def due(asked: Clarification) -> list[datetime]:
    return [reminder.due_at for reminder in asked.reminders.all()]


def outcome(asked: Clarification) -> list[tuple[str, str]]:
    return list(asked.reminders.values_list("state", "reason"))


def remind(at: datetime) -> list[Message]:
    """Hand over what is due; return the new letters."""
    before = set(Message.objects.values_list("pk", flat=True))
    queued = reminders.queue_clarifications(at)
    new = list(Message.objects.exclude(pk__in=before))
    assert (len(new), 0) == (queued.posted, queued.failed)
    return new


def test_the_reminders_are_rows_of_the_request_on_working_days_before_it_is_due(asked: Clarification) -> None:
    moments = due(asked)
    assert [reminder.days_before for reminder in asked.reminders.all()] == [3, 1]
    assert all(NOW < moment < asked.due_at and is_working_day(today(moment)) for moment in moments)
    assert remind(moments[0] - timedelta(seconds=1)) == []


def test_what_is_due_soon_is_reminded_of_once(asked: Clarification, officer: User) -> None:
    soon = ask(asked.proposal, officer, "title", due_at=NOW + 4 * DAY)
    assert all(moment > NOW for moment in due(soon))
    assert len(set(due(soon))) == len(due(soon))


def test_each_editor_there_then_is_reminded_once(asked: Clarification, preparer: User, colleague: User) -> None:
    first, second = due(asked)
    assert {letter.user for letter in remind(first)} == {preparer, colleague}
    assert remind(first) == []
    workflow.remove_editor(asked.proposal, colleague)
    assert {letter.user for letter in remind(second)} == {preparer}
    assert outcome(asked) == [(State.QUEUED, ""), (State.QUEUED, "")]


def test_missed_points_become_the_latest_and_none_goes_after_the_due_date(asked: Clarification) -> None:
    assert len(remind(due(asked)[1])) == 2
    assert outcome(asked) == [(State.SKIPPED, Reason.COLLAPSED), (State.QUEUED, "")]


def test_nothing_is_sent_after_the_due_date(asked: Clarification) -> None:
    assert remind(asked.due_at + DAY) == []
    assert outcome(asked) == [(State.SKIPPED, Reason.PAST)] * 2


def test_who_has_switched_reminders_off_gets_the_request_alone(asked: Clarification, preparer: User) -> None:
    User.objects.filter(pk=preparer.pk).update(wants_reminders=False)
    assert preparer not in {letter.user for letter in remind(due(asked)[0])}
    assert Message.objects.filter(letter="clarification", user=preparer).exists()


def test_an_end_settles_what_is_planned(asked: Clarification, preparer: User, officer: User) -> None:
    other = ask(asked.proposal, officer, "title")
    answer(asked, preparer)
    clarifying.withdraw(other, "Löytyi", officer, NOW)
    assert outcome(asked) == [(State.SKIPPED, Reason.ANSWERED)] * 2
    assert outcome(other) == [(State.SKIPPED, Reason.WITHDRAWN)] * 2
    assert remind(due(asked)[1]) == []


def test_a_proposal_that_is_withdrawn_is_reminded_of_no_more(asked: Clarification, preparer: User) -> None:
    workflow.withdraw(asked.proposal, preparer, NOW)
    assert remind(due(asked)[0]) == []
    assert outcome(asked)[0] == (State.SKIPPED, Reason.CLOSED)


@pytest.mark.parametrize("end", ["answered", "withdrawn", "removed", "switched off", "overdue"])
def test_the_last_look_cancels_what_is_untrue_by_then(
    asked: Clarification, preparer: User, colleague: User, officer: User, end: str
) -> None:
    at = due(asked)[0]
    (letter,) = (one for one in remind(at) if one.user == colleague)
    request = Message.objects.get(letter="clarification", user=colleague)
    for one in (letter, request):
        one.refresh_from_db()
        assert reminders.last_look(one, at) == Verdict.SEND
    match end:
        case "answered":
            answer(asked, preparer)
        case "withdrawn":
            clarifying.withdraw(asked, "Löytyi", officer, NOW)
        case "removed":
            workflow.remove_editor(asked.proposal, colleague)
        case "switched off":
            User.objects.filter(pk=colleague.pk).update(wants_reminders=False)
        case "overdue":
            at = asked.due_at + DAY
    letter, request = (Message.objects.get(pk=one.pk) for one in (letter, request))
    assert reminders.last_look(letter, at) == Verdict.CANCEL
    still = end in {"switched off", "overdue"}
    assert reminders.last_look(request, at) == (Verdict.SEND if still else Verdict.CANCEL)


def test_a_letter_follows_its_reader_to_another_address(asked: Clarification, preparer: User) -> None:
    preparer.email = "new@satakunta.example"
    preparer.save()
    letter = Message.objects.get(letter="clarification", user=preparer)
    assert reminders.last_look(letter, NOW) == Verdict.CANCEL
    again = Message.objects.get(letter="clarification", address="new@satakunta.example")
    assert reminders.last_look(again, NOW) == Verdict.SEND


def test_the_deputy_is_told_while_it_waits(asked: Clarification, preparer: User, officer: User) -> None:
    deputy = User.objects.get(email="colleague@satakunta.example")
    User.objects.filter(pk=preparer.pk).update(deputy=deputy)
    request = Message.objects.filter(letter="clarification", user=preparer)
    request.update(state=Message.State.BOUNCED, settled_at=NOW)
    assert reminders.may_tell_deputy(request.get(), deputy, NOW)
    assert outbox.forward_returned(NOW, may_tell_deputy=reminders.may_tell_deputy) == 1
    forward = Message.objects.get(letter="forwarded")
    assert reminders.last_look(forward, NOW) == Verdict.SEND
    clarifying.withdraw(asked, "Löytyi", officer, NOW)
    assert reminders.last_look(Message.objects.get(pk=forward.pk), NOW) == Verdict.CANCEL


def test_a_reminder_that_is_not_handed_over_is_a_trouble_after_ten_minutes(asked: Clarification) -> None:
    at = due(asked)[0]
    Message.objects.all().delete()
    Installation.objects.create(swept_at=at + timedelta(minutes=9))
    assert watch.look(at + timedelta(minutes=9)).troubles == ()
    (late,) = watch.look(at + timedelta(minutes=11)).troubles
    assert (late.kind, late.since) == ("missing", at)
    remind(at + timedelta(minutes=11))
    Message.objects.all().delete()
    assert watch.look(at + timedelta(minutes=12)).troubles == ()
