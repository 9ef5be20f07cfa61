"""Saving a section and submitting a proposal, as ratios to one UPDATE of a bare view (a part of ``make bench``)."""

import time
from functools import partial

from django.test import Client

from pilots.models import Pilot, Proposal, Round
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import Region, User
from tests.bench_pages import measure
from tests.factories import make_organisation, make_proposal, make_round, make_user
from tests.pilots.interest import INTEREST, address

COST = {question.key for section in FORM_1.sections if section.slug == "cost" for question in section.questions}


class Writer:
    """A preparer in a browser, who changes one answer again and again."""

    def __init__(self) -> None:
        """Make a round that is open and an expression of interest in it."""
        organisation = make_organisation(region=Region.objects.get(code="04"))
        user = make_user(User.Role.PREPARER, organisation)
        self.proposal: Proposal = make_proposal(make_round(), user, kind=Round.Asks.INTEREST, content=dict(INTEREST))
        self._browser = Client()
        self._browser.force_login(user)

    def look(self) -> None:
        """Take the edition that the form of the page would hold."""
        self.proposal.refresh_from_db(fields=["edition"])

    def save(self) -> None:
        """Post the section with other words than before."""
        answers = {key: words for key, words in INTEREST.items() if key in COST}
        answers["funding"] = f"Omarahoitus {time.monotonic_ns()}"
        self._post("edit_section", "cost", **answers)

    def change(self) -> None:
        """Save what the next submission sends."""
        self.look()
        self.save()
        self.look()

    def submit(self) -> None:
        """Send the proposal as it is saved."""
        self._post("submit_proposal")

    def _post(self, name: str, *more: object, **posted: str) -> None:
        path = address(name, self.proposal, *more)
        answer = self._browser.post(path, {"edition": str(self.proposal.edition), **posted})
        assert answer.status_code == 302, (name, answer.status_code)


def report() -> None:
    """Print how the writes of a preparer compare to one UPDATE of a row."""
    writer, floor, code = Writer(), Client(), Pilot.objects.public().earliest("pk").code
    update = partial(floor.post, "/floor/save", {"code": code, "text": "Omarahoitus"})
    measure("a section saved : UPDATE", writer.save, update, writer.look)
    measure("a proposal submitted : UPDATE", writer.submit, update, writer.change)
