"""The model: who is who, what is open until when, and what each person should hear at a moment. No database here."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from . import days
from .asked import Asked

RULES = [  # preparers 14, 5 and 1 days before; the owner 7, 1 and 0 days before and a summary after
    ("preparers", 14),
    ("preparers", 5),
    ("preparers", 1),
    ("owner", 7),
    ("owner", 1),
    ("owner", 0),
    ("owner", -1),
]
FIRST = 14  # the rule that also reaches invited organisations without a proposal
AHEAD = timedelta(days=60)
AFTERWARDS = timedelta(days=14)
QUIET = timedelta(hours=20)


@dataclass(eq=False)
class Person:
    """An account: staff have no organisation."""

    pk: int
    email: str
    organisation: int | None
    language: str
    reachable: bool = True
    wants: bool = True
    wants_open: bool = True
    rights_until: date | None = None

    def works(self, at: datetime) -> bool:
        """Whether the rights hold on the Finnish day."""
        return self.rights_until is None or days.wall(at).date() <= self.rights_until


@dataclass(eq=False)
class Extension:
    """A later deadline of one organisation."""

    closes_at: datetime
    version: int
    granted_at: datetime


@dataclass(eq=False)
class Step:
    """A step with its deadline as it is now, and every date it ever had."""

    pk: int
    round: "Round"
    opens_at: datetime
    closes_at: datetime
    after: "Step | None" = None  # it is for those who sent in that step; None: for all
    version: int = 1
    moved_at: datetime | None = None
    extensions: dict[int, Extension] = field(default_factory=dict)
    dates: list[datetime] = field(default_factory=list)

    def closes_for(self, organisation: int | None) -> datetime:
        """Return the organisation's own deadline."""
        extension = self.extensions.get(organisation or 0)
        return max(self.closes_at, extension.closes_at) if extension else self.closes_at

    def is_for(self, proposal: "Proposal") -> bool:
        """Whether the proposal may be sent in the step some time."""
        if proposal.moved_on_to is not None and proposal.moved_on_to.pk > self.pk:
            return False
        return self.after is None or proposal.sent_in in {self.after, self}

    def waits_for(self, proposal: "Proposal") -> bool:
        """Whether the proposal has words that could be sent in the step, or has not been sent in it at all."""
        late = proposal.state == "submitted" and self.after is not None and proposal.sent_in is not self
        return self.is_for(proposal) and (proposal.unsent or late)

    def extension_version(self, organisation: int | None) -> int:
        """Return the version of the organisation's extension; 0: none."""
        extension = self.extensions.get(organisation or 0)
        return extension.version if extension else 0


@dataclass(eq=False)
class Proposal:
    """A proposal: its state, whether its words differ from what was sent, its editors and since when."""

    pk: int
    round: "Round"
    organisation: int
    state: str = "draft"
    changed: bool = False
    sent_in: "Step | None" = None
    moved_on_to: "Step | None" = None
    editors: dict[int, datetime] = field(default_factory=dict)

    @property
    def unsent(self) -> bool:
        """Whether it holds words that are not sent."""
        on_its_way = self.moved_on_to is not None and self.moved_on_to is not self.sent_in
        return self.state == "draft" or (self.state == "submitted" and (self.changed or on_its_way))

    def goes_to(self, at: datetime) -> "Step | None":
        """Return the step to which the proposal can move on."""
        is_open = {step: step.opens_at <= at <= step.closes_for(self.organisation) for step in self.round.steps}
        takes_it = any(is_open[step] and step.is_for(self) for step in self.round.steps)
        if not self.round.living or self.state not in {"draft", "submitted"} or (self.state == "draft" and takes_it):
            return None
        reached = self.moved_on_to or self.sent_in
        later = [step for step in self.round.steps if reached is None or step.pk > reached.pk]
        return next((step for step in later if is_open[step] and step.is_for(self)), None)


@dataclass(eq=False)
class Round:
    """A round: its owner, who is invited (nobody: all may answer), its steps and proposals."""

    pk: int
    owner: Person
    invited: set[int]
    published_at: datetime | None = None
    cancelled_at: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)

    @property
    def living(self) -> bool:
        """Whether it is published and not cancelled."""
        return self.published_at is not None and self.cancelled_at is None

    def invites(self, organisation: int | None) -> bool:
        """Whether the organisation may answer: it is invited, or nobody is by name."""
        return organisation in self.invited if self.invited else organisation is not None


@dataclass(frozen=True)
class Key:
    """What makes a reminder that one: rule, step, versions of deadline and extension, person."""

    audience: str
    days_before: int
    step: int
    version: int
    extension: int
    person: int


@dataclass(frozen=True)
class Tell:
    """What is to be told of a step: by which letter, and which date."""

    letter: str
    closes_at: datetime


