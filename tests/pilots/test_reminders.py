"""Reminders: who is told what and when, once, in time, with the true date."""

import shutil
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F

from pilots import reminders
from pilots.models import (
    Editor,
    Extension,
    Letter,
    Message,
    Proposal,
    Reminder,
    ReminderRule,
    Round,
    Step,
    Told,
    Version,
    fingerprint,
)
from regions.models import Organisation, User
from registry.lib.dates import finnish_time, is_working_day
from tests.factories import make_organisation, make_proposal, make_round, make_user

HELSINKI = ZoneInfo("Europe/Helsinki")
PLANNED, QUEUED, SKIPPED, SUPERSEDED = Reminder.State
Reason = Reminder.Reason


def finnish(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HELSINKI)


PUBLISHED = finnish(2026, 10, 1)
CLOSES = finnish(2026, 11, 27, 16, 15)  # a Friday
FIVE_BEFORE = finnish(2026, 11, 20)  # 22.11. is a Sunday


@pytest.fixture
def round_(officer: User, council: Organisation) -> Round:
    """A round published on 1.10.2026 that closes on Friday 27.11.2026, with its rules."""
    round_ = make_round(
        opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, owner=officer, invited=[council], name_en="Autumn"
    )
    reminders.default_rules(round_, PUBLISHED)
    return round_


def draft_of(user: User, round_: Round, at: datetime = PUBLISHED, **fields: object) -> Proposal:
    proposal = make_proposal(round_, user, **fields)
    Editor.objects.filter(proposal=proposal).update(added_at=at)
    return proposal


def submit(proposal: Proposal, at: datetime, **content: str) -> None:
    step = proposal.round.steps.get()
    Version.objects.create(
        proposal=proposal,
        step=step,
        number=1,
        content=content,
        sha256=fingerprint(content),
        submitted_at=at,
        submitted_by=proposal.created_by,
    )
    Proposal.objects.filter(pk=proposal.pk).update(
        state="submitted", submitted_at=at, content=content, edition=proposal.edition + 1
    )


def of(user: User) -> list[tuple[int, str, str]]:
    return [
        (reminder.rule.days_before, reminder.state, reminder.reason)
        for reminder in Reminder.objects.filter(user=user).select_related("rule").order_by("due_at")
    ]


def test_planning_twice_plans_once(round_: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, round_)
    assert reminders.plan(round_, PUBLISHED) == 7
    assert reminders.plan(round_, PUBLISHED) == 0
    assert of(preparer) == [(14, PLANNED, ""), (5, PLANNED, ""), (1, PLANNED, "")]
    assert of(officer) == [(7, PLANNED, ""), (1, PLANNED, ""), (0, PLANNED, ""), (-1, PLANNED, "")]


def test_the_default_rules_stand_once(round_: Round) -> None:
    reminders.default_rules(round_, PUBLISHED + timedelta(days=1))
    assert {rule.active_from for rule in round_.rules.all()} == {PUBLISHED}
    assert round_.rules.count() == 7


@pytest.mark.parametrize("closing", [date(2026, 11, 23) + timedelta(days=n) for n in range(7)])
@pytest.mark.parametrize("days_before", [14, 7, 5, 1, 0])
def test_every_weekday_as_closing_day_is_told_before_on_a_working_day(closing: date, days_before: int) -> None:
    closes_at = datetime.combine(closing, time(16, 15), tzinfo=HELSINKI)
    due = finnish_time(ReminderRule(days_before=days_before, clock=time(9, 0)).due_at(closes_at))
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
    assert ReminderRule(days_before=days_before, clock=time(9, 0)).due_at(closes_at) == due


def test_over_the_change_of_clocks_nine_is_nine_on_both_sides() -> None:
    rule = ReminderRule(days_before=5, clock=time(9, 0))
    due = rule.due_at(finnish(2026, 10, 27, 9, 30))
    assert finnish_time(due).hour == 9
    assert (finnish(2026, 10, 27, 9) - due.astimezone(ZoneInfo("UTC"))) != timedelta(days=4)
    assert ReminderRule(days_before=0, clock=time(3, 30)).due_at(finnish(2026, 10, 26, 16)) == finnish(
        2026, 10, 26, 3, 30
    )


