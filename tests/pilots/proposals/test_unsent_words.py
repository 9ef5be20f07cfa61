"""Which proposals have words that are not sent: one rule, in Python for a row and in SQL for many."""

import pytest
from django.utils import timezone

from pilots.models import Proposal
from regions.models import User
from tests.factories import make_proposal, make_round

SENT = {"title": "Lähetetty", "regions": ["04"]}


def in_state(state: str, content: dict[str, object], preparer: User) -> Proposal:
    now = timezone.now()
    moments = {
        Proposal.State.DRAFT: {},
        Proposal.State.SUBMITTED: {"submitted_at": now},
        Proposal.State.WITHDRAWN: {"submitted_at": now, "withdrawn_at": now},
        Proposal.State.ACCEPTED: {"submitted_at": now, "decided_at": now},
        Proposal.State.NOT_SELECTED: {"submitted_at": now, "decided_at": now},
    }
    return make_proposal(
        make_round(), preparer, content=content, sent=SENT, state=state, **moments[Proposal.State(state)]
    )


@pytest.mark.parametrize("state", Proposal.State.values)
@pytest.mark.parametrize("content", [{}, SENT, {"regions": ["04"], "title": "Lähetetty"}, {**SENT, "title": "Uusi"}])
def test_python_and_sql_agree_on_what_is_not_sent(state: str, content: dict[str, object], preparer: User) -> None:
    proposal = in_state(state, content, preparer)
    unsent = state == "draft" or (state == "submitted" and content != SENT)
    assert Proposal.objects.with_unsent_words().filter(pk=proposal.pk).exists() == unsent
    assert Proposal.objects.get(pk=proposal.pk).has_unsent_words == unsent


def test_a_proposal_is_named_without_a_word_of_its_draft(preparer: User) -> None:
    for state in Proposal.State.values:
        proposal = in_state(state, {"title": "Salainen"}, preparer)
        assert "Salainen" not in f"{proposal} {proposal!r} {list(proposal.versions.all())}"
