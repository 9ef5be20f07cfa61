"""The pages of staff's letters: nothing typed is lost, and what is read over is what is sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from pilots.mail import reminders, workflow
from pilots.models import Editor, Message, Round, StaffLetter
from regions.models import Organisation, User
from registry.lib.refusals import Incomplete
from tests.factories import make_proposal, make_round, make_user
from tests.pilots.mail.staff_letters import NOW, TEXTS, draft, typed

SignIn = Callable[[User | None], Client]


@pytest.mark.parametrize("missing", ["subject_fi", "body_fi", "subject_sv", "body_sv"])
def test_an_unfinished_letter_is_kept_and_not_sent(
    as_user: SignIn, preparer: User, officer: User, invited_round: Round, missing: str
) -> None:
    make_proposal(invited_round, preparer)
    client = as_user(officer)
    answer = client.post(reverse("new_letter", args=[invited_round.slug]), typed(**{missing: ""}), follow=True)
    letter = StaffLetter.objects.get()
    assert "edellyttää otsikkoa ja tekstiä" in answer.text
    seen = answer.context["audience"].fingerprint
    client.post(reverse("send_letter", args=[letter.pk]), {"edition": "1", "seen": seen})
    with pytest.raises(Incomplete):
        workflow.send_letter(letter, 1, officer, NOW())
    assert not Message.objects.exists()


def test_the_loser_of_two_keeps_every_word(as_user: SignIn, officer: User, decider: User, invited_round: Round) -> None:
    letter = draft(invited_round, officer)
    where = reverse("edit_letter", args=[letter.pk])
    as_user(officer).post(where, typed(edition="1", body_fi="Ensimmäisen teksti"))
    answer = as_user(decider).post(where, typed(edition="1", body_fi="Toisen teksti", subject_fi="Toisen otsikko"))
    assert answer.status_code == 409
    for words in ("Ensimmäisen teksti", "Toisen teksti", "Toisen otsikko", 'name="edition" value="2"'):
        assert words in answer.text
    letter.refresh_from_db()
    assert letter.body_fi == "Ensimmäisen teksti"
    as_user(decider).post(where, typed(edition="2", body_fi="Toisen teksti"))
    letter.refresh_from_db()
    assert letter.body_fi == "Toisen teksti"


def test_who_writes_while_another_sends_keeps_every_word_as_a_new_letter(
    as_user: SignIn, officer: User, decider: User, preparer: User, invited_round: Round
) -> None:
    make_proposal(invited_round, preparer)
    letter = draft(invited_round, officer)
    workflow.send_letter(letter, 1, officer, NOW())
    answer = as_user(decider).post(reverse("edit_letter", args=[letter.pk]), typed(edition="1", body_fi="Myöhästynyt"))
    assert answer.status_code == 409
    assert "Myöhästynyt" in answer.text
    new = reverse("new_letter", args=[invited_round.slug])
    assert f'action="{new}"' in answer.text
    as_user(decider).post(new, typed(body_fi="Myöhästynyt"))
    letter.refresh_from_db()
    assert letter.body_fi == TEXTS["body_fi"]
    assert StaffLetter.objects.filter(sent_at=None).get().body_fi == "Myöhästynyt"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"audience": "everyone"}, "Kuka saa viestin"),
        ({"audience": "proposal"}, "Valitse ehdotus"),
        ({"audience": "proposal", "proposal": "999999999"}, "Mikä ehdotus"),
        ({"body_fi": "Tunnus 131052-308T"}, "henkilötunnus"),
        ({"body_sv": "x" * 20_001}, "Teksti ruotsiksi"),
        ({"subject_fi": "x" * 201}, "Otsikko suomeksi"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    as_user: SignIn, officer: User, invited_round: Round, fields: dict[str, str], words: str
) -> None:
    answer = as_user(officer).post(reverse("new_letter", args=[invited_round.slug]), typed(**fields))
    assert answer.status_code == 422
    assert words in answer.text
    assert TEXTS["subject_sv"] in answer.text
    assert not StaffLetter.objects.exists()


def test_what_is_typed_is_kept_as_plain_text(as_user: SignIn, officer: User, invited_round: Round) -> None:
    fields = typed(subject_fi="Ha\u0308me\x1b", body_fi="a\0b\vc")
    as_user(officer).post(reverse("new_letter", args=[invited_round.slug]), fields)
    letter = StaffLetter.objects.get()
    assert (letter.subject_fi, letter.body_fi) == ("Häme", "ab\nc")


def test_a_subject_becomes_one_line(as_user: SignIn, officer: User, invited_round: Round) -> None:
    as_user(officer).post(reverse("new_letter", args=[invited_round.slug]), typed(subject_fi="Otsikko\r\nBcc: kaikki"))
    assert StaffLetter.objects.get().subject_fi == "Otsikko Bcc: kaikki"


def test_a_draft_of_a_proposal_is_named_by_its_organisation_alone(
    as_user: SignIn, preparer: User, officer: User, invited_round: Round
) -> None:
    proposal = make_proposal(invited_round, preparer, content={"title": "Xqsalainen"})
    page = as_user(officer).get(reverse("new_letter", args=[invited_round.slug])).text
    assert "Satakuntaliitto: luonnos, ei lähetetty" in page
    letter = draft(invited_round, officer, "proposal", proposal=proposal)
    for name in ("letter", "edit_letter"):
        page = as_user(officer).get(reverse(name, args=[letter.pk])).text
        assert "Xqsalainen" not in page
    fields = typed(audience="proposal", proposal=str(proposal.pk))
    as_user(officer).post(reverse("new_letter", args=[invited_round.slug]), fields)
    assert StaffLetter.objects.filter(proposal=proposal).count() == 2


def test_readers_read_officers_write_and_preparers_know_nothing(
    as_user: SignIn, reader: User, preparer: User, officer: User, invited_round: Round
) -> None:
    make_proposal(invited_round, preparer)
    letter = draft(invited_round, officer)
    page = as_user(reader).get(reverse("letter", args=[letter.pk])).text
    assert TEXTS["subject_fi"] in page
    assert reverse("send_letter", args=[letter.pk]) not in page
    for name in ("letter", "edit_letter", "letters"):
        where = reverse(name, args=[letter.pk] if name != "letters" else [])
        assert as_user(preparer).get(where).status_code == 403
    form = {"edition": "1", "seen": reminders.audience(letter, NOW()).fingerprint}
    for user in (reader, preparer):
        assert as_user(user).post(reverse("send_letter", args=[letter.pk]), form).status_code == 403
    assert not Message.objects.exists()


def test_no_letter_is_written_before_the_round_is_published(as_user: SignIn, officer: User) -> None:
    hidden = make_round(published=False)
    assert as_user(officer).get(reverse("new_letter", args=[hidden.slug])).status_code == 403


def test_drafts_stand_first_and_on_the_desks(
    as_user: SignIn, officer: User, preparer: User, invited_round: Round
) -> None:
    make_proposal(invited_round, preparer)
    sent = draft(invited_round, officer, written_at=NOW() + timedelta(days=1))
    workflow.send_letter(sent, 1, officer, NOW())
    waiting = draft(invited_round, officer, subject_fi="", subject_sv="", subject_en="")
    other = draft(make_round(), officer)
    client = as_user(officer)
    assert list(client.get(reverse("letters")).context["page"].object_list) == [other, waiting, sent]
    assert list(client.get(reverse("letters") + "?round=kierros").context["page"].object_list) == [waiting, sent]
    assert len(client.get(reverse("letters") + "?round=%00").context["page"].object_list) == 3
    assert "Viesti ilman otsikkoa" in client.get(reverse("round_desk", args=["kierros"])).text
    assert reverse("letter", args=[waiting.pk]) in client.get(reverse("desk")).text
    assert reverse("letter", args=[sent.pk]) not in client.get(reverse("desk")).text


def test_the_preview_shows_each_language_once_in_the_words_that_are_sent(
    as_user: SignIn, preparer: User, colleague: User, officer: User, invited_round: Round
) -> None:
    proposal = make_proposal(invited_round, preparer)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=NOW(), added_by=preparer)
    User.objects.filter(pk=colleague.pk).update(language="")
    letter = draft(invited_round, officer)
    with translation.override("sv"):
        page = as_user(officer).get(reverse("letter", args=[letter.pk]))
    assert [language for language, _ in page.context["written"]] == ["fi", ""]
    workflow.send_letter(letter, 1, officer, NOW())
    sent = set(Message.objects.filter(staff_letter=letter).values_list("subject", "body"))
    assert sent == {(text.subject, text.body) for _, text in page.context["written"]}


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_reading_over_asks_the_same_few_questions(
    as_user: SignIn,
    officer: User,
    council: Organisation,
    invited_round: Round,
    django_assert_num_queries: Any,
    count: int,
) -> None:
    founder = make_user(User.Role.PREPARER, council)
    proposal = make_proposal(invited_round, founder)
    people = User.objects.bulk_create(
        User(email=f"{n}@many.example", role="preparer", organisation=council, language="sv") for n in range(count - 1)
    )
    Editor.objects.bulk_create(
        Editor(proposal=proposal, user=user, added_at=NOW(), added_by=founder) for user in people
    )
    letter, client = draft(invited_round, officer), as_user(officer)
    client.get(reverse("home"))
    with django_assert_num_queries(5):
        page = client.get(reverse("letter", args=[letter.pk]))
    assert len(page.context["audience"].people) == count
    for _ in range(min(count, 30)):
        draft(invited_round, officer)
    with django_assert_num_queries(5):
        client.get(reverse("letters"))
