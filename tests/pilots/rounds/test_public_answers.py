"""Public answers about a round: told once to each, corrected with a reason, kept when the asker is forgotten."""

from datetime import date
from typing import Any

import pytest

from pilots.mail import outbox, reminders
from pilots.mail.outbox import Verdict
from pilots.models import Editor, Inquiry, Message, PublicAnswer, Round, RoundCorrection
from pilots.rounds.workflow import inquiries
from regions.models import User
from registry.lib.editions import Shown
from registry.lib.languages import InThree
from tests.cast import SignIn
from tests.factories import make_inquiry, make_proposal, make_public_answer, make_submitted, make_user
from tests.forms import form_of
from tests.pilots.rounds.asked_rounds import DAY, NOW, WHY, WORDS, at, page_of, told

pytestmark = pytest.mark.django_db

# --- Told ---


def test_the_asker_is_told_once_and_so_is_each_who_writes(
    open_round: Round, preparer: User, colleague: User, stranger: User, officer: User, ended: User
) -> None:
    own, other = make_proposal(open_round, preparer), make_submitted(open_round, stranger)
    for proposal, user in ((own, colleague), (other, colleague), (own, ended)):
        Editor.objects.create(proposal=proposal, user=user, added_at=NOW, added_by=preparer)
    withdrawn = make_user("preparer", preparer.organisation, email="withdrew@satakunta.example")
    make_proposal(open_round, withdrawn, state="withdrawn", withdrawn_at=NOW)
    User.objects.filter(pk=colleague.pk).update(language="sv")
    inquiries.answer(make_inquiry(open_round, preparer, "Alkuperäiset sanat"), WORDS, officer, NOW)
    assert sorted(told(open_round)) == [
        ("answer_published", colleague.email),
        ("answer_published", stranger.email),
        ("inquiry_ended", preparer.email),
    ]
    asker = Message.objects.get(letter="inquiry_ended")
    assert "Alkuperäiset sanat" in asker.body
    assert f"/fi/kierrokset/{open_round.slug}/#answer-1" in asker.body
    swedish = Message.objects.get(user=colleague)
    assert "En femtedel." in swedish.body
    for letter in Message.objects.filter(letter="answer_published"):
        assert "Alkuperäiset" not in letter.body
        assert preparer.email not in str(bytes(letter.mime))


def test_a_declined_question_is_told_to_its_asker_alone(
    open_round: Round, preparer: User, stranger: User, officer: User, as_user: SignIn
) -> None:
    make_proposal(open_round, stranger)
    inquiry = make_inquiry(open_round, preparer)
    address = at("answer_inquiry", open_round, inquiry.pk)
    assert as_user(officer).post(address, {"act": "decline", "because": ""}).status_code == 422
    assert as_user(officer).post(address, {"act": "decline", "because": "Kysy hankinnasta"}).status_code == 302
    assert told(open_round) == [("inquiry_ended", preparer.email)]
    assert "Kysy hankinnasta" in Message.objects.get().body
    assert "Kysy hankinnasta" in as_user(preparer).get(at("inquire", open_round)).text
    assert "Kysy hankinnasta" not in page_of(as_user(stranger), open_round)


def test_the_same_question_is_pointed_to_its_answer_and_nobody_else_hears_again(
    open_round: Round, preparer: User, stranger: User, colleague: User, officer: User, as_user: SignIn
) -> None:
    make_proposal(open_round, colleague)
    inquiries.answer(make_inquiry(open_round, preparer), WORDS, officer, NOW)
    again = make_inquiry(open_round, stranger)
    address = at("answer_inquiry", open_round, again.pk)
    chosen = {"act": "same", "same": PublicAnswer.objects.get().pk}
    assert as_user(officer).post(address, chosen).status_code == 302
    assert told(open_round)[-1] == ("inquiry_ended", stranger.email)
    assert [kind for kind, _ in told(open_round)].count("answer_published") == 1


def test_letters_end_with_the_rights_of_their_reader(open_round: Round, preparer: User, officer: User) -> None:
    inquiries.decline(make_inquiry(open_round, preparer), "x", officer, NOW)
    letter = Message.objects.get()
    assert reminders.last_look(letter, NOW) == Verdict.SEND
    User.objects.filter(pk=preparer.pk).update(rights_until=date(2020, 1, 1))
    letter = Message.objects.get()
    assert reminders.last_look(letter, NOW) == Verdict.CANCEL
    inquiries.decline(make_inquiry(open_round, User.objects.get(pk=preparer.pk)), "y", officer, NOW)
    assert Message.objects.count() == 1


def test_a_deputy_of_the_asker_hears_nothing(open_round: Round, preparer: User, colleague: User, officer: User) -> None:
    User.objects.filter(pk=preparer.pk).update(deputy=colleague, address_failed_at=NOW, address_fault="550")
    inquiries.answer(make_inquiry(open_round, User.objects.get(pk=preparer.pk)), WORDS, officer, NOW)
    assert told(open_round) == [("inquiry_ended", preparer.email)]
    assert Message.objects.get().state == Message.State.DEAD
    assert outbox.forward_returned(NOW, may_tell_deputy=reminders.may_tell_deputy) == 0


