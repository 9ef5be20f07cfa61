"""What was told to whom: of a person, an organisation, a round, a proposal; the dates told; who may see it."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from pilots.models import DeliveryEvent, Editor, Extension, Message, Round, ToldDeadline
from regions.models import Organisation, User
from registry.lib.formats import deadline_words
from tests.factories import make_organisation, make_person, make_post, make_proposal, make_round, make_user
from tests.pilots.mail.told_dates import NOW, move, receipt, reminder
from tests.posted import posted

SignIn = Callable[[User | None], Client]


def only(message: Message) -> Any:
    """Return the one date that the message told, as it is now."""
    return ToldDeadline.objects.with_today().get(message=message)


def test_a_told_date_that_still_holds_is_not_marked(preparer: User, current_round: Round) -> None:
    told = only(reminder(preparer, current_round))
    assert not told.has_moved
    assert told.told_anew_words == ""
    assert not ToldDeadline().has_moved
    assert ToldDeadline().told_anew_words == ""


def test_a_told_date_that_moved_is_marked_with_whether_a_correction_went(preparer: User, current_round: Round) -> None:
    message = reminder(preparer, current_round)
    step = move(current_round.steps.get(), 3)
    assert only(message).has_moved
    assert only(message).told_anew is None
    correction = posted(preparer, step=step)
    assert only(message).told_anew == correction.pk
    assert only(message).told_anew_words == "jonossa"
    assert not only(correction).has_moved
    Message.objects.filter(pk=correction.pk).update(state="cancelled", settled_at=NOW())
    assert only(message).told_anew is None


def test_a_correction_to_somebody_else_tells_this_person_nothing(
    preparer: User, colleague: User, current_round: Round
) -> None:
    message = reminder(preparer, current_round)
    step = move(current_round.steps.get(), 3)
    posted(colleague, step=step)
    assert only(message).told_anew is None


def test_someone_with_two_organisations_is_told_two_dates_and_both_hold(
    preparer: User, stranger: User, officer: User, current_round: Round
) -> None:
    proposal = make_proposal(current_round, preparer)
    theirs, step = make_proposal(current_round, stranger), current_round.steps.get()
    Editor.objects.create(proposal=theirs, user=preparer, added_at=NOW(), added_by=stranger)
    message, later = reminder(preparer, current_round), step.closes_at + timedelta(days=5)
    given = {"closes_at": later, "reason": "Sairaus", "granted_at": NOW(), "granted_by": officer}
    Extension.objects.create(step=step, organisation=theirs.organisation, **given)
    ToldDeadline.objects.create(user=preparer, step=step, message=message, deadline_version=1, closes_at=later)
    assert [told.has_moved for told in ToldDeadline.objects.with_today()] == [False, False]
    Editor.objects.filter(proposal=proposal).delete()
    assert [told.has_moved for told in ToldDeadline.objects.with_today().order_by("closes_at")] == [True, False]


@pytest.mark.parametrize("foreign", [False, True])
def test_the_date_that_holds_is_that_of_the_organisation_with_an_extension(
    preparer: User, stranger: User, officer: User, current_round: Round, foreign: bool
) -> None:
    """Of the organisation whose proposal the letter is about; an editor from elsewhere is told its date."""
    proposal = make_proposal(current_round, preparer)
    if foreign:
        Editor.objects.create(proposal=proposal, user=stranger, added_at=NOW(), added_by=preparer)
    message = reminder(stranger if foreign else preparer, current_round)
    step = current_round.steps.get()
    later = step.closes_at + timedelta(days=5)
    given = {"closes_at": later, "reason": "Sairaus", "granted_at": NOW(), "granted_by": officer}
    Extension.objects.create(step=step, organisation=proposal.organisation, **given)
    assert only(message).now_closes_at == later
    assert not only(reminder(officer, current_round)).has_moved


def test_the_list_says_which_date_was_told_and_that_it_moved(
    as_user: SignIn, reader: User, preparer: User, current_round: Round
) -> None:
    reminder(preparer, current_round)
    told = deadline_words(current_round.steps.get().closes_at, "en")
    step = move(current_round.steps.get(), 3)
    with translation.override("en"):
        page = as_user(reader).get(reverse("messages")).text
    assert told in page
    assert f"Has moved: now {deadline_words(step.closes_at, 'en')}." in page
    assert "The new date has not been told." in page
    posted(preparer, step=step)
    with translation.override("en"):
        assert re.search(
            r"A letter with the new date was written .*: in the queue\.", as_user(reader).get(reverse("messages")).text
        )


def test_a_letter_that_was_cancelled_told_nobody_a_date(
    as_user: SignIn, reader: User, preparer: User, current_round: Round
) -> None:
    message = reminder(preparer, current_round)
    Message.objects.filter(pk=message.pk).update(state="cancelled", settled_at=NOW())
    move(current_round.steps.get(), 3)
    assert "On siirtynyt" not in as_user(reader).get(reverse("messages")).text


ENDS = {
    "queued": "jonossa",
    "sent": "lähetetty",
    "delivered": "perillä",
    "bounced": "palautui",
    "dead": "ei voitu lähettää",
    "expired": "vanheni",
    "cancelled": "peruttu",
}


@pytest.mark.parametrize("state", Message.State.values)
def test_how_it_ended_is_one_of_seven_plain_words(
    as_user: SignIn, reader: User, preparer: User, current_round: Round, state: str
) -> None:
    message = reminder(preparer, current_round)
    Message.objects.filter(pk=message.pk).update(state=state, settled_at=None if state == "queued" else NOW())
    for where in (reverse("messages"), reverse("told_person", args=[preparer.pk])):
        assert f">{ENDS[state]}</span>" in as_user(reader).get(where).text


def follow(client: Client, where: str, wanted: str) -> str:
    """Return the page behind the link of ``where`` that leads to ``wanted``."""
    page = client.get(where).text
    assert f'href="{wanted}' in page, (where, wanted)
    return client.get(wanted).text


@pytest.mark.parametrize("start", ["organisation", "person", "told_person", "round_desk", "proposal", "messages"])
def test_staff_reach_the_text_in_two_clicks(
    as_user: SignIn, reader: User, preparer: User, council: Organisation, current_round: Round, start: str
) -> None:
    proposal = make_proposal(
        current_round, preparer, state="submitted", submitted_at=NOW(), content={"title": "Ehdotus"}
    )
    person = make_person()
    make_post(person, council, email=preparer.email.title())
    letter = reverse("message", args=[receipt(preparer, proposal, "Näin kirjoitettiin").pk])
    between = {"organisation": ("told_organisation", council.slug), "person": ("told_person", preparer.pk)}
    begin = {
        **dict.fromkeys(["organisation"], council.slug),
        "person": person.slug,
        "told_person": preparer.pk,
        "round_desk": current_round.slug,
        "proposal": proposal.pk,
    }
    client = as_user(reader)
    where = reverse(start, args=[begin[start]] if start in begin else [])
    if start in between:
        name, key = between[start]
        follow(client, where, reverse(name, args=[key]))
        where = reverse(name, args=[key])
    assert "Näin kirjoitettiin" in follow(client, where, letter)


def test_a_person_without_an_account_is_looked_for_by_name(as_user: SignIn, reader: User, preparer: User) -> None:
    person = make_person("Valmistelija & Ämne")
    where = f"{reverse('messages')}?q=Valmistelija%20%26%20%C3%84mne"
    assert where in as_user(reader).get(reverse("person", args=[person.slug])).text
    for user in (None, preparer):
        assert reverse("messages") not in as_user(user).get(reverse("person", args=[person.slug])).text


def test_only_staff_meet_the_links_on_public_pages(
    as_user: SignIn, preparer: User, council: Organisation, officer: User
) -> None:
    person = make_person()
    make_post(person, council, email=preparer.email)
    for user, there in ((officer, True), (preparer, False), (None, False)):
        client = as_user(user)
        pages = [reverse("organisation", args=[council.slug]), reverse("person", args=[person.slug])]
        wanted = [reverse("told_organisation", args=[council.slug]), reverse("told_person", args=[preparer.pk])]
        assert [link in client.get(page).text for page, link in zip(pages, wanted, strict=True)] == [there, there]


def test_an_organisation_shows_its_people_and_what_others_were_told_of_its_proposals(
    as_user: SignIn,
    reader: User,
    preparer: User,
    stranger: User,
    ended: User,
    council: Organisation,
    current_round: Round,
) -> None:
    proposal = make_proposal(current_round, preparer)
    Editor.objects.create(proposal=proposal, user=stranger, added_at=NOW(), added_by=preparer)
    own, of_ours, bait = (
        reminder(preparer, current_round),
        receipt(stranger, proposal),
        reminder(stranger, current_round),
    )
    User.objects.filter(pk=preparer.pk).update(address_failed_at=NOW(), address_fault="550")
    page = as_user(reader).get(reverse("told_organisation", args=[council.slug]))
    assert set(page.context["page"].object_list) == {own, of_ours}
    assert bait not in page.context["page"].object_list
    assert "oikeudet ovat päättyneet" in page.text
    assert "posti palautuu" in page.text


def test_an_organisation_without_accounts_is_a_warning(as_user: SignIn, reader: User, db: None) -> None:
    page = as_user(reader).get(reverse("told_organisation", args=[make_organisation().slug])).text
    assert "ei ole tiliä" in page


def test_a_person_whose_mail_comes_back_or_whose_rights_ended_is_shown_so(
    as_user: SignIn, reader: User, ended: User, preparer: User
) -> None:
    fields = {"address_failed_at": NOW(), "address_fault": "550 no such user", "deputy": preparer, "language": ""}
    User.objects.filter(pk=ended.pk).update(**fields)
    page = as_user(reader).get(reverse("told_person", args=[ended.pk])).text
    for words in ("550 no such user", "oikeudet ovat päättyneet", reverse("told_person", args=[preparer.pk]), "ruotsi"):
        assert words in page
    nobody = make_user("")
    assert as_user(reader).get(reverse("told_person", args=[nobody.pk])).status_code == 200


def test_everyone_reads_the_letters_to_themselves_and_no_others(
    as_user: SignIn, preparer: User, colleague: User, officer: User, current_round: Round
) -> None:
    mine, bait = reminder(preparer, current_round), reminder(colleague, current_round)
    page = as_user(preparer).get(reverse("my_letters"))
    assert list(page.context["page"].object_list) == [mine]
    assert reverse("message", args=[mine.pk]) in page.text
    assert bait.subject not in page.text or bait.subject == mine.subject
    assert list(as_user(officer).get(reverse("my_letters")).context["page"].object_list) == []
    for where in ("my_page", "my_proposals"):
        assert reverse("my_letters") in as_user(preparer).get(reverse(where)).text


def test_co_editors_learn_no_other_round_from_a_letter_of_several(
    as_user: SignIn, preparer: User, colleague: User, current_round: Round
) -> None:
    proposal = make_proposal(current_round, preparer)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=NOW(), added_by=preparer)
    other = make_round(name_fi="Xqsalainen", name_sv="Xqsalainen")
    message = reminder(preparer, current_round)
    Message.objects.filter(pk=message.pk).update(round=None)
    step = other.steps.get()
    ToldDeadline.objects.create(user=preparer, step=step, message=message, deadline_version=1, closes_at=step.closes_at)
    page = as_user(colleague).get(reverse("proposal", args=[proposal.pk])).text
    assert message.subject in page
    assert "Xqsalainen" not in page
    assert reverse("message", args=[message.pk]) not in page
    assert "Xqsalainen" in as_user(preparer).get(reverse("my_letters")).text


def test_a_stranger_finds_nothing_of_a_foreign_letter(
    as_user: SignIn, preparer: User, stranger: User, ended: User, current_round: Round
) -> None:
    proposal = make_proposal(current_round, preparer)
    message = receipt(preparer, proposal, "Xqbait")
    for user in (stranger, ended, None):
        client = as_user(user)
        places = [reverse(name) for name in ("my_page", "my_letters", "my_proposals", "messages", "messages_csv")]
        places += [reverse("told_person", args=[preparer.pk]), reverse("proposal", args=[proposal.pk])]
        places += [reverse("message", args=[message.pk]), reverse("round_desk", args=[current_round.slug])]
        places += [reverse("told_organisation", args=[proposal.organisation.slug])]
        assert [where for where in places if "Xqbait" in client.get(where).text] == []


def test_a_message_shows_its_headers_its_deputy_and_each_event_in_words(
    as_user: SignIn, reader: User, preparer: User, colleague: User, officer: User, current_round: Round
) -> None:
    message = reminder(preparer, current_round)
    forward = reminder(colleague, current_round)
    Message.objects.filter(pk=forward.pk).update(forward_of=message)
    for kind in DeliveryEvent.Kind:
        message.events.create(kind=kind, at=NOW(), words="" if kind == "found" else f"words of {kind}")
    with translation.override("en"):
        page = as_user(reader).get(reverse("message", args=[message.pk])).text
        back = as_user(reader).get(reverse("message", args=[forward.pk])).text
    with translation.override("en"):
        links = [reverse("message", args=[one.pk]) for one in (message, forward)]
    for words in (f"{preparer.email}", "auto-generated", officer.email, "Reply-To", "List-Unsubscribe", "Taken over"):
        assert words in page
    assert message.message_id.strip("<>") in page
    assert links[0] in back
    assert links[1] in page
    own = as_user(preparer).get(reverse("message", args=[message.pk])).text
    assert reverse("message", args=[forward.pk]) not in own
    assert str(colleague) in own


def test_the_link_that_stops_somebodys_letters_is_shown_to_nobody(
    as_user: SignIn, reader: User, preparer: User, current_round: Round
) -> None:
    message = reminder(preparer, current_round)
    mail = message_from_bytes(bytes(message.mime), policy=policy.default)
    ticket = str(mail["List-Unsubscribe"]).strip("<>").rstrip("/").rsplit("/", 1)[1]
    assert len(ticket) > 20
    for viewer, name, args in (
        (reader, "message", [message.pk]),
        (preparer, "message", [message.pk]),
        (reader, "messages", []),
        (reader, "messages_csv", []),
        (reader, "told_person", [preparer.pk]),
        (reader, "round_desk", [current_round.slug]),
    ):
        client = as_user(viewer)
        answer = client.get(reverse(name, args=args))
        text = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200
        assert ticket not in text.decode(), name
    page = as_user(reader).get(reverse("message", args=[message.pk])).text
    assert "<dt>List-Unsubscribe</dt>" in page
    assert "Saajan oma linkki" in page


def test_a_message_without_an_address_says_that_no_mail_was_made(
    as_user: SignIn, reader: User, preparer: User, current_round: Round
) -> None:
    User.objects.filter(pk=preparer.pk).update(address_failed_at=NOW(), address_fault="550")
    preparer.refresh_from_db()
    message = reminder(preparer, current_round)
    assert message.headers() == []
    assert "Viestiä ei muodostettu" in as_user(reader).get(reverse("message", args=[message.pk])).text


def test_a_letter_links_to_its_proposal_for_those_who_may_read_it(
    as_user: SignIn, reader: User, preparer: User, current_round: Round
) -> None:
    draft = make_proposal(current_round, preparer)
    where = reverse("message", args=[receipt(preparer, draft).pk])
    assert reverse("proposal", args=[draft.pk]) in as_user(preparer).get(where).text
    assert f'href="{reverse("proposal", args=[draft.pk])}"' not in as_user(reader).get(where).text
