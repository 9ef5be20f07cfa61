"""The world that histories happen in: each act is done by the portal's own verbs and noted in the model."""

import itertools
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import override_settings

from pilots.mail import sweep
from pilots.models import Criterion, Installation, Proposal, Round, Step
from pilots.proposals import workflow as proposals
from pilots.proposals.questions.form_1 import FORM_1
from pilots.rounds.workflow import deadlines, rounds
from regions.models import Organisation, User
from registry.lib import failpoints
from registry.lib.database import clock as heard
from registry.lib.editions import Shown
from registry.lib.languages import InThree
from registry.lib.refusals import Incomplete, Refused, TooLate
from tests.factories import make_organisation, make_region
from tests.faults import clock

from . import truth
from .sink import Sink

BASICS = FORM_1.sections[0]

BEGIN = datetime.fromisoformat("2026-09-28T06:00:00+00:00")
TABLES = [
    "pilots_alarm",
    "pilots_reconciliation",
    "pilots_deliveryevent",
    "pilots_tolddeadline",
    "pilots_reminder",
    "pilots_message",
    "pilots_clarificationreminder",
    "pilots_clarification",
    "pilots_writerinvitation",
    "pilots_reminderrule",
    "pilots_sectionsave",
    "pilots_attachment",
    "pilots_criterionanswer",
    "pilots_assessment",
    "pilots_declaration",
    "pilots_assessor",
    "pilots_note",
    "pilots_criterion",
    "pilots_version",
    "pilots_editor",
    "pilots_proposal",
    "pilots_extension",
    "pilots_deadlinechange",
    "pilots_step",
    "pilots_inquiry",
    "pilots_roundcorrection",
    "pilots_publicanswer",
    "pilots_ownquestion",
    "pilots_ownform",
    "pilots_round_invited",
    "pilots_round",
    "pilots_installation",
]
ORGANISATIONS, OFFICERS, PREPARERS = 3, 2, 5
LANGUAGES = ["fi", "sv", "", "en"]
WHOLE = {  # an expression of interest that may be sent
    "title": "Ehdotus",
    "summary": "Kokeilu",
    "regions": ["04"],
    "client_type": "personal",
    "contact": "kirjaamo@liitto.example",
}
WHY = InThree("Syy", "Orsak")
_number = itertools.count(1)