def test_what_was_due_before_the_round_was_published_is_past_and_never_sent(round_: Round, preparer: User) -> None:
    draft_of(preparer, round_)
    Round.objects.filter(pk=round_.pk).update(published_at=FIVE_BEFORE + timedelta(hours=1))
    reminders.plan(round_, FIVE_BEFORE + timedelta(hours=1))
    assert of(preparer) == [(14, SKIPPED, Reason.PAST), (5, SKIPPED, Reason.PAST), (1, PLANNED, "")]
    assert reminders.queue_due(FIVE_BEFORE + timedelta(hours=2)).posted == 0


def test_who_becomes_an_editor_late_is_not_told_of_points_before(round_: Round, preparer: User) -> None:
    draft_of(preparer, round_, at=FIVE_BEFORE + timedelta(hours=1))
    reminders.plan_all(FIVE_BEFORE + timedelta(hours=2))
    assert of(preparer) == [(14, SKIPPED, Reason.PAST), (5, SKIPPED, Reason.PAST), (1, PLANNED, "")]


def test_points_further_than_sixty_days_wait(round_: Round, officer: User) -> None:
    Step.objects.filter(round=round_).update(closes_at=PUBLISHED + timedelta(days=70))
    reminders.plan(round_, PUBLISHED)
    assert of(officer) == []
    reminders.plan(round_, PUBLISHED + timedelta(days=9))
    assert len(of(officer)) == 4 - 1  # the summary comes after a weekend


def test_rounds_that_are_unpublished_or_cancelled_plan_nothing(round_: Round, preparer: User) -> None:
    draft_of(preparer, round_)
    Round.objects.filter(pk=round_.pk).update(cancelled_at=PUBLISHED, cancelled_because_fi="Rahoitus puuttuu")
    assert reminders.plan_all(PUBLISHED) == 0
    Round.objects.filter(pk=round_.pk).update(cancelled_at=None, published_at=None)
    assert reminders.plan_all(PUBLISHED) == 0


def test_an_invited_organisation_without_a_draft_hears_of_the_first_rule_only(round_: Round, preparer: User) -> None:
    reminders.plan(round_, PUBLISHED)
    assert of(preparer) == [(14, PLANNED, "")]
    reminders.queue_due(finnish(2026, 11, 13))
    message = Message.objects.get(user=preparer)
    assert message.letter == Letter.NO_DRAFT
    assert message.body.startswith("Organisaatiosi ei ole vielä aloittanut ehdotusta.")
    assert message.proposal is None


def test_people_who_are_not_invited_or_no_longer_work_hear_nothing(
    round_: Round, stranger: User, ended: User, preparer: User
) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    assert set(Reminder.objects.values_list("user__email", flat=True)) == {preparer.email, "officer@ministry.example"}


def test_a_colleague_started_since_so_the_draft_is_the_colleagues(
    round_: Round, preparer: User, colleague: User
) -> None:
    reminders.plan(round_, PUBLISHED)
    draft_of(colleague, round_)
    reminders.queue_due(finnish(2026, 11, 13))
    assert of(preparer) == [(14, SKIPPED, Reason.NOT_AN_EDITOR)]
    assert Message.objects.get(user=colleague).letter == Letter.DRAFT_NOT_SENT


def test_a_reminder_says_first_what_is_true_and_names_deadline_contact_and_link(round_: Round, preparer: User) -> None:
    proposal = draft_of(preparer, round_, content={"title": "Salainen otsikko"})
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    message = Message.objects.get(user=preparer)
    assert message.subject == f"Lähetä ehdotus viimeistään 27.11. klo 16.15: {round_.name_fi}"
    assert message.body.startswith("Ehdotustasi ei ole vielä lähetetty.")
    assert "perjantai 27.11.2026 klo 16.15 (Suomen aikaa)" in message.body
    assert "http://localhost:8000/fi/" in message.body
    assert f"/{proposal.pk}/" in message.body
    assert "Kysy virkapostista" in message.body
    assert "Salainen otsikko" not in message.body + message.subject  # staff reads messages, not drafts
    assert (message.round, message.proposal) == (round_, proposal)
    assert message.useless_after == CLOSES


