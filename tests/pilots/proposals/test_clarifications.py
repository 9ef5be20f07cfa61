"""The ministry asks at one answer of a sent version: only that answer opens, and only that answer changes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pilots.models import Clarification, Message, Proposal, Round, Version
from pilots.proposals import clarifying, decisions, workflow
from regions.models import User
from registry.lib.dates import is_working_day, today
from registry.lib.editions import Shown
from registry.lib.refusals import Incomplete, Refused, Stale
from tests.factories import make_region, make_round, make_submitted, make_version
from tests.pilots.proposals.clarified import DAY, NOW, answer, ask, hashes
from tests.pilots.proposals.decided import a_closed_round, everything, no, submitted, yes

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(preparer: User) -> Proposal:
    """A proposal with an answer to every question, of a round that has closed."""
    make_region("04")
    return submitted(a_closed_round(), preparer, **everything())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("summary", "Uusi tiivistelmä"),
        ("production", ["own"]),
        ("delivery_models", {"malli": "whole"}),
        ("end", "2028-01-31"),
        ("budget", "260000"),
        ("staff", ""),
    ],
)
def test_the_hash_of_every_other_answer_is_equal(
    proposal: Proposal, preparer: User, officer: User, key: str, value: Any
) -> None:
    asked = ask(proposal, officer, key)
    before = hashes(asked.version.content)
    version = answer(asked, preparer, value)
    after = hashes(version.content)
    assert {name for name in before | after if before.get(name) != after.get(name)} == {key}
    assert (version.number, version.step, version.kind) == (2, asked.version.step, asked.version.kind)
    proposal.refresh_from_db()
    assert proposal.latest == version
    assert proposal.state == Proposal.State.SUBMITTED
    assert not proposal.has_unsent_words


def test_words_that_are_not_sent_stay_in_the_draft_and_out_of_the_answer(preparer: User, officer: User) -> None:
    proposal = make_submitted(make_round(), preparer, NOW, title="Ehdotus", summary="Ennen", problem="Lähetetty")
    Proposal.objects.filter(pk=proposal.pk).update(
        content={**proposal.content, "problem": "xqluonnos", "benefit": "xqluonnos"}, edition=2
    )
    version = answer(ask(proposal, officer), preparer, "Jälkeen", at=NOW + timedelta(minutes=1))
    assert version.content == {"title": "Ehdotus", "summary": "Jälkeen", "problem": "Lähetetty"}
    proposal.refresh_from_db()
    assert proposal.content == {**version.content, "problem": "xqluonnos", "benefit": "xqluonnos"}
    assert proposal.has_unsent_words
    assert Proposal.objects.with_unsent_words().get() == proposal


def test_the_database_refuses_an_answer_that_changes_another_field(proposal: Proposal, officer: User) -> None:
    asked = ask(proposal, officer)
    other = make_version(proposal, NOW, {**proposal.content, "summary": "uusi", "title": "toinen"})
    with pytest.raises(IntegrityError, match="an_answer_changes_only_its_question"), transaction.atomic():
        Clarification.objects.filter(pk=asked.pk).update(answer=other)


def test_an_answer_after_the_deadline_makes_no_proposal_late(
    proposal: Proposal, preparer: User, officer: User, decider: User
) -> None:
    assert proposal.latest is not None
    sent_at = proposal.latest.submitted_at
    version = answer(ask(proposal, officer), preparer)
    assert version.submitted_at > version.step.closes_at
    again = answer(ask(proposal, officer, "title"), preparer, at=NOW + timedelta(seconds=1))
    assert version.came_at == again.came_at == sent_at
    proposal.refresh_from_db()
    assert not decisions.late_of(proposal)
    assert not decisions.decide(proposal, 3, yes(), decider, NOW).late


def test_an_overdue_clarification_blocks_nobody_and_can_still_be_answered(
    proposal: Proposal, preparer: User, officer: User, decider: User
) -> None:
    asked = ask(proposal, officer)
    later = asked.due_at + DAY
    assert Clarification.objects.for_page().get().is_overdue(later)
    decisions.decide(proposal, 1, no(), decider, later)
    version = answer(asked, preparer, at=later)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.latest) == (Proposal.State.NOT_SELECTED, version)
    assert proposal.decisions.get().version.number == 1


def test_a_decision_ends_a_clarification_only_when_it_is_told(
    proposal: Proposal, preparer: User, officer: User, decider: User
) -> None:
    asked = ask(proposal, officer)
    decisions.decide(proposal, 1, yes(), decider, NOW)
    assert Clarification.objects.for_page().get().waits
    assert Clarification.objects.waiting().exists()
    decisions.send_letters(proposal.round, decider, NOW)
    assert not Clarification.objects.for_page().get().waits
    assert not Clarification.objects.waiting().exists()
    with pytest.raises(Stale):
        answer(asked, preparer)


@pytest.mark.parametrize("state", ["withdrawn", "cancelled"])
def test_nothing_is_answered_where_nothing_is_dealt_with(
    proposal: Proposal, preparer: User, officer: User, state: str
) -> None:
    asked = ask(proposal, officer)
    if state == "withdrawn":
        workflow.withdraw(proposal, preparer, NOW)
    else:
        Round.objects.update(cancelled_at=NOW, cancelled_because_fi="Raha loppui")
    assert not Clarification.objects.waiting().exists()
    with pytest.raises(Stale):
        answer(asked, preparer)
    assert Version.objects.count() == 1


def test_a_question_is_asked_again_only_when_the_first_has_ended(proposal: Proposal, officer: User) -> None:
    asked = ask(proposal, officer)
    with pytest.raises(Refused, match="täydennystä"):
        ask(proposal, officer)
    clarifying.withdraw(asked, "Löytyi liitteestä", officer, NOW)
    assert ask(proposal, officer).number == 2


def test_a_withdrawn_clarification_is_not_answered_nor_withdrawn_again(
    proposal: Proposal, preparer: User, officer: User
) -> None:
    asked = ask(proposal, officer)
    clarifying.withdraw(asked, "Löytyi liitteestä", officer, NOW)
    with pytest.raises(Stale):
        answer(asked, preparer)
    with pytest.raises(Stale):
        clarifying.withdraw(asked, "Uudelleen", officer, NOW)
    letter = Message.objects.get(letter="clarification_withdrawn")
    assert "Löytyi liitteestä" in letter.body


def test_an_answer_is_changed_and_fit_to_be_sent(proposal: Proposal, preparer: User, officer: User) -> None:
    asked = ask(proposal, officer)
    with pytest.raises(Refused, match="sama"):
        answer(asked, preparer, "xqtiivis")
    with pytest.raises(Incomplete):
        answer(asked, preparer, "")
    end = ask(proposal, officer, "end")
    with pytest.raises(Incomplete):
        answer(end, preparer, "2026-01-01")  # before the start
    assert Version.objects.count() == 1


def test_two_writers_of_one_answer_see_both(proposal: Proposal, preparer: User, officer: User) -> None:
    asked = ask(proposal, officer)
    Proposal.objects.update(content={**proposal.content, "summary": "Toisen"}, edition=2)
    with pytest.raises(Stale) as stale:
        clarifying.answer(asked, {"summary": "Minun"}, Shown(1), preparer, NOW)
    (conflict,) = stale.value.merged.conflicts
    assert (conflict.mine, conflict.theirs) == ("Minun", "Toisen")


def test_the_ministry_asks_at_the_version_that_it_read(proposal: Proposal, officer: User, decider: User) -> None:
    with pytest.raises(Stale):
        ask(proposal, officer, version=2)
    with pytest.raises(Refused):
        ask(proposal, officer, due_at=NOW + timedelta(minutes=1))
    decisions.decide(proposal, 1, no(), decider, NOW)
    with pytest.raises(Refused):
        ask(proposal, officer)
    assert not Clarification.objects.exists()


def test_an_answer_is_due_a_working_day_ahead_at_the_earliest(proposal: Proposal, officer: User) -> None:
    day = clarifying.earliest_day(NOW)
    assert is_working_day(day)
    between = [today(NOW) + n * DAY for n in range(1, (day - today(NOW)).days)]
    assert not any(map(is_working_day, between))


def test_each_editor_gets_the_letters_and_the_receipt(
    proposal: Proposal, preparer: User, colleague: User, officer: User
) -> None:
    workflow.add_editor(proposal, colleague, preparer, NOW)
    Message.objects.all().delete()
    asked = ask(proposal, officer, words="Montako asiakasta?")
    answer(asked, colleague)
    letters = {(one.letter, one.user): one for one in Message.objects.all()}
    assert set(letters) == {(letter, user) for letter in ("clarification", "receipt") for user in (preparer, colleague)}
    assert "Montako asiakasta?" in letters["clarification", preparer].body
    assert "Vain tämä kohta muuttui" in letters["receipt", preparer].body


def test_an_answer_is_taken_where_the_clock_was_set_back_since(
    proposal: Proposal, officer: User, preparer: User
) -> None:
    asked = ask(proposal, officer)
    sent_at = asked.version.submitted_at
    version = answer(asked, preparer, at=sent_at - DAY)
    assert version.submitted_at > sent_at == version.came_at
    [receipt] = Message.objects.filter(letter="receipt", proposal=proposal)
    assert receipt.user == preparer
