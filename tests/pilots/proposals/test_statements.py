"""How many statements a writer's requests take: session, account and clock included."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pilots.models import Editor, Proposal
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import User
from tests.factories import make_user
from tests.pilots.interest import INTEREST, address

# A request that writes is one transaction, or a savepoint within that of a test: these are no statements of ours.
FRAMES = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


def statements(client: Client, path: str, posted: dict[str, Any]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.post(path, posted).status_code == 302
    return [query["sql"] for query in captured if not query["sql"].startswith(FRAMES)]


def save(page: Client, proposal: Proposal, slug: str, **changed: str) -> int:
    proposal.refresh_from_db()
    [section] = [one for one in FORM_1.sections if one.slug == slug]
    answers = {key: value for key, value in INTEREST.items() if key in {one.key for one in section.questions}}
    path = address("edit_section", proposal, slug)
    return len(statements(page, path, {"edition": proposal.edition, **answers, **changed}))


def with_editors(proposal: Proposal, more: int) -> None:
    for _ in range(more):
        person = make_user(User.Role.PREPARER, proposal.organisation)
        Editor.objects.create(
            proposal=proposal, user=person, added_at=proposal.created_at, added_by=proposal.created_by
        )


@pytest.mark.parametrize("editors", [1, 3])
def test_saving_a_section_takes_few_statements(page: Client, interest: Proposal, editors: int) -> None:
    with_editors(interest, editors - 1)
    first, later = (save(page, interest, "cost", funding=words) for words in ("Ensin", "Sitten"))
    assert (first, later) == (9, 8)  # the first also begins an entry of who wrote there
    assert [save(page, interest, "basics", title=words) for words in ("Ensin", "Sitten")] == [10, 9]  # and regions


@pytest.mark.parametrize("editors", [1, 3])
def test_submitting_takes_few_statements(page: Client, interest: Proposal, editors: int) -> None:
    with_editors(interest, editors - 1)
    sent = statements(page, address("submit_proposal", interest), {"edition": interest.edition})
    assert len(sent) == 13 + editors  # a receipt to each
