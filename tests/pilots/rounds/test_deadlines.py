"""A deadline that moves for all: a version with its reasons, the plan follows, and what a page showed is done."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from pilots.mail import reminders
from pilots.models import DeadlineChange, Message, Reminder, Round, Step
from pilots.rounds.workflow import deadlines as workflow
from pilots.rounds.workflow.deadlines import Outage
from regions.models import Organisation, User
from registry.lib.languages import InThree
from registry.lib.refusals import NotAsShown, Refused, Stale
from tests.pilots.autumn_round import (
    CLOSES,
    FIVE_BEFORE,
    PLANNED,
    PUBLISHED,
    SKIPPED,
    SUPERSEDED,
    draft_of,
    finnish,
    of,
)
from tests.pilots.moved_deadlines import FIRST, LATER, NOW, SOONER, WHY, move, remind, the_step

pytestmark = pytest.mark.django_db


def test_a_move_is_a_version_with_a_public_line(autumn_round: Round, officer: User) -> None:
    move(autumn_round, LATER, officer)
    step, line = the_step(autumn_round), DeadlineChange.objects.get()
    assert (step.closes_at, step.deadline_version) == (LATER, 2)
    assert (line.version, line.closed_at, line.closes_at, line.changed_by) == (2, CLOSES, LATER, officer)
    assert (line.reason_fi, line.reason_sv, line.reason_en) == (WHY.fi, WHY.sv, WHY.en)


def test_the_plan_follows_the_deadline(autumn_round: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    difference = move(autumn_round, LATER, officer, FIRST - timedelta(days=1))
    mine = [(one.rule.days_before, one.was, one.due, one.past) for one in difference.replanned if one.user == preparer]
    assert mine == [
        (14, FIRST, finnish(2026, 11, 20), False),
        (5, FIVE_BEFORE, finnish(2026, 11, 27), False),  # 29.11. is a Sunday
        (1, finnish(2026, 11, 26), finnish(2026, 12, 3), False),
    ]
    assert [str(one.user) for one in difference.replanned] == [str(officer)] * 4 + [str(preparer)] * 3
    assert [row[1] for row in of(preparer)].count(SUPERSEDED) == 3
    assert [row[1] for row in of(preparer)].count(PLANNED) == 3


def test_points_that_the_move_leaves_behind_are_past_and_said_so(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    difference = move(autumn_round, finnish(2026, 11, 18, 16, 15), officer, finnish(2026, 11, 12, 12))
    mine = {one.rule.days_before: one.past for one in difference.replanned if one.user == preparer}
    assert mine == {14: True, 5: False, 1: False}
    assert (14, SKIPPED, "past") in of(preparer)


def test_what_was_not_planned_and_is_past_is_no_change(autumn_round: Round, preparer: User, officer: User) -> None:
    remind(autumn_round, FIVE_BEFORE)
    draft_of(preparer, autumn_round, FIVE_BEFORE)
    reminders.plan(
        autumn_round, FIVE_BEFORE
    )  # 14 and 5 days before: past when the draft was begun, or on that very moment
    difference = move(autumn_round, finnish(2026, 11, 26, 16, 15), officer, FIVE_BEFORE + timedelta(hours=1))
    assert all(one.was for one in difference.replanned)


def test_a_move_seen_at_an_older_version_is_refused(autumn_round: Round, officer: User) -> None:
    move(autumn_round, LATER, officer)
    with pytest.raises(Stale) as moved:
        move(autumn_round, SOONER, officer, edition=1)
    assert (moved.value.current.closes_at, moved.value.current.deadline_version) == (LATER, 2)
    with pytest.raises(Stale):
        move(autumn_round, LATER, officer, edition=1)  # the same act twice
    assert the_step(autumn_round).changes.count() == 1


@pytest.mark.parametrize(
    ("closes_at", "changes", "words"),
    [
        (NOW, {}, "on jo mennyt"),
        (NOW - timedelta(days=1), {}, "on jo mennyt"),
        (CLOSES, {}, "jo määräaika"),
        (NOW + timedelta(days=900), {}, "yli kahden vuoden"),
        (NOW + timedelta(hours=1), {"opens_at": NOW + timedelta(hours=2)}, "sulkeutuu ennen kuin se avautuu"),
    ],
)
def test_a_date_that_cannot_be_is_refused(
    autumn_round: Round, officer: User, closes_at: datetime, changes: dict[str, Any], words: str
) -> None:
    Step.objects.update(**changes)
    with pytest.raises(Refused, match=words):
        move(autumn_round, closes_at, officer)
    assert the_step(autumn_round).deadline_version == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"published_at": None}, "ei ole julkaistu"),
        ({"cancelled_at": NOW, "cancelled_because_fi": "x"}, "on peruttu"),
    ],
)
def test_only_the_deadlines_of_a_living_round_move(
    autumn_round: Round, officer: User, council: Organisation, changes: dict[str, Any], words: str
) -> None:
    Round.objects.update(**changes)
    with pytest.raises(Refused, match=words):
        move(autumn_round, LATER, officer)
    with pytest.raises(Refused, match=words):
        workflow.extend(the_step(autumn_round), [council], LATER, "Syy", officer, NOW)
    with pytest.raises(Refused, match=words):
        workflow.cancel(autumn_round, WHY, officer, NOW)


def test_a_move_gives_its_reason_in_finnish_and_swedish(autumn_round: Round, officer: User) -> None:
    with pytest.raises(Refused, match="suomeksi ja ruotsiksi"):
        workflow.move_deadline(the_step(autumn_round), LATER, InThree("Syy", " "), officer, NOW, 1)


def test_a_closed_step_opens_again(autumn_round: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, autumn_round)
    remind(autumn_round)
    remind(autumn_round, finnish(2026, 11, 30))  # the owner had the summary
    at = finnish(2026, 11, 30, 12)
    difference = move(autumn_round, LATER, officer, at)
    assert [one.user for one in difference.letters] == [officer, preparer]
    to_officer, to_preparer = (one.message.body for one in difference.letters)
    assert "Kierros on taas auki." in to_preparer
    assert "Luonnos on mukana vasta, kun se on lähetetty." in to_preparer
    assert "Luonnos" not in to_officer
    assert {one.rule.days_before for one in difference.replanned if one.user == officer} >= {-1, 0, 1}
    assert the_step(autumn_round).phase(at) == "open"


def test_an_outage_is_on_record_and_told(autumn_round: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, autumn_round)
    began, ended = finnish(2026, 11, 16, 8, 5), finnish(2026, 11, 16, 11, 40)
    [one] = move(autumn_round, LATER, officer, outage=Outage(began, ended)).letters
    line = DeadlineChange.objects.get()
    assert (line.outage_from, line.outage_until) == (began, ended)
    assert "Rekisteri oli poissa käytöstä 16.11.2026 klo 8.05 – 16.11.2026 klo 11.40." in one.message.body


@pytest.mark.parametrize(("began", "ended"), [(NOW, NOW), (NOW - timedelta(hours=1), NOW + timedelta(hours=1))])
def test_an_outage_that_cannot_be_is_refused(
    autumn_round: Round, officer: User, began: datetime, ended: datetime
) -> None:
    with pytest.raises(Refused, match="Katko"):
        move(autumn_round, LATER, officer, outage=Outage(began, ended))


def test_a_page_shows_what_is_done_and_nothing_is_written_by_showing_it(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIRST)
    before = list(Message.objects.values()) + list(Reminder.objects.values()) + list(Step.objects.values())
    shown = move(autumn_round, LATER, officer, FIRST, undo=True)
    after = list(Message.objects.values()) + list(Reminder.objects.values()) + list(Step.objects.values())
    assert before == after
    done = move(autumn_round, LATER, officer, FIRST, seen=shown.fingerprint)
    assert [one.message.body for one in done.letters] == [one.message.body for one in shown.letters]
    assert (len(done.cancelled), len(done.replanned)) == (len(shown.cancelled), len(shown.replanned)) == (1, 7)


def test_a_page_may_be_read_for_a_while_before_it_is_confirmed(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    later = NOW + timedelta(minutes=37)
    moved = move(autumn_round, LATER, officer, NOW, undo=True)
    assert moved.fingerprint == move(autumn_round, LATER, officer, later, undo=True).fingerprint
    cancelled = workflow.cancel(autumn_round, WHY, officer, NOW, undo=True)
    assert cancelled.fingerprint == workflow.cancel(autumn_round, WHY, officer, later, undo=True).fingerprint
    step, council = the_step(autumn_round), preparer.organisation
    extended = workflow.extend(step, [council], LATER, "Syy", officer, NOW, undo=True)
    assert extended.fingerprint == workflow.extend(step, [council], LATER, "Syy", officer, later, undo=True).fingerprint


def test_when_the_people_changed_since_the_page_nothing_is_done(
    autumn_round: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, autumn_round)
    shown = move(autumn_round, LATER, officer, undo=True)
    draft_of(stranger, autumn_round, NOW)
    with pytest.raises(NotAsShown) as different:
        move(autumn_round, LATER, officer, seen=shown.fingerprint)
    assert [one.user for one in different.value.now.letters] == [preparer, stranger]
    assert the_step(autumn_round).deadline_version == 1
    assert not Message.objects.exists()


def test_who_has_no_address_is_shown_as_not_reached(autumn_round: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, autumn_round)
    User.objects.filter(pk=preparer.pk).update(address_failed_at=NOW, address_fault="550")
    [one] = move(autumn_round, LATER, officer).letters
    assert not one.reachable
