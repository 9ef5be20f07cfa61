"""Reminders: who is told what, once, in time, with the true date."""

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F

from pilots.mail import reminders
from pilots.mail.outbox import Verdict
from pilots.models import Editor, Letter, Message, Proposal, Reminder, Round, Step, ToldDeadline
from regions.models import User
from tests.cast import Said
from tests.factories import make_organisation, make_round, make_submitted, make_user
from tests.pilots.autumn_round import (
    CLOSES,
    FIVE_BEFORE,
    PLANNED,
    PUBLISHED,
    QUEUED,
    SKIPPED,
    draft_of,
    finnish,
    of,
    submit,
)

Reason = Reminder.Reason


def test_a_reminder_says_first_what_is_true_and_names_deadline_contact_and_link(
    autumn_round: Round, preparer: User
) -> None:
    proposal = draft_of(preparer, autumn_round, content={"title": "Salainen otsikko"})
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    message = Message.objects.get(user=preparer)
    assert message.subject == f"Lähetä ehdotus viimeistään 27.11. klo 16.15: {autumn_round.name_fi}"
    assert message.body.startswith("Ehdotustasi ei ole vielä lähetetty.")
    assert "perjantai 27.11.2026 klo 16.15 (Suomen aikaa)" in message.body
    assert "http://localhost:8000/fi/" in message.body
    assert f"/{proposal.pk}/" in message.body
    assert "Kysy virkapostista" in message.body
    assert "Salainen otsikko" not in message.body + message.subject  # staff reads messages, not drafts
    assert (message.round, message.proposal) == (autumn_round, proposal)
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
    autumn_round: Round, preparer: User, language: str, first: str, subject: str
) -> None:
    User.objects.filter(pk=preparer.pk).update(language=language)
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    message = Message.objects.get(user=preparer)
    assert message.language == language
    assert message.body.startswith(first)
    assert message.subject.startswith(subject)
    assert f"http://localhost:8000/{language}/" in message.body


def test_whose_language_is_not_known_reads_finnish_and_swedish(autumn_round: Round, preparer: User) -> None:
    User.objects.filter(pk=preparer.pk).update(language="")
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    message = Message.objects.get(user=preparer)
    assert message.language == "fi+sv"
    assert message.body.startswith("Ehdotustasi ei ole vielä lähetetty.")
    assert "Ditt förslag har inte skickats ännu." in message.body
    assert " / Skicka förslaget senast 27.11" in message.subject


def test_what_is_submitted_is_skipped_and_says_so(autumn_round: Round, preparer: User) -> None:
    proposal = draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    submit(proposal, PUBLISHED + timedelta(days=1))
    reminders.queue_due(finnish(2026, 11, 13))
    assert of(preparer)[0] == (14, SKIPPED, Reason.SUBMITTED)
    assert not Message.objects.filter(user=preparer).exists()


def test_changes_after_submitting_get_a_calm_letter(autumn_round: Round, preparer: User) -> None:
    proposal = draft_of(preparer, autumn_round)
    submit(proposal, PUBLISHED + timedelta(days=1))
    Proposal.objects.filter(pk=proposal.pk).update(content={"title": "Uusi"}, edition=F("edition") + 1)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    message = Message.objects.get(user=preparer)
    assert message.letter == Letter.CHANGES_NOT_SENT
    assert message.body.startswith("Ehdotuksesi on lähetetty, mutta")


def test_a_withdrawn_proposal_is_left_in_peace(autumn_round: Round, preparer: User) -> None:
    proposal = draft_of(preparer, autumn_round)
    Proposal.objects.filter(pk=proposal.pk).update(state="withdrawn", withdrawn_at=PUBLISHED, edition=F("edition") + 1)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(FIVE_BEFORE)
    assert (14, SKIPPED, Reason.WITHDRAWN) in of(preparer)


