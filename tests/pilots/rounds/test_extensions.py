"""A deadline that is extended for some: they alone hear of it, and keep it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pilots.mail import reminders
from pilots.mail.outbox import Verdict
from pilots.models import Editor, Extension, Letter, Message, Reminder, Round
from pilots.proposals import workflow as proposals
from pilots.rounds.workflow import deadlines as workflow
from regions.models import Organisation, User
from registry.lib.refusals import Refused
from tests.pilots.autumn_round import CLOSES, PLANNED, PUBLISHED, draft_of, finnish, submit
from tests.pilots.moved_deadlines import LATER, NOW, SOONER, dates_sent_to, deliver, move, remind, the_step

pytestmark = pytest.mark.django_db


def extend(round_: Round, organisations: list[Organisation], closes_at: datetime, user: User, **more: Any) -> Any:
    return workflow.extend(the_step(round_), organisations, closes_at, "Tietoliikenne katkesi.", user, NOW, **more)


def test_an_extension_tells_its_organisation_its_own_date_and_nobody_else(
    autumn_round: Round, preparer: User, stranger: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    draft_of(stranger, autumn_round)
    remind(autumn_round)
    difference = extend(autumn_round, [council], LATER, officer)
    assert [(one.user, one.was, one.dates) for one in difference.letters] == [(preparer, (CLOSES,), (LATER,))]
    body = difference.letters[0].message.body
    assert body.startswith("Satakuntaliitto: oma määräaikanne on nyt perjantai 4.12.2026 klo 16.15 (Suomen aikaa).")
    assert "Tietoliikenne" not in body  # the reason is for staff
    assert reminders.last_look(difference.letters[0].message, NOW) is Verdict.SEND
    assert {one.user for one in difference.replanned} == {preparer}
    planned = Reminder.objects.filter(user=preparer, state=PLANNED).order_by("due_at")
    assert {one.extension_version for one in planned} == {1}
    assert [one.rule.days_before for one in planned] == [14, 5, 1]


def test_an_extension_that_changes_is_a_version_of_its_own(
    autumn_round: Round,
    preparer: User,
    stranger: User,
    officer: User,
    council: Organisation,
    other_council: Organisation,
) -> None:
    draft_of(preparer, autumn_round)
    extend(autumn_round, [council, other_council], LATER, officer)
    again = finnish(2026, 12, 8, 16, 15)
    difference = extend(autumn_round, [council, other_council], again, officer)
    found = {one.organisation_id: (one.closes_at, one.version) for one in Extension.objects.all()}
    assert {closes_at for closes_at, _version in found.values()} == {again}
    assert sorted(version for _closes_at, version in found.values()) == [3, 4]
    assert [one.was for one in difference.letters] == [(CLOSES,), (CLOSES,)]  # the first corrections were not sent yet
    assert Message.objects.filter(letter=Letter.CORRECTION, state="cancelled").count() == 2
    assert Reminder.objects.filter(user=preparer, state=PLANNED).values("extension_version").distinct().count() == 1
    with pytest.raises(Refused, match="tämä pidennys"):
        extend(autumn_round, [council], again, officer)


def test_who_keeps_an_own_deadline_hears_nothing_of_a_move_and_keeps_the_plan(
    autumn_round: Round, preparer: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    extend(autumn_round, [council], LATER, officer)
    deliver(NOW)
    reminders.plan(autumn_round, NOW)
    mine = Reminder.objects.filter(user=preparer, state=PLANNED, extension_version=1)
    before = list(mine.values_list("pk", "due_at"))
    difference = move(autumn_round, finnish(2026, 12, 1, 16, 15), officer)
    assert [one.user for one in difference.letters] == []
    assert {one.user for one in difference.replanned} == {officer}
    assert list(mine.filter(deadline_version=2).values_list("pk", "due_at")) == before
    assert move(autumn_round, LATER, officer).letters == []  # as late as theirs: theirs stands where it stood
    assert list(mine.filter(deadline_version=3).values_list("pk", "due_at")) == before
    beyond = move(autumn_round, finnish(2026, 12, 9, 16, 15), officer)
    assert [(one.user, one.dates) for one in beyond.letters] == [(preparer, (finnish(2026, 12, 9, 16, 15),))]
    assert not mine.filter(pk__in=[pk for pk, _due_at in before]).exists()  # planned anew: these are superseded


def test_who_had_not_heard_of_the_extension_yet_hears_of_a_move_beyond_it(
    autumn_round: Round, preparer: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    extend(autumn_round, [council], LATER, officer)
    beyond = finnish(2026, 12, 9, 16, 15)
    [one] = move(autumn_round, beyond, officer).letters  # what they have in mind is the first date, not the extension's
    assert (one.user, one.told, one.was, one.dates) == (preparer, False, (CLOSES,), (beyond,))
    deliver(NOW)
    assert dates_sent_to(preparer) == [beyond]


def test_who_had_not_heard_of_a_move_yet_hears_of_the_extension_after_it(
    autumn_round: Round, preparer: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    move(autumn_round, SOONER, officer)
    [one] = extend(autumn_round, [council], LATER, officer).letters  # the extension is no date of before the move
    assert (one.user, one.told, one.was, one.dates) == (preparer, False, (CLOSES,), (LATER,))
    deliver(NOW)
    assert dates_sent_to(preparer) == [LATER]


def test_the_letter_after_a_move_an_extension_and_a_move_tells_the_date_of_before_all_three(
    autumn_round: Round, preparer: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    beyond = finnish(2026, 12, 9, 16, 15)
    move(autumn_round, SOONER, officer)
    extend(autumn_round, [council], LATER, officer)
    [one] = move(autumn_round, beyond, officer).letters
    assert (one.user, one.was, one.dates) == (preparer, (CLOSES,), (beyond,))


def test_who_knows_an_extension_from_the_pages_hears_that_a_later_one_was_taken_back(
    autumn_round: Round, preparer: User, officer: User, council: Organisation
) -> None:
    User.objects.filter(pk=preparer.pk).update(is_active=False)
    extend(autumn_round, [council], LATER, officer)  # nobody is there to be told
    User.objects.filter(pk=preparer.pk).update(is_active=True)
    extend(autumn_round, [council], finnish(2026, 12, 9, 16, 15), officer)
    move(autumn_round, SOONER, officer)
    [one] = extend(autumn_round, [council], CLOSES, officer).letters
    assert (one.user, one.told, one.was, one.dates) == (preparer, False, (LATER,), (CLOSES,))


def test_an_extension_back_to_the_first_date_is_told_to_who_was_told_nothing(
    autumn_round: Round, preparer: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    move(autumn_round, SOONER, officer)
    [one] = extend(autumn_round, [council], CLOSES, officer).letters
    assert (one.user, one.told, one.was, one.dates) == (preparer, False, (CLOSES,), (CLOSES,))
    assert "Aiempi määräaika" not in one.message.body
    deliver(NOW)
    assert dates_sent_to(preparer) == [CLOSES]


def test_who_edits_for_two_organisations_and_heard_nothing_yet_has_both_first_dates_in_mind(
    autumn_round: Round, preparer: User, stranger: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    theirs = draft_of(stranger, autumn_round)
    Editor.objects.create(proposal=theirs, user=preparer, added_at=PUBLISHED, added_by=stranger)
    move(autumn_round, SOONER, officer)
    letters = {one.user: one for one in extend(autumn_round, [council], LATER, officer).letters}
    assert set(letters) == {preparer}
    assert (letters[preparer].was, letters[preparer].dates) == ((CLOSES,), (SOONER, LATER))
    in_mind = letters[preparer].message.told.values_list("closes_at", "in_mind")
    first = CLOSES.astimezone(UTC).isoformat()
    assert dict(in_mind) == {LATER: {str(council.pk): first}, SOONER: {str(stranger.organisation_id): first}}
    deliver(NOW)
    assert dates_sent_to(stranger) == [SOONER]


@pytest.mark.parametrize("between", ["nothing wanted", "no editor any more", "withdrawn"])
def test_whatever_a_preparer_does_between_a_move_and_an_extension_the_extension_is_told(
    autumn_round: Round, preparer: User, officer: User, council: Organisation, between: str
) -> None:
    proposal = draft_of(preparer, autumn_round)
    move(autumn_round, SOONER, officer)
    if between == "nothing wanted":
        User.objects.filter(pk=preparer.pk).update(wants_reminders=False, wants_open_rounds=False)
    elif between == "no editor any more":
        Editor.objects.filter(proposal=proposal).delete()
    else:
        submit(proposal, NOW, title="Ehdotus")
        proposals.withdraw(proposal, preparer, NOW)
    [one] = extend(autumn_round, [council], LATER, officer).letters
    assert (one.user, one.was, one.dates) == (preparer, (CLOSES,), (LATER,))
    deliver(NOW)
    assert LATER in dates_sent_to(preparer)


def test_a_reminder_in_the_queue_of_who_keeps_an_own_deadline_still_goes(
    autumn_round: Round, preparer: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    extend(autumn_round, [council], LATER, officer)
    deliver(NOW)
    reminders.plan(autumn_round, NOW)
    at = finnish(2026, 11, 20)
    reminders.queue_due(at)
    difference = move(autumn_round, finnish(2026, 12, 1, 16, 15), officer, at)
    assert preparer not in {one.user for one in difference.cancelled}
    deliver(at)
    assert dates_sent_to(preparer) == [LATER, LATER]


def test_who_edits_for_two_organisations_is_told_both_dates(
    autumn_round: Round, preparer: User, stranger: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    theirs = draft_of(stranger, autumn_round)
    Editor.objects.create(proposal=theirs, user=preparer, added_at=PUBLISHED, added_by=stranger)
    remind(autumn_round)
    difference = extend(autumn_round, [council], LATER, officer)
    [one] = difference.letters
    assert (one.user, one.dates) == (preparer, (CLOSES, LATER))
    assert one.message.body.startswith("Määräaikasi ovat nyt:")
    assert "- Satakuntaliitto: perjantai 4.12.2026" in one.message.body
    assert "- Etelä-Savon maakuntaliitto: perjantai 27.11.2026" in one.message.body
    assert set(one.message.told.values_list("closes_at", flat=True)) == {CLOSES, LATER}


@pytest.mark.parametrize(
    ("organisations", "closes_at", "reason", "words"),
    [
        (False, LATER, "Syy", "Valitse ainakin yksi organisaatio"),
        (True, CLOSES, "Syy", "myöhemmin kuin kaikkien määräaika"),
        (True, SOONER, "Syy", "myöhemmin kuin kaikkien määräaika"),
        (True, LATER, " ", "Anna perustelu"),
        (True, NOW, "Syy", "on jo mennyt"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(
    autumn_round: Round,
    officer: User,
    council: Organisation,
    organisations: bool,
    closes_at: datetime,
    reason: str,
    words: str,
) -> None:
    with pytest.raises(Refused, match=words):
        workflow.extend(the_step(autumn_round), [council] if organisations else [], closes_at, reason, officer, NOW)
    assert not Extension.objects.exists()