# --- Corrected ---


def test_a_correction_shows_its_reason_and_tells_whoever_was_told(
    open_round: Round, preparer: User, stranger: User, officer: User, as_user: SignIn
) -> None:
    make_proposal(open_round, stranger)
    published = inquiries.answer(make_inquiry(open_round, preparer), WORDS, officer, NOW)
    client, address = as_user(officer), at("correct_answer", open_round, published.number)
    shown = form_of(client.get(address))
    assert client.post(address, {**shown, "answer_fi": "Neljännes.", "reason_fi": ""}).status_code == 422
    assert client.post(address, {**shown, **WHY}).status_code == 422
    assert client.post(address, {**shown, "answer_fi": "Neljännes.", **WHY}).status_code == 302
    page = page_of(as_user(None), open_round)
    assert "Neljännes." in page
    assert "Luku oli väärä" in page
    assert "Viidennes." not in page
    assert "Tämän sivun sanoja korjattiin" not in page
    correction = RoundCorrection.objects.get()
    assert (correction.columns, correction.before) == (["answer_fi"], {"answer_fi": "Viidennes."})
    assert sorted(told(open_round)[2:]) == [
        ("answer_published", stranger.email),
        ("inquiry_ended", preparer.email),
    ]


def test_a_correction_names_no_asker_either(open_round: Round, preparer: User, officer: User, as_user: SignIn) -> None:
    published = inquiries.answer(make_inquiry(open_round, preparer), WORDS, officer, NOW)
    client, address = as_user(officer), at("correct_answer", open_round, published.number)
    shown = form_of(client.get(address))
    for typed in (
        {"answer_fi": "Satakuntaliitto saa.", **WHY},
        {"answer_fi": "Ei.", **WHY, "reason_fi": "Satakuntaliiton"},
    ):
        answer = client.post(address, {**shown, **typed})
        assert answer.status_code == 422
        assert "kertovat, kuka kysyi" in answer.text
    assert not RoundCorrection.objects.exists()


def test_two_who_correct_the_same_answer_see_both(
    open_round: Round, preparer: User, officer: User, decider: User, as_user: SignIn
) -> None:
    published = make_public_answer(open_round, officer)
    address = at("correct_answer", open_round, published.number)
    one, other = as_user(officer), as_user(decider)
    mine, theirs = form_of(one.get(address)), form_of(other.get(address))
    assert other.post(address, {**theirs, "answer_fi": "Toisen", **WHY}).status_code == 302
    answer = one.post(address, {**mine, "answer_fi": "Minun", **WHY})
    assert answer.status_code == 409
    assert "Toisen" in answer.text
    assert "Minun" in answer.text


# --- Kept, and counted ---


def test_the_asker_is_forgotten_and_the_answer_stays(open_round: Round, preparer: User, officer: User) -> None:
    inquiries.answer(make_inquiry(open_round, preparer), WORDS, officer, NOW - 91 * DAY)
    waiting = make_inquiry(open_round, preparer)
    assert list(Inquiry.objects.past(NOW - 90 * DAY)) == [Inquiry.objects.exclude(pk=waiting.pk).get()]
    open_round.steps.update(opens_at=NOW - 99 * DAY, closes_at=NOW - 91 * DAY)
    Inquiry.objects.past(NOW - 90 * DAY).delete()
    assert not Inquiry.objects.exists()
    assert PublicAnswer.objects.count() == 1
    published = PublicAnswer.objects.get()
    reason, now = InThree("Virhe", "Fel"), {**inquiries.words_of(published), "answer_fi": "Neljännes."}
    assert published.edition == 1
    inquiries.correct(published, Shown(1), now, reason, officer, NOW)


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_pages_take_the_same_queries_for_any_number_of_questions(
    open_round: Round, preparer: User, officer: User, as_user: SignIn, rows: int, django_assert_num_queries: Any
) -> None:
    words = {**WORDS, "published_at": NOW, "published_by": officer}
    answers = PublicAnswer.objects.bulk_create(
        PublicAnswer(round=open_round, number=number, **words) for number in range(1, rows + 1)
    )
    asked = {"round": open_round, "words": "Mikä?", "asked_at": NOW - DAY, "asked_by": preparer}
    Inquiry.objects.bulk_create(Inquiry(**asked) for _ in range(rows))
    ended = {**asked, "ended_at": NOW, "ended_by": officer}
    Inquiry.objects.bulk_create(Inquiry(answer=answer, **ended) for answer in answers)
    inquiry, staff, own = Inquiry.objects.earliest("pk"), as_user(officer), as_user(preparer)
    for client, where, queries in (
        (staff, at("round_inquiries", open_round), 9),
        (staff, at("answer_inquiry", open_round, inquiry.pk), 9),
        (own, at("inquire", open_round), 9),
        (as_user(None), at("round", open_round), 13),
    ):
        with django_assert_num_queries(queries):
            assert client.get(where).status_code == 200
