"""The deputy: what did not reach somebody is told once to the colleague whom they named, while it is of use."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from pilots.mail import outbox, reminders
from pilots.mail.outbox import Verdict
from pilots.models import DeliveryEvent, Letter, Message, Proposal, Reminder, Round, ToldDeadline
from pilots.rounds.workflow import deadlines as workflow
from regions.models import Organisation, User
from registry.lib.dates import today
from tests.cast import Said
from tests.factories import make_proposal, make_round, make_user
from tests.pilots.moved_deadlines import WHY
from tests.posted import posted

pytestmark = pytest.mark.django_db
NOW = timezone.now()
State, Kind = Message.State, DeliveryEvent.Kind


@pytest.fixture
def stood_for(preparer: User, colleague: User) -> User:
    """The preparer, for whom the colleague stands in."""
    preparer.deputy = colleague
    preparer.save()
    return preparer


def came_back(user: User, letter: Letter = Letter.CORRECTION, state: str = State.BOUNCED, **fields: Any) -> Message:
    """Return a letter to the user that came back."""
    message = posted(user, letter, at=NOW, **fields)
    settled_at = None if state == State.QUEUED else NOW
    Message.objects.filter(pk=message.pk).update(state=state, settled_at=settled_at)
    message.refresh_from_db()
    return message


def forward(at: Any = NOW) -> list[Message]:
    """Tell the deputies; return the letters to them."""
    before = set(Message.objects.values_list("pk", flat=True))
    posted = outbox.forward_returned(at, may_tell_deputy=reminders.may_tell_deputy)
    new = list(Message.objects.exclude(pk__in=before))
    assert len(new) == posted
    return new


def reminded(user: User, round_: Round) -> Message:
    """Return the reminder of a round's draft that was handed over to the outbox for the user."""
    reminders.default_rules(round_, NOW - timedelta(days=1))
    step = round_.steps.get()
    rule = round_.rules.filter(audience="preparers").first()
    assert rule
    reminder = Reminder.objects.create(rule=rule, step=step, deadline_version=1, user=user, due_at=NOW)
    reminders.queue_due(NOW)
    reminder.refresh_from_db()
    assert reminder.message
    return reminder.message


@pytest.mark.parametrize("state", [State.BOUNCED, State.DEAD])
def test_the_deputy_is_told_what_did_not_arrive(stood_for: User, colleague: User, state: str) -> None:
    message = came_back(stood_for, state=state)
    (told,) = forward()
    assert (told.letter, told.user, told.forward_of, told.state) == (Letter.FORWARDED, colleague, message, State.QUEUED)
    assert told.round == message.round
    assert message.subject in told.subject
    assert message.subject in told.body
    assert message.body.strip() in told.body
    assert [(event.kind, event.words) for event in message.events.all()][-1] == (Kind.FORWARDED, colleague.email)


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("fi", "Viesti henkilölle {} ei mennyt perille"),
        ("sv", "Ett meddelande till {} kom inte fram"),
        ("en", "did not arrive"),
    ],
)
def test_the_first_sentence_says_what_is_true_in_the_deputys_language(
    stood_for: User, colleague: User, language: str, first: str
) -> None:
    User.objects.filter(pk=colleague.pk).update(language=language)
    came_back(stood_for)
    (told,) = forward()
    assert first.format(stood_for) in told.body.splitlines()[0]
    assert told.subject.endswith(": " + stood_for.messages.get().subject)


def test_it_is_told_once(stood_for: User) -> None:
    came_back(stood_for)
    assert len(forward()) == 1
    assert forward() == []
    assert forward(NOW + timedelta(days=1)) == []


def test_a_letter_to_a_deputy_that_comes_back_is_not_forwarded_again(stood_for: User, colleague: User) -> None:
    colleague.deputy = make_user(User.Role.PREPARER, colleague.organisation)
    colleague.save()
    came_back(stood_for)
    (told,) = forward()
    Message.objects.filter(pk=told.pk).update(state=State.BOUNCED, settled_at=NOW)
    assert forward() == []


@pytest.mark.parametrize("state", [State.QUEUED, State.SENT, State.DELIVERED, State.EXPIRED, State.CANCELLED])
def test_only_what_came_back_or_was_refused_is_told(stood_for: User, state: str) -> None:
    came_back(stood_for, state=state)
    assert forward() == []


def test_without_a_deputy_nobody_is_told_until_one_is_named(preparer: User, colleague: User) -> None:
    came_back(preparer)
    assert forward() == []
    User.objects.filter(pk=preparer.pk).update(deputy=colleague)
    assert len(forward(NOW + timedelta(days=1))) == 1


def test_what_is_of_no_use_any_more_is_not_told(stood_for: User) -> None:
    came_back(stood_for, useless_after=NOW + timedelta(hours=1))
    assert forward(NOW + timedelta(hours=2)) == []


