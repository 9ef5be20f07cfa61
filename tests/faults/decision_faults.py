"""Decision: whoever decides dies between the decision and its letter; another goes on."""

import signal
import sys
from datetime import timedelta

from pilots.models import Decision, Pilot, Proposal, StaffLetter
from regions.models import User
from tests.factories import make_programme, make_round, make_submitted

from .place import Place
from .register import fault
from .world import NOW, World

COMMAND = [sys.executable, "-m", "tests.faults.deciding"]
NUMBER = 10
DAY = timedelta(days=1)


def _dies_at(place: Place, failpoint: str) -> None:
    """Let the first that decides die there; what it did is whole or not there, and each writer gets one letter."""
    world = World(place)
    User.objects.create(email="decider@ministry.example", role=User.Role.DECIDER, language="fi", password="!")
    make_programme(code_prefix="KP")
    round_ = make_round(opens_at=NOW - 30 * DAY, closes_at=NOW - DAY)
    for writer in world.preparers(NUMBER):
        make_submitted(round_, writer, NOW - 2 * DAY, title=f"Ehdotus {writer.pk}")
        place.manifest.expect(writer.email, "Päätös", f"Ehdotus {writer.pk}")
    first = place.child("decider", COMMAND, FAILPOINTS=f"{failpoint}=kill")
    assert first.ends(60) == -signal.SIGKILL, f"it never came by {failpoint}: {first.said()[-500:]}"
    place.kills += 1
    _whole()
    second = place.child("decider", COMMAND)
    assert second.ends(60) == 0, second.said()[-500:]
    _whole()
    assert not Proposal.objects.filter(state=Proposal.State.SUBMITTED).exists()
    assert Decision.objects.filter(told_at__isnull=False).count() == NUMBER
    place.sweeper()
    place.finish()


def _whole() -> None:
    """See that every decision has its letter and its pilot, that none is doubled, and that no code is left out."""
    made = Decision.objects.filter(decided_at__isnull=False)
    assert made.count() == StaffLetter.objects.filter(decision__isnull=False).count()
    assert made.count() == Proposal.objects.filter(state__in=["accepted", "not_selected"]).count()
    selected = made.filter(outcome=Decision.Outcome.SELECTED).count()
    codes = sorted(int(code.rsplit("-", 1)[1]) for code in Pilot.objects.values_list("code", flat=True))
    assert codes == list(range(1, selected + 1)), codes


@fault("Decision", short=True)
def killed_between_a_decision_and_its_pilot(place: Place) -> None:
    _dies_at(place, "after_decision@4")


@fault("Decision")
def killed_between_a_pilot_and_the_letter_of_its_decision(place: Place) -> None:
    _dies_at(place, "after_registration@5")


@fault("Decision")
def killed_with_a_decision_and_its_letter_not_committed(place: Place) -> None:
    _dies_at(place, "after_letter@6")


@fault("Decision")
def killed_amid_the_letters_of_decisions(place: Place) -> None:
    _dies_at(place, "after_decision_letter@5")


@fault("Decision")
def killed_with_all_letters_of_decisions_written_and_not_committed(place: Place) -> None:
    _dies_at(place, "after_all_decision_letters")