def test_who_is_no_longer_an_editor_is_not_told(autumn_round: Round, preparer: User, colleague: User) -> None:
    proposal = draft_of(preparer, autumn_round)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=PUBLISHED, added_by=preparer)
    reminders.plan(autumn_round, PUBLISHED)
    Editor.objects.filter(user=preparer).delete()
    User.objects.filter(pk=colleague.pk).update(rights_until=date(2026, 11, 1))
    reminders.queue_due(FIVE_BEFORE)
    assert (5, SKIPPED, Reason.NOT_AN_EDITOR) in of(preparer)
    assert (5, SKIPPED, Reason.NOT_AN_EDITOR) in of(colleague)


def test_a_round_cancelled_after_planning_tells_nothing(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    Round.objects.filter(pk=autumn_round.pk).update(cancelled_at=FIVE_BEFORE, cancelled_because_fi="Rahoitus puuttuu")
    assert reminders.queue_due(FIVE_BEFORE).posted == 0
    assert (5, SKIPPED, Reason.CANCELLED) in of(preparer)


def test_after_the_deadline_nobody_is_urged(autumn_round: Round, preparer: User, officer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(finnish(2026, 12, 1))
    assert {reason for _, state, reason in of(preparer) if state == SKIPPED} == {Reason.CLOSED}
    assert list(Message.objects.values_list("letter", flat=True)) == [Letter.OWNER_SUMMARY]
    message = Message.objects.get(user=officer)
    assert message.body.startswith("Kierroksen määräaika on päättynyt.")
    assert "Vain luonnos: 1" in message.body
    assert "Kutsuttuja, jotka eivät ole aloittaneet: 0" in message.body
    assert message.useless_after is None


def test_after_the_deadline_nobody_is_told_to_begin(autumn_round: Round, preparer: User) -> None:
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(CLOSES + timedelta(seconds=1))
    assert of(preparer) == [(14, SKIPPED, Reason.CLOSED)]
    assert not Message.objects.filter(user=preparer).exists()


def test_the_owner_hears_how_many_have_sent_have_drafts_and_are_silent(
    autumn_round: Round, preparer: User, stranger: User, officer: User
) -> None:
    autumn_round.invited.add(make_organisation(), make_organisation())
    make_submitted(autumn_round, stranger, PUBLISHED)
    make_submitted(autumn_round, make_user(User.Role.PREPARER, make_organisation()), PUBLISHED)
    for _ in range(3):
        draft_of(make_user(User.Role.PREPARER, make_organisation()), autumn_round)
    draft_of(preparer, autumn_round, state="withdrawn", submitted_at=PUBLISHED, withdrawn_at=PUBLISHED)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 20))
    lines = Message.objects.get(user=officer).body.splitlines()
    counts = {
        "Ehdotuksen lähettäneitä organisaatioita": 2,
        "Vain luonnos": 3,
        "Kutsuttuja, jotka eivät ole aloittaneet": 2,
    }
    assert {f"{words}: {n}" for words, n in counts.items()} <= {*lines}


def test_several_missed_points_become_the_latest(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 26, 12))
    assert of(preparer) == [(14, SKIPPED, Reason.COLLAPSED), (5, SKIPPED, Reason.COLLAPSED), (1, QUEUED, "")]
    assert Message.objects.filter(user=preparer).count() == 1