@pytest.mark.parametrize(
    ("language", "first", "subject"),
    [
        ("fi", "Ehdotustasi ei ole vielä lähetetty.", "Lähetä ehdotus viimeistään 27.11. klo 16.15: "),
        ("sv", "Ditt förslag har inte skickats ännu.", "Skicka förslaget senast 27.11 kl. 16.15: "),
        ("en", "Your proposal has not been sent yet.", "Send the proposal by 27 November at 16:15: "),
    ],
)
def test_a_reminder_is_in_the_readers_language(
    round_: Round, preparer: User, language: str, first: str, subject: str
) -> None:
    User.objects.filter(pk=preparer.pk).update(language=language)
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    message = Message.objects.get(user=preparer)
    assert message.language == language
    assert message.body.startswith(first)
    assert message.subject.startswith(subject)
    assert f"http://localhost:8000/{language}/" in message.body


def test_whose_language_is_not_known_reads_finnish_and_swedish(round_: Round, preparer: User) -> None:
    User.objects.filter(pk=preparer.pk).update(language="")
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    message = Message.objects.get(user=preparer)
    assert message.language == "fi+sv"
    assert message.body.startswith("Ehdotustasi ei ole vielä lähetetty.")
    assert "Ditt förslag har inte skickats ännu." in message.body
    assert " / Skicka förslaget senast 27.11" in message.subject


def test_what_is_submitted_is_skipped_and_says_so(round_: Round, preparer: User) -> None:
    proposal = draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    submit(proposal, PUBLISHED + timedelta(days=1))
    reminders.queue_due(finnish(2026, 11, 13))
    assert of(preparer)[0] == (14, SKIPPED, Reason.SUBMITTED)
    assert not Message.objects.filter(user=preparer).exists()


def test_changes_after_submitting_get_a_calm_letter(round_: Round, preparer: User) -> None:
    proposal = draft_of(preparer, round_)
    submit(proposal, PUBLISHED + timedelta(days=1))
    Proposal.objects.filter(pk=proposal.pk).update(content={"title": "Uusi"}, edition=F("edition") + 1)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    message = Message.objects.get(user=preparer)
    assert message.letter == Letter.CHANGES_NOT_SENT
    assert message.body.startswith("Ehdotuksesi on lähetetty, mutta")


def test_a_withdrawn_proposal_is_left_in_peace(round_: Round, preparer: User) -> None:
    proposal = draft_of(preparer, round_)
    Proposal.objects.filter(pk=proposal.pk).update(state="withdrawn", withdrawn_at=PUBLISHED, edition=F("edition") + 1)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    assert (14, SKIPPED, Reason.WITHDRAWN) in of(preparer)


def test_who_is_no_longer_an_editor_is_not_told(round_: Round, preparer: User, colleague: User) -> None:
    proposal = draft_of(preparer, round_)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=PUBLISHED, added_by=preparer)
    reminders.plan(round_, PUBLISHED)
    Editor.objects.filter(user=preparer).delete()
    User.objects.filter(pk=colleague.pk).update(rights_until=date(2026, 11, 1))
    reminders.queue_due(FIVE_BEFORE)
    assert (5, SKIPPED, Reason.NOT_AN_EDITOR) in of(preparer)
    assert (5, SKIPPED, Reason.NOT_AN_EDITOR) in of(colleague)


