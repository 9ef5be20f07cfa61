"""Questions about a round: asked by preparers, answered to all without a word of the asker."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pilots.desk.waiting import waits_on_staff
from pilots.models import Editor, Inquiry, Message, PublicAnswer, Round
from pilots.rounds.workflow import inquiries
from regions.models import User
from registry.lib.dates import today
from registry.lib.refusals import Refused, Stale
from tests.cast import SignIn
from tests.factories import make_inquiry, make_proposal, make_public_answer, make_round
from tests.pilots.rounds.asked_rounds import DAY, NOW, WORDS, at, page_of

pytestmark = pytest.mark.django_db

# --- Asked ---


def test_a_question_is_asked_on_the_page_and_waits_on_officers(
    open_round: Round, preparer: User, officer: User, reader: User, as_user: SignIn
) -> None:
    client, address = as_user(preparer), at("inquire", open_round)
    assert address in page_of(client, open_round)
    assert client.post(address, {"words": "Mikä on omarahoitus?"}).status_code == 302
    inquiry = Inquiry.objects.get()
    assert (inquiry.words, inquiry.asked_by) == ("Mikä on omarahoitus?", preparer)
    assert "odottaa vastausta" in client.get(address).text
    [one] = [thing for thing in waits_on_staff(officer, inquiry.asked_at + 2 * DAY) if "kysymykseen" in thing.text]
    assert (one.days, one.address) == (2, at("answer_inquiry", open_round, inquiry.pk))
    assert waits_on_staff(reader, NOW) == []
    desk = as_user(officer).get(reverse("round_desk", args=[open_round.slug])).text
    assert at("round_inquiries", open_round) in desk
    assert "Mikä on omarahoitus?" in as_user(officer).get(at("round_inquiries", open_round)).text


@pytest.mark.parametrize("why", ["empty", "long", "code", "twice", "enough", "closed", "last day", "cancelled", "not"])
def test_what_is_not_taken_keeps_its_words(
    open_round: Round, preparer: User, officer: User, as_user: SignIn, why: str
) -> None:
    words = {"empty": " ", "long": "a " * 1001, "code": "Tunnus on 131052-308T, mitä nyt?"}.get(why, "Sama kysymys?")
    match why:
        case "twice":
            make_inquiry(open_round, preparer, words)
        case "enough":
            for number in range(inquiries.MOST_A_DAY):
                make_inquiry(make_round(), preparer, str(number))
        case "closed":
            open_round.steps.update(closes_at=NOW - timedelta(hours=1))
        case "last day":
            Round.objects.update(questions_until=today(NOW) - DAY)
        case "cancelled":
            Round.objects.update(cancelled_at=NOW, cancelled_by=officer, cancelled_because_fi="Syy")
        case "not":
            open_round.invited.remove(preparer.organisation)
    before = Inquiry.objects.count()
    answer = as_user(preparer).post(at("inquire", open_round), {"words": words})
    assert answer.status_code == 422
    assert words.strip() in answer.text
    assert Inquiry.objects.count() == before


def test_ten_questions_are_enough_for_a_day_and_not_for_the_next(open_round: Round, preparer: User) -> None:
    for number in range(inquiries.MOST_A_DAY):
        make_inquiry(open_round, preparer, str(number), asked_at=NOW)
    with pytest.raises(Refused):
        inquiries.ask(open_round, "Vielä yksi?", preparer, NOW)
    assert inquiries.ask(open_round, "Vielä yksi?", preparer, NOW + DAY)


def test_a_round_that_is_open_to_all_is_asked_about_by_any_preparer(officer: User, stranger: User) -> None:
    assert inquiries.ask(make_round(owner=officer), "Kuka voi vastata?", stranger, NOW)


def test_an_extension_gives_time_to_ask_and_the_last_day_ends_it(
    open_round: Round, preparer: User, officer: User
) -> None:
    step = open_round.steps.get()
    given = {"reason": "x", "granted_at": NOW, "granted_by": officer, "version": 1}
    step.extensions.create(organisation=preparer.organisation, closes_at=step.closes_at + 5 * DAY, **given)
    after = step.closes_at + DAY
    assert inquiries.ask(open_round, "Ehtiikö vielä?", preparer, after)
    inquiries.set_last_day(open_round, today(NOW) + DAY, NOW)
    with pytest.raises(Refused):
        inquiries.ask(open_round, "Ja nyt?", preparer, after)


def test_the_last_day_is_set_shown_and_taken_away(open_round: Round, officer: User, as_user: SignIn) -> None:
    client, address = as_user(officer), at("round_inquiries", open_round)
    day = today(timezone.now()) + DAY
    assert client.post(address, {"day": "1.1.2020"}).status_code == 422
    assert client.post(address, {"day": f"{day:%d.%m.%Y}"}).status_code == 302
    assert "Viimeinen kysymyspäivä on" in page_of(as_user(None), open_round)
    assert client.post(address, {"day": ""}).status_code == 302
    open_round.refresh_from_db()
    assert open_round.questions_until is None


# --- Answered ---


def test_an_answer_is_public_in_three_languages_and_tells_nothing_of_the_asker(
    open_round: Round, preparer: User, officer: User, as_user: SignIn
) -> None:
    inquiry = make_inquiry(open_round, preparer, "Xqsanat: paljonko?", asked_at=NOW - 3 * DAY)
    client = as_user(officer)
    address = at("answer_inquiry", open_round, inquiry.pk)
    assert "Xqsanat" in client.get(address).text
    assert client.post(address, {"act": "answer", **WORDS}).status_code == 302
    assert "Viidennes." in page_of(as_user(None), open_round)
    assert "En femtedel." in page_of(as_user(None), open_round, "sv")
    assert 'lang="fi"' in page_of(as_user(None), open_round, "en").partition("qa")[2]
    public = [
        *(at(name, open_round) for name in ("round", "round_ics")),
        *(reverse(name) for name in ("rounds", "rounds_atom", "search_atom", "home")),
        f"{reverse('search')}?q=omarahoitus",
        reverse("rounds_file", args=["json"]),
    ]
    reading = as_user(None)
    rows = json.loads(reading.get(public[-1]).getvalue())["rows"]
    told = next(row for row in rows if row["code"] == open_round.slug)
    assert {name: told[name] for name in WORDS} == {name: [words] for name, words in WORDS.items()}
    for where in public:
        text = reading.get(where).getvalue().decode()
        assert "xqsanat" not in text.lower(), where
        assert preparer.email not in text, where
    assert "kysely" in reading.get(f"{reverse('search')}?q=omarahoitus").text
    assert "kysely" not in reading.get(f"{reverse('search')}?q=Xqsanat").text.replace("q=", "")


def test_no_public_byte_depends_on_who_asked_or_on_what_waits(
    open_round: Round, preparer: User, stranger: User, officer: User, as_user: SignIn
) -> None:
    def read(user: User | None) -> list[str]:
        client = as_user(user)
        names = [at("round", open_round), reverse("rounds"), reverse("rounds_atom"), reverse("my_page")]
        return [client.get(where).text.partition('name="csrfmiddlewaretoken"')[0] for where in names]

    make_public_answer(open_round, officer)
    before = [read(user) for user in (None, stranger)]
    inquiries.decline(make_inquiry(open_round, preparer), "Ei kuulu kierrokseen", officer, NOW)
    inquiries.point_to(make_inquiry(open_round, preparer), PublicAnswer.objects.get(), officer, NOW)
    make_inquiry(open_round, preparer)
    assert [read(user) for user in (None, stranger)] == before


def test_a_colleague_and_an_editor_of_the_same_proposal_learn_nothing(
    open_round: Round, preparer: User, colleague: User, officer: User, as_user: SignIn
) -> None:
    proposal = make_proposal(open_round, preparer)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=NOW, added_by=preparer)
    inquiry = make_inquiry(open_round, preparer, "Xqsanat")
    inquiries.answer(inquiry, WORDS, officer, NOW)
    client = as_user(colleague)
    names = ["inquire", "round"]
    pages = [*(at(name, open_round) for name in names), reverse("my_letters"), reverse("proposal", args=[proposal.pk])]
    for where in pages:
        text = client.get(where).text
        assert "Xqsanat" not in text, where
        assert "Kysymykseesi" not in text, where
    assert client.get(at("answer_inquiry", open_round, inquiry.pk)).status_code == 404
    letters = Message.objects.visible_to(colleague, NOW).filter(letter="inquiry_ended")
    assert not letters.exists()


def test_words_that_name_the_asker_are_not_published(
    open_round: Round, preparer: User, officer: User, as_user: SignIn
) -> None:
    User.objects.filter(pk=preparer.pk).update(name="Maija Kysyjä")
    inquiry = make_inquiry(open_round, User.objects.get(pk=preparer.pk))
    client, address = as_user(officer), at("answer_inquiry", open_round, inquiry.pk)
    for field, words in (
        ("question_fi", "Voiko Satakuntaliiton hanke jatkua?"),
        ("question_sv", "Svara till preparer@satakunta.example"),
        ("question_en", "See www.satakuntaliitto.fi"),
        ("answer_fi", "Maija kysyjän hanke voi jatkua."),
    ):
        answer = client.post(address, {"act": "answer", **WORDS, field: words})
        assert answer.status_code == 422
        assert "kertovat, kuka kysyi" in answer.text
        assert words in answer.text
        with pytest.raises(Refused):
            inquiries.answer(inquiry, {**WORDS, field: words}, officer, NOW)
    assert not PublicAnswer.objects.exists()


def test_another_organisation_may_be_named(open_round: Round, preparer: User, officer: User) -> None:
    inquiry = make_inquiry(open_round, preparer)
    words = {**WORDS, "answer_fi": "Kysy Etelä-Savon maakuntaliitolta, Satakunnassa ei."}
    assert inquiries.answer(inquiry, words, officer, NOW).number == 1


def test_a_place_of_the_asker_is_asked_about(open_round: Round, preparer: User, officer: User, as_user: SignIn) -> None:
    inquiry, client = make_inquiry(open_round, preparer), as_user(officer)
    address = at("answer_inquiry", open_round, inquiry.pk)
    typed = {"act": "answer", **WORDS, "question_fi": "Voiko Satakunnassa aloittaa heti?"}
    assert "sure" not in client.get(address).text
    answer = client.post(address, typed)
    assert answer.status_code == 422
    assert "kysyjän maakunta" in answer.text
    assert client.post(address, {**typed, "sure": "on"}).status_code == 302


def test_an_answer_needs_both_languages_and_keeps_what_was_typed(
    open_round: Round, preparer: User, officer: User, as_user: SignIn
) -> None:
    inquiry = make_inquiry(open_round, preparer)
    form = {"act": "answer", **WORDS, "answer_sv": ""}
    answer = as_user(officer).post(at("answer_inquiry", open_round, inquiry.pk), form)
    assert answer.status_code == 422
    assert "Viidennes." in answer.text
    assert not PublicAnswer.objects.exists()


def test_who_comes_second_sees_what_was_typed_and_changes_nothing(
    open_round: Round, preparer: User, officer: User, decider: User, as_user: SignIn
) -> None:
    inquiry = make_inquiry(open_round, preparer)
    inquiries.decline(inquiry, "Ei kuulu kierrokseen", decider, NOW)
    with pytest.raises(Stale):
        inquiries.answer(inquiry, WORDS, officer, NOW)
    address = at("answer_inquiry", open_round, inquiry.pk)
    answer = as_user(officer).post(address, {"act": "answer", **WORDS})
    assert answer.status_code == 409
    assert "Viidennes." in answer.text
    assert "Ei kuulu kierrokseen" in as_user(officer).get(address).text
    assert not PublicAnswer.objects.exists()


def test_answers_are_numbered_as_they_are_published_whatever_was_asked_first(
    open_round: Round, preparer: User, stranger: User, officer: User
) -> None:
    first, declined, last = (make_inquiry(open_round, user) for user in (preparer, stranger, preparer))
    inquiries.decline(declined, "x", officer, NOW)
    assert inquiries.answer(last, WORDS, officer, NOW).number == 1
    assert inquiries.answer(first, WORDS, officer, NOW).number == 2