def test_handing_over_twice_tells_once(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 1
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 0
    assert ToldDeadline.objects.get(user=preparer).closes_at == CLOSES


def test_a_letter_that_is_written_again_after_a_restore_is_the_same_whatever_others_were_told(
    autumn_round: Round, preparer: User, stranger: User
) -> None:
    draft_of(preparer, autumn_round)
    draft_of(stranger, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    first = Message.objects.get(user=preparer)
    Reminder.objects.filter(message=first).update(state=PLANNED, settled_at=None, message=None)
    first.delete()  # as if it had not been written yet
    reminders.queue_due(finnish(2026, 11, 13))
    assert Message.objects.get(user=preparer).message_id == first.message_id


def second_round(officer: User, closes_at: datetime, opens_at: datetime = PUBLISHED) -> Round:
    round_ = make_round(opens_at=opens_at, closes_at=closes_at, published_at=PUBLISHED, owner=officer)
    reminders.default_rules(round_, PUBLISHED)
    return round_


def test_several_rounds_make_one_letter(autumn_round: Round, officer: User, preparer: User) -> None:
    other = second_round(officer, CLOSES + timedelta(hours=1))
    draft_of(preparer, autumn_round)
    draft_of(preparer, other)
    reminders.plan_all(PUBLISHED)
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 1
    message = Message.objects.get(user=preparer)
    assert message.subject == "Lähetä ehdotuksesi, ensimmäinen viimeistään 27.11. klo 16.15: 2 kierrosta"
    assert autumn_round.name_fi in message.body
    assert other.name_fi in message.body
    assert (message.round, message.proposal, message.told.count()) == (None, None, 2)


def test_another_rounds_point_within_twenty_hours_comes_along(
    autumn_round: Round, officer: User, preparer: User
) -> None:
    other = second_round(officer, CLOSES + timedelta(days=3))
    draft_of(preparer, autumn_round)
    draft_of(preparer, other)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 15, 14))  # late; the other round's is due on Monday at nine
    assert Message.objects.get(user=preparer).told.count() == 2


def test_within_twenty_hours_nothing_more_is_said(autumn_round: Round, officer: User, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 26, 0, 0))  # five days before, late
    reminders.queue_due(finnish(2026, 11, 26, 9, 0))
    assert of(preparer)[-1] == (1, SKIPPED, Reason.RECENTLY_TOLD)
    assert Message.objects.filter(user=preparer).count() == 1


def test_another_round_waits_until_the_twenty_hours_are_over(
    autumn_round: Round, officer: User, preparer: User
) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 15, 14))
    other = second_round(officer, CLOSES + timedelta(days=3))
    draft_of(preparer, other)
    reminders.plan_all(finnish(2026, 11, 15, 15))
    assert reminders.queue_due(finnish(2026, 11, 16)).posted == 0
    assert reminders.queue_due(finnish(2026, 11, 16, 10)).posted == 1
    assert Message.objects.filter(user=preparer).count() == 2