def test_what_came_back_two_weeks_ago_is_not_told(stood_for: User) -> None:
    came_back(stood_for)
    assert forward(NOW + timedelta(days=14)) == []


def test_a_restored_copy_tells_nobody(stood_for: User, settings: Any) -> None:
    came_back(stood_for)
    settings.DEPLOYMENT_KEY = "https://copy.example"
    assert forward() == []


def test_the_deputy_works_in_the_same_organisation_in_the_same_role_at_that_time(
    stood_for: User, colleague: User, other_council: Organisation
) -> None:
    came_back(stood_for)
    for change in (
        {"organisation": other_council},
        {"role": User.Role.READER},
        {"role": ""},
        {"rights_until": date(2020, 1, 1)},
        {"is_active": False},
        {"address_failed_at": NOW, "address_fault": "550"},
    ):
        was = {name: getattr(colleague, name) for name in change}
        User.objects.filter(pk=colleague.pk).update(**change)
        assert forward() == [], change
        User.objects.filter(pk=colleague.pk).update(**was)
    assert len(forward()) == 1


def test_a_digest_is_for_the_one_who_wanted_it(stood_for: User) -> None:
    message = came_back(stood_for)
    Message.objects.filter(pk=message.pk).update(letter=Letter.DIGEST)
    assert forward() == []


def test_a_reminder_is_told_while_it_is_true_with_its_date(stood_for: User, colleague: User) -> None:
    round_ = make_round()
    make_proposal(round_, stood_for)
    message = reminded(stood_for, round_)
    Message.objects.filter(pk=message.pk).update(state=State.BOUNCED, settled_at=NOW)
    (told,) = forward()
    assert told.useless_after == message.useless_after
    entry = ToldDeadline.objects.get(message=told)
    assert (entry.user, entry.step, entry.closes_at) == (colleague, round_.steps.get(), round_.steps.get().closes_at)
    assert reminders.last_look(told, NOW) is Verdict.SEND


def test_a_reminder_of_what_was_sent_since_is_not_told(stood_for: User) -> None:
    round_ = make_round()
    proposal = make_proposal(round_, stood_for)
    message = reminded(stood_for, round_)
    Message.objects.filter(pk=message.pk).update(state=State.BOUNCED, settled_at=NOW)
    Proposal.objects.filter(pk=proposal.pk).update(state=Proposal.State.WITHDRAWN, withdrawn_at=NOW)
    assert forward() == []
    assert message.reminders.get().state == Reminder.State.QUEUED, "what became of it stays"


def test_what_becomes_untrue_before_it_is_sent_does_not_go(stood_for: User) -> None:
    round_ = make_round()
    proposal = make_proposal(round_, stood_for)
    message = reminded(stood_for, round_)
    Message.objects.filter(pk=message.pk).update(state=State.BOUNCED, settled_at=NOW)
    (told,) = forward()
    Proposal.objects.filter(pk=proposal.pk).update(state=Proposal.State.WITHDRAWN, withdrawn_at=NOW)
    assert reminders.last_look(told, NOW) is Verdict.CANCEL


def test_a_letter_does_not_go_to_somebody_who_is_no_deputy_any_more(stood_for: User, colleague: User) -> None:
    came_back(stood_for)
    (told,) = forward()
    assert reminders.last_look(told, NOW) is Verdict.SEND
    User.objects.filter(pk=colleague.pk).update(email="elsewhere@satakunta.example")
    assert reminders.last_look(Message.objects.get(pk=told.pk), NOW) is Verdict.CANCEL
    User.objects.filter(pk=colleague.pk).update(email=told.address)
    User.objects.filter(pk=stood_for.pk).update(deputy=None)
    assert reminders.last_look(Message.objects.get(pk=told.pk), NOW) is Verdict.CANCEL


@pytest.mark.parametrize("own_too", [False, True])
def test_the_deputy_does_not_hear_of_another_organisations_draft(
    stood_for: User, colleague: User, stranger: User, own_too: bool
) -> None:
    round_ = make_round()
    if own_too:
        make_proposal(round_, stood_for)
    theirs = make_proposal(round_, stranger)
    theirs.editorships.create(user=stood_for, added_at=NOW, added_by=stranger)
    message = reminded(stood_for, round_)
    Message.objects.filter(pk=message.pk).update(state=State.BOUNCED, settled_at=NOW)
    assert forward() == []
    receipt = came_back(stood_for, Letter.RECEIPT, proposal=theirs)
    assert not reminders.may_tell_deputy(receipt, colleague, NOW)


