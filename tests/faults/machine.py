"""The state machine: random histories of a registry, every promise of reminders and mail checked after every act.

``make histories`` runs it in two processes.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from .histories import truth
from .histories.asking_rules import AskingRules, N
from .histories.judge import Judge
from .histories.world import BEGIN, World, here

PLACES = ["after_plan", "after_post", "after_queue", "before_claim", "after_claim", "after_rcpt", "before_body"]
PLACES += ["after_dot", "after_answer", "after_settle", "after_clarification_reminder"]
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
WAITS = [MINUTE, 7 * MINUTE, 16 * MINUTE, HOUR, 5 * HOUR, 13 * HOUR, 21 * HOUR, 26 * HOUR, 50 * HOUR, 72 * HOUR]
AT_A_TIME = 25  # histories of one seed
SEED = int(os.environ.get("SEED") or 0)
STEPS = int(os.environ.get("STEPS") or 50)
counts = {"runs": 0, "steps": 0, "mails": 0}


class Histories(AskingRules):
    """One history. ``world`` is set once for the process."""

    def __init__(self) -> None:
        super().__init__()
        self.dates = 0
        self.looked = False  # the act has looked already
        self.judge = Judge(self.world)

    @initialize(preparers=st.integers(3, 5), silent=st.booleans(), relay_log=st.booleans(), shape=st.data())
    def begin(self, preparers: int, silent: bool, relay_log: bool, shape: Any) -> None:
        self.world.begin(preparers=preparers, silent=silent, relay_log=relay_log)
        for number in range(shape.draw(st.integers(1, 3))):
            invited = shape.draw(st.sampled_from([[], [0], [0, 1], [1, 2]]))
            spans = shape.draw(st.lists(st.integers(1, 40), min_size=1, max_size=2))
            opens = [BEGIN - HOUR, BEGIN + shape.draw(st.sampled_from([-1, 1, 6])) * 24 * HOUR]
            steps = [
                (opened, self._new_date(BEGIN + 24 * HOUR * span)) for opened, span in zip(opens, spans, strict=False)
            ]
            steps = [(opened, closes) for opened, closes in steps if opened < closes]
            round_ = self.world.write_round(number % 2, invited, steps, follow=shape.draw(st.booleans()))
            if number == 0 and self.world.publish(round_):
                for person in self._preparers():
                    if shape.draw(st.booleans()) and self._may_answer(person, round_):
                        self.world.start(round_, person)

    # --- Which one ----------------------------------------------------------------------------------------------------

    def _new_date(self, day: datetime) -> datetime:
        """Return a moment on the day at which no deadline was before: a date tells which deadline it is."""
        self.dates += 1
        return day.replace(hour=7, minute=0, second=0, microsecond=0) + self.dates * 13 * MINUTE

    @property
    def _truth(self) -> truth.Truth:
        return self.world.truth

    def _living(self) -> list[truth.Round]:
        return [round_ for round_ in self._truth.rounds if round_.living]

    def _open_steps(self) -> list[truth.Step]:
        return [step for round_ in self._living() for step in round_.steps if step.closes_at > self.world.at]

    def _proposals(self, *states: str) -> list[truth.Proposal]:
        return [one for round_ in self._truth.rounds for one in round_.proposals if one.state in states]

    def _preparers(self) -> list[truth.Person]:
        return [person for person in self._truth.people.values() if person.organisation]

    def _may_answer(self, person: truth.Person, round_: truth.Round) -> bool:
        return person.works(self.world.at) and (not round_.invited or person.organisation in round_.invited)

    # --- Acts of people -----------------------------------------------------------------------------------------------

    @precondition(lambda self: any(round_.published_at is None for round_ in self._truth.rounds))
    @rule(n=N)
    def publish(self, n: int) -> None:
        drafts = [round_ for round_ in self._truth.rounds if round_.published_at is None]
        self.world.publish(drafts[n % len(drafts)])

    @precondition(lambda self: self._open_steps())
    @rule(n=N, days=st.sampled_from([1, 2, 6, 15, 30]), back=st.booleans())
    def move(self, n: int, days: int, back: bool) -> None:
        step = self._open_steps()[n % len(self._open_steps())]
        earlier = [date for date in step.dates if date > self.world.at + HOUR and date != step.closes_at]
        closes_at = earlier[-1] if back and earlier else self._new_date(self.world.at + days * 24 * HOUR)
        if closes_at > max(step.opens_at, self.world.at):
            self.world.move(step, closes_at)

    @precondition(lambda self: self._living())
    @rule(n=N, days=st.sampled_from([1, 5, 20]))
    def extend(self, n: int, days: int) -> None:
        steps = [step for round_ in self._living() for step in round_.steps]
        step, organisation = steps[n % len(steps)], self.world.organisations[n % 3]
        closes_at = self._new_date(max(step.closes_at, self.world.at) + days * 24 * HOUR)
        if closes_at > max(step.closes_at, self.world.at):
            self.world.extend(step, organisation, closes_at)

    @precondition(lambda self: self._living())
    @rule(n=N, m=N)
    def start(self, n: int, m: int) -> None:
        round_, person = self._living()[n % len(self._living())], self._preparers()[m % len(self._preparers())]
        if self._may_answer(person, round_):
            self.world.start(round_, person)

    @precondition(lambda self: self._proposals("draft", "submitted"))
    @rule(n=N)
    def save(self, n: int) -> None:
        some = self._proposals("draft", "submitted")
        self.world.save(some[n % len(some)])

    @precondition(lambda self: [one for one in self._proposals("draft", "submitted") if one.round.living])
    @rule(n=N)
    def submit(self, n: int) -> None:
        some = [one for one in self._proposals("draft", "submitted") if one.round.living]
        self.world.submit(some[n % len(some)])

    @precondition(lambda self: self._proposals("draft", "submitted"))
    @rule(n=N)
    def move_on(self, n: int) -> None:
        some = self._proposals("draft", "submitted")
        self.world.move_on(some[n % len(some)])

    @precondition(lambda self: self._proposals("submitted"))
    @rule(n=N)
    def withdraw(self, n: int) -> None:
        some = self._proposals("submitted")
        self.world.withdraw(some[n % len(some)])

    @precondition(lambda self: self._proposals("draft", "submitted", "withdrawn"))
    @rule(n=N, m=N, add=st.booleans())
    def change_editors(self, n: int, m: int, add: bool) -> None:
        some = self._proposals("draft", "submitted", "withdrawn")
        proposal = some[n % len(some)]
        own = [one for one in self._preparers() if one.organisation == proposal.organisation]
        people = own if add else [one for one in self._preparers() if one in own or one.pk in proposal.editors]
        act = self.world.add_editor if add else self.world.remove_editor
        act(proposal, people[m % len(people)])

    @rule(n=N, ended=st.booleans())
    def end_rights(self, n: int, ended: bool) -> None:
        people = list(self._truth.people.values())
        self.world.set_rights(people[n % len(people)], ended=ended)

    @rule(n=N, wants=st.booleans(), open_rounds=st.booleans())
    def opt_out(self, n: int, wants: bool, open_rounds: bool) -> None:
        people = list(self._truth.people.values())
        self.world.set_preference(people[n % len(people)], wants=wants, open_rounds=open_rounds)

    @precondition(lambda self: len(self._living()) > 1)
    @rule(n=N)
    def cancel(self, n: int) -> None:
        if n < 20:
            round_ = self._living()[n % len(self._living())]
            self.world.cancel(round_, self.judge.told_of(round_))

    # --- The clock and the sweep --------------------------------------------------------------------------------------

    def _later(self, wait: timedelta, point: int) -> datetime:
        """Return a moment to go to: after ``wait``, or just before, at, or just after the next point of the plan."""
        ahead = [due for due in self._truth.plan.values() if due > self.world.at]
        ahead += [step.closes_at for step in self._truth.steps() if step.closes_at > self.world.at + MINUTE]
        if point > 2 or not ahead:
            return self.world.at + wait
        return min(ahead) + (point - 1) * 2 * SECOND

    @rule(wait=st.sampled_from(WAITS), point=st.integers(0, 5))
    def tick(self, wait: timedelta, point: int) -> None:
        self.world.go_to(self._later(wait, point))
        self.world.sweep()
        self._look_after_a_sweep()

    @rule(wait=st.sampled_from(WAITS), point=st.integers(0, 5), turn=st.integers(1, 5))
    def tick_in_a_tick(self, wait: timedelta, point: int, turn: int) -> None:
        self.world.go_to(self._later(wait, point))
        self._sweep_with(turn, self.world.sweep)
        self._look_after_a_sweep()

    @rule(wait=st.sampled_from(WAITS), point=st.integers(0, 5), turn=st.integers(1, 5), n=N, act=st.integers(0, 9))
    def tick_with_an_act_amid(self, wait: timedelta, point: int, turn: int, n: int, act: int) -> None:
        self.world.go_to(self._later(wait, point))
        acts: list[Callable[[], None]] = [
            lambda: self.move(n, 6, n % 2 == 0) if self._open_steps() else None,
            lambda: (
                self.submit(n) if [one for one in self._proposals("draft", "submitted") if one.round.living] else None
            ),
            lambda: self.change_editors(n, n // 7, False) if self._proposals("draft", "submitted") else None,
            lambda: self.opt_out(n, False, n % 2 == 0),
            lambda: self.end_rights(n, True),
            lambda: self.cancel(n) if len(self._living()) > 1 else None,
            lambda: self.answer_clarification(n) if self._asked.clarifications else None,
            lambda: self.withdraw_clarification(n) if self._asked.clarifications else None,
            lambda: self.answer_invitation(n, True) if self._asked.invitations else None,
            lambda: self.end_inquiry(n, "answer") if self._asked.inquiries else None,
        ]
        self._sweep_with(turn, acts[act])
        self.judge.look()

    def _look_after_a_sweep(self) -> None:
        self.judge.look(swept=True)
        self.looked = True

    def _sweep_with(self, turn: int, act: Callable[[], None]) -> None:
        """Sweep, and amid it, before its ``turn``-th piece of work, look and act."""
        asked = 0

        def may_continue() -> bool:
            nonlocal asked
            asked += 1
            if asked == turn:
                self.judge.look()
                act()
                self.judge.look()
            return True

        self.world.sweep(may_continue)

    @rule(wait=st.sampled_from(WAITS), point=st.integers(0, 5), place=st.sampled_from(PLACES), turn=st.integers(1, 3))
    def crash(self, wait: timedelta, point: int, place: str, turn: int) -> None:
        self.world.go_to(self._later(wait, point))
        self.world.crash(place, turn)

    @rule(place=st.sampled_from(["rcpt", "dot", "hang up"]), times=st.integers(0, 3))
    def trouble(self, place: str, times: int) -> None:
        self.world.sink.make_trouble(place, "451 later", times)

    @rule(jump=st.sampled_from([-HOUR, -HOUR, 26 * HOUR]))
    def turn_the_clock(self, jump: timedelta) -> None:
        self.world.go_to(self.world.at + jump)

    # --- The judge ----------------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_broken(self) -> None:
        counts["steps"] += 1
        if not self.looked:
            self.judge.look()
        self.looked = False

    def teardown(self) -> None:
        """Bring the history to its end, unless it was broken on the way."""
        counts["runs"] += 1
        counts["mails"] += len(self.world.sink.taken)
        try:
            if sys.exc_info()[0] is None:
                self.judge.end()
        finally:
            self.world.end()


def run(world: World, runs: int, steps: int, *, number: int | None = None) -> dict[str, int]:
    """Let so many histories happen, of random seed ``number`` (None: always the same ones); return the figures."""
    Histories.world = world
    before = dict(counts)
    how = settings(
        max_examples=runs,
        stateful_step_count=steps,
        derandomize=number is None,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if os.environ.get("SHRINK") else [Phase.generate],
    )
    machine = Histories if number is None else seed(number)(Histories)
    run_state_machine_as_test(machine, settings=how)
    return {name: counted - before[name] for name, counted in counts.items()}


def part(runs: int, number: int) -> int:
    """Be one of the processes: some histories at a time, each time of another seed."""
    first = SEED + number * 1_000_000
    with here() as world:
        try:
            for turn in range(-(-runs // AT_A_TIME)):
                run(world, min(AT_A_TIME, runs - turn * AT_A_TIME), STEPS, number=first + turn)
                print(f"process {number}: {counts}", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            pass  # stopped: what has ended counts
        except BaseException:
            print(f"Seed {first + turn}:")
            traceback.print_exc(file=sys.stdout)
            return 1
        finally:
            print(json.dumps(counts))
    return 0
