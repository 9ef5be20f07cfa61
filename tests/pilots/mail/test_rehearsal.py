"""The rehearsal: what it shows is what is sent, and it says who will not hear and why."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from pilots.mail import reminders
from pilots.mail.outbox import Verdict
from pilots.models import Extension, Message, Proposal, Reminder, Round
from pilots.rounds.workflow import deadlines
from regions.models import Organisation, User
from registry.lib.languages import InThree
from tests.factories import make_organisation, make_round, make_user
from tests.pilots.autumn_round import CLOSES, FIVE_BEFORE, PUBLISHED, draft_of, finnish, submit
from tests.posted import posted

Reason = Reminder.Reason
DAY = timedelta(days=1)


def rehearsed(round_: Round, at: datetime) -> list[tuple[datetime, str, str]]:
    return [(one.at, one.user.email, one.letter) for one in reminders.rehearse_round(round_, at).letters]


def lived(at: datetime, until: datetime, every: timedelta = timedelta(hours=2)) -> list[tuple[datetime, str, str]]:
    """Let the time pass, and return what was written."""
    while at <= until:
        reminders.plan_all(at)
        reminders.queue_due(at)
        Message.objects.filter(state="queued").update(state="sent", settled_at=at)
        at += every
    written = Message.objects.select_related("user").order_by("created_at", "user__email")
    return [(message.created_at, message.user.email if message.user else "", message.letter) for message in written]


def test_what_is_rehearsed_is_what_is_sent(
    autumn_round: Round, preparer: User, stranger: User, other_council: Organisation, officer: User
) -> None:
    autumn_round.invited.add(other_council)
    draft_of(preparer, autumn_round)
    other = make_round(
        opens_at=PUBLISHED, closes_at=CLOSES + timedelta(hours=17), published_at=PUBLISHED, owner=officer
    )
    reminders.default_rules(other, PUBLISHED)
    draft_of(preparer, other)
    draft_of(stranger, other)
    start = finnish(2026, 11, 9)
    reminders.plan_all(start)
    whole = reminders.rehearse([preparer.pk, stranger.pk, officer.pk], start)
    shown = [(one.at, one.user.email, str(one.letter)) for one in whole.letters]
    texts = {(one.at, one.user.email): one.text().body for one in whole.letters}
    assert len(shown) > 8
    assert lived(start, CLOSES + timedelta(days=5)) == shown
    for message in Message.objects.select_related("user"):
        assert message.user
        assert texts[message.created_at, message.user.email] == message.body


def test_it_says_who_will_not_hear_and_why(
    autumn_round: Round,
    preparer: User,
    colleague: User,
    council: Organisation,
    stranger: User,
    other_council: Organisation,
) -> None:
    proposal = draft_of(preparer, autumn_round)
    silent = make_user(User.Role.PREPARER, council, email="silent@satakunta.example", wants_reminders=False)
    proposal.editorships.create(user=silent, added_at=PUBLISHED, added_by=preparer)
    submit(draft_of(stranger, autumn_round), PUBLISHED)
    unreachable = make_user(User.Role.PREPARER, council, email="gone@satakunta.example")
    proposal.editorships.create(user=unreachable, added_at=PUBLISHED, added_by=preparer)
    User.objects.filter(pk=unreachable.pk).update(address_failed_at=PUBLISHED, address_fault="550 no such user")
    reminders.plan(autumn_round, PUBLISHED)
    untold = reminders.rehearse_round(autumn_round, PUBLISHED).untold
    reasons = {(one.reminder.user.email, one.reason) for one in untold}
    assert reasons == {
        (silent.email, Reason.OPTED_OUT),
        (stranger.email, Reason.SUBMITTED),
        (unreachable.email, Reason.NO_ADDRESS),
    }
    assert all(one.words for one in untold)


def test_what_the_quiet_hours_hold_up_is_shown_at_the_time_it_will_go(
    autumn_round: Round, officer: User, preparer: User
) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    Message.objects.update(state="sent", settled_at=finnish(2026, 11, 13))
    other = make_round(opens_at=FIVE_BEFORE + timedelta(hours=6), closes_at=CLOSES, published_at=FIVE_BEFORE - DAY)
    reminders.default_rules(other, FIVE_BEFORE - DAY)
    draft_of(preparer, other, at=FIVE_BEFORE - DAY)
    start = FIVE_BEFORE - timedelta(minutes=30)
    reminders.plan_all(start)
    shown = [one.at for one in reminders.rehearse([preparer.pk], start).letters][:2]
    assert shown == [FIVE_BEFORE, FIVE_BEFORE + timedelta(hours=20)]
    lived(start, FIVE_BEFORE + timedelta(hours=21), timedelta(minutes=30))
    written = Message.objects.filter(user=preparer, created_at__gte=start).order_by("created_at")
    assert [message.created_at for message in written] == shown


def test_a_point_before_the_step_opens_is_shown_at_its_opening(preparer: User) -> None:
    opens_at, start = FIVE_BEFORE + timedelta(hours=6), FIVE_BEFORE - DAY
    round_ = make_round(opens_at=opens_at, closes_at=CLOSES, published_at=start)
    reminders.default_rules(round_, start)
    draft_of(preparer, round_, at=start)
    reminders.plan_all(start)
    shown = [one.at for one in reminders.rehearse([preparer.pk], start).letters]
    assert shown == [opens_at, CLOSES.replace(day=26, hour=9, minute=0)]
    lived(start, CLOSES, timedelta(minutes=30))
    written = Message.objects.filter(user=preparer).order_by("created_at")
    assert [message.created_at for message in written] == shown


def test_nothing_is_written_by_a_rehearsal(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    before = list(Reminder.objects.order_by("pk").values())
    assert reminders.rehearse_round(autumn_round, PUBLISHED).letters
    assert list(Reminder.objects.order_by("pk").values()) == before
    assert not Message.objects.exists()


def test_one_persons_rehearsal_is_what_the_whole_rounds_says_of_them(
    autumn_round: Round, preparer: User, colleague: User, stranger: User, officer: User
) -> None:
    other = make_round(opens_at=FIVE_BEFORE - DAY, closes_at=CLOSES + 2 * DAY, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(other, PUBLISHED)
    draft_of(preparer, autumn_round)
    draft_of(preparer, other)
    draft_of(colleague, autumn_round)
    submit(draft_of(stranger, autumn_round), PUBLISHED)
    User.objects.filter(pk=colleague.pk).update(wants_reminders=False)
    reminders.plan_all(PUBLISHED)
    whole = reminders.rehearse_round(autumn_round, PUBLISHED)
    people = {letter.user for letter in whole.letters} | {one.reminder.user for one in whole.untold}
    assert {preparer, colleague, stranger, officer} == people
    assert any(len({item.round for item in letter.items}) == 2 for letter in whole.letters)
    for user in people:
        alone = reminders.rehearse_round(autumn_round, PUBLISHED, person=user.pk)
        theirs = [letter for letter in whole.letters if letter.user == user]
        assert [(one.at, one.letter, one.text()) for one in alone.letters] == [
            (one.at, one.letter, one.text()) for one in theirs
        ]
        untold = [(one.at, one.reminder, one.reason) for one in whole.untold if one.reminder.user == user]
        assert [(one.at, one.reminder, one.reason) for one in alone.untold] == untold
    nobody = reminders.rehearse_round(autumn_round, PUBLISHED, person=0)
    assert (nobody.letters, nobody.untold) == ([], [])


@pytest.mark.parametrize("people", [1, 3, 30])
def test_a_rehearsal_takes_the_same_queries_for_one_and_for_many(
    autumn_round: Round, council: Organisation, django_assert_num_queries: Any, people: int
) -> None:
    for number in range(people):
        draft_of(make_user(User.Role.PREPARER, council, email=f"p{number}@satakunta.example"), autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    with django_assert_num_queries(7):
        assert len(reminders.rehearse_round(autumn_round, PUBLISHED).letters) == 3 * people + 4


def test_an_extension_reminds_again_of_its_own_date(autumn_round: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    day_before = finnish(2026, 11, 26)
    for day in (finnish(2026, 11, 13), FIVE_BEFORE, day_before):
        assert reminders.queue_due(day).posted
    Extension.objects.create(
        step=autumn_round.steps.get(),
        organisation=preparer.organisation,
        closes_at=CLOSES + timedelta(days=14),
        reason="Sairastuminen",
        granted_at=day_before + timedelta(hours=1),
        granted_by=officer,
    )
    reminders.plan_all(day_before + timedelta(hours=2))
    told = [one for one in rehearsed(autumn_round, day_before + timedelta(hours=2)) if one[1] == preparer.email]
    assert [at for at, _, _ in told] == [finnish(2026, 11, 27), finnish(2026, 12, 4), finnish(2026, 12, 10)]


def test_somebody_who_writes_for_two_organisations_hears_of_both_dates(
    autumn_round: Round, preparer: User, officer: User, other_council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    draft_of(preparer, autumn_round, organisation=other_council)
    Extension.objects.create(
        step=autumn_round.steps.get(),
        organisation=other_council,
        closes_at=CLOSES + timedelta(days=14),
        reason="Sairastuminen",
        granted_at=PUBLISHED,
        granted_by=officer,
    )
    reminders.plan_all(finnish(2026, 11, 9))
    letters = [
        one for one in reminders.rehearse_round(autumn_round, finnish(2026, 11, 9)).letters if one.user == preparer
    ]
    dates = [[item.closes_at for item in letter.items] for letter in letters]
    assert [CLOSES] in dates
    assert [CLOSES + timedelta(days=14)] in dates
    assert sum(len(letter) for letter in dates) == 6


def test_who_switched_reminders_off_still_gets_corrections(autumn_round: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, autumn_round)
    User.objects.filter(pk=preparer.pk).update(wants_reminders=False)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    assert not Message.objects.filter(user=preparer).exists()
    reasons = InThree("Lomien vuoksi", "På grund av semestrar")
    later = CLOSES + timedelta(days=7)
    told = deadlines.move_deadline(autumn_round.steps.get(), later, reasons, officer, FIVE_BEFORE, 1).letters
    assert preparer in [one.user for one in told]


def test_a_letter_to_an_address_that_was_replaced_goes_to_the_new_one(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    old = Message.objects.get(user=preparer)
    User.objects.filter(pk=preparer.pk).update(email="new@satakunta.example")
    assert reminders.last_look(old, FIVE_BEFORE) is Verdict.CANCEL
    Message.objects.filter(pk=old.pk).update(state="cancelled", settled_at=FIVE_BEFORE)
    new = Message.objects.get(user=preparer, state="queued")
    assert (new.address, new.body) == ("new@satakunta.example", old.body)
    assert new.message_id != old.message_id
    assert reminders.last_look(new, FIVE_BEFORE) is Verdict.SEND


def test_nothing_goes_to_an_account_that_is_gone(autumn_round: Round, preparer: User) -> None:
    message = posted(preparer, at=FIVE_BEFORE, step=autumn_round.steps.get())
    message.user = None
    assert reminders.last_look(message, FIVE_BEFORE) is Verdict.CANCEL


def test_the_same_key_posts_one_letter(autumn_round: Round, preparer: User) -> None:
    first = posted(preparer, at=FIVE_BEFORE, round_=autumn_round, key="1")
    assert posted(preparer, at=CLOSES, round_=autumn_round, key="1") == first
    assert Message.objects.count() == 1


def test_a_letter_whose_kind_changed_is_not_sent_as_it_was(autumn_round: Round, preparer: User, officer: User) -> None:
    proposal = draft_of(preparer, autumn_round)
    other = make_round(opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(other, PUBLISHED)
    draft_of(preparer, other, organisation=make_organisation())
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    message = Message.objects.get(user=preparer)
    assert reminders.last_look(message, FIVE_BEFORE) is Verdict.SEND
    submit(proposal, FIVE_BEFORE, title="Sent")
    Proposal.objects.filter(pk=proposal.pk).update(content={"title": "Changed"}, edition=proposal.edition + 2)
    assert reminders.last_look(message, FIVE_BEFORE) is Verdict.CANCEL
    new = Message.objects.exclude(pk=message.pk).get(user=preparer)
    assert {entry.letter for entry in new.told.all()} == {"draft_not_sent", "changes_not_sent"}
