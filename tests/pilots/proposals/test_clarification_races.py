"""A clarification is answered, withdrawn and reminded of at once, on connections of their own: it ends once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from pilots.mail import reminders
from pilots.models import Clarification, Message, Proposal, Version
from pilots.proposals import clarifying
from registry.lib.refusals import Stale
from tests.at_once import at_once
from tests.factories import make_organisation, make_region, make_user
from tests.pilots.proposals.clarified import answer, ask
from tests.pilots.proposals.decided import a_closed_round, everything, submitted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_of_many_answers_and_withdrawals_one_stands() -> None:
    writer, officer = make_user("preparer", make_organisation(region=make_region("04"))), make_user("officer")
    proposal = submitted(a_closed_round(), writer, **everything())
    asked = ask(proposal, officer)
    due_at = asked.reminders.earliest("due_at").due_at
    works: list[Callable[[], Any]] = []
    for n in range(16):
        works.append(lambda n=n: answer(asked, writer, f"Vastaus {n}", at=timezone.now()))
        works.append(lambda: clarifying.withdraw(asked, "Löytyi", officer, timezone.now()))
        works.append(lambda: reminders.queue_clarifications(due_at))
    done = at_once(works)
    ended = Clarification.objects.get()
    assert (ended.answer is None) is (ended.withdrawn_at is not None)
    assert len([one for one in done if isinstance(one, Version)]) == int(ended.answer is not None)
    assert len([one for one in done if isinstance(one, Stale)]) == 31
    assert Version.objects.count() == 1 + int(ended.answer is not None)
    assert Proposal.objects.get().latest == Version.objects.latest("number")
    letters = list(Message.objects.values_list("letter", flat=True))
    assert len(letters) == len(set(letters))
    assert not [one for one in done if isinstance(one, reminders.Queued) and one.failed]
