"""What happens to proposals: the deadline by the database's clock, versions, lost updates, editors."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from pilots.models import Extension, Letter, Message, Proposal, Round, Step, Version
from pilots.proposals import workflow
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import User
from registry.lib.database import clock
from registry.lib.dates import today
from registry.lib.editions import Shown, fingerprint
from registry.lib.formats import day_words
from registry.lib.refusals import Incomplete, Refused, Stale, TooLate
from tests.factories import make_organisation, make_proposal, make_region, make_round, make_user
from tests.pilots.interest import INTEREST, move_deadline
from tests.pilots.proposals.sessions import together

BASICS = FORM_1.sections[0]


def test_one_second_before_the_deadline_is_in_time(interest: Proposal, preparer: User) -> None:
    move_deadline(interest.round, 1)
    version = workflow.submit(interest, interest.edition, preparer)
    assert version.submitted_at <= Step.objects.get(round=interest.round).closes_at
    interest.refresh_from_db()
    assert (interest.state, interest.submitted_at) == (Proposal.State.SUBMITTED, version.submitted_at)


def test_the_deadline_itself_is_in_time(interest: Proposal) -> None:
    step = interest.round.steps.get()
    steps = Step.objects.filter(round=interest.round)
    assert steps.taking(interest, step.closes_at).exists()
    assert not steps.taking(interest, step.closes_at + timedelta(microseconds=1)).exists()


def test_one_second_after_the_deadline_is_late_and_the_text_is_kept(interest: Proposal, preparer: User) -> None:
    move_deadline(interest.round, -1)
    with pytest.raises(TooLate) as late:
        workflow.submit(interest, interest.edition, preparer)
    assert late.value.closed_at == Step.objects.get(round=interest.round).closes_at
    assert late.value.at > late.value.closed_at
    interest.refresh_from_db()
    assert (interest.state, interest.content) == (Proposal.State.DRAFT, INTEREST)
    assert not Version.objects.exists()
    assert not Message.objects.exists()


def test_a_step_that_has_not_opened_takes_nothing(interest: Proposal, preparer: User) -> None:
    Step.objects.update(opens_at=clock() + timedelta(days=1))
    with pytest.raises(TooLate) as early:
        workflow.submit(interest, interest.edition, preparer)
    assert early.value.closed_at is None


def test_the_extension_of_an_organisation_counts_for_it_alone(
    interest: Proposal, preparer: User, stranger: User, officer: User
) -> None:
    other = make_proposal(interest.round, stranger, kind=Round.Asks.INTEREST, content=dict(INTEREST))
    move_deadline(interest.round, -60)
    Extension.objects.create(
        step=interest.round.steps.get(),
        organisation=interest.organisation,
        closes_at=clock() + timedelta(hours=1),
        reason="Käyttökatko",
        granted_at=clock(),
        granted_by=officer,
    )
    assert workflow.submit(interest, interest.edition, preparer).number == 1
    with pytest.raises(TooLate):
        workflow.submit(other, other.edition, stranger)


@pytest.mark.parametrize("field", ["cancelled_at", "published_at"])
def test_a_round_that_is_cancelled_or_not_published_takes_nothing(
    interest: Proposal, preparer: User, field: str
) -> None:
    now = timezone.now() if field == "cancelled_at" else None
    Round.objects.update(**{field: now, "cancelled_because_fi": "Rahoitus puuttuu"})
    with pytest.raises(Refused):
        workflow.submit(interest, interest.edition, preparer)


def test_what_is_missing_is_named_in_the_order_of_the_questions(interest: Proposal, preparer: User) -> None:
    Proposal.objects.update(content={"title": "Yksi ovi", "contact": "ei osoite"}, edition=2)
    with pytest.raises(Incomplete) as incomplete:
        workflow.submit(interest, 2, preparer)
    named = [(fault.question.key, fault.missing) for fault in incomplete.value.faults]
    assert named == [("summary", True), ("regions", True), ("client_type", True), ("contact", False)]


def test_a_preliminary_proposal_asks_for_more_than_an_expression_of_interest(preparer: User) -> None:
    make_region("04")
    proposal = make_proposal(make_round(), preparer, content=dict(INTEREST))
    with pytest.raises(Incomplete) as incomplete:
        workflow.submit(proposal, 1, preparer)
    assert [fault.question.key for fault in incomplete.value.faults] == [
        *("problem", "tried", "benefit", "target_text", "production", "needs_change_of_law", "start", "budget"),
    ]


def test_the_receipt_has_the_hash_of_the_content_and_goes_to_every_editor(
    interest: Proposal, preparer: User, colleague: User, ended: User
) -> None:
    workflow.add_editor(interest, colleague, preparer, timezone.now())
    workflow.add_editor(interest, ended, preparer, timezone.now())
    version = workflow.submit(interest, 1, preparer)
    assert version.sha256 == fingerprint(INTEREST) == fingerprint(version.content)
    receipts = Message.objects.filter(letter=Letter.RECEIPT, proposal=interest)
    assert {receipt.user for receipt in receipts} == {preparer, colleague}
    assert all(version.sha256 in receipt.body for receipt in receipts)


@pytest.mark.parametrize("language", ["fi", "sv", "en", ""])
def test_letters_are_written_in_the_language_of_the_reader(interest: Proposal, preparer: User, language: str) -> None:
    User.objects.filter(pk=preparer.pk).update(language=language)
    workflow.submit(interest, 1, preparer)
    workflow.withdraw(interest, preparer, timezone.now())
    told = {message.letter: message for message in Message.objects.all()}
    assert set(told) == {Letter.RECEIPT, Letter.WITHDRAWAL}
    words = {"fi": "vastaanotettu", "sv": "tagits emot", "en": "has been received", "": "tagits emot"}[language]
    assert words in told[Letter.RECEIPT].body
    assert told[Letter.RECEIPT].language == (language or "fi+sv")
    assert "Kasvupalvelut yhdessä" in told[Letter.WITHDRAWAL].subject


def test_sending_again_makes_version_2_and_keeps_version_1(interest: Proposal, preparer: User) -> None:
    first = workflow.submit(interest, 1, preparer)
    saved = workflow.save_section(interest, BASICS, {"title": "Parempi nimi"}, Shown(1), preparer, timezone.now())
    assert saved.has_unsent_words
    second = workflow.submit(interest, saved.edition, preparer)
    first.refresh_from_db()
    assert (first.number, second.number) == (1, 2)
    assert (first.content["title"], second.content["title"]) == ("Kasvupalvelut yhdessä", "Parempi nimi")


def test_the_same_content_sent_twice_is_one_version_with_one_receipt(interest: Proposal, preparer: User) -> None:
    first = workflow.submit(interest, 1, preparer)
    assert workflow.submit(interest, 1, preparer) == first
    assert Message.objects.count() == 1


def test_what_the_sender_did_not_see_is_not_sent(interest: Proposal, preparer: User) -> None:
    workflow.save_section(interest, BASICS, {"title": "Toinen"}, Shown(1), preparer, timezone.now())
    with pytest.raises(Stale):
        workflow.submit(interest, 1, preparer)


def test_a_withdrawn_proposal_is_neither_written_nor_sent_nor_withdrawn_again(
    interest: Proposal, preparer: User
) -> None:
    now = timezone.now()
    with pytest.raises(Refused):
        workflow.withdraw(interest, preparer, now)
    workflow.submit(interest, 1, preparer)
    workflow.withdraw(interest, preparer, now)
    with pytest.raises(Refused):
        workflow.withdraw(interest, preparer, now)
    with pytest.raises(Refused):
        workflow.submit(interest, 1, preparer)
    with pytest.raises(Refused):
        workflow.save_section(interest, BASICS, {"title": "x"}, Shown(1), preparer, now)
    assert Message.objects.filter(letter=Letter.WITHDRAWAL).count() == 1
    assert Version.objects.count() == 1


def test_saving_goes_on_after_the_deadline(interest: Proposal, preparer: User) -> None:
    move_deadline(interest.round, -60)
    saved = workflow.save_section(interest, BASICS, {"title": "Myöhään"}, Shown(1), preparer, timezone.now())
    assert saved.title == "Myöhään"


def test_a_save_touches_only_its_section_and_an_emptied_answer_goes(interest: Proposal, preparer: User) -> None:
    answers = {"title": "", "summary": "Uusi", "contact": "toinen@liitto.example", "unknown": "x"}
    saved = workflow.save_section(interest, BASICS, answers, Shown(1), preparer, timezone.now())
    kept = {key: value for key, value in INTEREST.items() if key != "title"}
    assert saved.content == {**kept, "summary": "Uusi"}
    assert saved.edition == 2


def test_a_save_that_changes_nothing_writes_nothing(interest: Proposal, preparer: User) -> None:
    saved = workflow.save_section(interest, BASICS, dict(INTEREST), Shown(1), preparer, timezone.now())
    assert saved.edition == 1


def test_the_loser_of_two_saves_hears_of_it(interest: Proposal, preparer: User, colleague: User) -> None:
    workflow.save_section(interest, BASICS, {"title": "Ensimmäinen"}, Shown(1), preparer, timezone.now())
    with pytest.raises(Stale) as conflict:
        workflow.save_section(interest, BASICS, {"title": "Toinen"}, Shown(1), colleague, timezone.now())
    assert conflict.value.current.title == "Ensimmäinen"
    assert conflict.value.current.saved_by == preparer


def test_the_database_itself_refuses_a_lost_update(interest: Proposal) -> None:
    with pytest.raises(DatabaseError, match="edition must rise"), transaction.atomic():
        Proposal.objects.filter(pk=interest.pk).update(content={"title": "Ohi"})


def test_the_last_editor_stays(interest: Proposal, preparer: User, colleague: User) -> None:
    with pytest.raises(workflow.LastEditor):
        workflow.remove_editor(interest, preparer)
    assert workflow.add_editor(interest, colleague, preparer, timezone.now())
    assert not workflow.add_editor(interest, colleague, preparer, timezone.now())
    told = Message.objects.get(letter=Letter.EDITOR_ADDED)
    assert told.user == colleague
    assert str(preparer) in told.body
    assert interest.title not in told.body + told.subject
    closes_at = interest.closes_at(timezone.now())
    assert closes_at is not None
    assert day_words(today(closes_at), "fi") not in told.body  # the deadline may move before the letter goes
    workflow.remove_editor(interest, preparer)
    assert list(interest.editors.all()) == [colleague]


def test_a_started_draft_has_its_founder_as_editor(preparer: User) -> None:
    round_ = make_round()
    assert preparer.organisation is not None
    proposal = workflow.start(round_, preparer.organisation, "interest", preparer, timezone.now())
    assert (proposal.state, list(proposal.editors.all())) == (Proposal.State.DRAFT, [preparer])


@pytest.mark.django_db(transaction=True)
def test_two_submissions_at_once_are_one_version() -> None:
    make_region("04")
    preparer = make_user(User.Role.PREPARER, make_organisation())
    proposal = make_proposal(make_round(), preparer, kind=Round.Asks.INTEREST, content=dict(INTEREST))
    results = together(*[lambda: workflow.submit(proposal, 1, preparer)] * 4)
    assert len({getattr(result, "pk", result) for result in results}) == 1
    assert (Version.objects.count(), Message.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_saves_at_once_one_wins_and_the_others_hear_of_it() -> None:
    preparer = make_user(User.Role.PREPARER, make_organisation())
    proposal = make_proposal(make_round(), preparer)

    def save(n: int) -> Callable[[], Proposal]:
        return lambda: workflow.save_section(
            proposal, BASICS, {"title": f"Nimi {n}"}, Shown(1), preparer, timezone.now()
        )

    results = together(*[save(n) for n in range(6)])
    won = [result for result in results if isinstance(result, Proposal)]
    assert len(won) == 1
    assert all(isinstance(result, Stale) for result in results if result is not won[0])
    proposal.refresh_from_db()
    assert (proposal.title, proposal.edition) == (won[0].title, 2)


@pytest.mark.django_db(transaction=True)
def test_a_save_during_a_submission_is_either_in_it_or_told_as_not_sent() -> None:
    make_region("04")
    preparer = make_user(User.Role.PREPARER, make_organisation())
    for _round in range(5):
        proposal = make_proposal(make_round(), preparer, kind=Round.Asks.INTEREST, content=dict(INTEREST))
        sent, saved = together(
            lambda p=proposal: workflow.submit(p, 1, preparer),
            lambda p=proposal: workflow.save_section(p, BASICS, {"title": "Uusi"}, Shown(1), preparer, timezone.now()),
        )
        proposal.refresh_from_db()
        assert isinstance(saved, Proposal)
        assert proposal.title == "Uusi"
        if isinstance(sent, Version):
            assert (sent.content["title"], proposal.has_unsent_words) == (INTEREST["title"], True)
        else:
            assert isinstance(sent, Stale)
            assert proposal.state == Proposal.State.DRAFT
