"""An expression of interest that is not sent, and its preparer's browser."""

import pytest
from django.test import Client

from pilots.models import Proposal, Round
from regions.models import User
from tests.cast import SignIn
from tests.factories import make_proposal, make_region, make_round
from tests.pilots.interest import INTEREST


@pytest.fixture
def interest(preparer: User) -> Proposal:
    """A complete expression of interest that is not sent."""
    make_region("04")
    return make_proposal(make_round(), preparer, kind=Round.Asks.INTEREST, content=dict(INTEREST))


@pytest.fixture
def page(preparer: User, as_user: SignIn) -> Client:
    """The preparer's browser."""
    return as_user(preparer)