@dataclass
class Truth:
    """All of it, and the reminders that should be planned: by key, when due."""

    people: dict[int, Person] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    plan: dict[Key, datetime] = field(default_factory=dict)
    past: set[Key] = field(default_factory=set)
    superseded: set[Key] = field(default_factory=set)  # as the judge has seen it: these never come back
    owed: dict[tuple[int, int], datetime] = field(default_factory=dict)  # person, step: the date in mind
    only_earlier: set[tuple[int, int]] = field(default_factory=set)  # of these: invited, and no more
    asked: Asked = field(default_factory=Asked)
    joined: set[tuple[int, int]] = field(default_factory=set)  # person, round: came to write for another organisation

    def steps(self) -> Iterator[Step]:
        """Return the steps of the published rounds."""
        return (step for round_ in self.rounds if round_.published_at is not None for step in round_.steps)

    def step(self, pk: int) -> Step:
        """Return the step."""
        return next(step for round_ in self.rounds for step in round_.steps if step.pk == pk)

    def mine(self, person: Person, round_: Round) -> list[Proposal]:
        """Return the round's proposals that the person edits."""
        return [proposal for proposal in round_.proposals if person.pk in proposal.editors]

    def organisations(self, person: Person, round_: Round) -> set[int | None]:
        """Return whose deadlines are the person's: those of the organisations written for, else of the own one."""
        return {proposal.organisation for proposal in self.mine(person, round_)} or {person.organisation}

    def audience(
        self, round_: Round, audience: str, days_before: int, at: datetime
    ) -> dict[tuple[int, int | None], datetime]:
        """Return for whom a rule is planned at ``at``, for which organisation, and since when the person is there."""
        assert round_.published_at is not None
        if audience == "owner":
            return {(round_.owner.pk, None): round_.published_at} if round_.owner.works(at) else {}
        found: dict[tuple[int, int | None], datetime] = {}
        for proposal in round_.proposals:
            for pk, since in proposal.editors.items():
                if self.people[pk].works(at):
                    key = (pk, proposal.organisation)
                    found[key] = min(since, found.get(key, since))
        if days_before == FIRST:
            answered = {proposal.organisation for proposal in round_.proposals}
            for person in self.people.values():
                silent = round_.invites(person.organisation) and person.organisation not in answered
                if silent and person.works(at):
                    found.setdefault((person.pk, person.organisation), round_.published_at)
        return found

    def plan_step(self, step: Step, at: datetime) -> None:
        """Bring the plan of a step up to ``at``: what is there stays, new points come in, past ones are past."""
        latest = max([step.closes_at, *(extension.closes_at for extension in step.extensions.values())])
        if not step.round.living or latest < at - AFTERWARDS:
            return
        assert step.round.published_at is not None
        began = max(filter(None, [step.round.published_at, step.moved_at]))
        for audience, days_before in RULES:
            new: dict[Key, tuple[datetime, datetime]] = {}  # when due, and since when the person is reminded
            for (pk, organisation), since in self.audience(step.round, audience, days_before, at).items():
                due = days.due(step.closes_for(organisation), days_before)
                if due > at + AHEAD:
                    continue
                extension = step.extensions.get(organisation or 0)
                key = Key(audience, days_before, step.pk, step.version, extension.version if extension else 0, pk)
                since_then = max([began, since, *([extension.granted_at] if extension else [])])
                new[key] = min((due, since_then), new.get(key, (due, since_then)))
            for key, (due, since_then) in new.items():
                if key not in self.plan:
                    self.plan[key] = due
                    if due < min(since_then, at):  # a clock that was ahead may have written since when
                        self.past.add(key)

    def move(self, step: Step, closes_at: datetime, at: datetime) -> None:
        """Move a deadline for all: whose own date stays, by an extension, keeps the plan as it is."""
        latest = max(step.closes_at, closes_at)
        kept = {extension.version for extension in step.extensions.values() if extension.closes_at >= latest}
        for key in [key for key in self.plan if key.step == step.pk and key.version == step.version]:
            if key.extension in kept and key not in self.superseded:
                new = replace(key, version=step.version + 1)
                self.plan[new] = self.plan.pop(key)
                if key in self.past:
                    self.past.add(new)
        before = self._own_dates(step)
        step.closes_at, step.version, step.moved_at = closes_at, step.version + 1, at
        step.dates.append(closes_at)
        self.plan_step(step, at)
        living = [one for one in step.round.proposals if one.state in {"draft", "submitted"} and step.is_for(one)]
        writing = {pk for one in living for pk in one.editors}
        for person in self.people.values():
            wants = bool(step.round.invited) or (person.wants and person.wants_open)
            invited = step.round.invites(person.organisation) and wants
            self._owe(person, step, before[person.pk], at, concerned=person.pk in writing, invited=invited)

    def extend(self, step: Step, organisation: int, closes_at: datetime, at: datetime) -> None:
        """Give an organisation a deadline of its own."""
        version = max([0, *(extension.version for extension in step.extensions.values())]) + 1
        before = self._own_dates(step)
        step.extensions[organisation] = Extension(closes_at, version, at)
        step.dates.append(closes_at)
        self.plan_step(step, at)
        for person in self.people.values():
            if person.organisation == organisation:
                self._owe(person, step, before[person.pk], at, concerned=True, invited=False)

    def _own_dates(self, step: Step) -> dict[int, datetime]:
        return {person.pk: min(self.own_dates(person, step)) for person in self.people.values()}

    def _owe(self, person: Person, step: Step, was: datetime, at: datetime, *, concerned: bool, invited: bool) -> None:
        """Keep who has to hear of a change: whom it concerns, and who is invited where the date comes earlier."""
        key, own = (person.pk, step.pk), min(self.own_dates(person, step))
        if own == self.owed.get(key) or (key in self.only_earlier and own > was and not concerned):
            self.owed.pop(key, None)
            self.only_earlier.discard(key)
        elif person.works(at) and own != was and (concerned or (invited and own < was)):
            if concerned:
                self.only_earlier.discard(key)
            elif key not in self.owed:
                self.only_earlier.add(key)
            self.owed.setdefault(key, was)

    def plan_all(self, at: datetime) -> None:
        """Bring the whole plan up to ``at``, as every sweep does."""
        for step in self.steps():
            self.plan_step(step, at)

    def current(self, key: Key) -> bool:
        """Whether the reminder is for the deadline as it is now."""
        step, person = self.step(key.step), self.people[key.person]
        organisations = self.organisations(person, step.round) if key.audience == "preparers" else {None}
        versions = {step.extension_version(organisation) for organisation in organisations}
        return key.version == step.version and key.extension in versions

    def eligibility(self, key: Key, at: datetime) -> Tell | set[str]:
        """Return what the reminder has to tell at ``at``, or the reasons for which it may be left out."""
        step, person = self.step(key.step), self.people[key.person]
        found = self._owner(key, step, person, at) if key.audience == "owner" else self._preparer(key, step, person, at)
        reasons = found if isinstance(found, set) else set()
        if not self.current(key):
            reasons = reasons | {"superseded"}
        if not step.round.living:
            reasons = reasons | {"cancelled"}
        if not reasons and not person.wants:
            reasons = {"opted_out"}
        if not reasons and not person.reachable:
            reasons = {"no_address"}
        return reasons or found

    def _owner(self, key: Key, step: Step, person: Person, at: datetime) -> Tell | set[str]:
        if not person.works(at):
            return {"not_an_editor"}
        if key.days_before < 0:
            return Tell("owner_summary", step.closes_at)
        return Tell("owner_ahead", step.closes_at) if at <= step.closes_at else {"closed"}

    def _preparer(self, key: Key, step: Step, person: Person, at: datetime) -> Tell | set[str]:
        if not person.works(at):
            return {"not_an_editor"}
        mine = self.mine(person, step.round)
        if not mine:
            silent = person.organisation not in {proposal.organisation for proposal in step.round.proposals}
            if key.days_before != FIRST or not silent or not step.round.invites(person.organisation):
                return {"not_an_editor"}
            if step.after is not None:
                return {"not_asked"}
            closes_at = step.closes_for(person.organisation)
            if at > closes_at:
                return {"closed"}
            if step.round.invited:
                return Tell("no_draft", closes_at)
            return Tell("open_round", closes_at) if person.wants_open else {"opted_out"}
        return self._written(
            step, [one for one in mine if step.extension_version(one.organisation) == key.extension], at
        )

    def _written(self, step: Step, mine: list[Proposal], at: datetime) -> Tell | set[str]:
        """Return what a reminder tells of the proposals that have the same deadline."""
        if not mine:
            return {"superseded"}
        taken = [proposal for proposal in mine if step.is_for(proposal)]
        unsent = [proposal for proposal in taken if step.waits_for(proposal)]
        if not taken:
            return {"not_asked"}
        if not unsent:
            withdrawn = all(proposal.state == "withdrawn" for proposal in taken)
            return {"withdrawn"} if withdrawn else {"submitted"}
        drafts = [proposal for proposal in unsent if proposal.state == "draft"]
        closes_at = min(step.closes_for(proposal.organisation) for proposal in drafts or unsent)
        if at > closes_at:
            return {"closed"}
        return Tell("draft_not_sent" if drafts else "changes_not_sent", closes_at)

    def own_dates(self, person: Person, step: Step) -> set[datetime]:
        """Return the deadlines of the step that are the person's: one for each organisation that is written for."""
        return {step.closes_for(organisation) for organisation in self.organisations(person, step.round)}
