"""How many organisations answer a round: one number, on the desk, in the owner's letter and in the digest."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from pilots.mail.reminders.eligibility import Item
from pilots.models import Letter, Proposal, Round
from regions.models import User
from tests.cast import SignIn
from tests.factories import make_organisation, make_proposal, make_round, make_user

SENT, DRAFT, WITHDRAWN = "submitted", "draft", "withdrawn"
COUNTED = {
    "no proposal": ([], "silent"),
    "a draft": ([DRAFT], "drafts"),
    "two drafts": ([DRAFT, DRAFT], "drafts"),
    "sent": ([SENT], "submitted"),
    "sent, and a draft of another": ([SENT, DRAFT], "submitted"),
    "accepted": (["accepted"], "submitted"),
    "not selected, and one withdrawn": (["not_selected", WITHDRAWN], "submitted"),
    "withdrawn": ([WITHDRAWN, WITHDRAWN], "withdrawn"),
    "withdrawn, and a draft": ([WITHDRAWN, DRAFT], "drafts"),
}


def answer(round_: Round, states: list[str], *, invited: bool = True) -> None:
    """Let a new organisation have proposals in these states in the round."""
    now = timezone.now()
    user = make_user(User.Role.PREPARER, make_organisation())
    if invited:
        round_.invited.add(user.organisation)
    for state in states:
        moments = {
            DRAFT: {},
            SENT: {"submitted_at": now},
            WITHDRAWN: {"submitted_at": now, "withdrawn_at": now},
        }.get(state, {"submitted_at": now, "decided_at": now})
        make_proposal(round_, user, state=state, **moments)


def counts(round_: Round) -> dict[str, int]:
    counted = Round.objects.with_counts().get(pk=round_.pk)
    return {name: getattr(counted, name) for name in ("submitted", "drafts", "withdrawn", "silent")}


@pytest.mark.parametrize("invited", [True, False])
@pytest.mark.parametrize("case", COUNTED)
def test_an_organisation_is_counted_once(db: None, case: str, invited: bool) -> None:
    states, name = COUNTED[case]
    round_, other = make_round(), make_round()
    answer(round_, states, invited=invited)
    answer(other, [SENT])
    answer(other, [])
    expected = {"submitted": 0, "drafts": 0, "withdrawn": 0, "silent": 0}
    if states or invited:
        expected[name] = 1
    assert counts(round_) == expected


def test_every_state_of_a_proposal_is_counted() -> None:
    assert {state for states, _ in COUNTED.values() for state in states} == {*Proposal.State.values}


def test_the_desk_and_the_letters_show_the_same_numbers(as_user: SignIn, officer: User) -> None:
    round_ = make_round(owner=officer)
    for states, _ in COUNTED.values():
        answer(round_, states)
    assert counts(round_) == {"submitted": 4, "drafts": 3, "withdrawn": 1, "silent": 1}
    page = as_user(officer).get(reverse("round_desk", args=[round_.slug])).text
    assert re.search(r"Lähettänyt: 4\. Vain luonnos: 3\. Ei vastausta: 1\.", page)
    item = Item(Letter.OWNER_AHEAD, round_.steps.get(), timezone.now(), timezone.now())
    told = item.counts()
    assert (told.submitted, told.drafts, told.silent) == (4, 3, 1)
