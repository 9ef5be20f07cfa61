"""Deadlines as iCalendar (RFC 5545) in the active language: the same bytes as long as the data are the same."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from pilots.models import Extension, Proposal, Round, Step
from regions.models import Region, User
from registry.lib.dates import today
from registry.lib.directions import fill
from registry.lib.formats import deadline_words
from registry.lib.languages import reader_language
from registry.lib.plaintext import one_line, paragraphs

KEPT = timedelta(days=30)  # how long a calendar still shows a deadline that has passed
ASKED_AGAIN = timedelta(hours=1)  # how often programs are asked to look whether something moved
SUMMARY_LENGTH = 200


@dataclass(frozen=True)
class Deadline:
    """The deadline of a step as one calendar shows it: for all, or (``user``) a person's own, extensions counted."""

    step: Step
    closes_at: datetime
    extensions: tuple[Extension, ...] = ()
    user: User | None = None

    @property
    def uid(self) -> str:
        """What calendars know the deadline by; it stays when the deadline moves. A copy elsewhere has its own."""
        whose = f"/user/{self.user.pk}" if self.user else ""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.DEPLOYMENT_KEY}/step/{self.step.pk}{whose}"))

    @property
    def sequence(self) -> int:
        """How often it changed: with every version of the deadline and of an extension, and when it is cancelled."""
        cancelled = self.step.round.cancelled_at is not None
        return self.step.deadline_version - 1 + sum(extension.version for extension in self.extensions) + cancelled

    @property
    def changed_at(self) -> datetime:
        """When what the calendar shows was last changed."""
        round_ = self.step.round
        moments = [round_.published_at, round_.cancelled_at, *(change.changed_at for change in self.step.changes.all())]
        return max(filter(None, [*moments, *(extension.granted_at for extension in self.extensions)]))


def public_steps(at: datetime) -> QuerySet[Step]:
    """Return the steps of published rounds whose deadline is still to come, or passed lately (``KEPT``)."""
    return _with_all(Step.objects.filter(closes_at__gte=at - KEPT))


def _with_all(steps: QuerySet[Step]) -> QuerySet[Step]:
    """Return the steps of published rounds, with all that an event tells, the first deadline first."""
    published = steps.filter(round__published_at__isnull=False).select_related("round").prefetch_related("changes")
    return published.order_by("closes_at", "pk")


def steps_of(round_: Round) -> QuerySet[Step]:
    """Return all steps of a round, also those long past; none of a round that is not published."""
    return _with_all(round_.steps.all())


def steps_for(region: Region, at: datetime) -> QuerySet[Step]:
    """Return the steps of the rounds that organisations of the region may answer: open to all, or inviting them."""
    rounds = Round.objects.public().concerning(region, today(at))
    return public_steps(at).filter(round__in=rounds.values("pk"))


def deadlines(steps: Iterable[Step]) -> list[Deadline]:
    """Return the deadlines of the steps as they are for everyone."""
    return [Deadline(step, step.closes_at) for step in steps]


def own_deadlines(user: User, at: datetime) -> list[Deadline]:
    """Return the deadlines of a person's drafts and sent proposals, invitations and own rounds, extensions counted.

    With proposals of several organisations in one round it is the earliest of their deadlines, as in reminders.
    """
    written: dict[int, list[Proposal]] = {}
    rounds: set[int] = set()
    if user.role == User.Role.PREPARER:
        mine = Proposal.objects.filter(editorships__user=user).exclude(state=Proposal.State.WITHDRAWN)
        for proposal in mine.select_related("latest", "moved_on_to").order_by("pk"):
            written.setdefault(proposal.round_id, []).append(proposal)
        rounds = {*Round.objects.filter(invited=user.organisation_id).values_list("pk", flat=True)} - {*written}
    extended = Extension.objects.filter(step=OuterRef("pk"), closes_at__gte=at - KEPT)
    steps = Step.objects.filter(Q(round__in={*rounds, *written}) | Q(round__owner=user))
    recent = steps.filter(Q(closes_at__gte=at - KEPT) | Exists(extended)).prefetch_related("extensions", "asked")
    own = []
    for step in _with_all(recent):
        organisations = _whose(step, written.get(step.round_id, []))
        if step.round_id in rounds and (step.begins(user.organisation_id) or not step.takes_proposals):
            organisations = {user.organisation_id or 0}
        if organisations or step.round.owner_id == user.pk:
            own.append(_own(step, organisations, user))
    return [deadline for deadline in own if deadline.closes_at >= at - KEPT]


def _whose(step: Step, proposals: Iterable[Proposal]) -> set[int]:
    """Return the organisations with a proposal that the step is for; all who write take part in talks."""
    return {one.organisation_id for one in proposals if step.is_for(one) or not step.takes_proposals}


