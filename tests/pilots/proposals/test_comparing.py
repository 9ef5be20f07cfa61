"""Versions of a proposal compared: what changed, for those who may read both texts."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from pilots.models import Proposal
from pilots.proposals.questions.comparison import changed_answer, compared
from pilots.proposals.questions.known_forms import form_of
from pilots.proposals.questions.vocabulary import vocabulary
from regions.models import User
from tests.cast import SignIn
from tests.factories import make_proposal, make_region, make_round, make_submitted, make_version

QUERIES = 6
FIRST = {"title": "Yksi ovi", "summary": "Yksi ovi yrityksille.", "regions": ["04"], "budget": "1000"}
SECOND = {**FIRST, "summary": "Yhteinen ovi yrityksille.", "regions": ["04", "10"], "budget": "2000"}
DRAFT = {**SECOND, "summary": "Yhteinen luonnossana yrityksille."}


@pytest.fixture
def proposal(preparer: User) -> Proposal:
    """Two versions were sent, and the draft has gone on."""
    make_region("10")
    at = timezone.now() - timedelta(hours=2)
    sent: dict[str, Any] = {"state": Proposal.State.SUBMITTED, "submitted_at": at, "sent": FIRST}
    proposal = make_proposal(make_round(), preparer, content=DRAFT, **sent)
    proposal.latest = make_version(proposal, at + timedelta(hours=1), SECOND)
    proposal.save(update_fields=["latest"])
    return proposal


def read(page: Client, proposal: Proposal, query: str = "", language: str = "fi") -> Any:
    with override(language):
        return page.get(reverse("compare_versions", args=[proposal.pk]) + query)


def test_exactly_the_answers_that_changed_are_told(proposal: Proposal) -> None:
    first, second = proposal.versions.order_by("number")
    found = compared(first, second, vocabulary())
    assert [answer.question.key for _section, answers in found.sections for answer in answers] == [
        "summary",
        "regions",
        "budget",
    ]
    assert found.unchanged == sum(len(section.questions) for section in form_of(first).sections) - 3


def test_an_answer_that_reads_the_same_is_no_change(proposal: Proposal) -> None:
    question = form_of(proposal).sections[0].questions[2]
    both = {"regions": ["04", "10"]}, {"regions": ["10", "04"]}
    assert changed_answer(question, *both, vocabulary()) is None


def test_without_a_choice_the_writer_sees_what_the_draft_changes_and_the_officer_the_last_two_versions(
    proposal: Proposal, as_user: SignIn, preparer: User, colleague: User, officer: User
) -> None:
    for writer in (preparer, colleague):
        assert "luonnossana" in read(as_user(writer), proposal).content.decode()
    page = read(as_user(officer), proposal).content.decode()
    assert "<del>" in page
    assert "Yhteinen" in page
    assert "luonnossana" not in page


def test_the_draft_is_compared_for_nobody_who_may_not_read_it(
    proposal: Proposal, as_user: SignIn, officer: User, reader: User, stranger: User
) -> None:
    for staff, query in ((officer, "?from=1&to=draft"), (reader, "?from=draft&to=draft")):
        answer = read(as_user(staff), proposal, query)
        assert answer.status_code == 422
        assert "luonnossana" not in answer.content.decode()
    assert read(as_user(stranger), proposal).status_code == 404


def test_a_choice_that_makes_no_sense_is_told(proposal: Proposal, page: Client) -> None:
    for query in ("?from=1", "?from=1&to=99999999999999999999"):
        assert read(page, proposal, query).status_code == 422


def test_a_proposal_that_was_sent_once_says_that_there_is_nothing_to_compare(preparer: User, page: Client) -> None:
    for language, words in (("fi", "toisen kerran"), ("sv", "en andra gång"), ("en", "a second time")):
        answer = read(page, make_submitted(make_round(), preparer), language=language)
        assert answer.status_code == 200
        assert words in answer.content.decode()


def test_the_pages_lead_from_a_version_to_what_changed_in_it(
    proposal: Proposal, page: Client, as_user: SignIn, officer: User
) -> None:
    there = reverse("compare_versions", args=[proposal.pk])
    since_first, in_draft = f"{there}?from=1&amp;to=2", f"{there}?from=2&amp;to=draft"
    own = page.get(reverse("proposal", args=[proposal.pk])).content.decode()
    assert since_first in own
    assert in_draft in own
    theirs = as_user(officer).get(reverse("proposal", args=[proposal.pk])).content.decode()
    assert since_first in theirs
    assert in_draft not in theirs
    receipt = as_user(officer).get(reverse("receipt", args=[proposal.pk, 2])).content.decode()
    assert since_first in receipt


def test_comparing_costs_the_same_queries_with_two_versions_and_with_a_hundred(
    proposal: Proposal, page: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(QUERIES):
        read(page, proposal, "?from=1&to=2")
    for _n in range(98):
        make_version(proposal, timezone.now(), SECOND)
    with django_assert_num_queries(QUERIES):
        read(page, proposal, "?from=1&to=2")