def test_a_step_that_has_not_opened_waits(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    Step.objects.filter(round=autumn_round).update(opens_at=finnish(2026, 11, 16))
    reminders.plan_all(PUBLISHED)
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 0
    assert reminders.queue_due(finnish(2026, 11, 16)).posted == 1


def test_no_address_is_a_reason_that_staff_see(autumn_round: Round, preparer: User) -> None:
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    User.objects.filter(pk=preparer.pk).update(email="not an address")
    reminders.queue_due(finnish(2026, 11, 13))
    assert of(preparer)[0] == (14, SKIPPED, Reason.NO_ADDRESS)


def test_without_an_address_what_is_submitted_says_so_all_the_same(
    autumn_round: Round, officer: User, preparer: User
) -> None:
    submit(draft_of(preparer, autumn_round), PUBLISHED, title="x")
    draft_of(preparer, second_round(officer, CLOSES + timedelta(hours=1)))
    reminders.plan_all(PUBLISHED)
    User.objects.filter(pk=preparer.pk).update(email="not an address")
    reminders.queue_due(finnish(2026, 11, 13))
    of_two = Reminder.objects.filter(user=preparer, rule__days_before=14).order_by("step__closes_at")
    assert [one.reason for one in of_two] == [Reason.SUBMITTED, Reason.NO_ADDRESS]


def test_an_address_that_fails_while_the_letter_waits_is_a_reason_too(autumn_round: Round, preparer: User) -> None:
    other = make_user(User.Role.PREPARER, preparer.organisation)
    proposal = draft_of(preparer, autumn_round)
    Editor.objects.create(proposal=proposal, user=other, added_at=PUBLISHED, added_by=preparer)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    message = Message.objects.get(user=preparer)
    User.objects.filter(pk=preparer.pk).update(address_failed_at=FIVE_BEFORE, address_fault="550 no such user")
    assert reminders.last_look(message, FIVE_BEFORE) is Verdict.CANCEL
    assert of(preparer)[0] == (14, SKIPPED, Reason.NO_ADDRESS)
    assert not Message.objects.filter(user=preparer).exclude(pk=message.pk).exists()
    assert of(other)[0] == (14, QUEUED, "")


def test_a_queued_reminder_that_became_untrue_is_settled_with_the_reason(autumn_round: Round, preparer: User) -> None:
    proposal = draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    message = Message.objects.get(user=preparer)
    assert reminders.last_look(message, FIVE_BEFORE) is Verdict.SEND
    submit(proposal, FIVE_BEFORE)
    assert reminders.last_look(message, FIVE_BEFORE) is Verdict.CANCEL
    assert of(preparer)[0] == (14, SKIPPED, Reason.SUBMITTED)
    assert reminders.last_look(message, FIVE_BEFORE) is Verdict.CANCEL


def test_of_a_queued_letter_with_two_rounds_the_true_one_is_posted_anew(
    autumn_round: Round, officer: User, preparer: User
) -> None:
    other = second_round(officer, CLOSES)
    proposal = draft_of(preparer, autumn_round)
    draft_of(preparer, other)
    reminders.plan_all(PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    submit(proposal, FIVE_BEFORE)
    message = Message.objects.get(user=preparer)
    assert reminders.last_look(message, FIVE_BEFORE) is Verdict.CANCEL
    anew = Message.objects.exclude(pk=message.pk).get(user=preparer)
    assert anew.round == other
    assert reminders.last_look(anew, FIVE_BEFORE) is Verdict.SEND


def test_receipts_stay_true(preparer: User) -> None:
    receipt = Message(pk=1, letter=Letter.RECEIPT, user=preparer, address=preparer.email)
    assert reminders.last_look(receipt, CLOSES) is Verdict.SEND


def test_a_letter_that_cannot_be_written_hinders_nobody_else(
    autumn_round: Round, preparer: User, colleague: User, stranger: User, settings: Any, tmp_path: Path, said: Said
) -> None:
    mails = Path(settings.BASE_DIR) / "templates" / "mail"
    shutil.copytree(mails, tmp_path / "mail", ignore=shutil.ignore_patterns("no_draft.txt"))
    pages = settings.TEMPLATES
    settings.TEMPLATES = [{**pages[0], "DIRS": [tmp_path]}]
    draft_of(stranger, autumn_round)
    draft_of(make_user(User.Role.PREPARER, make_organisation()), autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    queued = reminders.queue_due(finnish(2026, 11, 13))
    assert (queued.posted, queued.failed) == (2, 2)
    assert of(preparer) == of(colleague) == [(14, PLANNED, "")]
    lines = [line for line in said() if line.startswith("The reminders")]
    assert lines == [
        f"The reminders of account {user.pk} wait: their letter cannot be written" for user in (preparer, colleague)
    ]
    settings.TEMPLATES = pages
    assert reminders.queue_due(finnish(2026, 11, 13)).posted == 2


def test_a_template_broken_in_one_language_gives_way_to_another(
    autumn_round: Round, preparer: User, settings: Any, tmp_path: Path, said: Said
) -> None:
    shutil.copytree(Path(settings.BASE_DIR) / "templates" / "mail", tmp_path / "mail")
    (tmp_path / "mail" / "fi" / "draft_not_sent.txt").write_text("Subject: {% nonsense %}\n\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    draft_of(preparer, autumn_round)
    reminders.plan(autumn_round, PUBLISHED)
    reminders.queue_due(finnish(2026, 11, 13))
    assert Message.objects.get(user=preparer).language == "sv"
    assert said() == ["The letter draft_not_sent cannot be written in fi"]


def test_every_rule_s_owner_hears_only_while_owner(autumn_round: Round, officer: User, decider: User) -> None:
    reminders.plan(autumn_round, PUBLISHED)
    Round.objects.filter(pk=autumn_round.pk).update(owner=decider)
    reminders.queue_due(finnish(2026, 11, 20))
    assert of(officer)[0] == (7, SKIPPED, Reason.NOT_AN_EDITOR)
