"""Who changed what in a draft: noted by section, told to those who may read the draft."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pilots.models import Proposal, SectionSave
from pilots.proposals import workflow
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import User
from registry.lib.editions import Shown
from tests.cast import SignIn
from tests.pilots.interest import address

BASICS, TRIAL = FORM_1.sections[:2]
NOW = timezone.now()


def save(proposal: Proposal, user: User, minutes: int = 0, section: Any = BASICS, **answers: Any) -> None:
    edition = Proposal.objects.get(pk=proposal.pk).edition
    workflow.save_section(proposal, section, answers, Shown(edition), user, NOW + timedelta(minutes=minutes))


def noted(proposal: Proposal) -> list[tuple[str, list[str], int, int]]:
    return [
        (
            one.user.email.partition("@")[0],
            one.questions,
            *(round((at - NOW) / timedelta(minutes=1)) for at in (one.since, one.until)),
        )
        for one in reversed(proposal.section_saves.select_related("user"))
    ]


def test_saves_by_one_person_within_half_an_hour_are_one_entry(
    interest: Proposal, preparer: User, colleague: User
) -> None:
    save(interest, preparer, 0, title="Yksi")
    save(interest, preparer, 29, title="Kaksi", summary="Uusi")
    save(interest, preparer, 29, title="Kaksi", summary="Uusi")
    save(interest, colleague, 30, title="Kolme")
    save(interest, preparer, 100, title="Neljä")
    assert noted(interest) == [
        ("preparer", ["summary", "title"], 0, 29),
        ("colleague", ["title"], 30, 30),
        ("preparer", ["title"], 100, 100),
    ]


def test_a_draft_that_is_brought_back_knows_who_changed_what(
    interest: Proposal, preparer: User, colleague: User
) -> None:
    save(interest, preparer, 0, title="Yksi")
    save(interest, colleague, 5, title="Kaksi")
    before = noted(interest)
    deleted = workflow.delete_draft(interest, preparer, NOW)
    assert not SectionSave.objects.exists()
    assert noted(workflow.restore_draft(deleted, preparer, NOW)) == before


def test_the_writers_see_beside_each_section_who_saved_it_last_and_nobody_else_sees_the_list(
    interest: Proposal, preparer: User, colleague: User, officer: User, stranger: User, page: Client, as_user: SignIn
) -> None:
    save(interest, preparer, summary="Salasana1")
    save(interest, colleague, section=TRIAL, problem="Salasana2")
    save(interest, preparer, section=TRIAL, problem="Salasana3")
    save(interest, colleague, 1, section=TRIAL, problem="Salasana4")
    shown = page.get(address("proposal", interest)).text
    assert [one.user for one in interest.section_saves.last_of_each().order_by("section")] == [preparer, colleague]
    assert address("section_saves", interest) in shown
    listed = as_user(colleague).get(address("section_saves", interest)).text
    assert [word in listed for word in (str(preparer), str(colleague), "Tiivistelmä", "Ongelma")] == [True] * 4
    assert "Salasana" not in listed
    workflow.submit(Proposal.objects.get(pk=interest.pk), interest.edition + 4, preparer)
    assert as_user(officer).get(address("section_saves", interest)).status_code == 403
    assert as_user(stranger).get(address("section_saves", interest)).status_code == 404


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_the_list_asks_the_database_the_same_few_times(
    interest: Proposal, preparer: User, page: Client, rows: int, django_assert_num_queries: Any
) -> None:
    about = {"proposal": interest, "section": "basics", "questions": ["title"], "user": preparer}
    SectionSave.objects.bulk_create(SectionSave(**about, since=NOW, until=NOW) for _n in range(rows))
    with django_assert_num_queries(5):
        page.get(address("section_saves", interest))
