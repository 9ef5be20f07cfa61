"""Messages: what was told to whom, and who may read it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from pilots.models import Editor, Letter, Message, Proposal, Round
from regions.models import User
from tests.factories import make_proposal, make_round, make_user
from tests.posted import posted

SignIn = Callable[[User | None], Client]


def told(user: User, round_: Round, proposal: Proposal | None = None) -> Message:
    return posted(user, Letter.DRAFT_NOT_SENT, step=round_.steps.get(), proposal=proposal)


def test_staff_see_every_message_and_what_it_said(
    as_user: SignIn, reader: User, preparer: User, current_round: Round
) -> None:
    message = told(preparer, current_round)
    client = as_user(reader)
    page = client.get(reverse("messages"))
    assert message.subject in page.content.decode()
    assert preparer.email in client.get(reverse("message", args=[message.pk])).content.decode()


def test_preparers_do_not_use_the_list_and_read_only_their_own(
    as_user: SignIn, preparer: User, colleague: User, stranger: User, current_round: Round
) -> None:
    proposal = make_proposal(current_round, preparer)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=timezone.now(), added_by=preparer)
    message = told(preparer, current_round, proposal)
    for user, status in ((preparer, 200), (colleague, 404), (stranger, 404)):
        client = as_user(user)
        assert client.get(reverse("messages")).status_code == 403
        assert client.get(reverse("messages_csv")).status_code == 403
        assert client.get(reverse("message", args=[message.pk])).status_code == status


def test_co_editors_know_what_was_told_of_their_proposal_and_nothing_else(
    preparer: User, colleague: User, stranger: User, ended: User, current_round: Round, officer: User
) -> None:
    at = timezone.now()
    proposal = make_proposal(current_round, preparer)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=at, added_by=preparer)
    make_proposal(current_round, stranger)
    of_proposal, of_round = told(preparer, current_round, proposal), told(preparer, current_round)
    bait, owners = told(stranger, current_round), told(officer, current_round)
    assert set(Message.objects.visible_to(colleague, at)) == {of_proposal, of_round}
    assert set(Message.objects.visible_to(colleague, at).of_proposal(proposal)) == {of_proposal, of_round}
    assert set(Message.objects.of_proposal(proposal)) == {of_proposal, of_round}
    assert set(Message.objects.visible_to(stranger, at)) == {bait}
    assert not Message.objects.visible_to(ended, at).exists()
    assert set(Message.objects.visible_to(officer, at).of_rounds([current_round])) == {
        of_proposal,
        of_round,
        bait,
        owners,
    }
    assert not Message.objects.of_rounds([make_round()]).exists()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=preparer", 1),
        ("q=nobody", 0),
        ("letter=draft_not_sent", 2),
        ("letter=receipt", 0),
        ("state=queued", 2),
        ("state=sent", 0),
        ("state=nonsense&letter=%00&q=%00&page=1000000000", 2),
        ("round=nonsense", 2),
        ("state=sent&state=queued", 2),
        ("state=failed", 0),
        ("twice=yes", 0),
        ("since=1.1.2020", 2),
        ("until=1.1.2020", 0),
        ("since=1.1.2020&until=2199-12-31", 2),
        ("since=1.1.99999&until=99999-01-01", 2),
        ("since=%00&until=0001-01-01&organisation=%00&twice=maybe&sort=%00", 2),
        ("until=9999-12-31", 2),
        ("organisation=liitto-satakunta", 1),
        ("organisation=nonsense", 2),
        ("sort=receiver", 2),
        ("sort=settled", 2),
        ("sort=oldest", 2),
    ],
)
def test_the_list_is_filtered_and_takes_no_offence_at_nonsense(
    as_user: SignIn, officer: User, preparer: User, stranger: User, current_round: Round, query: str, shown: int
) -> None:
    told(preparer, current_round)
    told(stranger, current_round)
    page = as_user(officer).get(f"{reverse('messages')}?{query}")
    assert page.status_code == 200
    assert len(page.context["page"].object_list) == shown


def test_the_list_of_one_round_has_the_letters_of_that_round(
    as_user: SignIn, officer: User, preparer: User, current_round: Round
) -> None:
    here = told(preparer, current_round)
    told(preparer, make_round())
    page = as_user(officer).get(f"{reverse('messages')}?round={current_round.slug}")
    assert list(page.context["page"].object_list) == [here]


def test_the_file_has_the_same_rows(as_user: SignIn, officer: User, preparer: User, current_round: Round) -> None:
    told(preparer, current_round)
    file = as_user(officer).get(f"{reverse('messages_csv')}?q=preparer")
    rows = file.getvalue().decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert preparer.email in rows[1]


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_the_list_asks_the_same_few_questions_however_long_it_is(
    as_user: SignIn, officer: User, current_round: Round, django_assert_num_queries: Any, count: int
) -> None:
    first = told(officer, current_round)
    copies = []
    for n in range(count - 1):
        copy = Message.objects.get(pk=first.pk)
        copy.pk, copy.message_id = None, f"<{n}@copy.example>"
        copies.append(copy)
    Message.objects.bulk_create(copies)
    client = as_user(officer)
    client.get(reverse("home"))
    with django_assert_num_queries(18):
        page = client.get(reverse("messages"))
    assert len(page.context["page"].object_list) == min(count, 25)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"perhaps_twice": True}, "Perhaps arrived twice."),
        ({"tries": 2}, "Next try"),
        ({"deployment": "https://copy.example"}, "written by another installation"),
        ({"state": "bounced", "settled_at": timezone.now()}, "bounced"),
        ({"user": None}, "a removed account"),
        ({"language": "fi+sv"}, "in the queue"),
    ],
)
def test_how_it_ended_is_said_in_words(
    as_user: SignIn, officer: User, preparer: User, current_round: Round, fields: dict[str, Any], words: str
) -> None:
    message = told(preparer, current_round)
    Message.objects.filter(pk=message.pk).update(**fields)
    message.events.create(kind="put_off", at=timezone.now(), words="451 later")
    with translation.override("en"):
        page = as_user(officer).get(reverse("message", args=[message.pk]))
    assert words in page.content.decode()
    assert "451 later" in page.content.decode()


@pytest.mark.parametrize(
    ("state", "in_doubt", "words"),
    [
        ("queued", False, "kirjoitettiin"),
        ("cancelled", False, "kirjoitettiin"),
        ("expired", True, "lähetettiin"),
        ("sent", False, "lähetettiin"),
        ("bounced", False, "lähetettiin"),
    ],
)
def test_only_what_went_out_is_called_sent(
    as_user: SignIn, officer: User, preparer: User, current_round: Round, state: str, in_doubt: bool, words: str
) -> None:
    message = told(preparer, current_round)
    settled_at = None if state == "queued" else timezone.now()
    Message.objects.filter(pk=message.pk).update(state=state, in_doubt=in_doubt, settled_at=settled_at)
    page = as_user(officer).get(reverse("message", args=[message.pk])).content.decode()
    assert f"<h2>Sellaisena kuin se {words}</h2>" in page


@pytest.mark.parametrize("ours", [True, False])
def test_only_what_this_installation_sends_is_said_to_wait_for_it(
    as_user: SignIn, officer: User, preparer: User, current_round: Round, ours: bool
) -> None:
    message = told(preparer, current_round)
    if not ours:
        Message.objects.filter(pk=message.pk).update(deployment="https://before.example")
    page = as_user(officer).get(reverse("message", args=[message.pk])).text
    assert ("viesti odottaa seuraavaa lähetystä" in page) == ours
    assert ("toisen asennuksen kirjoittama" in page) == ("<p>Mitään ei ole tapahtunut.</p>" in page) == (not ours)


def test_nobody_reads_what_is_not_there(as_user: SignIn, officer: User, db: None) -> None:
    assert as_user(officer).get(reverse("message", args=[10**9])).status_code == 404
    assert as_user(make_user("")).get(reverse("messages")).status_code in {302, 403}
