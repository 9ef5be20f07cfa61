"""The officer's page of a round's own questions: written while it is made, changed with a reason after that."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pilots.mail.outbox import Verdict
from pilots.mail.reminders import last_look
from pilots.models import Editor, Message, OwnForm, OwnQuestion, Proposal, Round
from pilots.models.own_questions import key_prefix
from pilots.rounds.workflow import deleting, rounds
from regions.models import Organisation, User
from tests.cast import SignIn
from tests.factories import make_own_form, make_proposal, make_round, make_step
from tests.forms import form_of

pytestmark = pytest.mark.django_db

WHY = {"reason_fi": "Selvennys", "reason_sv": "Förtydligande"}
CHOICES = {"kind": "choice", "choices_fi": ["Kyllä", "Ei"], "choices_sv": ["Ja", "Nej"]}


def new(number: int, **fields: Any) -> dict[str, Any]:
    """Return what a browser posts of a new question."""
    words = {"label_fi": f"Uusi {number}", "label_sv": f"Ny {number}", "kind": "text", **fields}
    return {f"new-{number}-{name}": value for name, value in words.items()}


@pytest.fixture
def unpublished() -> Round:
    return make_round(published=False)


@pytest.fixture
def published(officer: User, council: Organisation) -> Round:
    """A published round that asks a choice and a text."""
    round_ = make_round(owner=officer, invited=[council])
    make_own_form(round_, CHOICES, {"limit": 300})
    return round_


def where(round_: Round) -> str:
    return reverse("round_questions", args=[round_.slug])


def keys(round_: Round) -> list[str]:
    return [question.key for question in round_.own_forms.last().questions.all()]


def test_questions_of_every_kind_are_written_and_stand_on_the_public_page(
    unpublished: Round, officer: User, as_user: SignIn
) -> None:
    client = as_user(officer)
    shown = form_of(client.get(where(unpublished)))
    choice = new(1, kind="choice", choices_fi="Kyllä\nEi", choices_sv="Ja\nNej")
    assert client.post(where(unpublished), {**shown, **choice, **new(2, required_from="1")}).status_code == 302
    shown = form_of(client.get(where(unpublished)))
    condition = f"{key_prefix(unpublished.pk)}1=1"
    more = {
        **new(1, label_fi="Luku", kind="number", only_if=condition),
        **new(2, label_fi="Päivä", kind="day", position=1),
    }
    assert client.post(where(unpublished), {**shown, **more}).status_code == 302
    asked = list(OwnQuestion.objects.order_by("position"))
    assert [question.kind for question in asked] == ["choice", "day", "text", "number"]
    assert [question.position for question in asked] == [1, 2, 3, 4]
    assert (asked[2].limit, asked[2].required_from, asked[3].only_if_choice) == (2000, 1, "1")
    assert OwnForm.objects.count() == 1
    Round.objects.update(published_at=timezone.now())
    page = as_user(None).get(reverse("round", args=[unpublished.slug])).text
    assert "Tämän kierroksen kysymykset" in page
    assert "tarvitaan ennen lähettämistä" in page
    assert ">1. " in page
    assert "Vastaa tähän, jos vastauksesi kysymykseen ”Uusi 1” on ”Kyllä”" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"label_sv": ""}, "suomeksi ja ruotsiksi"),
        ({"kind": "choice", "choices_fi": "Yksi", "choices_sv": "Ett"}, "Anna 2–50 vaihtoehtoa"),
        ({"kind": "choice", "choices_fi": "A\nB", "choices_sv": "A"}, "ruotsiksi yhtä monta"),
        ({"choices_fi": "A\nB", "choices_sv": "A\nB"}, "Olet kirjoittanut vaihtoehtoja"),
        ({"kind": "number", "limit": "300"}, "Vain tekstillä on enimmäispituus"),
        ({"limit": "0"}, "Virhe"),
        ({"only_if": "r1-1=9"}, "r1-1=9"),
    ],
)
def test_a_question_that_is_not_whole_comes_back_with_its_words(
    unpublished: Round, officer: User, as_user: SignIn, typed: dict[str, str], words: str
) -> None:
    client = as_user(officer)
    answer = client.post(where(unpublished), {**form_of(client.get(where(unpublished))), **new(1, **typed)})
    assert answer.status_code == 422
    assert words in answer.text or "error-summary" in answer.text
    assert "Uusi 1" in answer.text
    assert not OwnForm.objects.exists()


def test_questions_are_taken_away_and_the_same_words_are_not_asked_twice(
    unpublished: Round, officer: User, as_user: SignIn
) -> None:
    make_own_form(unpublished, {}, {})
    client, (first, second) = as_user(officer), keys(unpublished)
    shown = form_of(client.get(where(unpublished)))
    answer = client.post(where(unpublished), {**shown, f"{second}-label_fi": "Kysymys 1"})
    assert answer.status_code == 422
    assert "samat suomenkieliset sanat" in answer.text
    assert client.post(where(unpublished), {**shown, f"{first}-gone": "on"}).status_code == 302
    assert keys(unpublished) == [second]
    shown = form_of(client.get(where(unpublished)))
    client.post(where(unpublished), {**shown, f"{second}-gone": "on"})
    assert not OwnForm.objects.exists()


def test_two_who_change_different_questions_both_save_and_the_same_one_is_shown_side_by_side(
    unpublished: Round, officer: User, decider: User, as_user: SignIn
) -> None:
    make_own_form(unpublished, {}, {})
    first, second = keys(unpublished)
    one, other = as_user(officer), as_user(decider)
    mine, theirs = form_of(one.get(where(unpublished))), form_of(other.get(where(unpublished)))
    assert other.post(where(unpublished), {**theirs, f"{first}-label_fi": "Toisen sanat"}).status_code == 302
    added = {f"{second}-label_fi": "Minun sanat", **new(1)}
    assert one.post(where(unpublished), {**mine, **added}).status_code == 302
    kept = {"Toisen sanat", "Minun sanat", "Uusi 1"}
    assert set(OwnQuestion.objects.values_list("label_fi", flat=True)) == kept
    answer = one.post(where(unpublished), {**mine, f"{first}-label_fi": "Kolmannet sanat"})
    assert answer.status_code == 409
    assert "Toisen sanat" in answer.text
    assert "Kolmannet sanat" in answer.text
    assert one.post(where(unpublished), {**form_of(answer), f"keep-{first}": "theirs"}).status_code == 302
    assert set(OwnQuestion.objects.values_list("label_fi", flat=True)) == kept


def test_a_condition_that_two_changed_is_told_side_by_side(
    unpublished: Round, officer: User, decider: User, as_user: SignIn
) -> None:
    make_own_form(unpublished, {**CHOICES, "choices_en": ["Yes", "No"]}, {})
    first, second = keys(unpublished)
    one, other = as_user(officer), as_user(decider)
    mine, theirs = form_of(one.get(where(unpublished))), form_of(other.get(where(unpublished)))
    assert other.post(where(unpublished), {**theirs, f"{second}-only_if": f"{first}=1"}).status_code == 302
    answer = one.post(where(unpublished), {**mine, f"{second}-only_if": f"{first}=2"})
    assert answer.status_code == 409
    told = "Vain, jos toiseen kysymykseen vastataan näin: Kysymys 1: "
    assert told + "Kyllä" in answer.text
    assert told + "Ei" in answer.text


def test_a_full_round_shows_no_room_for_more_questions(unpublished: Round, officer: User, as_user: SignIn) -> None:
    make_own_form(unpublished, *({} for _ in range(39)))
    client = as_user(officer)
    shown = form_of(client.get(where(unpublished)))
    assert "new-1-label_fi" in shown
    assert "new-2-label_fi" not in shown
    assert client.post(where(unpublished), {**shown, **new(1)}).status_code == 302
    assert len(keys(unpublished)) == 40
    full = client.get(where(unpublished))
    assert "new-1-label_fi" not in form_of(full)
    assert "Tallentamisen jälkeen sivulla on tilaa uusille." not in full.text


def test_a_change_after_publication_is_a_new_form_with_a_public_reason(
    published: Round, officer: User, as_user: SignIn
) -> None:
    client, (choice, text) = as_user(officer), keys(published)
    shown = form_of(client.get(where(published)))
    assert client.post(where(published), {**shown, **new(1)}).status_code == 422  # no reason
    assert "Mitään ei muutettu" in client.post(where(published), {**shown, **WHY}).text
    more = {f"{choice}-choices_fi": "Kyllä\nEi\nOsin", f"{choice}-choices_sv": "Ja\nNej\nDelvis", f"{text}-gone": "on"}
    assert client.post(where(published), {**shown, **WHY, **more, **new(1)}).status_code == 302
    first, second = published.own_forms.all()
    assert [question.key for question in first.questions.all()] == [choice, text]
    assert [question.key for question in second.questions.all()] == [choice, f"{key_prefix(published.pk)}3"]
    page = as_user(None).get(reverse("round", args=[published.slug])).text
    assert "Selvennys" in page
    assert "Uusi 1" in page
    assert "Kysymys 2" not in page


def test_all_who_write_are_told_by_letter_what_changed(
    published: Round, officer: User, preparer: User, colleague: User, stranger: User, ended: User, as_user: SignIn
) -> None:
    proposal = make_proposal(published, preparer)
    for user in (colleague, ended):
        Editor.objects.create(proposal=proposal, user=user, added_at=timezone.now(), added_by=preparer)
    User.objects.filter(pk=colleague.pk).update(language="sv")
    client, (choice, text) = as_user(officer), keys(published)
    shown = form_of(client.get(where(published)))
    more = {f"{choice}-choices_fi": "Kyllä\nEi\nOsin", f"{choice}-choices_sv": "Ja\nNej\nDelvis", f"{text}-gone": "on"}
    assert client.post(where(published), {**shown, **WHY, **more, **new(1)}).status_code == 302
    letters = Message.objects.filter(letter="questions_changed")
    assert {letter.user for letter in letters.all()} == {preparer, colleague}
    finnish, swedish = letters.get(user=preparer).body, letters.get(user=colleague).body
    for words in ("Syy: Selvennys", "Uudet kysymykset:\n- Uusi 1\n", "Enää ei kysytä:\n- Kysymys 2\n"):
        assert words in finnish
    assert "Ändrade frågor:\n- Fråga 1\n" in swedish
    assert last_look(letters.get(user=preparer), timezone.now()) is Verdict.SEND
    stranger_s = make_proposal(published, stranger)
    Proposal.objects.filter(pk=stranger_s.pk).update(state="withdrawn", withdrawn_at=timezone.now())
    again = {**form_of(client.get(where(published))), **WHY, **new(2)}
    assert client.post(where(published), again).status_code == 302
    assert letters.count() == 4, "each change is told once to each who writes"


def test_nobody_is_told_of_changed_questions_once_nothing_can_be_sent(
    published: Round, officer: User, preparer: User, as_user: SignIn
) -> None:
    make_proposal(published, preparer)
    past = timezone.now() - timedelta(days=1)
    published.steps.update(opens_at=past - timedelta(days=9), closes_at=past)
    client = as_user(officer)
    typed = {**form_of(client.get(where(published))), **WHY, **new(1)}
    assert client.post(where(published), typed).status_code == 302
    assert not Message.objects.filter(letter="questions_changed").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"1-kind": "number"}, "sen vastauksen laji pysyy"),
        ({"1-choices_fi": "Ei\nKyllä"}, "vaihtoehdot pysyvät järjestyksessään"),
        ({"1-choices_fi": "Kyllä", "1-choices_sv": "Ja"}, "Anna 2–50"),
        ({"1-choices_fi": "Muu\nKyllä"}, "vaihtoehdot pysyvät järjestyksessään"),
        ({"2-limit": "299"}, "enimmäispituutta voi vain nostaa"),
        ({"2-required_from": "1"}, "joka on jo avattu"),
    ],
)
def test_what_was_right_stays_right_and_nothing_becomes_needed_in_an_open_step(
    published: Round, officer: User, as_user: SignIn, changed: dict[str, str], words: str
) -> None:
    client = as_user(officer)
    typed = {f"{key_prefix(published.pk)}{name}": value for name, value in changed.items()}
    answer = client.post(where(published), {**form_of(client.get(where(published))), **WHY, **typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert published.own_forms.count() == 1


def test_a_question_can_become_needed_in_a_step_that_is_still_to_come(
    published: Round, officer: User, as_user: SignIn
) -> None:
    step, client = published.steps.get(), as_user(officer)
    make_step(published, opens_at=step.closes_at, closes_at=step.closes_at + timedelta(days=9))
    typed = {f"{keys(published)[1]}-required_from": "2"}
    assert client.post(where(published), {**form_of(client.get(where(published))), **WHY, **typed}).status_code == 302
    assert published.own_forms.last().questions.get(position=2).required_from == 2


def test_a_round_is_not_published_while_a_question_is_needed_from_a_step_that_is_not_there(unpublished: Round) -> None:
    make_own_form(unpublished, {"required_from": 3})
    assert [str(fault) for fault in rounds.faults(unpublished, timezone.now()) if "Kysymys 1" in str(fault)]


def test_a_copy_asks_the_same_under_keys_of_its_own(published: Round, officer: User, as_user: SignIn) -> None:
    first = key_prefix(published.pk) + "1"
    make_own_form(published, {**CHOICES, "key": first}, {"only_if": first, "only_if_choice": "2"})
    as_user(officer).post(reverse("copy_round", args=[published.slug]))
    made = Round.objects.exclude(pk=published.pk).get()
    copied = list(made.own_forms.get().questions.all())
    assert [question.key for question in copied] == [f"{key_prefix(made.pk)}1", f"{key_prefix(made.pk)}2"]
    assert (copied[1].only_if, copied[1].only_if_choice) == (copied[0].key, "2")


def test_a_deleted_round_comes_back_with_its_questions(unpublished: Round, officer: User) -> None:
    make_own_form(unpublished, CHOICES, {})
    restored = deleting.restore(deleting.delete(unpublished, officer, timezone.now()))
    assert len(keys(restored)) == 2


@pytest.mark.parametrize("questions", [1, 3])
def test_the_pages_of_a_round_take_as_many_statements_whatever_it_asks(
    officer: User, as_user: SignIn, questions: int
) -> None:
    round_ = make_round(owner=officer)
    make_own_form(round_, *[{}] * questions)
    for client, address, most in (
        (as_user(None), reverse("round", args=[round_.slug]), 14),
        (as_user(officer), where(round_), 7),
    ):
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        assert len(captured) == most, [query["sql"][:90] for query in captured]
