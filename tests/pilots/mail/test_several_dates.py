"""People with several dates in one letter: of two rounds, or of two organisations that they write for."""

from datetime import timedelta

import pytest

from pilots.mail import reminders
from pilots.mail.outbox import Verdict
from pilots.models import Editor, Letter, Message, Reminder, Round, Step
from pilots.rounds.workflow import deadlines as workflow
from regions.models import Organisation, User
from tests.factories import make_organisation, make_round, make_step, make_user
from tests.pilots.autumn_round import CLOSES, PUBLISHED, draft_of, finnish, of
from tests.pilots.moved_deadlines import LATER, NOW, deliver, move, remind, the_step


@pytest.fixture
def of_two(preparer: User, stranger: User, autumn_round: Round) -> User:
    """The preparer, who writes for a second organisation too."""
    draft_of(preparer, autumn_round)
    theirs = draft_of(stranger, autumn_round)
    Editor.objects.create(proposal=theirs, user=preparer, added_at=PUBLISHED, added_by=stranger)
    return preparer


def extend(round_: Round, organisations: list[Organisation], officer: User) -> reminders.Difference:
    return workflow.extend(the_step(round_), organisations, LATER, "Syy", officer, NOW)


def letter_to(user: User) -> Message:
    return Message.objects.filter(user=user).latest("pk")


def test_the_subject_of_two_rounds_names_the_date_of_its_own_act(autumn_round: Round, officer: User) -> None:
    at = finnish(2026, 11, 30)  # the summary of the one, and a week before the other
    other = make_round(
        opens_at=PUBLISHED,
        closes_at=finnish(2026, 12, 7, 16, 15),
        published_at=PUBLISHED,
        owner=officer,
        name_fi="Toinen",
    )
    reminders.default_rules(other, PUBLISHED)
    for one in (autumn_round, other):
        reminders.plan(one, PUBLISHED)
    Reminder.objects.filter(user=officer, due_at__lt=at).update(state="skipped", reason="submitted", settled_at=at)
    assert reminders.queue_due(at).posted == 1
    message = letter_to(officer)
    assert {told.letter for told in message.told.all()} == {Letter.OWNER_AHEAD, Letter.OWNER_SUMMARY}
    assert message.subject == "Kierros päättyy 7.12. klo 16.15: Toinen"
    assert "Kierroksen määräaika on päättynyt." in message.body


@pytest.mark.parametrize(
    ("language", "steps"),
    [
        ("fi", ["Vaihe: kiinnostuksen ilmaisu", "Vaihe: alustava ehdotus"]),
        ("sv", ["Steg: intresseanmälan", "Steg: preliminärt förslag"]),
        ("en", ["Step: expression of interest", "Step: preliminary proposal"]),
    ],
)
def test_two_steps_of_one_round_are_told_apart(
    autumn_round: Round, officer: User, language: str, steps: list[str]
) -> None:
    User.objects.filter(pk=officer.pk).update(language=language)
    make_step(autumn_round, kind=Step.Kind.INTEREST, opens_at=CLOSES, closes_at=finnish(2026, 12, 7, 16, 15))
    reminders.default_rules(autumn_round, PUBLISHED)
    reminders.plan(autumn_round, PUBLISHED)
    at = finnish(2026, 11, 30)  # the summary of the one, and a week before the other
    Reminder.objects.filter(user=officer, due_at__lt=at).update(state="skipped", reason="submitted", settled_at=at)
    reminders.queue_due(at)
    body = letter_to(officer).body
    assert [line for line in body.splitlines() if line in steps] == steps


def test_two_organisations_with_the_same_date_by_two_extensions_are_one_letter(
    autumn_round: Round, of_two: User, stranger: User, officer: User, council: Organisation
) -> None:
    assert stranger.organisation
    extend(autumn_round, [council, stranger.organisation], officer)
    deliver(NOW)
    reminders.plan(autumn_round, NOW)
    at = finnish(2026, 11, 29)  # 27.11., a Friday, is five days before 4.12.
    assert reminders.queue_due(at).failed == 0
    message = letter_to(of_two)
    assert message.letter == Letter.DRAFT_NOT_SENT
    assert [told.closes_at for told in message.told.all()] == [LATER]
    assert message.body.count("Jatka tästä") == 2
    assert reminders.last_look(message, at) is Verdict.SEND


