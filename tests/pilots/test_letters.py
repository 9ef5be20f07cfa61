"""Letters that staff write: drafts that a human edits, reads over and sends, once, to those who may get them."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from pilots import access, reminders
from pilots.models import Editor, Letter, Message, Proposal, Round, StaffLetter
from pilots.workflow import letters as workflow
from regions.models import Organisation, User
from tests.factories import make_organisation, make_proposal, make_round, make_user

SignIn = Callable[[User | None], Client]
NOW = timezone.now
TEXTS = {
    "subject_fi": "Täydennä 1.12. mennessä",
    "body_fi": "Hei,\n\ntäydennä ehdotusta.",
    "subject_sv": "Komplettera senast 1.12",
    "body_sv": "Hej,\n\nkomplettera förslaget.",
}


@pytest.fixture
def round_(officer: User, council: Organisation, other_council: Organisation) -> Round:
    """An open round that two organisations are invited to."""
    return make_round(owner=officer, slug="kierros", invited=[council, other_council])


def draft(round_: Round, writer: User, audience: str = "editors", **fields: Any) -> StaffLetter:
    """Return a letter that is not sent."""
    known = {"round": round_, "audience": audience, "written_at": NOW(), "written_by": writer}
    return StaffLetter.objects.create(**{**known, **TEXTS, **fields})


def names(letter: StaffLetter) -> set[str]:
    """Return the addresses of those who would get the letter."""
    return {user.email for user in reminders.audience(letter, NOW()).people}


def typed(**fields: str) -> dict[str, str]:
    """Return what the form sends."""
    return {"audience": "editors", "proposal": "", "edition": "0", **TEXTS, "subject_en": "", "body_en": "", **fields}


def shown(client: Client, letter: StaffLetter) -> dict[str, str]:
    """Return the fields of the send button on the page that was read."""
    context = client.get(reverse("letter", args=[letter.pk])).context
    return {"edition": str(context["letter"].edition), "seen": context["seal"]}


@pytest.mark.parametrize(
    ("audience", "who"),
    [
        ("editors", {"preparer", "colleague", "stranger"}),
        ("submitted", {"stranger"}),
        ("drafts", {"preparer", "colleague"}),
        ("proposal", {"preparer", "colleague"}),
        ("silent", {"quiet"}),
    ],
)
def test_each_audience_is_who_it_says(
    preparer: User, colleague: User, stranger: User, officer: User, round_: Round, audience: str, who: set[str]
) -> None:
    third, uninvited = make_organisation(), make_organisation()
    round_.invited.add(third)
    quiet, _bait = make_user(User.Role.PREPARER, third), make_user(User.Role.PREPARER, uninvited)
    own = make_proposal(round_, preparer)
    Editor.objects.create(proposal=own, user=colleague, added_at=NOW(), added_by=preparer)
    make_proposal(round_, stranger, state="submitted", submitted_at=NOW())
    make_proposal(make_round(), make_user(User.Role.PREPARER, uninvited))
    people = {"preparer": preparer, "colleague": colleague, "stranger": stranger, "quiet": quiet}
    letter = draft(round_, officer, audience, proposal=own if audience == "proposal" else None)
    assert names(letter) == {people[name].email for name in who}


def test_a_withdrawn_proposal_is_no_reason_to_write(preparer: User, officer: User, round_: Round) -> None:
    make_proposal(round_, preparer, state="withdrawn", withdrawn_at=NOW())
    for audience in ("editors", "submitted", "drafts"):
        assert names(draft(round_, officer, audience)) == set()


def test_a_person_with_two_proposals_gets_one_letter(preparer: User, officer: User, round_: Round) -> None:
    make_proposal(round_, preparer)
    make_proposal(round_, preparer)
    letter = draft(round_, officer)
    assert workflow.send_letter(letter, letter.edition, officer, NOW()) == 1
    assert Message.objects.filter(staff_letter=letter).count() == 1


def test_whose_rights_have_ended_gets_nothing_and_whom_no_mail_reaches_is_shown(
    preparer: User, colleague: User, ended: User, officer: User, round_: Round
) -> None:
    proposal = make_proposal(round_, preparer)
    for user in (colleague, ended):
        Editor.objects.create(proposal=proposal, user=user, added_at=NOW(), added_by=preparer)
    User.objects.filter(pk=colleague.pk).update(address_failed_at=NOW(), address_fault="550")
    letter = draft(round_, officer)
    found = reminders.audience(letter, NOW())
    assert found.people == [preparer]
    assert {str(who): str(why) for who, why in found.left_out} == {
        str(ended): "ei enää valmistelija: oikeudet ovat päättyneet",
        str(colleague): "ei toimivaa osoitetta",
    }
    assert workflow.send_letter(letter, letter.edition, officer, NOW()) == 1
    assert dict(Message.objects.filter(staff_letter=letter).values_list("address", "state")) == {
        preparer.email: "queued",
        colleague.email: "dead",
    }


def test_a_silent_organisation_without_accounts_is_named(officer: User, round_: Round, ended: User) -> None:
    found = reminders.audience(draft(round_, officer, "silent"), NOW())
    assert found.people == []
    reasons = [(str(who), str(why)) for who, why in found.left_out]
    assert (str(ended.organisation), "kenelläkään siellä ei ole toimivaa tiliä") in reasons
    assert len(reasons) == 3


def test_the_audience_is_the_permission_to_write(preparer: User, officer: User, round_: Round) -> None:
    proposal = make_proposal(round_, preparer)
    letter = draft(round_, officer)
    for change in ({}, {"rights_until": date(2020, 1, 1)}, {"is_active": False}, {"role": "reader"}):
        User.objects.filter(pk=preparer.pk).update(
            **{"rights_until": None, "is_active": True, "role": "preparer", **change}
        )
        user = User.objects.get(pk=preparer.pk)
        fresh = Proposal.objects.prefetch_related("editorships").get(pk=proposal.pk)
        assert (user.email in names(letter)) == access.edits(user, fresh, NOW())


def test_each_reader_gets_their_language_and_answers_the_owner(
    preparer: User, colleague: User, stranger: User, officer: User, round_: Round
) -> None:
    proposal = make_proposal(round_, preparer)
    languages = {preparer: "sv", colleague: "", stranger: "en"}
    for user, language in languages.items():
        User.objects.filter(pk=user.pk).update(language=language)
        Editor.objects.get_or_create(proposal=proposal, user=user, defaults={"added_at": NOW(), "added_by": preparer})
    letter = draft(round_, officer)
    workflow.send_letter(letter, letter.edition, officer, NOW())
    sent = {message.user_id: message for message in Message.objects.filter(staff_letter=letter)}
    assert sent[preparer.pk].subject == TEXTS["subject_sv"]
    assert sent[colleague.pk].language == "fi+sv"
    assert "täydennä ehdotusta" in sent[colleague.pk].body
    assert "komplettera förslaget" in sent[colleague.pk].body
    english = sent[stranger.pk]
    assert english.body.startswith("This letter was written in Finnish and in Swedish only.")
    assert english.subject == f"{TEXTS['subject_fi']} / {TEXTS['subject_sv']}"
    for message in sent.values():
        assert (message.letter, message.round, message.useless_after) == (Letter.STAFF, round_, None)
        assert dict(message.headers())["Reply-To"].endswith(f"<{officer.email}>") or officer.email in str(
            dict(message.headers())["Reply-To"]
        )
        assert round_.contact_fi in message.body or round_.contact_sv in message.body
        assert "List-Unsubscribe" not in dict(message.headers())


def test_a_letter_in_english_reaches_readers_of_english(preparer: User, officer: User, round_: Round) -> None:
    User.objects.filter(pk=preparer.pk).update(language="en")
    proposal = make_proposal(round_, preparer)
    letter = draft(
        round_,
        officer,
        "proposal",
        proposal=proposal,
        subject_en="Complete by 1.12.",
        body_en="{{ user.email }}{% x %}",
    )
    workflow.send_letter(letter, letter.edition, officer, NOW())
    message = Message.objects.get(staff_letter=letter)
    assert message.subject == "Complete by 1.12."
    assert "{{ user.email }}{% x %}" in message.body
    assert message.proposal == proposal


def test_a_letter_is_sent_once(as_user: SignIn, preparer: User, officer: User, decider: User, round_: Round) -> None:
    make_proposal(round_, preparer)
    letter = draft(round_, officer)
    form = shown(as_user(decider), letter)
    where = reverse("send_letter", args=[letter.pk])
    for user in (decider, officer, decider):
        assert as_user(user).post(where, form).status_code == 302
    assert Message.objects.filter(staff_letter=letter).count() == 1
    letter.refresh_from_db()
    assert letter.sent_by == decider
    page = as_user(officer).get(reverse("letter", args=[letter.pk])).text
    assert "jonossa: 1" in page
    assert reverse("message", args=[Message.objects.get(staff_letter=letter).pk]) in page
    assert reverse("send_letter", args=[letter.pk]) not in page
    assert as_user(officer).get(reverse("edit_letter", args=[letter.pk])).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_who_send_at_once_send_once(officer: User, decider: User, preparer: User, round_: Round) -> None:
    make_proposal(round_, preparer)
    letter, ends, start = draft(round_, officer), [], threading.Barrier(2)

    def send(user: User) -> None:
        try:
            start.wait()
            ends.append(workflow.send_letter(letter, letter.edition, user, NOW()))
        except workflow.Stale:
            ends.append(0)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[user]) for user in (officer, decider)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == [0, 1]
    assert Message.objects.filter(staff_letter=letter).count() == 1


def test_what_was_not_read_is_not_sent(
    as_user: SignIn, preparer: User, stranger: User, officer: User, round_: Round
) -> None:
    make_proposal(round_, preparer)
    letter, client = draft(round_, officer), as_user(officer)
    where, form = reverse("send_letter", args=[letter.pk]), shown(as_user(officer), letter)
    for change in ({"edition": "9"}, {"edition": "9" * 99}, {"edition": "\0"}, {"seen": ""}, {"seen": "0"}):
        client.post(where, {**form, **change})
    assert not Message.objects.exists()
    make_proposal(round_, stranger)
    answer = client.post(where, form, follow=True).text
    assert "Vastaanottajat eivät ole enää ne" in answer
    workflow.write_letter(letter, {"body_fi": "Toinen"}, letter.edition, officer, NOW())
    assert "Joku muu muutti viestiä" in client.post(where, shown(client, letter) | {"edition": "1"}, follow=True).text
    assert not Message.objects.exists()


@pytest.mark.parametrize("missing", ["subject_fi", "body_fi", "subject_sv", "body_sv"])
def test_an_unfinished_letter_is_kept_and_not_sent(
    as_user: SignIn, preparer: User, officer: User, round_: Round, missing: str
) -> None:
    make_proposal(round_, preparer)
    client = as_user(officer)
    answer = client.post(reverse("new_letter", args=[round_.slug]), typed(**{missing: ""}), follow=True)
    letter = StaffLetter.objects.get()
    assert "edellyttää otsikkoa ja tekstiä" in answer.text
    client.post(reverse("send_letter", args=[letter.pk]), {"edition": "1", "seen": answer.context["seal"]})
    with pytest.raises(workflow.NotReady):
        workflow.send_letter(letter, 1, officer, NOW())
    assert not Message.objects.exists()


def test_a_letter_to_nobody_is_not_sent(as_user: SignIn, officer: User, round_: Round) -> None:
    letter, client = draft(round_, officer, "drafts"), as_user(officer)
    page = client.post(reverse("send_letter", args=[letter.pk]), shown(client, letter), follow=True).text
    assert "Kukaan ei saisi viestiä" in page
    letter.refresh_from_db()
    assert letter.sent_at is None


def test_saving_sends_nothing_and_neither_does_anything_else(
    as_user: SignIn, preparer: User, officer: User, round_: Round
) -> None:
    make_proposal(round_, preparer)
    client = as_user(officer)
    client.post(reverse("new_letter", args=[round_.slug]), typed())
    letter = StaffLetter.objects.get()
    client.post(reverse("edit_letter", args=[letter.pk]), typed(edition="1", body_fi="Uusi teksti"))
    client.get(reverse("letter", args=[letter.pk]))
    Proposal.objects.update(state="submitted", submitted_at=NOW())
    letter.refresh_from_db()
    assert (letter.edition, letter.body_fi) == (2, "Uusi teksti")
    assert not Message.objects.exists()


def test_the_loser_of_two_keeps_every_word(as_user: SignIn, officer: User, decider: User, round_: Round) -> None:
    letter = draft(round_, officer)
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
    as_user: SignIn, officer: User, decider: User, preparer: User, round_: Round
) -> None:
    make_proposal(round_, preparer)
    letter = draft(round_, officer)
    workflow.send_letter(letter, 1, officer, NOW())
    answer = as_user(decider).post(reverse("edit_letter", args=[letter.pk]), typed(edition="1", body_fi="Myöhästynyt"))
    assert answer.status_code == 409
    assert "Myöhästynyt" in answer.text
    new = reverse("new_letter", args=[round_.slug])
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
        ({"body_fi": "a\0b"}, "Teksti suomeksi"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    as_user: SignIn, officer: User, round_: Round, fields: dict[str, str], words: str
) -> None:
    answer = as_user(officer).post(reverse("new_letter", args=[round_.slug]), typed(**fields))
    assert answer.status_code == 422
    assert words in answer.text
    assert TEXTS["subject_sv"] in answer.text
    assert not StaffLetter.objects.exists()


def test_a_subject_becomes_one_line(as_user: SignIn, officer: User, round_: Round) -> None:
    as_user(officer).post(reverse("new_letter", args=[round_.slug]), typed(subject_fi="Otsikko\r\nBcc: kaikki"))
    assert StaffLetter.objects.get().subject_fi == "Otsikko Bcc: kaikki"


def test_a_draft_of_a_proposal_is_named_by_its_organisation_alone(
    as_user: SignIn, preparer: User, officer: User, round_: Round
) -> None:
    proposal = make_proposal(round_, preparer, content={"title": "Xqsalainen"})
    page = as_user(officer).get(reverse("new_letter", args=[round_.slug])).text
    assert "Satakuntaliitto: luonnos, ei lähetetty" in page
    letter = draft(round_, officer, "proposal", proposal=proposal)
    for name in ("letter", "edit_letter"):
        page = as_user(officer).get(reverse(name, args=[letter.pk])).text
        assert "Xqsalainen" not in page
    fields = typed(audience="proposal", proposal=str(proposal.pk))
    as_user(officer).post(reverse("new_letter", args=[round_.slug]), fields)
    assert StaffLetter.objects.filter(proposal=proposal).count() == 2


def test_readers_read_officers_write_and_preparers_know_nothing(
    as_user: SignIn, reader: User, preparer: User, officer: User, round_: Round
) -> None:
    make_proposal(round_, preparer)
    letter = draft(round_, officer)
    page = as_user(reader).get(reverse("letter", args=[letter.pk])).text
    assert TEXTS["subject_fi"] in page
    assert reverse("send_letter", args=[letter.pk]) not in page
    for name in ("letter", "edit_letter", "letters"):
        where = reverse(name, args=[letter.pk] if name != "letters" else [])
        assert as_user(preparer).get(where).status_code == 403
    form = {"edition": "1", "seen": reminders.audience(letter, NOW()).seal}
    for user in (reader, preparer):
        assert as_user(user).post(reverse("send_letter", args=[letter.pk]), form).status_code == 403
    assert not Message.objects.exists()


def test_no_letter_is_written_before_the_round_is_published(as_user: SignIn, officer: User) -> None:
    hidden = make_round(published=False)
    assert as_user(officer).get(reverse("new_letter", args=[hidden.slug])).status_code == 403


def test_drafts_stand_first_and_on_the_desks(as_user: SignIn, officer: User, preparer: User, round_: Round) -> None:
    make_proposal(round_, preparer)
    sent = draft(round_, officer, written_at=NOW() + timedelta(days=1))
    workflow.send_letter(sent, 1, officer, NOW())
    waiting = draft(round_, officer, subject_fi="", subject_sv="", subject_en="")
    other = draft(make_round(), officer)
    client = as_user(officer)
    assert list(client.get(reverse("letters")).context["page"].object_list) == [other, waiting, sent]
    assert list(client.get(reverse("letters") + "?round=kierros").context["page"].object_list) == [waiting, sent]
    assert len(client.get(reverse("letters") + "?round=%00").context["page"].object_list) == 3
    assert "Viesti ilman otsikkoa" in client.get(reverse("round_desk", args=["kierros"])).text
    assert reverse("letter", args=[waiting.pk]) in client.get(reverse("desk")).text
    assert reverse("letter", args=[sent.pk]) not in client.get(reverse("desk")).text


def test_the_preview_shows_each_language_once_in_the_words_that_are_sent(
    as_user: SignIn, preparer: User, colleague: User, officer: User, round_: Round
) -> None:
    proposal = make_proposal(round_, preparer)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=NOW(), added_by=preparer)
    User.objects.filter(pk=colleague.pk).update(language="")
    letter = draft(round_, officer)
    with translation.override("sv"):
        page = as_user(officer).get(reverse("letter", args=[letter.pk]))
    assert [language for language, _ in page.context["written"]] == ["fi", ""]
    workflow.send_letter(letter, 1, officer, NOW())
    sent = set(Message.objects.filter(staff_letter=letter).values_list("subject", "body"))
    assert sent == {(text.subject, text.body) for _, text in page.context["written"]}


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_reading_over_asks_the_same_few_questions(
    as_user: SignIn, officer: User, council: Organisation, round_: Round, django_assert_num_queries: Any, count: int
) -> None:
    founder = make_user(User.Role.PREPARER, council)
    proposal = make_proposal(round_, founder)
    people = User.objects.bulk_create(
        User(email=f"{n}@many.example", role="preparer", organisation=council, language="sv") for n in range(count - 1)
    )
    Editor.objects.bulk_create(
        Editor(proposal=proposal, user=user, added_at=NOW(), added_by=founder) for user in people
    )
    letter, client = draft(round_, officer), as_user(officer)
    client.get(reverse("home"))
    with django_assert_num_queries(5):
        page = client.get(reverse("letter", args=[letter.pk]))
    assert len(page.context["audience"].people) == count
    for _ in range(min(count, 30)):
        draft(round_, officer)
    with django_assert_num_queries(5):
        client.get(reverse("letters"))
