"""The plan of reminders: the points at which they are due, and for whom."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from pilots.mail import reminders
from pilots.models import Editor, Letter, Message, Reminder, ReminderRule, Round, Step
from regions.models import Organisation, User
from registry.lib.dates import finnish_time, is_working_day
from tests.factories import make_organisation, make_round, make_user
from tests.pilots.autumn_round import (
    CLOSES,
    FIVE_BEFORE,
    HELSINKI,
    PLANNED,
    PUBLISHED,
    QUEUED,
    SKIPPED,
    SUPERSEDED,
    draft_of,
    extended,
    finnish,
    of,
)

Reason = Reminder.Reason


def test_planning_twice_plans_once(autumn_round: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, autumn_round)
    assert reminders.plan(autumn_round, PUBLISHED) == 7
    assert reminders.plan(autumn_round, PUBLISHED) == 0
    assert of(preparer) == [(14, PLANNED, ""), (5, PLANNED, ""), (1, PLANNED, "")]
    assert of(officer) == [(7, PLANNED, ""), (1, PLANNED, ""), (0, PLANNED, ""), (-1, PLANNED, "")]


def test_the_default_rules_stand_once(autumn_round: Round) -> None:
    reminders.default_rules(autumn_round, PUBLISHED + timedelta(days=1))
    assert {rule.active_from for rule in autumn_round.rules.all()} == {PUBLISHED}
    assert autumn_round.rules.count() == 7


@pytest.mark.parametrize("closing", [date(2026, 11, 23) + timedelta(days=n) for n in range(7)])
@pytest.mark.parametrize("days_before", [14, 7, 5, 1, 0])
def test_every_weekday_as_closing_day_is_told_before_on_a_working_day(closing: date, days_before: int) -> None:
    closes_at = datetime.combine(closing, time(16, 15), tzinfo=HELSINKI)
    due = finnish_time(ReminderRule(days_before=days_before).due_at(closes_at))
    assert is_working_day(due.date())
    assert due.time() == time(9, 0)
    assert closing - timedelta(days=days_before + 2) <= due.date() <= closing - timedelta(days=days_before)


@pytest.mark.parametrize(
    ("closes_at", "days_before", "due"),
    [
        (finnish(2026, 12, 7, 16, 15), 1, finnish(2026, 12, 4)),  # Independence Day is a Sunday: Friday before
        (finnish(2027, 12, 7, 16, 15), 1, finnish(2027, 12, 3)),  # Independence Day on a Monday, after a weekend
        (finnish(2026, 12, 28, 16, 15), 1, finnish(2026, 12, 23)),  # a weekend, Christmas, its eve
        (finnish(2026, 6, 22, 16, 15), 1, finnish(2026, 6, 18)),  # Midsummer and its eve
        (finnish(2026, 10, 26, 16, 15), 5, finnish(2026, 10, 21)),  # the clocks go back between: 121 hours apart
        (finnish(2026, 10, 25, 16, 15), 0, finnish(2026, 10, 23)),
        (finnish(2027, 3, 30, 16, 15), 1, finnish(2027, 3, 25)),  # Easter, and the clocks go forward
        (finnish(2026, 11, 27, 8, 0), 0, finnish(2026, 11, 26)),  # the rule's clock is after the deadline
        (finnish(2026, 11, 27, 16, 15), -1, finnish(2026, 11, 30)),  # a summary comes later: before it were untrue
    ],
)
def test_a_point_keeps_the_finnish_clock_and_comes_earlier_over_holidays(
    closes_at: datetime, days_before: int, due: datetime
) -> None:
    assert ReminderRule(days_before=days_before).due_at(closes_at) == due


def test_over_the_change_of_clocks_nine_is_nine_on_both_sides() -> None:
    rule = ReminderRule(days_before=5)
    due = rule.due_at(finnish(2026, 10, 27, 9, 30))
    assert finnish_time(due).hour == 9
    assert (finnish(2026, 10, 27, 9) - due.astimezone(ZoneInfo("UTC"))) != timedelta(days=4)


def test_what_was_due_before_the_round_was_published_is_past_and_never_sent(
    autumn_round: Round, preparer: User
) -> None:
    draft_of(preparer, autumn_round)
    Round.objects.filter(pk=autumn_round.pk).update(published_at=FIVE_BEFORE + timedelta(hours=1))
    reminders.plan(autumn_round, FIVE_BEFORE + timedelta(hours=1))
    assert of(preparer) == [(14, SKIPPED, Reason.PAST), (5, SKIPPED, Reason.PAST), (1, PLANNED, "")]
    assert reminders.queue_due(FIVE_BEFORE + timedelta(hours=2)).posted == 0


def test_who_becomes_an_editor_late_is_not_told_of_points_before(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round, at=FIVE_BEFORE + timedelta(hours=1))
    reminders.plan_all(FIVE_BEFORE + timedelta(hours=2))
    assert of(preparer) == [(14, SKIPPED, Reason.PAST), (5, SKIPPED, Reason.PAST), (1, PLANNED, "")]


def test_points_further_than_sixty_days_wait(autumn_round: Round, officer: User) -> None:
    Step.objects.filter(round=autumn_round).update(closes_at=PUBLISHED + timedelta(days=70))
    reminders.plan(autumn_round, PUBLISHED)
    assert of(officer) == []
    reminders.plan(autumn_round, PUBLISHED + timedelta(days=9))
    assert len(of(officer)) == 4 - 1  # the summary comes after a weekend


def test_rounds_that_are_unpublished_or_cancelled_plan_nothing(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    Round.objects.filter(pk=autumn_round.pk).update(cancelled_at=PUBLISHED, cancelled_because_fi="Rahoitus puuttuu")
    assert reminders.plan_all(PUBLISHED) == 0
    Round.objects.filter(pk=autumn_round.pk).update(cancelled_at=None, published_at=None)
    assert reminders.plan_all(PUBLISHED) == 0


def test_an_invited_organisation_without_a_draft_hears_of_the_first_rule_only(
    autumn_round: Round, preparer: User
) -> None:
    reminders.plan(autumn_round, PUBLISHED)
    assert of(preparer) == [(14, PLANNED, "")]
    reminders.queue_due(finnish(2026, 11, 13))
    message = Message.objects.get(user=preparer)
    assert (message.letter, message.round, message.proposal) == (Letter.NO_DRAFT, autumn_round, None)
    assert message.body.startswith("Organisaatiosi ei ole vielä aloittanut ehdotusta.")


def test_an_invited_organisation_without_a_draft_hears_of_its_own_deadline(
    autumn_round: Round, preparer: User, council: Organisation, officer: User
) -> None:
    later = finnish(2026, 12, 4, 16, 15)
    extended(autumn_round, council, later, officer)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)  # 14 days before the own deadline
    message = Message.objects.get(user=preparer)
    assert (message.letter, message.told.get().closes_at) == (Letter.NO_DRAFT, later)
    assert "4.12.2026" in message.body


def test_a_draft_in_another_round_is_no_draft_in_this_one(
    autumn_round: Round, preparer: User, council: Organisation
) -> None:
    draft_of(preparer, make_round(opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, invited=[council]))
    reminders.plan(autumn_round, PUBLISHED)
    assert of(preparer) == [(14, PLANNED, "")]
    reminders.queue_due(finnish(2026, 11, 13))
    assert Message.objects.get(user=preparer).letter == Letter.NO_DRAFT


def test_people_who_are_not_invited_or_no_longer_work_hear_nothing(
    autumn_round: Round, stranger: User, ended: User, preparer: User
) -> None:
    draft_of(preparer, autumn_round).editorships.create(user=ended, added_at=PUBLISHED, added_by=preparer)
    reminders.plan(autumn_round, PUBLISHED)
    assert set(Reminder.objects.values_list("user__email", flat=True)) == {preparer.email, "officer@ministry.example"}


def test_a_colleague_started_since_so_the_draft_is_the_colleagues(
    autumn_round: Round, preparer: User, colleague: User
) -> None:
    reminders.plan(autumn_round, PUBLISHED)
    draft_of(colleague, autumn_round)
    reminders.queue_due(finnish(2026, 11, 13))
    assert of(preparer) == [(14, SKIPPED, Reason.NOT_AN_EDITOR)]
    assert Message.objects.get(user=colleague).letter == Letter.DRAFT_NOT_SENT


def test_whose_rights_end_before_the_first_reminder_is_not_told_to_begin(autumn_round: Round, preparer: User) -> None:
    reminders.plan(autumn_round, PUBLISHED)
    User.objects.filter(pk=preparer.pk).update(rights_until=date(2026, 11, 12))
    reminders.queue_due(finnish(2026, 11, 13))
    assert of(preparer) == [(14, SKIPPED, Reason.NOT_AN_EDITOR)]
    assert not Message.objects.filter(user=preparer).exists()


def test_who_helped_another_organisation_until_now_is_not_told_late_of_the_own_one_s_silence(
    autumn_round: Round, preparer: User, other_council: Organisation
) -> None:
    proposal = draft_of(preparer, autumn_round, organisation=other_council)
    reminders.plan(autumn_round, PUBLISHED)
    proposal.editorships.all().delete()
    reminders.queue_due(FIVE_BEFORE + timedelta(days=6))
    assert of(preparer)[-1] == (1, SKIPPED, Reason.NOT_AN_EDITOR)
    assert (5, SKIPPED, Reason.NOT_AN_EDITOR) in of(preparer)


def test_an_extension_moves_the_organisations_own_reminders(
    autumn_round: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    draft_of(stranger, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    later = finnish(2026, 12, 4, 16, 15)
    extended(autumn_round, preparer.organisation, later, officer)
    assert reminders.plan(autumn_round, finnish(2026, 11, 2)) == 3
    assert reminders.queue_due(FIVE_BEFORE).posted == 3
    mine, theirs = Message.objects.get(user=preparer), Message.objects.get(user=stranger)
    assert (mine.told.get().closes_at, theirs.told.get().closes_at) == (later, CLOSES)
    assert "4.12.2026" in mine.body
    assert reminders.queue_due(finnish(2026, 12, 3)).posted == 2  # one day before the extended deadline; the summary
    assert of(preparer)[-1] == (1, QUEUED, "")


def test_points_of_an_extension_before_it_was_granted_are_past(
    autumn_round: Round, preparer: User, council: Organisation, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    extended(autumn_round, council, CLOSES + timedelta(days=7), officer, finnish(2026, 11, 25))
    reminders.plan(autumn_round, finnish(2026, 11, 25))
    theirs = Reminder.objects.filter(user=preparer, extension_version=1).order_by("due_at")
    assert [(one.rule.days_before, one.state, one.reason) for one in theirs] == [
        (14, SKIPPED, Reason.PAST),
        (5, PLANNED, ""),
        (1, PLANNED, ""),
    ]


def test_a_deadline_that_moved_since_planning_supersedes_at_the_claim(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    Step.objects.update(deadline_version=2)
    assert reminders.queue_due(FIVE_BEFORE).posted == 0
    assert (5, SUPERSEDED, "") in of(preparer)


def test_an_extension_is_planned_for_long_after_the_deadline_for_all(
    autumn_round: Round, preparer: User, council: Organisation, officer: User
) -> None:
    at = CLOSES + timedelta(days=18)  # the step's own deadline is further back than a plan looks
    extended(autumn_round, council, finnish(2026, 12, 22, 16, 15), officer)
    draft_of(preparer, autumn_round, at)
    reminders.plan_all(at)
    assert of(preparer) == [(14, SKIPPED, Reason.PAST), (5, PLANNED, ""), (1, PLANNED, "")]


def test_of_a_round_that_closed_long_ago_nothing_more_is_planned_though_some_had_longer(
    autumn_round: Round, council: Organisation, officer: User, decider: User
) -> None:
    later = CLOSES + timedelta(days=7)
    extended(autumn_round, council, later, officer)
    Round.objects.filter(pk=autumn_round.pk).update(owner=decider)  # who has not had its summary
    assert reminders.plan_all(later + timedelta(days=14, seconds=1)) == 0
    assert of(decider) == []
    reminders.plan_all(later + timedelta(days=14))
    assert (-1, PLANNED, "") in of(decider)


def test_the_dates_of_a_person_are_those_of_the_proposals_they_edit_not_of_their_own_organisation(
    autumn_round: Round, preparer: User, other_council: Organisation, officer: User
) -> None:
    step, later = autumn_round.steps.get(), CLOSES + timedelta(days=7)
    extended(autumn_round, other_council, later, officer)
    assert reminders.deadlines_of(preparer, step) == {CLOSES}
    draft_of(preparer, autumn_round, organisation=other_council)
    draft_of(make_user(User.Role.PREPARER, make_organisation()), autumn_round)
    assert reminders.deadlines_of(preparer, step) == {later}


@pytest.mark.parametrize("first", [True, False])
def test_who_joins_a_second_proposal_keeps_the_points_of_the_first(
    autumn_round: Round, preparer: User, stranger: User, first: bool
) -> None:
    joined = [PUBLISHED, FIVE_BEFORE + timedelta(hours=1)]
    draft_of(preparer, autumn_round, at=joined[not first])
    theirs = draft_of(stranger, autumn_round)
    Editor.objects.create(proposal=theirs, user=preparer, added_at=joined[first], added_by=stranger)
    reminders.plan(autumn_round, FIVE_BEFORE + timedelta(hours=2))
    assert Reminder.objects.get(user=preparer, rule__days_before=5).state == PLANNED
