"""The facts of the Monday digest: the changes of a week, and the deadlines that are open to each person."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from pilots import access
from pilots.mail.letters import Digest
from pilots.mail.weeks import Entry, Listed, Shortened, Week
from pilots.models import (
    Extension,
    Inquiry,
    Message,
    NewsItem,
    Pilot,
    Proposal,
    PublicAnswer,
    Round,
    Step,
    Version,
    organisations_of,
)
from regions.models import User
from registry.lib.dates import is_working_day, on_the_finnish_clock, today

from .answers import WRITING

CLOCK = time(8, 0)
MOST = 20  # of pilots, of news: the rest is counted
LOST = [Message.State.BOUNCED, Message.State.DEAD, Message.State.EXPIRED]


def _day_of(monday: date) -> date:
    """Return the Monday, or the next working day where it is a holiday."""
    day = monday
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def week_at(at: datetime) -> Week | None:
    """Return the week whose digest may be written at ``at``: from 8 in the morning until the end of the next day."""
    monday = today(at) - timedelta(days=today(at).weekday())
    day = _day_of(monday)
    due, end = on_the_finnish_clock(day, CLOCK), on_the_finnish_clock(day + timedelta(days=2), time(0, 0))
    since = on_the_finnish_clock(_day_of(monday - timedelta(days=7)), CLOCK)
    return Week(monday, since, due, end) if due <= at < end else None


@dataclass(frozen=True)
class _News:
    """What the digest tells everyone alike. Of the cancelled rounds a preparer is told those that invited them."""

    new_pilots: Shortened[Pilot]
    changed_pilots: Shortened[Pilot]
    news: Shortened[NewsItem]
    cancelled: list[Round]


class WeekFacts:
    """The facts of a week for some people who want its digest, read in a constant number of queries."""

    def __init__(self, people: Sequence[User], week: Week, at: datetime) -> None:
        self._week, self._at = week, at
        self._span = {"gte": week.since, "lt": week.due}
        self._steps = self._open_steps()
        rounds = {step.round_id for step in self._steps}
        invited = Round.invited.through._default_manager.filter(round__in=rounds)
        self._invited: dict[int, set[int]] = defaultdict(set)
        for round_, organisation in invited.values_list("round", "organisation"):
            self._invited[round_].add(organisation)
        answers = PublicAnswer.objects.filter(self._within("published_at"), round__in=rounds).order_by()
        self._answers = Counter(answers.values_list("round", flat=True))
        asked = Inquiry.objects.filter(self._within("answer__published_at"), asked_by__in=people).order_by()
        self._own_answers = Counter(asked.values_list("asked_by", "answer__round").distinct("answer", "asked_by"))
        self._edited: dict[tuple[int, int], list[Proposal]] = defaultdict(list)
        edited = Proposal.objects.filter(round__in=rounds, editors__in=people).distinct().order_by("pk")
        for proposal in edited.select_related("organisation", "latest", "moved_on_to").prefetch_related("editorships"):
            for editorship in proposal.editorships.all():
                self._edited[editorship.user_id, proposal.round_id].append(proposal)
        self._sent: dict[int, list[Version]] = defaultdict(list)
        organisations = {user.organisation_id for user in people}
        sent = Version.objects.filter(self._within("submitted_at"), proposal__organisation__in=organisations)
        for version in sent.select_related("proposal__round").order_by("submitted_at", "pk"):
            self._sent[version.proposal.organisation_id].append(version)
        self._news = self._public()
        staff = any(access.may_use_desk(user, at) for user in people)
        self._counts = Round.objects.filter(pk__in=rounds).with_counts().in_bulk() if staff else {}
        self._lost = self._undelivered() if staff else Counter[str]()

    def _within(self, field: str) -> Q:
        return Q(**{f"{field}__{bound}": moment for bound, moment in self._span.items()})

    def _open_steps(self) -> list[Step]:
        """Return the steps whose deadline is to come, for all or for an organisation, the next deadline first."""
        later = Exists(Extension.objects.filter(step=OuterRef("pk"), closes_at__gte=self._at))
        public = Step.objects.filter(round__published_at__isnull=False, round__cancelled_at=None)
        steps = public.filter(Q(closes_at__gte=self._at) | later).select_related("round")
        return list(steps.prefetch_related("extensions", "changes", "asked").order_by("closes_at", "pk"))

    def _public(self) -> _News:
        """Return the public changes of the week: new and changed pilots, news, cancelled rounds."""
        pilots = Pilot.objects.public()
        new = pilots.filter(self._within("published_at")).order_by("code")
        changed = pilots.filter(self._within("changed_at"), published_at__lt=self._week.since).order_by("code")
        news = NewsItem.objects.public().filter(self._within("published_at")).order_by("published_at", "pk")
        cancelled = Round.objects.public().filter(self._within("cancelled_at")).order_by("cancelled_at", "pk")
        return _News(
            _shortened(new),
            _shortened(changed),
            _shortened(news),
            list(cancelled.prefetch_related(Prefetch("invited"))),
        )

    def _undelivered(self) -> Counter[str]:
        """Return how many letters did not arrive in the week, by how they ended."""
        lost = Message.objects.filter(self._within("settled_at"), state__in=LOST)
        return Counter(lost.order_by().values_list("state", flat=True))

    def told_to(self, user: User) -> Digest:
        """Return the content of the user's letter."""
        staff, everyone = access.may_use_desk(user, self._at), self._news
        entries = [entry for step in self._steps if (entry := self._entry(user, step, staff=staff)) is not None]
        entries.sort(key=lambda entry: (entry.closes_at, entry.step.pk))
        now = [entry for entry in entries if entry.step.opens_at <= self._at]
        return Digest(
            week=self._week,
            staff=staff,
            unsent=[entry for entry in now if entry.unsent],
            open=[entry for entry in now if not entry.unsent],
            ahead=[entry for entry in entries if entry.step.opens_at > self._at and (entry.new or entry.moved)],
            cancelled=[round_ for round_ in everyone.cancelled if staff or self._concerns(user, round_)],
            sent=self._sent[user.organisation_id or 0] if access.may_prepare(user, self._at) else [],
            lost=self._lost if staff else Counter(),
            new_pilots=everyone.new_pilots,
            changed_pilots=everyone.changed_pilots,
            news=everyone.news,
        )

    def _may_begin(self, user: User, step: Step) -> bool:
        """Whether the user can begin something in the step; in talks nothing is sent, but all take part."""
        return not step.takes_proposals or step.begins(user.organisation_id)

    def _concerns(self, user: User, round_: Round) -> bool:
        invited = {organisation.pk for organisation in round_.invited.all()}
        return not invited or user.organisation_id in invited

    def _answers_to(self, user: User, round_: Round) -> int:
        """Return how many public answers of the week no letter has told the user: who writes or asked had one."""
        if any(one.state in WRITING for one in self._edited.get((user.pk, round_.pk), [])):
            return 0
        return self._answers[round_.pk] - self._own_answers[user.pk, round_.pk]

    def _entry(self, user: User, step: Step, *, staff: bool) -> Entry | None:
        """Return the step as it is for the user; None where the user cannot answer it, now or later."""
        round_, week, at = step.round, self._week, self._at
        invited = self._invited[round_.pk]
        edited = [one for one in self._edited.get((user.pk, round_.pk), []) if access.edits(user, one, at)]
        edited = [one for one in edited if step.is_for(one) or not step.takes_proposals]
        may_begin = (not invited or user.organisation_id in invited) and self._may_begin(user, step)
        if not (staff or edited or may_begin):
            return None
        organisations = organisations_of(user, (proposal.organisation_id for proposal in edited))
        dates = [closes for one in organisations if (closes := step.closes_for(None if staff else one)) >= at]
        if not dates:
            return None
        opened = max(step.opens_at, round_.published_at or step.opens_at)
        moves = [change for change in step.changes.all() if week.since <= change.changed_at < week.due]
        return Entry(
            step,
            min(dates),
            new=week.since <= (opened if step.opens_at <= at else round_.published_at or opened) < week.due,
            moved=moves[-1] if moves else None,
            invited=user.organisation_id in invited,
            unsent=tuple(one for one in edited if step.waits_for(one) and step.closes_for(one.organisation_id) >= at),
            counts=self._counts[round_.pk] if staff else None,
            answers=0 if staff else self._answers_to(user, round_),
        )


def _shortened(rows: QuerySet[Listed]) -> Shortened[Listed]:
    """Return the first rows, to be named, and how many more there are."""
    first = list(rows[: MOST + 1])
    more = rows.count() - MOST if len(first) > MOST else 0
    return Shortened(first[:MOST], more)
