"""An expression of interest that is not sent, its preparer's browser, and the addresses of its pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pilots.models import Proposal, Round
from regions.models import User
from tests.factories import make_proposal, make_region, make_round
from tests.pilots.proposals.test_workflow import INTEREST

SignIn = Callable[[User | None], Client]


@pytest.fixture
def interest(preparer: User) -> Proposal:
    """A complete expression of interest that is not sent."""
    make_region("04")
    return make_proposal(make_round(), preparer, kind=Round.Asks.INTEREST, content=dict(INTEREST))


@pytest.fixture
def page(preparer: User, as_user: SignIn) -> Client:
    """The preparer's browser."""
    return as_user(preparer)


def address(name: str, proposal: Proposal, *more: object) -> str:
    """Return the Finnish address of a page of the proposal."""
    return reverse(name, args=[proposal.pk, *more])


def basics(edition: object = 1, **answers: Any) -> dict[str, Any]:
    """Return what a browser posts from the first section."""
    return {"edition": edition, "title": "", "summary": "", "regions": [], **answers}