class World:
    """Database, mail server, clock and model together. One for a process; ``begin`` makes a new world in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.sink = folder, Sink()
        self.at, self.truth = BEGIN, truth.Truth()
        self.organisations = [make_organisation() for _ in range(ORGANISATIONS)]
        self.officers = [self._account("officer", None) for _ in range(OFFICERS)]
        self.preparers = [self._account("preparer", self.organisations[n % 3]) for n in range(PREPARERS)]
        self.rounds: dict[int, Round] = {}
        self.receipts: Counter[tuple[str, int]] = Counter()  # what should come: kind of letter, person
        self.posted: Counter[tuple[str, int]] = Counter()  # what should be posted of letters beside deadlines
        self.were_without_rights: set[int] = set()
        make_region("04")

    def _account(self, role: str, organisation: Organisation | None) -> User:
        number = next(_number)
        return User.objects.create(
            email=f"{role}.{os.getpid()}.{number}@rekisteri.example", name=f"{role} {number}", role=role,
            organisation=organisation, language="fi", password="!",
        )  # fmt: skip

    def begin(self, *, preparers: int, silent: bool, relay_log: bool) -> None:
        """Make a new world: nothing but accounts; one has no language, and (``silent``) one no working address."""
        with connection.cursor() as cursor:
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in TABLES))
        log = self.folder / f"relay.{os.getpid()}.log" if relay_log else None
        self.sink.begin_anew(log)
        self.settings = override_settings(
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=self.sink.port,
            EMAIL_TIMEOUT=2,
            RELAY_LOG=str(log or ""),
            MAIL_CONNECTIONS=1,
            MAIL_RATE=0,
        )
        self.settings.enable()
        self.truth, self.at, self.rounds = truth.Truth(), BEGIN, {}
        self.receipts.clear()
        self.posted.clear()
        self.were_without_rights.clear()
        self.taking_part = self.preparers[:preparers]
        User.objects.filter(pk__in=[user.pk for user in self.preparers[preparers:]]).update(is_active=False)
        for number, user in enumerate([*self.officers, *self.taking_part]):
            lost = silent and number == OFFICERS + 1
            columns: dict[str, Any] = {
                "language": LANGUAGES[number % len(LANGUAGES)],
                "is_active": True,
                "wants_reminders": True,
                "wants_open_rounds": True,
                "rights_until": None,
                "address_failed_at": BEGIN if lost else None,
                "address_fault": "550 no such user" if lost else "",
            }
            User.objects.filter(pk=user.pk).update(**columns)
            self.truth.people[user.pk] = truth.Person(
                user.pk, user.email, user.organisation_id, columns["language"], reachable=not lost
            )
        clock.stop(connection, self.at)

    def end(self) -> None:
        """Leave the world."""
        os.environ.pop("FAILPOINTS", None)
        self.settings.disable()

    def go_to(self, at: datetime) -> None:
        """Turn the database's clock, on which the world lives."""
        self.at = at
        clock.stop(connection, at)

    # --- Rounds -------------------------------------------------------------------------------------------------------

    def write_round(
        self, owner: int, invited: list[int], steps: list[tuple[datetime, datetime]], *, follow: bool = False
    ) -> truth.Round:
        """Write a round that is not published yet; ``follow``: each step is for those who sent in the one before."""
        number = next(_number)
        row = Round.objects.create(
            slug=f"round-{number}", kind="proposals", name_fi=f"Kierros {number}", name_sv=f"Omgång {number}",
            guidance_fi="Ohje", guidance_sv="Anvisning", contact_fi="Kysy", contact_sv="Fråga",
            asks=["interest", "preliminary"],
        )  # fmt: skip
        row.invited.set([self.organisations[n] for n in invited])
        Criterion.objects.create(round=row, position=1, text_fi="Hyöty", text_sv="Nytta", scored=True)
        self.rounds[row.pk] = row
        round_ = truth.Round(
            row.pk, self.truth.people[self.officers[owner].pk], {self.organisations[n].pk for n in invited}
        )
        for position, (opens_at, closes_at) in enumerate(steps, start=1):
            after = round_.steps[-1] if follow and round_.steps else None
            step = Step.objects.create(
                round=row, position=position, kind="preliminary", opens_at=opens_at, closes_at=closes_at,
                senders="before" if after else "all", after_id=after.pk if after else None,
            )  # fmt: skip
            round_.steps.append(truth.Step(step.pk, round_, opens_at, closes_at, after, dates=[closes_at]))
        self.truth.rounds.append(round_)
        return round_

    def publish(self, round_: truth.Round) -> bool:
        """Publish it; return whether its deadlines allow it."""
        officer = next(user for user in self.officers if user.pk == round_.owner.pk)
        try:
            rounds.publish(self.rounds[round_.pk], officer, heard())
        except Incomplete:
            return False
        round_.published_at = self.at
        for person in self.truth.people.values():
            if person.organisation in round_.invited and person.works(self.at):
                self.receipts["round_invitation", person.pk] += 1
        for step in round_.steps:
            self.truth.plan_step(step, self.at)
        return True

    def move(self, step: truth.Step, closes_at: datetime) -> None:
        """Move the deadline for all."""
        row = Step.objects.get(pk=step.pk)
        deadlines.move_deadline(row, closes_at, WHY, self.officers[0], heard(), step.version)
        self.truth.move(step, closes_at, self.at)

    def extend(self, step: truth.Step, organisation: Organisation, closes_at: datetime) -> None:
        """Give one organisation a later deadline, or another one than it had."""
        row = Step.objects.get(pk=step.pk)
        deadlines.extend(row, [organisation], closes_at, "Syy", self.officers[0], heard())
        self.truth.extend(step, organisation.pk, closes_at, self.at)

    def cancel(self, round_: truth.Round, told: set[int]) -> None:
        """Cancel the round; ``told``: who heard of its deadlines."""
        deadlines.cancel(self.rounds[round_.pk], WHY, self.officers[0], heard())
        writing = {pk for one in round_.proposals if one.state in {"draft", "submitted"} for pk in one.editors}
        self.receipts.update(("round_cancelled", pk) for pk in told | writing if self.truth.people[pk].works(self.at))
        round_.cancelled_at = self.at

    # --- Proposals ----------------------------------------------------------------------------------------------------

    def user(self, pk: int) -> User:
        """Return the account as it is now."""
        return User.objects.get(pk=pk)

    def start(self, round_: truth.Round, person: truth.Person) -> truth.Proposal:
        """Start a draft."""
        user = self.user(person.pk)
        assert user.organisation is not None
        row = proposals.start(self.rounds[round_.pk], user.organisation, "interest", user, heard())
        Proposal.objects.filter(pk=row.pk).update(content=WHOLE, edition=row.edition + 1)
        proposal = truth.Proposal(row.pk, round_, user.organisation.pk, editors={user.pk: self.at})
        round_.proposals.append(proposal)
        return proposal

    def save(self, proposal: truth.Proposal) -> None:
        """Write something that was not there before."""
        row = Proposal.objects.get(pk=proposal.pk)
        words = {**row.content, "title": f"Ehdotus {next(_number)}"}
        proposals.save_section(row, BASICS, words, Shown(row.edition), self.editor_of(proposal), heard())
        proposal.changed = True

    def submit(self, proposal: truth.Proposal) -> None:
        """Send it; the model says whether the database must take it."""
        row = Proposal.objects.get(pk=proposal.pk)
        taking = [
            step
            for step in proposal.round.steps
            if step.is_for(proposal) and step.opens_at <= self.at <= step.closes_for(proposal.organisation)
        ]
        in_time, unchanged = bool(taking), not proposal.unsent
        try:
            proposals.submit(row, row.edition, self.editor_of(proposal))
        except TooLate:
            assert not in_time, "a submission in time was refused"
            return
        assert in_time or unchanged, "a submission after the deadline was taken"
        if not unchanged:
            self.tell_editors("receipt", proposal)
            proposal.sent_in = taking[0]
        proposal.state, proposal.changed = "submitted", False

    def move_on(self, proposal: truth.Proposal) -> None:
        """Move it on to the next step; the model says whether there is one."""
        row, step = Proposal.objects.get(pk=proposal.pk), proposal.goes_to(self.at)
        position = proposal.round.steps.index(step) + 1 if step else 2
        try:
            proposals.move_on(row, position, self.editor_of(proposal), heard())
        except Refused:
            assert step is None, "a proposal that can move on was kept"
        else:
            assert step is not None, "a proposal moved on to a step that does not take it"
            proposal.moved_on_to = step

    def withdraw(self, proposal: truth.Proposal) -> None:
        """Withdraw it."""
        proposals.withdraw(Proposal.objects.get(pk=proposal.pk), self.editor_of(proposal), heard())
        proposal.state = "withdrawn"
        self.tell_editors("withdrawal", proposal)

    def tell_editors(self, kind: str, proposal: truth.Proposal) -> None:
        """Note that every editor who works gets a letter of the kind."""
        self.receipts.update((kind, pk) for pk in proposal.editors if self.truth.people[pk].works(self.at))

    def editor_of(self, proposal: truth.Proposal) -> User:
        """Return an editor of the organisation that owns the proposal."""
        people = [self.truth.people[pk] for pk in proposal.editors]
        return self.user(next(one.pk for one in people if one.organisation == proposal.organisation))

    def add_editor(self, proposal: truth.Proposal, person: truth.Person) -> None:
        """Let someone of the same organisation write too."""
        row, user = Proposal.objects.get(pk=proposal.pk), self.user(person.pk)
        if proposals.add_editor(row, user, self.editor_of(proposal), heard()):
            proposal.editors[person.pk] = self.at
            if person.works(self.at):
                self.receipts["editor_added", person.pk] += 1

    def remove_editor(self, proposal: truth.Proposal, person: truth.Person) -> None:
        """Take somebody away; the last one of the organisation that owns the proposal stays."""
        row, user = Proposal.objects.get(pk=proposal.pk), self.user(person.pk)
        try:
            proposals.remove_editor(row, user)
        except proposals.LastEditor:
            own = {pk for pk in proposal.editors if self.truth.people[pk].organisation == proposal.organisation}
            assert own <= {person.pk}
        else:
            proposal.editors.pop(person.pk, None)

    # --- People -------------------------------------------------------------------------------------------------------

    def set_rights(self, person: truth.Person, *, ended: bool) -> None:
        """End someone's rights with yesterday, or give them back."""
        from_now = (self.at - timedelta(days=1)).date() if ended else None
        User.objects.filter(pk=person.pk).update(rights_until=from_now)
        person.rights_until = from_now
        if ended:
            self.were_without_rights.add(person.pk)

    def set_preference(self, person: truth.Person, *, wants: bool, open_rounds: bool = False) -> None:
        """Switch someone's reminders on or off: all of them, or those of rounds that are open to all."""
        User.objects.filter(pk=person.pk).update(**{"wants_open_rounds" if open_rounds else "wants_reminders": wants})
        if open_rounds:
            person.wants_open = wants
        else:
            person.wants = wants

    # --- The sweep ----------------------------------------------------------------------------------------------------

    def sweep(self, may_continue: Callable[[], bool] = lambda: True) -> None:
        """Sweep once, by the database's clock, and note what that plans."""
        self.truth.plan_all(self.at)
        sweep.run(heard(), may_continue=may_continue)

    def mail_rests(self) -> bool:
        """Whether the mail server took nothing just now, and is left alone for a moment."""
        return Installation.objects.filter(mail_waits_until__gt=self.at).exists()

    def crash(self, place: str, turn: int) -> bool:
        """Sweep, and die at the ``turn``-th time at the failpoint; return whether it was come by."""
        failpoints._turns.clear()
        os.environ["FAILPOINTS"] = f"{place}@{turn}=exit"
        try:
            self.sweep()
        except SystemExit:
            return True
        finally:
            os.environ.pop("FAILPOINTS", None)
        return False


@contextmanager
def here() -> Iterator[World]:
    """Make a world in the database of this process, which nobody else uses."""
    with tempfile.TemporaryDirectory() as folder:
        clock.install(connection)
        logging.getLogger("security").setLevel(logging.ERROR)
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off; SET jit = off")
        try:
            yield World(Path(folder))
        finally:
            clock.remove(connection)
