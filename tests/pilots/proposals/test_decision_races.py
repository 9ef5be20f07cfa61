"""Many decide at once, on connections of their own: one outcome, one pilot, one letter, no code twice and no gap."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from pilots.models import Decision, Message, Pilot, PilotCounter, Proposal, StaffLetter
from pilots.proposals import decisions
from registry.lib.refusals import Stale
from tests.at_once import at_once
from tests.factories import make_organisation, make_region, make_user
from tests.pilots.proposals.decided import a_closed_round, a_decider, everything, no, submitted, yes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def a_writer() -> Any:
    return make_user("preparer", make_organisation(region=make_region("04")))


def test_of_two_hundred_decisions_on_a_proposal_one_is_made() -> None:
    proposal, people = submitted(a_closed_round(), a_writer(), **everything()), [a_decider(), a_decider()]
    yes()
    works = [
        lambda n=n: decisions.decide(proposal, 1, (yes, no)[n % 2](), people[n % 2], timezone.now()) for n in range(200)
    ]
    done = at_once(works)
    made = [one for one in done if isinstance(one, Decision)]
    assert (len(made), len([one for one in done if isinstance(one, Stale)])) == (1, 199)
    proposal.refresh_from_db()
    selected = made[0].selects
    assert proposal.state == ("accepted" if selected else "not_selected")
    assert (Decision.objects.count(), StaffLetter.objects.count(), Pilot.objects.count()) == (1, 1, int(selected))
    assert StaffLetter.objects.get().decision == made[0]


def test_codes_are_given_without_a_gap_and_never_twice_also_where_a_decision_fails() -> None:
    round_, person = a_closed_round(), a_decider()
    proposals = [submitted(round_, a_writer(), **everything()) for _ in range(30)]
    verdict = yes()
    twice = [*proposals, *proposals]
    works = [lambda p=p: decisions.decide(p, 1, verdict, person, timezone.now()) for p in twice]
    done = at_once(works)
    assert len([one for one in done if isinstance(one, Decision)]) == len(proposals)
    year = timezone.localtime().year
    assert sorted(Pilot.objects.values_list("code", flat=True)) == [f"KP-{year}-{n:03d}" for n in range(1, 31)]
    assert PilotCounter.objects.get().last_number == len(proposals)
    assert Proposal.objects.filter(pilot__isnull=False).count() == len(proposals)


def test_letters_that_many_send_go_once() -> None:
    round_, person = a_closed_round(), a_decider()
    for _ in range(5):
        decisions.decide(submitted(round_, a_writer(), **everything()), 1, no(), person, timezone.now())
    done = at_once([lambda: decisions.send_letters(round_, person, timezone.now()) for _ in range(20)])
    assert [one for one in done if isinstance(one, int)] == [5]
    assert Message.objects.filter(letter="decision").count() == 5
    assert Decision.objects.filter(told_at__isnull=False).count() == 5


def test_a_correction_and_the_letters_at_once_tell_each_decision_once() -> None:
    """Either the letter of the first decision went before it was corrected, or it never goes."""
    person = a_decider()
    for _turn in range(6):
        round_ = a_closed_round()
        proposal = submitted(round_, a_writer(), **everything())
        first = decisions.decide(proposal, 1, yes(), person, timezone.now())
        wrong = no(correction_because="Virhe")
        works: list[Callable[[], object]] = [
            lambda r=round_: decisions.send_letters(r, person, timezone.now()),
            lambda p=proposal, w=wrong: decisions.decide(p, 1, w, person, timezone.now()),
        ]
        at_once(works)
        letters = StaffLetter.objects.filter(proposal=proposal)
        for letter in letters:
            assert (letter.sent_at is None) is (letter.decision.told_at is None)
        assert letters.filter(decision=first, sent_at=None).count() == 0
        assert Message.objects.filter(proposal=proposal).count() == letters.exclude(sent_at=None).count()