def test_a_correction_is_told_while_its_date_stands(stood_for: User) -> None:
    round_ = make_round()
    came_back(stood_for, Letter.CORRECTION, round_=round_, step=round_.steps.get())
    later = round_.steps.get().closes_at + timedelta(days=1)
    round_.steps.update(closes_at=later)
    assert forward() == []
    round_.steps.update(closes_at=later - timedelta(days=1))
    assert len(forward()) == 1


def test_staff_whose_rights_end_meanwhile_are_not_told(preparer: User, officer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    receipt = came_back(preparer, Letter.RECEIPT, round_=proposal.round, proposal=proposal)
    officer.rights_until = today(NOW)
    assert reminders.may_tell_deputy(receipt, officer, NOW)
    assert not reminders.may_tell_deputy(receipt, officer, NOW + timedelta(days=1))


def test_a_letter_that_cannot_be_written_does_not_hinder_the_others(stood_for: User, said: Said) -> None:
    second, first, third = came_back(stood_for), came_back(stood_for), came_back(stood_for)

    def told(message: Message, deputy: User, at: Any) -> bool:
        if message.pk == first.pk:
            raise LookupError("a template is broken")
        return True

    assert outbox.forward_returned(NOW, may_tell_deputy=told) == 2
    assert set(Message.objects.exclude(forward_of=None).values_list("forward_of", flat=True)) == {second.pk, third.pk}
    assert said() == [f"The deputy was not told of message {first.pk}"]


def test_a_sweep_may_end_between_two(stood_for: User) -> None:
    came_back(stood_for)
    assert outbox.forward_returned(NOW, may_tell_deputy=reminders.may_tell_deputy, may_continue=lambda: False) == 0


def test_staff_without_an_organisation_have_deputies_of_their_role(officer: User) -> None:
    officer.deputy = make_user(User.Role.OFFICER)
    officer.save()
    came_back(officer)
    assert len(forward()) == 1


def test_a_deputy_hears_of_the_later_reminders_too(stood_for: User, colleague: User) -> None:
    User.objects.filter(pk=stood_for.pk).update(address_failed_at=NOW, address_fault="550 5.1.1")
    round_ = make_round()
    make_proposal(round_, stood_for)
    reminded_ = reminded(stood_for, round_)
    assert reminded_.state == State.DEAD
    [letter] = forward()
    assert (letter.user, letter.letter) == (colleague, Letter.FORWARDED)
    assert reminded_.body in letter.body


def test_without_a_deputy_nothing_is_written_to_an_address_that_does_not_work(preparer: User) -> None:
    User.objects.filter(pk=preparer.pk).update(address_failed_at=NOW, address_fault="550 5.1.1")
    round_ = make_round()
    make_proposal(round_, preparer)
    reminders.default_rules(round_, NOW - timedelta(days=1))
    rule = round_.rules.filter(audience="preparers").first()
    assert rule
    one = Reminder.objects.create(rule=rule, step=round_.steps.get(), deadline_version=1, user=preparer, due_at=NOW)
    reminders.queue_due(NOW)
    one.refresh_from_db()
    assert (one.state, one.reason) == ("skipped", "no_address")


def test_a_reminder_whose_address_fails_in_the_queue_goes_to_the_deputy(stood_for: User, colleague: User) -> None:
    round_ = make_round()
    make_proposal(round_, stood_for)
    first = reminded(stood_for, round_)
    User.objects.filter(pk=stood_for.pk).update(address_failed_at=NOW, address_fault="550 5.1.1")
    first.refresh_from_db()
    assert reminders.last_look(first, NOW) is Verdict.CANCEL
    Message.objects.filter(pk=first.pk).update(state=State.CANCELLED, settled_at=NOW)
    assert [letter.user for letter in forward()] == [colleague]


@pytest.mark.parametrize("state", [State.QUEUED, State.SENT])
def test_a_deputy_who_writes_too_hears_of_a_move_once_for_each(
    stood_for: User, colleague: User, officer: User, state: str
) -> None:
    round_ = make_round()
    proposal = make_proposal(round_, stood_for)
    Message.objects.filter(pk=reminded(stood_for, round_).pk).update(state=State.BOUNCED, settled_at=NOW)
    assert [letter.user for letter in forward()] == [colleague]
    Message.objects.filter(user=colleague).update(state=state, settled_at=None if state == State.QUEUED else NOW)
    User.objects.filter(pk=stood_for.pk).update(address_failed_at=NOW, address_fault="550 5.1.1")
    step, later = round_.steps.get(), round_.steps.get().closes_at + timedelta(days=1)
    assert proposal.editors.count() == 1
    difference = workflow.move_deadline(step, later, WHY, officer, NOW, 1)
    assert [one.user for one in difference.letters] == [stood_for]
    [letter] = forward()
    assert (letter.user, letter.forward_of) == (colleague, difference.letters[0].message)
