"""Who sees a proposal and who writes it: its editors, their organisation, staff and strangers."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import Proposal
from pilots.proposals import workflow
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import User
from registry.lib.editions import Shown
from tests.factories import make_proposal, make_round
from tests.pilots.interest import address, basics

BASICS = FORM_1.sections[0]

SignIn = Callable[[User | None], Client]


def bare(answer: Any, pk: int) -> str:
    """Return a page without what differs at every call (the masked token) and without its own number."""
    words = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return words.replace(f"/{pk}/", "//")


def test_editors_add_a_colleague_and_the_last_one_stays(
    page: Client, interest: Proposal, preparer: User, colleague: User, stranger: User
) -> None:
    path = address("editors", interest)
    assert page.post(path, {"remove": preparer.pk}).status_code == 302
    assert page.post(path, {"person": stranger.pk}).status_code == 422
    page.post(path, {"person": colleague.pk})
    assert set(interest.editors.all()) == {preparer, colleague}
    assert "Kutsu työtoveri" in page.get(path).content.decode()
    page.post(path, {"remove": "nobody"})
    page.post(path, {"remove": colleague.pk})
    assert list(interest.editors.all()) == [preparer]
    page.post(path, {"person": colleague.pk})
    asked = page.post(path, {"remove": preparer.pk})
    assert "Vain toinen muokkaaja voi lisätä sinut uudelleen." in asked.text
    assert preparer in interest.editors.all()
    assert page.post(path, {"remove": preparer.pk, "sure": "yes"})["Location"] == reverse("my_proposals")
    assert page.get(path).status_code == 403


def test_a_reader_of_the_organisation_reads_the_draft_but_does_not_write(
    interest: Proposal, colleague: User, as_user: SignIn
) -> None:
    page = as_user(colleague)
    words = page.get(address("proposal", interest)).content.decode()
    assert "Yksi ovi yrityksille." in words
    assert "pyydä muokkaajilta päästä mukaan" in words
    assert page.post(address("edit_section", interest, "basics"), basics(title="x")).status_code == 403
    assert page.get(address("check_proposal", interest)).status_code == 403
    assert page.post(address("submit_proposal", interest), {"edition": 1}).status_code == 403
    assert "Muokkaaja voi muuttaa sitä." in page.get(reverse("my_proposals")).content.decode()


def test_staff_read_what_was_submitted_and_never_the_words_of_a_draft(
    interest: Proposal, preparer: User, officer: User, as_user: SignIn
) -> None:
    page = as_user(officer)
    assert page.get(address("proposal", interest)).status_code == 404
    workflow.submit(interest, 1, preparer)
    secret = {"title": "Salainen luonnos", "summary": "Salainen teksti"}
    workflow.save_section(interest, BASICS, secret, Shown(1), preparer, timezone.now())
    for path in (address("proposal", interest), address("receipt", interest, 1)):
        words = page.get(path).content.decode()
        assert "Salainen" not in words
        assert "Yksi ovi yrityksille." in words
        assert "muutoksiasi" not in words
    for name in ("check_proposal", "withdraw_proposal", "editors", "submit_proposal"):
        assert page.get(address(name, interest)).status_code == 403
    assert page.get(reverse("my_proposals")).status_code == 403


@pytest.mark.parametrize("name", ["proposal", "check_proposal", "submit_proposal", "withdraw_proposal", "editors"])
def test_a_foreign_proposal_is_the_same_404_as_none(
    interest: Proposal, stranger: User, as_user: SignIn, name: str
) -> None:
    page = as_user(stranger)
    foreign, none = page.get(address(name, interest)), page.get(reverse(name, args=[10**30]))
    assert foreign.status_code == none.status_code == 404
    assert bare(foreign, interest.pk) == bare(none, 10**30)


def test_whose_rights_have_ended_and_who_is_not_signed_in_see_nothing(
    interest: Proposal, ended: User, as_user: SignIn
) -> None:
    for viewer in (ended, None):
        answer = as_user(viewer).get(address("proposal", interest))
        assert answer.status_code in {302, 403, 404}


def test_an_invited_editor_of_another_organisation_reads_and_writes(
    interest: Proposal, preparer: User, stranger: User, as_user: SignIn
) -> None:
    workflow.add_editor(interest, stranger, preparer, timezone.now())
    page = as_user(stranger)
    assert "Yksi ovi" in page.get(address("check_proposal", interest)).content.decode()
    page.post(address("edit_section", interest, "basics"), basics(title="Yhdessä"))
    interest.refresh_from_db()
    assert interest.title == "Yhdessä"


def test_the_organisation_of_a_preparer_sees_only_its_own(page: Client, preparer: User, stranger: User) -> None:
    make_proposal(make_round(), stranger, content={"title": "Vieras ehdotus"})
    make_proposal(make_round(), preparer, content={"title": "Oma ehdotus"})
    words = page.get(reverse("my_proposals")).content.decode()
    assert "Oma ehdotus" in words
    assert "Vieras ehdotus" not in words