def _own(step: Step, organisations: set[int], user: User) -> Deadline:
    closes_at = min((step.closes_for(organisation) for organisation in organisations), default=step.closes_at)
    extensions = tuple(own for own in step.extensions.all() if own.organisation_id in organisations)
    return Deadline(step, closes_at, extensions, user)


def calendar(name: str, shown: Iterable[Deadline]) -> bytes:
    """Return the calendar file: UTF-8, CRLF, lines of at most 75 octets.

    The file has no METHOD, for it invites nobody. It depends on no clock: programs ask by ETag whether it changed.
    """
    language = reader_language()
    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", f"-//Pilottirekisteri//deadlines//{language.upper()}")
    file.add("calscale", "GREGORIAN")
    title = one_line(name, SUMMARY_LENGTH)
    file.add("name", title)  # RFC 7986; the two with X- are what older programs read
    file.add("x-wr-calname", title)
    file.add("refresh-interval", ASKED_AGAIN, parameters={"value": "DURATION"})
    file.add("x-published-ttl", "PT1H")
    components: list[Event | Timezone] = [_event(deadline) for deadline in shown]
    for component in components or [
        _finnish_time()
    ]:  # RFC 5545 wants one component at least: some programs refuse none
        file.add_component(component)
    written: bytes = file.to_ical()
    return written


def _finnish_time() -> Timezone:
    """Return the rules of the Finnish clock, which stand in a calendar that has no deadline."""
    zone = Timezone()
    zone.add("tzid", "Europe/Helsinki")
    for part, month, began, before, after in (
        (TimezoneDaylight(), 3, datetime(1981, 3, 29, 3), 2, 3),  # noqa: DTZ001 - the clock's own rule
        (TimezoneStandard(), 10, datetime(1996, 10, 27, 4), 3, 2),  # noqa: DTZ001
    ):
        part.add("dtstart", began)
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1SU"})
        part.add("tzoffsetfrom", timedelta(hours=before))
        part.add("tzoffsetto", timedelta(hours=after))
        zone.add_component(part)
    return zone


def _event(deadline: Deadline) -> Event:
    """Return the event of a deadline: a moment in UTC, which takes no time of the day.

    It has no VALARM: the registry reminds by mail, and the owner of a calendar decides whether it rings.
    """
    step, cancelled = deadline.step, deadline.step.round.cancelled_at is not None
    event = Event()
    event.add("uid", deadline.uid)
    event.add("dtstamp", deadline.changed_at.astimezone(UTC))
    event.add("last-modified", deadline.changed_at.astimezone(UTC))
    event.add("sequence", deadline.sequence)
    event.add("dtstart", deadline.closes_at.astimezone(UTC))
    event.add("summary", _summary(deadline))
    event.add("description", _description(deadline).rstrip("\n"))
    event.add("url", _page(step.round))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    if deadline.user is not None:
        event.add("class", "PRIVATE")
    return event


def _page(round_: Round) -> str:
    return settings.BASE_URL + reverse("round", args=[round_.slug])


def _summary(deadline: Deadline) -> str:
    """Return the act and the round's name, one line."""
    step, round_ = deadline.step, deadline.step.round
    acts = {
        Step.Kind.TALKS: _("The talks end: %(round)s"),
        Step.Kind.INTEREST: _("Send the expression of interest: %(round)s"),
        Step.Kind.PRELIMINARY: _("Send the preliminary proposal: %(round)s"),
        Step.Kind.REFINEMENT: _("Send the refined proposal: %(round)s"),
    }
    act = acts[Step.Kind(step.kind)]
    if deadline.user is not None and deadline.user.pk == round_.owner_id:
        act = _("Your round closes: %(round)s")
    if round_.cancelled_at is not None:
        act = _("Cancelled: %(round)s")  # many programs do not show the state
    return one_line(fill(act, round=round_.name.plain), SUMMARY_LENGTH, isolates=True)


def _description(deadline: Deadline) -> str:
    """Return what the event says: the deadline in words, whether it is one's own or has moved, whom to ask, where."""
    step, round_, language = deadline.step, deadline.step.round, reader_language()
    lines = [_("Deadline: %(deadline)s") % {"deadline": deadline_words(deadline.closes_at, language)}]
    if round_.cancelled_at is not None:
        lines = [_("The round was cancelled. Proposals are no longer taken."), round_.cancelled_because.plain]
    elif deadline.closes_at != step.closes_at:
        lines.append(_("This is your organisation's own, later deadline."))
    elif changes := list(step.changes.all()):
        before = deadline_words(changes[-1].closed_at, language)
        lines += [fill(_("The deadline has moved. It was before: %(deadline)s"), deadline=before)]
        lines += [fill(_("Reason: %(reason)s"), reason=changes[-1].reason.plain)]
    if round_.contact:
        lines += ["", fill(_("Whom to ask: %(contact)s"), contact=round_.contact.plain)]
    return paragraphs("\n".join([*lines, "", fill(_("The page of the round: %(url)s"), url=_page(round_))]))
