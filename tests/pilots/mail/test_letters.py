"""Letters that staff write reach those who may get them, in their language, once."""

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from pilots import access
from pilots.mail import reminders, workflow
from pilots.mail.outbox import Verdict
from pilots.models import Editor, Letter, Message, Proposal, Round, StaffLetter
from regions.models import User
from registry.lib.database import clock
from registry.lib.editions import Shown
from registry.lib.refusals import Stale
from tests.factories import make_organisation, make_proposal, make_round, make_user, submit_as_it_stands
from tests.pilots.mail.staff_letters import NOW, TEXTS, draft, names, shown, typed

SignIn = Callable[[User | None], Client]


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
    preparer: User, colleague: User, stranger: User, officer: User, invited_round: Round, audience: str, who: set[str]
) -> None:
    third, uninvited = make_organisation(), make_organisation()
    invited_round.invited.add(third)
    quiet, _bait = make_user(User.Role.PREPARER, third), make_user(User.Role.PREPARER, uninvited)
    own = make_proposal(invited_round, preparer)
    Editor.objects.create(proposal=own, user=colleague, added_at=NOW(), added_by=preparer)
    make_proposal(invited_round, stranger, state="submitted", submitted_at=NOW())
    make_proposal(make_round(), make_user(User.Role.PREPARER, uninvited))
    people = {"preparer": preparer, "colleague": colleague, "stranger": stranger, "quiet": quiet}
    letter = draft(invited_round, officer, audience, proposal=own if audience == "proposal" else None)
    assert names(letter) == {people[name].email for name in who}


def test_a_withdrawn_proposal_is_no_reason_to_write(preparer: User, officer: User, invited_round: Round) -> None:
    make_proposal(invited_round, preparer, state="withdrawn", withdrawn_at=NOW())
    for audience in ("editors", "submitted", "drafts"):
        assert names(draft(invited_round, officer, audience)) == set()


def test_a_person_with_two_proposals_gets_one_letter(preparer: User, officer: User, invited_round: Round) -> None:
    make_proposal(invited_round, preparer)
    make_proposal(invited_round, preparer)
    letter = draft(invited_round, officer)
    assert workflow.send_letter(letter, letter.edition, officer, NOW()) == 1
    assert Message.objects.filter(staff_letter=letter).count() == 1


def test_whose_rights_have_ended_gets_nothing_and_whom_no_mail_reaches_is_shown(
    preparer: User, colleague: User, ended: User, officer: User, invited_round: Round
) -> None:
    proposal = make_proposal(invited_round, preparer)
    for user in (colleague, ended):
        Editor.objects.create(proposal=proposal, user=user, added_at=NOW(), added_by=preparer)
    User.objects.filter(pk=colleague.pk).update(address_failed_at=NOW(), address_fault="550")
    letter = draft(invited_round, officer)
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


def test_people_are_read_over_by_organisation_and_name(
    preparer: User, colleague: User, stranger: User, officer: User, invited_round: Round
) -> None:
    for user, name in ((preparer, "Ensimmäinen"), (colleague, "Toinen"), (stranger, "Viimeinen")):
        User.objects.filter(pk=user.pk).update(name=name)
    for proposal in (make_proposal(invited_round, preparer), make_proposal(invited_round, stranger)):
        Editor.objects.create(proposal=proposal, user=colleague, added_at=NOW(), added_by=officer)
    found = reminders.audience(draft(invited_round, officer), NOW())
    assert found.people == [stranger, preparer, colleague]  # Etelä-Savo, then Satakunta


def test_a_letter_is_sent_at_the_moment_of_the_databases_clock(
    as_user: SignIn, preparer: User, officer: User, invited_round: Round
) -> None:
    make_proposal(invited_round, preparer)
    letter, client, before = draft(invited_round, officer), as_user(officer), clock()
    fields = shown(client, letter)
    with time_machine.travel(NOW() - timedelta(hours=1)):
        client.post(reverse("send_letter", args=[letter.pk]), fields)
    letter.refresh_from_db()
    assert letter.sent_at is not None
    assert before <= letter.sent_at <= clock()


def test_a_letter_in_the_queue_does_not_follow_whose_rights_have_ended(
    preparer: User, colleague: User, officer: User, invited_round: Round
) -> None:
    proposal = make_proposal(invited_round, preparer)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=NOW(), added_by=preparer)
    letter = draft(invited_round, officer)
    workflow.send_letter(letter, letter.edition, officer, NOW())
    User.objects.filter(pk=preparer.pk).update(rights_until=date(2020, 1, 1))
    copies = {message.user: reminders.last_look(message, NOW()) for message in Message.objects.all()}
    assert copies == {preparer: Verdict.CANCEL, colleague: Verdict.SEND}


def test_a_silent_organisation_without_accounts_is_named(officer: User, invited_round: Round, ended: User) -> None:
    found = reminders.audience(draft(invited_round, officer, "silent"), NOW())
    assert found.people == []
    reasons = [(str(who), str(why)) for who, why in found.left_out]
    assert (str(ended.organisation), "kenelläkään siellä ei ole toimivaa tiliä") in reasons
    assert len(reasons) == 3


def test_a_silent_organisation_whose_people_are_known_is_not_said_to_have_none(
    officer: User, invited_round: Round, preparer: User, stranger: User
) -> None:
    for user in (preparer, stranger):
        invited_round.invited.add(user.organisation)
    User.objects.filter(pk=stranger.pk).update(address_failed_at=NOW(), address_fault="550")
    found = reminders.audience(draft(invited_round, officer, "silent"), NOW())
    assert preparer in found.people
    assert found.without_address == [stranger]
    assert {who for who, _why in found.left_out}.isdisjoint({preparer.organisation, stranger.organisation})