def test_a_round_cancelled_after_planning_tells_nothing(round_: Round, preparer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    Round.objects.filter(pk=round_.pk).update(cancelled_at=FIVE_BEFORE, cancelled_because_fi="Rahoitus puuttuu")
    assert reminders.queue_due(FIVE_BEFORE).posted == 0
    assert (5, SKIPPED, Reason.CANCELLED) in of(preparer)


def test_after_the_deadline_nobody_is_urged(round_: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(finnish(2026, 12, 1))
    assert {reason for _, state, reason in of(preparer) if state == SKIPPED} == {Reason.CLOSED}
    assert list(Message.objects.values_list("letter", flat=True)) == [Letter.OWNER_SUMMARY]
    message = Message.objects.get(user=officer)
    assert message.body.startswith("Kierroksen määräaika on päättynyt.")
    assert "Luonnoksia, joita ei ole lähetetty: 1" in message.body
    assert message.useless_after is None


def test_several_missed_points_become_the_latest(round_: Round, preparer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 26, 12))
    assert of(preparer) == [(14, SKIPPED, Reason.COLLAPSED), (5, SKIPPED, Reason.COLLAPSED), (1, QUEUED, "")]
    assert Message.objects.filter(user=preparer).count() == 1


def test_handing_over_twice_tells_once(round_: Round, preparer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 1
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 0
    assert Told.objects.get(user=preparer).closes_at == CLOSES


def second_round(officer: User, closes_at: datetime, opens_at: datetime = PUBLISHED) -> Round:
    round_ = make_round(opens_at=opens_at, closes_at=closes_at, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(round_, PUBLISHED)
    return round_


def test_several_rounds_make_one_letter(round_: Round, officer: User, preparer: User) -> None:
    other = second_round(officer, CLOSES + timedelta(hours=1))
    draft_of(preparer, round_)
    draft_of(preparer, other)
    reminders.plan_all(PUBLISHED)
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 1
    message = Message.objects.get(user=preparer)
    assert message.subject == "Lähetä ehdotuksesi, ensimmäinen viimeistään 27.11. klo 16.15: 2 kierrosta"
    assert round_.name_fi in message.body
    assert other.name_fi in message.body
    assert (message.round, message.proposal, message.told.count()) == (None, None, 2)


def test_another_rounds_point_within_twenty_hours_comes_along(round_: Round, officer: User, preparer: User) -> None:
    other = second_round(officer, CLOSES)
    other.rules.update(clock=time(15, 0))
    draft_of(preparer, round_)
    draft_of(preparer, other)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    assert Message.objects.get(user=preparer).told.count() == 2


def test_within_twenty_hours_nothing_more_is_said(round_: Round, officer: User, preparer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 26, 0, 0))  # five days before, late
    reminders.queue_due(finnish(2026, 11, 26, 9, 0))
    assert of(preparer)[-1] == (1, SKIPPED, Reason.RECENTLY_TOLD)
    assert Message.objects.filter(user=preparer).count() == 1


def test_another_round_waits_until_the_twenty_hours_are_over(round_: Round, officer: User, preparer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    other = second_round(officer, CLOSES)
    draft_of(preparer, other)
    other.rules.update(clock=time(10, 0))
    reminders.plan_all(finnish(2026, 11, 13, 9, 30))
    assert reminders.queue_due(finnish(2026, 11, 13, 10)).posted == 0
    assert reminders.queue_due(finnish(2026, 11, 14, 5)).posted == 1
    assert Message.objects.filter(user=preparer).count() == 2


def test_a_step_that_has_not_opened_waits(round_: Round, preparer: User) -> None:
    draft_of(preparer, round_)
    Step.objects.filter(round=round_).update(opens_at=finnish(2026, 11, 16))
    reminders.plan_all(PUBLISHED)
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 0
    assert reminders.queue_due(finnish(2026, 11, 16)).posted == 1


def test_no_address_is_a_reason_that_staff_see(round_: Round, preparer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    User.objects.filter(pk=preparer.pk).update(email="not an address")
    reminders.queue_due(finnish(2026, 11, 13))
    assert of(preparer)[0] == (14, SKIPPED, Reason.NO_ADDRESS)


def test_an_extension_moves_the_organisations_own_reminders(
    round_: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, round_)
    draft_of(stranger, round_)
    reminders.plan(round_, PUBLISHED)
    later = finnish(2026, 12, 4, 16, 15)
    Extension.objects.create(
        step=round_.steps.get(),
        organisation=preparer.organisation,
        closes_at=later,
        reason="Sairaus",
        granted_at=PUBLISHED,
        granted_by=officer,
    )
    assert reminders.plan(round_, finnish(2026, 11, 2)) == 3
    assert reminders.queue_due(FIVE_BEFORE).posted == 3
    mine, theirs = Message.objects.get(user=preparer), Message.objects.get(user=stranger)
    assert (mine.told.get().closes_at, theirs.told.get().closes_at) == (later, CLOSES)
    assert "4.12.2026" in mine.body
    assert reminders.queue_due(finnish(2026, 12, 3)).posted == 2  # one day before the extended deadline; the summary
    assert of(preparer)[-1] == (1, QUEUED, "")


def test_a_deadline_that_moved_since_planning_supersedes_at_the_claim(round_: Round, preparer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    Step.objects.update(deadline_version=2)
    assert reminders.queue_due(FIVE_BEFORE).posted == 0
    assert (5, SUPERSEDED, "") in of(preparer)


def test_a_queued_reminder_that_became_untrue_is_settled_with_the_reason(round_: Round, preparer: User) -> None:
    proposal = draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    message = Message.objects.get(user=preparer)
    assert reminders.still_true(message, FIVE_BEFORE)
    submit(proposal, FIVE_BEFORE)
    assert not reminders.still_true(message, FIVE_BEFORE)
    assert of(preparer)[0] == (14, SKIPPED, Reason.SUBMITTED)
    assert not reminders.still_true(message, FIVE_BEFORE)


def test_of_a_queued_letter_with_two_rounds_the_true_one_is_posted_anew(
    round_: Round, officer: User, preparer: User
) -> None:
    other = second_round(officer, CLOSES)
    proposal = draft_of(preparer, round_)
    draft_of(preparer, other)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    submit(proposal, FIVE_BEFORE)
    message = Message.objects.get(user=preparer)
    assert not reminders.still_true(message, FIVE_BEFORE)
    anew = Message.objects.exclude(pk=message.pk).get(user=preparer)
    assert anew.round == other
    assert reminders.still_true(anew, FIVE_BEFORE)


def test_receipts_stay_true(preparer: User) -> None:
    assert reminders.still_true(Message(pk=1, letter=Letter.RECEIPT, user=preparer), CLOSES)


def test_a_letter_that_cannot_be_written_hinders_nobody_else(
    round_: Round, preparer: User, stranger: User, settings: Any, tmp_path: Path
) -> None:
    mails = Path(settings.BASE_DIR) / "templates" / "mail"
    shutil.copytree(mails, tmp_path / "mail", ignore=shutil.ignore_patterns("no_draft.txt"))
    pages = settings.TEMPLATES
    settings.TEMPLATES = [{**pages[0], "DIRS": [tmp_path]}]
    draft_of(stranger, round_)
    draft_of(make_user(User.Role.PREPARER, make_organisation()), round_)
    reminders.plan(round_, PUBLISHED)
    queued = reminders.queue_due(finnish(2026, 11, 13))
    assert (queued.posted, queued.failed) == (2, 1)
    assert of(preparer) == [(14, PLANNED, "")]
    settings.TEMPLATES = pages
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 1


def test_a_template_broken_in_one_language_gives_way_to_another(
    round_: Round, preparer: User, settings: Any, tmp_path: Path
) -> None:
    shutil.copytree(Path(settings.BASE_DIR) / "templates" / "mail", tmp_path / "mail")
    (tmp_path / "mail" / "fi" / "draft_not_sent.txt").write_text("Subject: {% nonsense %}\n\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    assert Message.objects.get(user=preparer).language == "sv"


def test_every_rule_s_owner_hears_only_while_owner(round_: Round, officer: User, decider: User) -> None:
    reminders.plan(round_, PUBLISHED)
    Round.objects.filter(pk=round_.pk).update(owner=decider)
    reminders.queue_due(finnish(2026, 11, 20))
    assert of(officer)[0] == (7, SKIPPED, Reason.NOT_AN_EDITOR)


def test_an_extension_is_planned_for_long_after_the_deadline_for_all(
    round_: Round, preparer: User, council: Organisation, officer: User
) -> None:
    at = CLOSES + timedelta(days=18)  # the step's own deadline is further back than a plan looks
    Extension.objects.create(
        step=round_.steps.get(),
        organisation=council,
        closes_at=finnish(2026, 12, 22, 16, 15),
        reason="Sähkökatko",
        granted_at=PUBLISHED,
        granted_by=officer,
    )
    draft_of(preparer, round_, at)
    reminders.plan_all(at)
    assert of(preparer) == [(14, SKIPPED, Reason.PAST), (5, PLANNED, ""), (1, PLANNED, "")]


def test_the_dates_of_a_person_are_those_of_the_proposals_they_edit_not_of_their_own_organisation(
    round_: Round, preparer: User, other_council: Organisation, officer: User
) -> None:
    step, later = round_.steps.get(), CLOSES + timedelta(days=7)
    Extension.objects.create(
        step=step,
        organisation=other_council,
        closes_at=later,
        reason="Sähkökatko",
        granted_at=PUBLISHED,
        granted_by=officer,
    )
    assert reminders.deadlines_of(preparer, step) == {CLOSES}
    draft_of(preparer, round_, organisation=other_council)
    assert reminders.deadlines_of(preparer, step) == {later}
