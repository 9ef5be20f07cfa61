"""The questions of a round's own in a proposal: written, required, sent, compared, listed; told what changed."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document

from pilots.models import OwnQuestion, Proposal, Round
from pilots.models.own_questions import key_prefix
from pilots.proposals import clarifying, workflow
from pilots.proposals.questions.asked import Section
from pilots.proposals.questions.known_forms import form_of
from pilots.proposals.questions.own import KINDS, OWN
from regions.models import User
from registry.lib.editions import Shown
from registry.lib.refusals import Incomplete
from tests.cast import SignIn
from tests.factories import make_own_form, make_proposal, make_round, make_step
from tests.forms import form_of as fields_of
from tests.pilots.interest import INTEREST, address

CHOICE = {
    "kind": "choice",
    "label_fi": "Onko rahoitus sovittu?",
    "choices_fi": ["Kyllä", "Ei"],
    "choices_sv": ["Ja", "Nej"],
}
TEXT = {"label_fi": "Mistä rahoitus tulee?", "limit": 50, "help_fi": "Kerro lyhyesti."}


def test_each_kind_of_question_has_its_kind_of_answer() -> None:
    assert set(KINDS) == set(OwnQuestion.Kind)


@pytest.fixture
def round_(council: Any, officer: User) -> Round:
    return make_round(owner=officer, invited=[council])


def key(round_: Round, number: int) -> str:
    return f"{key_prefix(round_.pk)}{number}"


@pytest.fixture
def asking(round_: Round) -> Round:
    """A round that asks four questions: a choice, a text on a condition that is needed, a number, a day."""
    dependent = {**TEXT, "only_if": key(round_, 1), "only_if_choice": "1", "required_from": 1}
    make_own_form(round_, CHOICE, dependent, {"kind": "number"}, {"kind": "day"})
    return round_


@pytest.fixture
def draft(asking: Round, preparer: User) -> Proposal:
    return make_proposal(asking, preparer, kind="interest", content=INTEREST, own_form=asking.own_forms.get())


def own_section(proposal: Proposal) -> Section:
    section = form_of(Proposal.objects.get(pk=proposal.pk)).section(OWN)
    assert section is not None
    return section


def write(proposal: Proposal, user: User, **answers: str) -> Proposal:
    given = {key(proposal.round, int(number[1:])): words for number, words in answers.items()}
    proposal.refresh_from_db()
    now = timezone.now()
    return workflow.save_section(proposal, own_section(proposal), given, Shown(proposal.edition), user, now)


def test_they_are_written_by_kind_with_limits_and_conditions_in_words(
    draft: Proposal, preparer: User, as_user: SignIn
) -> None:
    page, where = as_user(preparer), address("edit_section", draft, OWN)
    shown = page.get(where).text
    for words in ("Onko rahoitus sovittu?", "Kerro lyhyesti.", "Enintään 50 merkkiä.", 'data-limit="50"'):
        assert words in shown
    assert "Vastaa tähän, jos vastauksesi kysymykseen ”Onko rahoitus sovittu?” on ”Kyllä”." in shown
    typed = {
        key(draft.round, 1): "1",
        key(draft.round, 2): "x" * 51,
        key(draft.round, 3): "a",
        key(draft.round, 4): "b",
    }
    faulty = page.post(where, {**fields_of(page.get(where)), **typed})
    assert "1 merkin liian pitkä" in faulty.text
    assert Proposal.objects.get(pk=draft.pk).content[key(draft.round, 2)] == "x" * 51  # kept as it was typed
    right = {key(draft.round, 2): "Kunnilta", key(draft.round, 3): "2,5", key(draft.round, 4): "1.3.2027"}
    assert page.post(where, {**fields_of(page.get(where)), **right, "next": ""}).status_code == 302
    stored = Proposal.objects.get(pk=draft.pk).content
    assert [stored[key(draft.round, n)] for n in (1, 2, 3, 4)] == ["1", "Kunnilta", "2.5", "2027-03-01"]
    check = page.get(address("check_proposal", draft)).text
    assert all(words in check for words in ("Kyllä", "Kunnilta", "2,5", "1.3.2027"))


def test_an_answer_is_needed_only_where_its_condition_holds(draft: Proposal, preparer: User) -> None:
    write(draft, preparer, q1="1")
    draft.refresh_from_db()
    with pytest.raises(Incomplete) as wrong:
        workflow.submit(draft, draft.edition, preparer, 1)
    assert [fault.question.key for fault in wrong.value.faults] == [key(draft.round, 2)]
    write(draft, preparer, q1="2")
    draft.refresh_from_db()
    version = workflow.submit(draft, draft.edition, preparer, 1)
    assert version.own_form == draft.round.own_forms.get()
    assert version.content[key(draft.round, 1)] == "2"


def test_an_answer_is_needed_from_its_step_on(round_: Round, preparer: User) -> None:
    step = round_.steps.get()
    make_step(
        round_, opens_at=step.closes_at, closes_at=step.closes_at + timedelta(days=9), senders="before", after=step
    )
    make_own_form(round_, {"required_from": 2})
    proposal = make_proposal(round_, preparer, kind="interest", content=INTEREST)
    first = workflow.submit(proposal, 1, preparer)
    assert first.step == step
    now = timezone.now()
    round_.steps.filter(position=1).update(opens_at=now - timedelta(days=3), closes_at=now - timedelta(days=1))
    round_.steps.filter(position=2).update(opens_at=now - timedelta(hours=1))
    moved = workflow.move_on(Proposal.objects.get(pk=proposal.pk), 2, preparer, now)
    with pytest.raises(Incomplete):
        workflow.submit(moved, moved.edition, preparer)


def test_a_draft_of_form_1_meets_form_2_is_told_and_loses_no_word(
    draft: Proposal, preparer: User, colleague: User, as_user: SignIn
) -> None:
    page, where, round_ = as_user(preparer), address("edit_section", draft, OWN), draft.round
    write(draft, preparer, q1="1", q2="Kunnilta", q3="7")
    opened = fields_of(page.get(where))  # a page of form 1, left open
    before = Proposal.objects.get(pk=draft.pk).content
    first = {
        **CHOICE,
        "choices_fi": ["Kyllä", "Ei", "Osin"],
        "choices_sv": ["Ja", "Nej", "Delvis"],
        "key": key(round_, 1),
    }
    added = {"label_fi": "Ketkä ovat mukana?", "key": key(round_, 9), "limit": 500}
    make_own_form(
        round_, first, added, {"kind": "day", "key": key(round_, 4), "label_fi": "Kysymys 4"}, reason_fi="Selvennys"
    )
    assert Proposal.objects.get(pk=draft.pk).content == before  # nothing of the draft is touched
    told = page.get(address("proposal", draft)).text
    for words in ("kysymykset ovat muuttuneet", "Selvennys", "Ketkä ovat mukana?", "Mistä rahoitus tulee?", "Osin"):
        assert words in told
    # What was typed into the page of form 1 meanwhile is saved, also to a question that is no longer asked.
    late = {**opened, key(round_, 2): "Kunnilta ja valtiolta", key(round_, 3): "8", "stay": ""}
    assert page.post(where, late).status_code == 302
    stored = Proposal.objects.get(pk=draft.pk).content
    assert (stored[key(round_, 2)], stored[key(round_, 3)], stored[key(round_, 1)]) == (
        "Kunnilta ja valtiolta",
        "8",
        "1",
    )
    shown = page.get(where).text
    assert "Kunnilta ja valtiolta" in shown
    assert "ei enää kysytä" in shown
    # The check page of form 1 sends nothing; that of form 2 does, with every word.
    draft.refresh_from_db()
    refused = page.post(address("submit_proposal", draft), {"edition": draft.edition, "own_form": 1}, follow=True).text
    assert "kierroksen kysymyksiä on muutettu" in refused
    assert not draft.versions.exists()
    sent = page.post(
        address("submit_proposal", draft), fields_of(page.get(address("check_proposal", draft))), follow=True
    )
    assert "Kunnilta ja valtiolta" in sent.text
    version = draft.versions.get()
    assert version.own_form == round_.own_forms.get(number=2)
    assert version.content == stored
    assert "kysymykset ovat muuttuneet" not in page.get(address("proposal", draft)).text


def test_a_page_of_form_1_takes_away_no_answer_to_a_question_of_form_2(
    draft: Proposal, preparer: User, colleague: User, as_user: SignIn
) -> None:
    page, where = as_user(preparer), address("edit_section", draft, OWN)
    opened = fields_of(page.get(where))
    make_own_form(draft.round, {**CHOICE}, {"key": key(draft.round, 9), "label_fi": "Uusi"})
    write(draft, colleague, q9="Kollegan vastaus")
    assert page.post(where, {**opened, key(draft.round, 1): "2", "stay": ""}).status_code == 302
    stored = Proposal.objects.get(pk=draft.pk).content
    assert (stored[key(draft.round, 9)], stored[key(draft.round, 1)]) == ("Kollegan vastaus", "2")


def test_the_writers_say_that_they_have_read_what_changed(draft: Proposal, preparer: User, as_user: SignIn) -> None:
    make_own_form(draft.round, CHOICE)
    page = as_user(preparer)
    for number, told in ((1, True), (2, False)):
        page.post(address("confirm_questions", draft), {"own_form": number})
        assert ("kysymykset ovat muuttuneet" in page.get(address("proposal", draft)).text) is told


def test_an_old_receipt_keeps_its_questions_and_a_comparison_shows_both(
    draft: Proposal, preparer: User, as_user: SignIn
) -> None:
    write(draft, preparer, q1="1", q2="Kunnilta")
    draft.refresh_from_db()
    workflow.submit(draft, draft.edition, preparer)
    make_own_form(draft.round, {**CHOICE, "label_fi": "Uudet sanat?"})
    write(draft, preparer, q1="2")
    draft.refresh_from_db()
    workflow.submit(draft, draft.edition, preparer)
    page = as_user(preparer)
    first, second = (page.get(address("receipt", draft, number)).text for number in (1, 2))
    assert "Onko rahoitus sovittu?" in first
    assert "Uudet sanat?" not in first
    assert "Uudet sanat?" in second
    assert "Mistä rahoitus tulee? (ei enää kysytä)" in second
    compared = page.get(address("compare_versions", draft)).text
    assert "Uudet sanat?" in compared
    assert "Kyllä" in compared


def test_staff_find_read_print_and_download_the_answers(
    draft: Proposal, preparer: User, officer: User, as_user: SignIn
) -> None:
    write(draft, preparer, q1="1", q2="Kunnallisverosta")
    draft.refresh_from_db()
    workflow.submit(draft, draft.edition, preparer)
    desk = as_user(officer)
    assert "Kasvupalvelut yhdessä" in desk.get(reverse("all_proposals"), {"q": "kunnallisvero"}).text
    printed = desk.get(reverse("print_proposals")).text
    assert "Kunnallisverosta" in printed
    assert "Tämän kierroksen kysymykset" in printed
    [row] = csv.DictReader(StringIO(desk.get(reverse("answers_csv")).getvalue().decode("utf-8-sig")), delimiter=";")
    assert row["Onko rahoitus sovittu?"] == "Kyllä"
    assert row["Mistä rahoitus tulee?"] == "Kunnallisverosta"
    document = Document(BytesIO(desk.get(reverse("proposals_docx")).getvalue()))
    assert "Kunnallisverosta" in [paragraph.text for paragraph in document.paragraphs]


def test_a_clarification_of_such_an_answer_keeps_the_form_of_its_version(
    draft: Proposal, preparer: User, officer: User
) -> None:
    write(draft, preparer, q1="1", q2="Kunnilta")
    draft.refresh_from_db()
    version = workflow.submit(draft, draft.edition, preparer)
    make_own_form(draft.round, CHOICE)
    section = clarifying.section_of(version, key(draft.round, 2))
    assert section is not None
    now = timezone.now()
    draft.refresh_from_db()
    asked = clarifying.ask(draft, 1, section.questions[0], "Miltä?", now + timedelta(days=20), officer, now)
    assert (asked.label_fi, asked.label_sv) == ("Mistä rahoitus tulee?", "Fråga 2")
    draft.refresh_from_db()
    answers = {key(draft.round, 2): "Porilta"}
    answer = clarifying.answer(asked, answers, Shown(draft.edition), preparer, now)
    assert answer.own_form == version.own_form
    assert answer.content[key(draft.round, 2)] == "Porilta"


def test_what_was_begun_from_an_earlier_proposal_of_the_round_keeps_the_answers(
    draft: Proposal, preparer: User
) -> None:
    write(draft, preparer, q2="Kunnilta")
    earlier = Proposal.objects.get(pk=draft.pk)
    assert earlier.organisation is not None
    new = workflow.start(draft.round, earlier.organisation, "interest", preparer, timezone.now(), earlier)
    assert new.content[key(draft.round, 2)] == "Kunnilta"
    other = workflow.start(make_round(), earlier.organisation, "interest", preparer, timezone.now(), earlier)
    assert key(draft.round, 2) not in other.content


def test_a_deleted_draft_comes_back_with_the_form_that_its_writers_knew(draft: Proposal, preparer: User) -> None:
    now = timezone.now()
    restored = workflow.restore_draft(workflow.delete_draft(draft, preparer, now), preparer, now)
    assert restored.own_form == draft.round.own_forms.get()


def test_the_section_is_gone_where_nothing_is_asked_any_more(draft: Proposal, page: Client) -> None:
    make_own_form(draft.round)
    answer = page.get(address("edit_section", draft, OWN))
    assert (answer.status_code, answer["Location"]) == (302, address("proposal", draft))
    other = make_proposal(make_round(), draft.created_by)
    assert page.get(address("edit_section", other, OWN)).status_code == 404