def test_the_correction_of_one_of_two_dates_calls_the_other_neither_new_nor_past(
    autumn_round: Round, of_two: User, officer: User, council: Organisation
) -> None:
    remind(autumn_round)
    extend(autumn_round, [council], officer)
    message = letter_to(of_two)
    assert message.letter == Letter.CORRECTION
    assert message.subject.startswith("Uusi määräaika on 4.12. klo 16.15")
    assert "- Etelä-Savon maakuntaliitto: perjantai 27.11.2026" in message.body
    assert "voimassa." not in message.body.partition("Kierroksen sivu")[0].partition("Jos ehdotuksesi")[0]


def test_of_three_organisations_each_is_named_with_its_date(
    autumn_round: Round, of_two: User, stranger: User, officer: User, council: Organisation
) -> None:
    third = draft_of(make_user(User.Role.PREPARER, make_organisation(name_fi="Kolmas liitto")), autumn_round)
    Editor.objects.create(proposal=third, user=of_two, added_at=PUBLISHED, added_by=officer)
    remind(autumn_round)
    assert stranger.organisation
    extend(autumn_round, [council, stranger.organisation], officer)
    lines = [line for line in letter_to(of_two).body.splitlines() if line.startswith("- ")]
    assert lines == [
        "- Kolmas liitto: perjantai 27.11.2026 klo 16.15 (Suomen aikaa)",
        "- Satakuntaliitto: perjantai 4.12.2026 klo 16.15 (Suomen aikaa)",
        "- Etelä-Savon maakuntaliitto: perjantai 4.12.2026 klo 16.15 (Suomen aikaa)",
    ]


def test_an_extension_to_the_same_date_names_both_organisations(
    autumn_round: Round, of_two: User, stranger: User, officer: User, council: Organisation
) -> None:
    remind(autumn_round)
    assert stranger.organisation
    extend(autumn_round, [council, stranger.organisation], officer)
    body = letter_to(of_two).body
    assert "Satakuntaliitto, Etelä-Savon maakuntaliitto: oma määräaikanne on nyt" in body.replace(
        "Etelä-Savon maakuntaliitto, Satakuntaliitto", "Satakuntaliitto, Etelä-Savon maakuntaliitto"
    )
    assert "perjantai 27.11.2026 klo 16.15 (Suomen aikaa). Se ei ole enää voimassa." in body


def test_an_extension_after_the_deadline_opens_the_round_for_its_organisation_alone(
    autumn_round: Round, preparer: User, officer: User, council: Organisation
) -> None:
    draft_of(preparer, autumn_round)
    remind(autumn_round)
    at = finnish(2026, 11, 28)
    assert at > CLOSES
    workflow.extend(the_step(autumn_round), [council], LATER, "Syy", officer, at)
    assert "Kierros on taas auki teille." in letter_to(preparer).body
    assert of(preparer)


def test_of_two_dates_in_one_letter_either_may_become_untrue(
    autumn_round: Round, of_two: User, officer: User, council: Organisation
) -> None:
    extend(autumn_round, [council], officer)
    deliver(NOW)
    assert {told.closes_at for told in letter_to(of_two).told.all()} == {CLOSES, LATER}
    [one] = [one for one in move(autumn_round, LATER, officer).letters if one.user == of_two]
    assert (one.told, one.was, one.dates) == (True, (CLOSES,), (LATER,))
    deliver(NOW)
    beyond = LATER + timedelta(days=3)
    [one] = [one for one in move(autumn_round, beyond, officer).letters if one.user == of_two]
    assert (one.was, one.dates) == ((LATER,), (beyond,))


def test_a_letter_in_the_queue_that_told_both_by_one_date_is_written_anew_when_one_of_them_changes(
    autumn_round: Round, of_two: User, officer: User, council: Organisation
) -> None:
    reminders.plan(autumn_round, NOW)
    at = finnish(2026, 11, 20)  # five days before, the same for both
    reminders.queue_due(at)
    waiting = letter_to(of_two)
    assert [told.closes_at for told in waiting.told.all()] == [CLOSES]
    difference = workflow.extend(the_step(autumn_round), [council], LATER, "Syy", officer, at)
    assert waiting in difference.cancelled


def test_who_has_come_to_other_words_hears_nothing_of_an_extension_that_is_not_theirs(
    autumn_round: Round, preparer: User, stranger: User, officer: User, council: Organisation
) -> None:
    mine, theirs = draft_of(preparer, autumn_round), draft_of(stranger, autumn_round)
    third = make_user(User.Role.PREPARER, make_organisation())
    draft_of(third, autumn_round)
    assert third.organisation
    extend(autumn_round, [council], officer)
    deliver(NOW)  # the preparer has been told LATER
    mine.editorships.all().delete()
    Editor.objects.create(proposal=theirs, user=preparer, added_at=NOW, added_by=stranger)
    difference = extend(autumn_round, [third.organisation], officer)
    assert [one.user for one in difference.letters] == [third]
