"""The acts of the state machine beside deadlines: inquiries, clarifications, teams, assessments."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from . import asked, truth
from .asking import Asking
from .world import World

N = st.integers(0, 59)  # which one, counted round


class AskingRules(RuleBasedStateMachine):
    """Acts on what is there, whether it still waits or has ended: then the portal refuses, as the model says."""

    world: World

    @property
    def _asking(self) -> Asking:
        return Asking(self.world)

    @property
    def _asked(self) -> asked.Asked:
        return self.world.truth.asked

    def _rounds(self) -> list[truth.Round]:
        return [one for one in self.world.truth.rounds if one.published_at is not None]

    def _sent(self) -> list[truth.Proposal]:
        return [one for round_ in self.world.truth.rounds for one in round_.proposals if one.sent_in is not None]

    def _written(self) -> list[truth.Proposal]:
        return [one for round_ in self.world.truth.rounds for one in round_.proposals if one.state != "withdrawn"]

    def _people(self) -> list[truth.Person]:
        return [person for person in self.world.truth.people.values() if person.organisation]

    @precondition(lambda self: self._rounds())
    @rule(n=N, m=N)
    def inquire(self, n: int, m: int) -> None:
        self._asking.inquire(self._rounds()[n % len(self._rounds())], self._people()[m % len(self._people())])

    @precondition(lambda self: self._asked.inquiries)
    @rule(n=N, how=st.sampled_from(["answer", "answer", "point", "decline"]))
    def end_inquiry(self, n: int, how: str) -> None:
        waiting = [one for one in self._asked.inquiries if not one.ended]
        some = waiting if waiting and n % 5 else self._asked.inquiries
        self._asking.end_inquiry(some[n % len(some)], how)

    @precondition(lambda self: self._asked.answers)
    @rule(n=N)
    def correct_answer(self, n: int) -> None:
        self._asking.correct(self._asked.answers[n % len(self._asked.answers)])

    @precondition(lambda self: self._sent())
    @rule(n=N, ahead=st.sampled_from([1, 2, 4, 5, 9, 20]))
    def clarify(self, n: int, ahead: int) -> None:
        self._asking.clarify(self._sent()[n % len(self._sent())], ahead)

    @precondition(lambda self: self._asked.clarifications)
    @rule(n=N)
    def answer_clarification(self, n: int) -> None:
        some = list(self._asked.clarifications.values())
        self._asking.answer(some[n % len(some)])

    @precondition(lambda self: self._asked.clarifications)
    @rule(n=N)
    def withdraw_clarification(self, n: int) -> None:
        some = list(self._asked.clarifications.values())
        self._asking.withdraw(some[n % len(some)])

    @precondition(lambda self: self._written())
    @rule(n=N, m=N)
    def invite_writer(self, n: int, m: int) -> None:
        proposal = self._written()[n % len(self._written())]
        people = [one for one in self._people() if one.pk not in proposal.editors]
        if people:
            self._asking.invite(proposal, people[m % len(people)])

    @precondition(lambda self: self._asked.invitations)
    @rule(n=N, accepted=st.sampled_from([True, True, False]))
    def answer_invitation(self, n: int, accepted: bool) -> None:
        waiting = [one for one in self._asked.invitations if not one.answered]
        some = waiting if waiting and n % 5 else self._asked.invitations
        self._asking.answer_invitation(some[n % len(some)], accepted=accepted)

    @precondition(lambda self: self._sent())
    @rule(n=N, officer=st.integers(0, 1), ready=st.booleans())
    def assess(self, n: int, officer: int, ready: bool) -> None:
        self._asking.assess(self._sent()[n % len(self._sent())], officer, ready=ready)
