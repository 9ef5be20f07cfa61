"""Deadlines that move: for all, for some, because of an outage; rounds that are cancelled; who hears what of it."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from pilots import reminders
from pilots.models import DeadlineChange, Editor, Extension, Letter, Message, Reminder, Round, Step, Told
from pilots.workflow import deadlines as workflow
from pilots.workflow.deadlines import Outage, Reasons
from regions.models import Organisation, User
from tests.factories import make_round
from tests.pilots.test_reminders import (
    CLOSES,
    FIVE_BEFORE,
    PLANNED,
    PUBLISHED,
    QUEUED,
    SKIPPED,
    SUPERSEDED,
    draft_of,
    finnish,
    of,
    submit,
)
from tests.pilots.test_reminders import round_ as round_

pytestmark = pytest.mark.django_db
WHY = Reasons("Rekisteri oli poissa käytöstä.", "Registret var ur bruk.", "The registry was out.")
LATER = finnish(2026, 12, 4, 16, 15)
SOONER = finnish(2026, 11, 25, 16, 15)
FIRST = finnish(2026, 11, 13)  # 14 days before CLOSES
NOW = finnish(2026, 11, 16, 12)


def the_step(round_: Round) -> Step:
    return round_.steps.get()


def move(round_: Round, closes_at: datetime, user: User, at: datetime = NOW, **more: Any) -> reminders.Difference:
    step = the_step(round_)
    more.setdefault("seen_version", step.deadline_version)
    return workflow.move_deadline(step, closes_at, WHY, user, at, **more)


def deliver(at: datetime) -> None:
    """Send what is queued and still true, as a mail server would take it."""
    for message in Message.objects.filter(state="queued", next_try_at__lte=at).order_by("pk"):
        state = "sent" if reminders.still_true(message, at) else "cancelled"
        Message.objects.filter(pk=message.pk, state="queued").update(state=state, settled_at=at)


def dates_sent_to(user: User) -> list[datetime]:
    rows = Told.objects.filter(user=user, message__state="sent").order_by("message_id")
    return list(rows.values_list("closes_at", flat=True))


def remind(round_: Round, at: datetime = FIRST) -> None:
    """Plan, hand over and send what is due at ``at``."""
    reminders.plan(round_, at)
    reminders.queue_due(at)
    deliver(at)


# --- Moved for all -------------------------------------------------------------------------------------------------


def test_a_move_is_a_version_with_a_public_line(round_: Round, officer: User) -> None:
    move(round_, LATER, officer)
    step, line = the_step(round_), DeadlineChange.objects.get()
    assert (step.closes_at, step.deadline_version) == (LATER, 2)
    assert (line.version, line.closed_at, line.closes_at, line.changed_by) == (2, CLOSES, LATER, officer)
    assert (line.reason_fi, line.reason_sv, line.reason_en) == (WHY.fi, WHY.sv, WHY.en)


def test_who_was_told_another_date_and_who_writes_a_draft_hears_the_new_one(
    round_: Round, preparer: User, stranger: User, colleague: User, officer: User
) -> None:
    proposal = draft_of(preparer, round_)
    remind(round_)
    submit(proposal, NOW, title="Ehdotus")  # told of another date, and nothing left to send
    draft_of(stranger, round_, NOW)  # told nothing yet, and writing
    difference = move(round_, LATER, officer)
    assert [(one.user, one.told, one.was, one.dates) for one in difference.letters] == [
        (preparer, True, (CLOSES,), (LATER,)),
        (stranger, False, (CLOSES,), (LATER,)),
    ]
    letter = Message.objects.get(user=preparer, letter=Letter.CORRECTION)
    assert letter.subject.startswith("Uusi määräaika on 4.12. klo 16.15: Kierros")
    assert letter.body.startswith("Määräaika on nyt perjantai 4.12.2026 klo 16.15 (Suomen aikaa).")
    assert "Aiemmin kerroimme sinulle: perjantai 27.11.2026 klo 16.15 (Suomen aikaa)." in letter.body
    assert f"Syy: {WHY.fi}" in letter.body
    assert "List-Unsubscribe" not in bytes(letter.mime).decode()
    assert letter.useless_after is None
    assert "Aiempi määräaika: perjantai 27.11.2026" in Message.objects.get(user=stranger).body
    assert not Message.objects.filter(user=colleague).exists()
    assert all(reminders.still_true(one.message, NOW) for one in difference.letters)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "sv",
            ("Den nya tidsfristen är 4.12 kl. 16.15", "Tidigare tidsfrist: fredag", "Orsak: Registret var ur bruk."),
        ),
        (
            "en",
            ("The new deadline is 4 December at 16:15", "Earlier deadline: Friday", "Reason: The registry was out."),
        ),
        ("", ("Uusi määräaika on 4.12.", "Den nya tidsfristen är 4.12", "Registret var ur bruk.")),
    ],
)
def test_a_correction_is_in_its_readers_language(
    round_: Round, preparer: User, officer: User, language: str, words: tuple[str, ...]
) -> None:
    User.objects.filter(pk=preparer.pk).update(language=language)
    draft_of(preparer, round_)
    [one] = move(round_, LATER, officer).letters
    assert all(word in one.message.subject + one.message.body for word in words)


def test_the_plan_follows_the_deadline(round_: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    difference = move(round_, LATER, officer, FIRST - timedelta(days=1))
    mine = [(one.rule.days_before, one.was, one.due, one.past) for one in difference.replanned if one.user == preparer]
    assert mine == [
        (14, FIRST, finnish(2026, 11, 20), False),
        (5, FIVE_BEFORE, finnish(2026, 11, 27), False),  # 29.11. is a Sunday
        (1, finnish(2026, 11, 26), finnish(2026, 12, 3), False),
    ]
    assert [row[1] for row in of(preparer)].count(SUPERSEDED) == 3
    assert [row[1] for row in of(preparer)].count(PLANNED) == 3


def test_points_that_the_move_leaves_behind_are_past_and_said_so(round_: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    difference = move(round_, finnish(2026, 11, 18, 16, 15), officer, finnish(2026, 11, 12, 12))
    mine = {one.rule.days_before: one.past for one in difference.replanned if one.user == preparer}
    assert mine == {14: True, 5: False, 1: False}
    assert (14, SKIPPED, "past") in of(preparer)


def test_what_was_not_planned_and_is_past_is_no_change(round_: Round, preparer: User, officer: User) -> None:
    remind(round_, FIVE_BEFORE)
    draft_of(preparer, round_, FIVE_BEFORE)
    reminders.plan(round_, FIVE_BEFORE)  # 14 and 5 days before: past when the draft was begun, or on that very moment
    difference = move(round_, finnish(2026, 11, 26, 16, 15), officer, FIVE_BEFORE + timedelta(hours=1))
    assert all(one.was for one in difference.replanned)


def test_letters_in_the_queue_that_tell_the_old_date_are_cancelled_with_their_event(
    round_: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIRST)
    reminder = Message.objects.get(user=preparer)
    difference = move(round_, LATER, officer, FIRST)
    reminder.refresh_from_db()
    assert [one.pk for one in difference.cancelled] == [reminder.pk]
    assert (reminder.state, reminder.settled_at) == ("cancelled", FIRST)
    assert reminder.events.get().words == "the deadline moved"
    assert (14, SUPERSEDED, "") in of(preparer)
    assert not reminder.reminders.exists()
    [one] = difference.letters
    assert not one.told  # the letter was not sent: the page's date is what they had in mind
    reminders.queue_due(finnish(2026, 11, 20))
    deliver(finnish(2026, 11, 20))
    assert dates_sent_to(preparer) == [LATER, LATER]


def test_a_letter_that_is_being_sent_is_not_called_back_but_corrected(
    round_: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIRST)
    lease = {"lease": uuid.uuid4(), "leased_until": FIRST + timedelta(minutes=15)}
    Message.objects.update(**lease, body_at=FIRST)
    difference = move(round_, LATER, officer, FIRST)
    assert difference.cancelled == []
    assert [(one.user, one.told, one.was) for one in difference.letters] == [(preparer, True, (CLOSES,))]


def test_a_batch_under_a_lease_is_called_back_where_no_body_has_begun(
    round_: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, round_)
    draft_of(stranger, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIRST)
    Message.objects.update(lease=uuid.uuid4(), leased_until=FIRST + timedelta(minutes=15))
    Message.objects.filter(user=preparer).update(body_at=FIRST)
    difference = move(round_, LATER, officer, FIRST)
    assert [one.user for one in difference.cancelled] == [stranger]
    assert Message.objects.get(user=stranger, letter=Letter.DRAFT_NOT_SENT).lease is None
    assert [(one.user, one.told) for one in difference.letters] == [(preparer, True), (stranger, False)]


def test_a_letter_that_may_have_arrived_counts_as_told(round_: Round, preparer: User, officer: User) -> None:
    proposal = draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIRST)
    Message.objects.update(in_doubt=True, perhaps_twice=True)
    submit(proposal, FIRST, title="x")
    difference = move(round_, LATER, officer, FIRST)
    assert [one.user for one in difference.cancelled] == [preparer]
    assert [(one.user, one.told) for one in difference.letters] == [(preparer, True)]


def test_moved_sooner_later_and_back_within_one_sweep_nobody_hears_anything(
    round_: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, round_)
    remind(round_)
    draft_of(stranger, round_, NOW)
    for closes_at in (SOONER, LATER, CLOSES):
        move(round_, closes_at, officer)
    assert the_step(round_).deadline_version == 4
    corrections = Message.objects.filter(letter=Letter.CORRECTION)
    assert set(corrections.values_list("state", flat=True)) == {"cancelled"}
    deliver(NOW)
    assert dates_sent_to(preparer) == [CLOSES]
    assert dates_sent_to(stranger) == []
    planned = Reminder.objects.filter(user=preparer, state=PLANNED)
    assert {(one.deadline_version, one.rule.days_before) for one in planned} == {(4, 5), (4, 1)}


def test_moved_sooner_and_later_within_one_sweep_everyone_hears_the_last_date_once(
    round_: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, round_)
    remind(round_)
    draft_of(stranger, round_, NOW)
    move(round_, SOONER, officer)
    difference = move(round_, LATER, officer)
    assert [one.was for one in difference.letters] == [(CLOSES,), (CLOSES,)]  # what they know, not what was between
    deliver(NOW)
    assert dates_sent_to(preparer) == [CLOSES, LATER]
    assert dates_sent_to(stranger) == [LATER]
    assert "25.11." not in Message.objects.get(user=stranger, state="sent").body


@pytest.mark.parametrize("moves", [[SOONER, CLOSES], [LATER, CLOSES], [SOONER, LATER, CLOSES], [LATER, SOONER, CLOSES]])
def test_a_point_that_is_due_while_the_deadline_moves_and_comes_back_is_still_told(
    round_: Round, preparer: User, officer: User, moves: list[datetime]
) -> None:
    draft_of(preparer, round_)
    remind(round_)
    reminders.plan(round_, FIVE_BEFORE - timedelta(minutes=1))
    for seconds, closes_at in enumerate(moves, start=5):
        move(round_, closes_at, officer, FIVE_BEFORE + timedelta(seconds=seconds))
    remind(round_, FIVE_BEFORE + timedelta(minutes=1))
    told = Message.objects.filter(user=preparer, letter=Letter.DRAFT_NOT_SENT, state="sent")
    assert told.count() == 2
    assert not Message.objects.filter(user=preparer, letter=Letter.CORRECTION, state="sent").exists()
    remind(round_, FIVE_BEFORE + timedelta(minutes=2))
    assert told.count() == 2


def test_moved_sooner_a_sweep_and_back_is_two_corrections(round_: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, round_)
    remind(round_)
    move(round_, SOONER, officer)
    deliver(NOW)
    move(round_, CLOSES, officer)
    deliver(NOW)
    assert dates_sent_to(preparer) == [CLOSES, SOONER, CLOSES]


def test_a_move_seen_at_an_older_version_is_refused(round_: Round, officer: User) -> None:
    move(round_, LATER, officer)
    with pytest.raises(workflow.Moved) as moved:
        move(round_, SOONER, officer, seen_version=1)
    assert (moved.value.step.closes_at, moved.value.step.deadline_version) == (LATER, 2)
    with pytest.raises(workflow.Moved):
        move(round_, LATER, officer, seen_version=1)  # the same act twice
    assert the_step(round_).changes.count() == 1


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
    round_: Round, officer: User, closes_at: datetime, changes: dict[str, Any], words: str
) -> None:
    Step.objects.update(**changes)
    with pytest.raises(workflow.Refused, match=words):
        move(round_, closes_at, officer)
    assert the_step(round_).deadline_version == 1


@pytest.mark.parametrize("changes", [{"published_at": None}, {"cancelled_at": NOW, "cancelled_because_fi": "x"}])
def test_only_the_deadlines_of_a_living_round_move(
    round_: Round, officer: User, council: Organisation, changes: dict[str, Any]
) -> None:
    Round.objects.update(**changes)
    with pytest.raises(workflow.Refused):
        move(round_, LATER, officer)
    with pytest.raises(workflow.Refused):
        workflow.extend(the_step(round_), [council], LATER, "Syy", officer, NOW)
    with pytest.raises(workflow.Refused):
        workflow.cancel(round_, WHY, officer, NOW)


def test_a_move_gives_its_reason_in_finnish_and_swedish(round_: Round, officer: User) -> None:
    with pytest.raises(workflow.Refused, match="suomeksi ja ruotsiksi"):
        workflow.move_deadline(the_step(round_), LATER, Reasons("Syy", " "), officer, NOW, 1)


def test_a_closed_step_opens_again(round_: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, round_)
    remind(round_)
    remind(round_, finnish(2026, 11, 30))  # the owner had the summary
    at = finnish(2026, 11, 30, 12)
    difference = move(round_, LATER, officer, at)
    assert [one.user for one in difference.letters] == [officer, preparer]
    to_officer, to_preparer = (one.message.body for one in difference.letters)
    assert "Kierros on taas auki." in to_preparer
    assert "Luonnos on mukana vasta, kun se on lähetetty." in to_preparer
    assert "Luonnos" not in to_officer
    assert {one.rule.days_before for one in difference.replanned if one.user == officer} >= {-1, 0, 1}
    assert the_step(round_).phase(at) == "open"


def test_an_outage_is_on_record_and_told(round_: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, round_)
    began, ended = finnish(2026, 11, 16, 8, 5), finnish(2026, 11, 16, 11, 40)
    [one] = move(round_, LATER, officer, outage=Outage(began, ended)).letters
    line = DeadlineChange.objects.get()
    assert (line.outage_from, line.outage_until) == (began, ended)
    assert "Rekisteri oli poissa käytöstä 16.11.2026 klo 08.05 – 16.11.2026 klo 11.40." in one.message.body


@pytest.mark.parametrize(("began", "ended"), [(NOW, NOW), (NOW - timedelta(hours=1), NOW + timedelta(hours=1))])
def test_an_outage_that_cannot_be_is_refused(round_: Round, officer: User, began: datetime, ended: datetime) -> None:
    with pytest.raises(workflow.Refused):
        move(round_, LATER, officer, outage=Outage(began, ended))


def test_a_letter_about_two_rounds_is_called_back_and_the_other_round_goes_anew(
    round_: Round, officer: User, preparer: User
) -> None:
    other = make_round(opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(other, PUBLISHED)
    draft_of(preparer, round_)
    draft_of(preparer, other)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(FIRST)
    difference = move(round_, LATER, officer, FIRST)
    assert [one.user for one in difference.cancelled] == [preparer]
    assert reminders.queue_due(FIRST + timedelta(minutes=1)).posted == 1
    anew = Message.objects.get(user=preparer, letter=Letter.DRAFT_NOT_SENT, state="queued")
    assert [entry.step for entry in anew.told.all()] == [the_step(other)]


def test_a_page_shows_what_is_done_and_nothing_is_written_by_showing_it(
    round_: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, round_)
    reminders.plan(round_, PUBLISHED)
    reminders.queue_due(FIRST)
    before = list(Message.objects.values()) + list(Reminder.objects.values()) + list(Step.objects.values())
    shown = workflow.rehearse(lambda: move(round_, LATER, officer, FIRST))
    after = list(Message.objects.values()) + list(Reminder.objects.values()) + list(Step.objects.values())
    assert before == after
    done = move(round_, LATER, officer, FIRST, seen=shown.seal)
    assert [one.message.body for one in done.letters] == [one.message.body for one in shown.letters]
    assert (len(done.cancelled), len(done.replanned)) == (len(shown.cancelled), len(shown.replanned)) == (1, 7)


def test_a_page_may_be_read_for_a_while_before_it_is_confirmed(round_: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, round_)
    later = NOW + timedelta(minutes=37)
    moved = workflow.rehearse(lambda: move(round_, LATER, officer, NOW))
    assert moved.seal == workflow.rehearse(lambda: move(round_, LATER, officer, later)).seal
    cancelled = workflow.rehearse(lambda: workflow.cancel(round_, WHY, officer, NOW))
    assert cancelled.seal == workflow.rehearse(lambda: workflow.cancel(round_, WHY, officer, later)).seal
    step, council = the_step(round_), preparer.organisation
    extended = workflow.rehearse(lambda: workflow.extend(step, [council], LATER, "Syy", officer, NOW))
    assert (
        extended.seal == workflow.rehearse(lambda: workflow.extend(step, [council], LATER, "Syy", officer, later)).seal
    )


def test_when_the_people_changed_since_the_page_nothing_is_done(
    round_: Round, preparer: User, stranger: User, officer: User
) -> None:
    draft_of(preparer, round_)
    shown = workflow.rehearse(lambda: move(round_, LATER, officer))
    draft_of(stranger, round_, NOW)
    with pytest.raises(workflow.Different) as different:
        move(round_, LATER, officer, seen=shown.seal)
    assert [one.user for one in different.value.difference.letters] == [preparer, stranger]
    assert the_step(round_).deadline_version == 1
    assert not Message.objects.exists()


def test_who_has_no_address_is_shown_as_not_reached(round_: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, round_)
    User.objects.filter(pk=preparer.pk).update(address_failed_at=NOW, address_fault="550")
    [one] = move(round_, LATER, officer).letters
    assert not one.reachable


# --- Extended for some ---------------------------------------------------------------------------------------------


def extend(round_: Round, organisations: list[Organisation], closes_at: datetime, user: User, **more: Any) -> Any:
    return workflow.extend(the_step(round_), organisations, closes_at, "Tietoliikenne katkesi.", user, NOW, **more)


def test_an_extension_tells_its_organisation_its_own_date_and_nobody_else(
    round_: Round, preparer: User, stranger: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, round_)
    draft_of(stranger, round_)
    remind(round_)
    difference = extend(round_, [council], LATER, officer)
    assert [(one.user, one.was, one.dates) for one in difference.letters] == [(preparer, (CLOSES,), (LATER,))]
    body = difference.letters[0].message.body
    assert body.startswith("Satakuntaliitto: oma määräaikanne on nyt perjantai 4.12.2026 klo 16.15 (Suomen aikaa).")
    assert "Tietoliikenne" not in body  # the reason is for staff
    assert reminders.still_true(difference.letters[0].message, NOW)
    assert {one.user for one in difference.replanned} == {preparer}
    planned = Reminder.objects.filter(user=preparer, state=PLANNED).order_by("due_at")
    assert {one.extension_version for one in planned} == {1}
    assert [one.rule.days_before for one in planned] == [14, 5, 1]


def test_an_extension_that_changes_is_a_version_of_its_own(
    round_: Round, preparer: User, stranger: User, officer: User, council: Organisation, other_council: Organisation
) -> None:
    draft_of(preparer, round_)
    extend(round_, [council, other_council], LATER, officer)
    again = finnish(2026, 12, 8, 16, 15)
    difference = extend(round_, [council, other_council], again, officer)
    found = {one.organisation_id: (one.closes_at, one.version) for one in Extension.objects.all()}
    assert {closes_at for closes_at, _version in found.values()} == {again}
    assert sorted(version for _closes_at, version in found.values()) == [3, 4]
    assert [one.was for one in difference.letters] == [(CLOSES,)]  # the first correction was not sent yet
    assert Message.objects.filter(letter=Letter.CORRECTION, state="cancelled").count() == 1
    assert Reminder.objects.filter(user=preparer, state=PLANNED).values("extension_version").distinct().count() == 1
    with pytest.raises(workflow.Refused, match="tämä pidennys"):
        extend(round_, [council], again, officer)


def test_who_keeps_an_own_deadline_hears_nothing_of_a_move_and_keeps_the_plan(
    round_: Round, preparer: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, round_)
    extend(round_, [council], LATER, officer)
    deliver(NOW)
    reminders.plan(round_, NOW)
    mine = Reminder.objects.filter(user=preparer, state=PLANNED, extension_version=1)
    before = list(mine.values_list("pk", "due_at"))
    difference = move(round_, finnish(2026, 12, 1, 16, 15), officer)
    assert [one.user for one in difference.letters] == []
    assert {one.user for one in difference.replanned} == {officer}
    assert list(mine.filter(deadline_version=2).values_list("pk", "due_at")) == before
    assert move(round_, LATER, officer).letters == []  # as late as theirs: theirs stands where it stood
    assert list(mine.filter(deadline_version=3).values_list("pk", "due_at")) == before
    beyond = move(round_, finnish(2026, 12, 9, 16, 15), officer)
    assert [(one.user, one.dates) for one in beyond.letters] == [(preparer, (finnish(2026, 12, 9, 16, 15),))]
    assert not mine.filter(pk__in=[pk for pk, _due_at in before]).exists()  # planned anew: these are superseded


def test_a_reminder_in_the_queue_of_who_keeps_an_own_deadline_still_goes(
    round_: Round, preparer: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, round_)
    extend(round_, [council], LATER, officer)
    deliver(NOW)
    reminders.plan(round_, NOW)
    at = finnish(2026, 11, 20)
    reminders.queue_due(at)
    difference = move(round_, finnish(2026, 12, 1, 16, 15), officer, at)
    assert preparer not in {one.user for one in difference.cancelled}
    deliver(at)
    assert dates_sent_to(preparer) == [LATER, LATER]


def test_who_edits_for_two_organisations_is_told_both_dates(
    round_: Round, preparer: User, stranger: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, round_)
    theirs = draft_of(stranger, round_)
    Editor.objects.create(proposal=theirs, user=preparer, added_at=PUBLISHED, added_by=stranger)
    remind(round_)
    difference = extend(round_, [council], LATER, officer)
    [one] = difference.letters
    assert (one.user, one.dates) == (preparer, (CLOSES, LATER))
    assert one.message.body.startswith("Määräaikasi ovat nyt:")
    assert "- Satakuntaliitto: perjantai 4.12.2026" in one.message.body
    assert "- Etelä-Savon maakuntaliitto: perjantai 27.11.2026" in one.message.body
    assert set(one.message.told.values_list("closes_at", flat=True)) == {CLOSES, LATER}


@pytest.mark.parametrize(
    ("organisations", "closes_at", "reason"),
    [(False, LATER, "Syy"), (True, CLOSES, "Syy"), (True, SOONER, "Syy"), (True, LATER, " "), (True, NOW, "Syy")],
)
def test_an_extension_that_cannot_be_is_refused(
    round_: Round, officer: User, council: Organisation, organisations: bool, closes_at: datetime, reason: str
) -> None:
    with pytest.raises(workflow.Refused):
        workflow.extend(the_step(round_), [council] if organisations else [], closes_at, reason, officer, NOW)
    assert not Extension.objects.exists()


# --- Cancelled -----------------------------------------------------------------------------------------------------


def test_a_cancelled_round_tells_everyone_who_knows_of_it_and_stops_the_rest(
    round_: Round, preparer: User, stranger: User, officer: User
) -> None:
    other = make_round(opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(other, PUBLISHED)
    draft_of(preparer, round_)
    draft_of(preparer, other)
    submit(draft_of(stranger, round_), PUBLISHED, title="x")
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(FIRST)
    shown = workflow.rehearse(lambda: workflow.cancel(round_, WHY, officer, FIRST))
    difference = workflow.cancel(round_, WHY, officer, FIRST, seen=shown.seal)
    round_.refresh_from_db()
    assert (round_.cancelled_at, round_.cancelled_by, round_.cancelled_because_sv) == (FIRST, officer, WHY.sv)
    assert [one.user for one in difference.cancelled] == [preparer]
    assert [one.user for one in difference.letters] == [preparer, stranger]
    assert all(one.message.body.startswith("Kierros on peruttu.") for one in difference.letters)
    assert f"Syy: {WHY.fi}" in difference.letters[0].message.body
    assert not Reminder.objects.filter(step__round=round_, state__in=[PLANNED, QUEUED]).exists()
    assert (14, SKIPPED, "cancelled") in of(preparer)
    assert reminders.queue_due(FIRST + timedelta(minutes=1)).posted == 1  # of the other round
    deliver(FIRST + timedelta(minutes=1))
    assert set(Message.objects.filter(state="sent").values_list("letter", flat=True)) == {
        Letter.ROUND_CANCELLED,
        Letter.DRAFT_NOT_SENT,
    }
    with pytest.raises(workflow.Refused, match="peruttu"):
        workflow.cancel(round_, WHY, officer, FIRST)


def test_a_correction_under_way_when_the_round_is_cancelled_is_not_sent(
    round_: Round, preparer: User, officer: User
) -> None:
    draft_of(preparer, round_)
    move(round_, LATER, officer)
    workflow.cancel(round_, WHY, officer, NOW)
    assert Message.objects.get(letter=Letter.CORRECTION).state == "cancelled"
    assert Message.objects.get(letter=Letter.ROUND_CANCELLED).state == "queued"


@pytest.mark.parametrize(("language", "words"), [("sv", "Omgången har ställts in."), ("en", "has been cancelled.")])
def test_a_cancellation_is_in_its_readers_language(
    round_: Round, preparer: User, officer: User, language: str, words: str
) -> None:
    User.objects.filter(pk=preparer.pk).update(language=language)
    draft_of(preparer, round_)
    [one] = workflow.cancel(round_, WHY, officer, NOW).letters
    assert words in one.message.body