def test_the_audience_is_the_permission_to_write(preparer: User, officer: User, invited_round: Round) -> None:
    proposal = make_proposal(invited_round, preparer)
    letter = draft(invited_round, officer)
    for change in ({}, {"rights_until": date(2020, 1, 1)}, {"is_active": False}, {"role": "reader"}):
        User.objects.filter(pk=preparer.pk).update(
            **{"rights_until": None, "is_active": True, "role": "preparer", **change}
        )
        user = User.objects.get(pk=preparer.pk)
        fresh = Proposal.objects.prefetch_related("editorships").get(pk=proposal.pk)
        assert (user.email in names(letter)) == access.edits(user, fresh, NOW())


def test_each_reader_gets_their_language_and_answers_the_owner(
    preparer: User, colleague: User, stranger: User, officer: User, invited_round: Round
) -> None:
    proposal = make_proposal(invited_round, preparer)
    languages = {preparer: "sv", colleague: "", stranger: "en"}
    for user, language in languages.items():
        User.objects.filter(pk=user.pk).update(language=language)
        Editor.objects.get_or_create(proposal=proposal, user=user, defaults={"added_at": NOW(), "added_by": preparer})
    letter = draft(invited_round, officer)
    workflow.send_letter(letter, letter.edition, officer, NOW())
    sent = {message.user_id: message for message in Message.objects.filter(staff_letter=letter)}
    assert sent[preparer.pk].subject == TEXTS["subject_sv"]
    assert sent[colleague.pk].language == "fi+sv"
    assert "täydennä ehdotusta" in sent[colleague.pk].body
    assert "komplettera förslaget" in sent[colleague.pk].body
    english = sent[stranger.pk]
    assert english.body.startswith("This message was written in Finnish and in Swedish only.")
    assert english.subject == f"{TEXTS['subject_fi']} / {TEXTS['subject_sv']}"
    for message in sent.values():
        assert (message.letter, message.round, message.useless_after) == (Letter.STAFF, invited_round, None)
        assert dict(message.headers())["Reply-To"].endswith(f"<{officer.email}>") or officer.email in str(
            dict(message.headers())["Reply-To"]
        )
        assert invited_round.contact_fi in message.body or invited_round.contact_sv in message.body
        assert "List-Unsubscribe" not in dict(message.headers())


def test_a_letter_in_english_reaches_readers_of_english(preparer: User, officer: User, invited_round: Round) -> None:
    User.objects.filter(pk=preparer.pk).update(language="en")
    proposal = make_proposal(invited_round, preparer)
    letter = draft(
        invited_round,
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


def test_a_letter_is_sent_once(
    as_user: SignIn, preparer: User, officer: User, decider: User, invited_round: Round
) -> None:
    make_proposal(invited_round, preparer)
    letter = draft(invited_round, officer)
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
def test_two_who_send_at_once_send_once(officer: User, decider: User, preparer: User, invited_round: Round) -> None:
    make_proposal(invited_round, preparer)
    letter, ends, start = draft(invited_round, officer), [], threading.Barrier(2)

    def send(user: User) -> None:
        try:
            start.wait()
            ends.append(workflow.send_letter(letter, letter.edition, user, NOW()))
        except Stale:
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
    as_user: SignIn, preparer: User, stranger: User, officer: User, invited_round: Round
) -> None:
    make_proposal(invited_round, preparer)
    letter, client = draft(invited_round, officer), as_user(officer)
    where, form = reverse("send_letter", args=[letter.pk]), shown(as_user(officer), letter)
    for change in ({"edition": "9"}, {"edition": "9" * 99}, {"edition": "\0"}, {"seen": ""}, {"seen": "0"}):
        client.post(where, {**form, **change})
    assert not Message.objects.exists()
    make_proposal(invited_round, stranger)
    answer = client.post(where, form, follow=True).text
    assert "Vastaanottajat eivät ole enää ne" in answer
    changed = {**workflow.stored(letter), "body_fi": "Toinen"}
    workflow.change_letter(letter, Shown(letter.edition), changed, officer, NOW())
    assert "Joku muu muutti viestiä" in client.post(where, shown(client, letter) | {"edition": "1"}, follow=True).text
    assert not Message.objects.exists()


def test_a_letter_to_nobody_is_not_sent(as_user: SignIn, officer: User, invited_round: Round) -> None:
    letter, client = draft(invited_round, officer, "drafts"), as_user(officer)
    page = client.post(reverse("send_letter", args=[letter.pk]), shown(client, letter), follow=True).text
    assert "Kukaan ei saisi viestiä" in page
    letter.refresh_from_db()
    assert letter.sent_at is None


def test_saving_sends_nothing_and_neither_does_anything_else(
    as_user: SignIn, preparer: User, officer: User, invited_round: Round
) -> None:
    proposal = make_proposal(invited_round, preparer)
    client = as_user(officer)
    client.post(reverse("new_letter", args=[invited_round.slug]), typed())
    letter = StaffLetter.objects.get()
    client.post(reverse("edit_letter", args=[letter.pk]), typed(edition="1", body_fi="Uusi teksti"))
    client.get(reverse("letter", args=[letter.pk]))
    submit_as_it_stands(proposal, NOW())
    letter.refresh_from_db()
    assert (letter.edition, letter.body_fi) == (2, "Uusi teksti")
    assert not Message.objects.exists()
