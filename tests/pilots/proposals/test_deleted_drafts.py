"""A draft can be deleted, and brought back for a day; what was sent cannot."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.mail import sweep
from pilots.models import DeletedDraft, Editor, Letter, Message, Proposal, StaffLetter
from pilots.proposals import workflow
from regions.models import User
from registry.lib.database import clock
from registry.lib.refusals import Refused
from tests.pilots.interest import address
from tests.posted import posted

SignIn = Callable[[User | None], Client]


def test_a_deleted_draft_is_gone_and_comes_back_word_for_word(
    page: Client, interest: Proposal, preparer: User, colleague: User
) -> None:
    workflow.add_editor(interest, colleague, preparer, timezone.now())
    before = interest.content
    assert address("delete_draft", interest) in page.get(address("proposal", interest)).text
    assert "vuorokauden ajan" in page.get(address("delete_draft", interest)).text
    page.post(address("delete_draft", interest))
    assert not Proposal.objects.exists()
    assert page.get(address("proposal", interest)).status_code == 404
    assert before["title"] in page.get(reverse("my_proposals")).text
    answer = page.post(address("restore_draft", interest))
    assert answer["Location"] == address("proposal", interest)
    back = Proposal.objects.get()
    assert (back.pk, back.content, back.state) == (interest.pk, before, Proposal.State.DRAFT)
    assert back.edition > interest.edition
    assert set(back.editors.all()) == {preparer, colleague}
    assert not DeletedDraft.objects.exists()


def test_what_was_sent_is_never_deleted(page: Client, interest: Proposal, preparer: User) -> None:
    workflow.submit(interest, 1, preparer)
    assert address("delete_draft", interest) not in page.get(address("proposal", interest)).text
    assert page.post(address("delete_draft", interest)).status_code == 403
    with pytest.raises(Refused):
        workflow.delete_draft(interest, preparer, timezone.now())
    assert Proposal.objects.get().latest is not None


def test_a_draft_that_a_letter_of_the_ministry_tells_of_stays(page: Client, interest: Proposal, officer: User) -> None:
    now = timezone.now()
    StaffLetter.objects.create(
        round=interest.round, proposal=interest, audience="proposal", subject_fi="x", written_by=officer, written_at=now
    )
    answer = page.post(address("delete_draft", interest))
    assert answer.status_code == 409
    assert "Luonnosta ei poistettu" in answer.text
    assert Proposal.objects.exists()


def test_a_letter_about_the_draft_outlives_it(page: Client, interest: Proposal, preparer: User) -> None:
    posted(preparer, Letter.DRAFT_NOT_SENT, at=timezone.now(), proposal=interest)
    page.post(address("delete_draft", interest))
    assert Message.objects.get().proposal is None


def test_it_comes_back_for_its_editors_alone_and_once(
    page: Client, interest: Proposal, colleague: User, stranger: User, officer: User, as_user: SignIn
) -> None:
    page.post(address("delete_draft", interest))
    for other in (colleague, stranger, officer):
        assert as_user(other).post(address("restore_draft", interest)).status_code == 404
    assert page.post(address("restore_draft", interest)).status_code == 302
    assert page.post(address("restore_draft", interest)).status_code == 404
    assert Editor.objects.count() == 1


def test_after_a_day_it_is_gone_for_good(page: Client, interest: Proposal, preparer: User) -> None:
    deleted = workflow.delete_draft(interest, preparer, timezone.now() - timedelta(days=1, seconds=1))
    assert "Poistetut luonnokset" not in page.get(reverse("my_proposals")).text
    assert page.post(reverse("restore_draft", args=[deleted.pk])).status_code == 404
    sweep.run(clock())
    assert not DeletedDraft.objects.exists()


def test_two_who_bring_it_back_at_once_get_one_draft(interest: Proposal, preparer: User) -> None:
    deleted = workflow.delete_draft(interest, preparer, timezone.now())
    workflow.restore_draft(deleted, preparer, timezone.now())
    with pytest.raises(Refused):
        workflow.restore_draft(deleted, preparer, timezone.now())
    assert Proposal.objects.count() == 1


def test_rights_that_ended_bring_nothing_back(page: Client, interest: Proposal, preparer: User) -> None:
    workflow.delete_draft(interest, preparer, timezone.now())
    User.objects.filter(pk=preparer.pk).update(role=User.Role.READER)
    assert page.post(address("restore_draft", interest)).status_code == 403
